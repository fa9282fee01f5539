using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>Reads a ledger of verifier changes.</summary>
internal static class LedgerReader
{
    // Members the emitted struct has besides its properties.
    private static readonly string[] s_reserved = ["Changes", "ChangeEntry", "Ledger", "LedgerText", "ReadLedger", "Item", "Equals", "GetHashCode", "GetType", "ToString", "MemberwiseClone", "ReferenceEquals", "Finalize"];

    private static readonly string[] s_kinds = ["feature", "fix", "precision", "limit", "log"];

    public static Parsed<LedgerModel> Read(InputFile file) => Binder.Read(file, (binder, root) =>
    {
        IEnumerable<ChangeModel> changes = binder.Items(binder.Required(root, "changes")).Select(c => Change(binder, c));
        return new LedgerModel(binder.FileName, changes.ToEquatable());
    });

    private static ChangeModel Change(Binder binder, JsonValue entry)
    {
        string name = binder.String(entry, "name");
        if (entry["name"] is { Kind: JsonKind.String } at && (!Identifier.IsValid(name) || name[0] is not (>= 'A' and <= 'Z') || s_reserved.Contains(name)))
            binder.Report(Diagnostics.BadName, at, "'" + name + "' cannot be the name of a property of Changes: PascalCase is wanted, and not a name it has already");
        string kind = binder.String(entry, "kind");
        if (entry["kind"] is { Kind: JsonKind.String } atKind && !s_kinds.Contains(kind))
            binder.WrongKind(atKind, "one of " + string.Join(", ", s_kinds));
        bool isInt = Type(binder, entry);
        return new ChangeModel(
            name,
            binder.String(entry, "summary"),
            binder.OptionalString(entry, "commit"),
            binder.OptionalString(entry, "subject"),
            kind,
            Release(binder, binder.Required(entry, "since")),
            Stable(binder, entry),
            Needs(binder, binder.Required(entry, "needs")).ToEquatable(),
            isInt,
            isInt ? binder.Int32(binder.Required(entry, "before")) : 0,
            isInt ? binder.Int32(binder.Required(entry, "after")) : 1,
            binder.Place(entry["needs"] ?? entry));
    }

    private static List<string> Needs(Binder binder, JsonValue? needs)
    {
        var names = new List<string>();
        foreach (JsonValue item in binder.Items(needs))
        {
            string need = binder.String(item);
            if (NeededPart.IsMeant(need) && !NeededPart.TryParse(need, out _))
                binder.WrongKind(item, "a symbol, or a part of the kernel with its first release such as \"jit:signed-arena-loads@6.18\"");
            names.Add(need);
        }
        return names;
    }

    private static bool Type(Binder binder, JsonValue entry)
    {
        if (Binder.Optional(entry, "type") is not { } type)
            return false;
        string text = binder.String(type);
        if (type.Kind == JsonKind.String && text is not ("int" or "bool"))
            binder.WrongKind(type, "\"int\" or \"bool\"");
        return text == "int";
    }

    private static ReleaseNumber Release(Binder binder, JsonValue? value)
    {
        string text = binder.String(value);
        if (!ReleaseNumber.TryParse(text, out ReleaseNumber number) && value is { Kind: JsonKind.String })
            binder.WrongKind(value, "a release such as \"6.13\"");
        return number;
    }

    private static EquatableArray<StableLevel> Stable(Binder binder, JsonValue entry)
    {
        var levels = new List<StableLevel>();
        foreach (JsonMember level in binder.Members(binder.Required(entry, "stable")))
        {
            if (ReleaseNumber.TryParse(level.Name, out ReleaseNumber branch))
                levels.Add(new StableLevel(branch, binder.Int32(level.Value, 0, 65535)));
            else
                binder.Report(Diagnostics.WrongKind, level.Position, level.Value.Start, "a branch such as \"6.12\"");
        }
        return levels.OrderBy(l => l.Branch).ToEquatable();
    }
}
