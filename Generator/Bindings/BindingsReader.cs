using BpfVerifier.Generator.Input;
using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>Reads the part of <c>catalog.json</c> that user space may use (form: docs/abi-json.md).</summary>
internal static class BindingsReader
{
    private const int SchemaRead = 1;

    public static Parsed<BindingsModel> Read(InputFile file) => Binder.Read(file, Read);

    private static BindingsModel Read(Binder binder, JsonValue root)
    {
        binder.Schema(root, SchemaRead);
        ReleaseNumber[] releases = Releases(binder, root, "releases");
        var lives = new CatalogLives(binder, releases, Releases(binder, root, "headers"));
        Dictionary<string, CatalogLife> programTypes = binder.Members(binder.Required(root, "programTypes")).ToDictionary(t => t.Name, t => lives.Read(t.Value), StringComparer.Ordinal);
        var offers = new ProgramTypeOffers(lives, programTypes);
        Dictionary<string, JsonMember> enumerators = ByName(binder, root, "enumerators"), macros = ByName(binder, root, "macros"), structs = ByName(binder, root, "structs");

        EnumBinding[] enums = [.. binder.Members(binder.Required(root, "uapiEnums")).Select(e => new EnumBinding(e.Name, binder.Items(e.Value).Select(name => Enumerator(binder, lives, name, enumerators, macros)).OfType<ConstantBinding>().ToEquatable()))];
        HashSet<string> taken = [.. enums.SelectMany(e => e.Values).Select(v => v.Name)];
        FunctionBinding[] helpers = [.. binder.Members(binder.Required(root, "helpers")).Select(h => Function(binder, lives, h, "bpf_", documented: true, offers.OfHelper)).OrderBy(h => h.Number?.Bits)];
        FunctionBinding[] kfuncs = [.. binder.Members(binder.Required(root, "kfuncs")).Select(k => Function(binder, lives, k, "", documented: false, offers.OfKfunc))];
        return new BindingsModel(
            releases.ToEquatable(),
            enums.ToEquatable(),
            macros.Values.Where(m => binder.Flag(m.Value, "uapi") && !taken.Contains(m.Name)).Select(m => Constant(binder, lives, m, null)).OfType<ConstantBinding>().ToEquatable(),
            binder.Members(binder.Required(root, "uapiStructs")).Select(s => Struct(binder, lives, s, structs)).OfType<StructBinding>().ToEquatable(),
            helpers.ToEquatable(),
            kfuncs.ToEquatable(),
            NotJudged(programTypes.Keys, helpers),
            NotJudged(programTypes.Keys, kfuncs));
    }

    // What no release offers anything to, something else decides about (EXT: the program extended), or the kernels looked at were built without it.
    private static EquatableArray<string> NotJudged(IEnumerable<string> types, FunctionBinding[] functions)
    {
        HashSet<string> offered = [.. functions.SelectMany(f => f.Life).Where(e => e.Kind == LifeEventKind.Offered).SelectMany(e => e.What)];
        return types.Where(t => t is not ("UNSPEC" or "__MAX") && (t == "EXT" || !offered.Contains(t))).ToEquatable();
    }

    private static ReleaseNumber[] Releases(Binder binder, JsonValue root, string key)
    {
        var numbers = new List<ReleaseNumber>();
        foreach (JsonValue item in binder.Items(binder.Required(root, key)))
        {
            if (ReleaseNumber.TryParse(binder.String(item), out ReleaseNumber number))
                numbers.Add(number);
            else
                binder.WrongKind(item, "a release");
        }
        return [.. numbers];
    }

    private static Dictionary<string, JsonMember> ByName(Binder binder, JsonValue root, string section) =>
        binder.Members(binder.Required(root, section)).ToDictionary(m => m.Name, StringComparer.Ordinal);

    private static ConstantBinding? Enumerator(Binder binder, CatalogLives lives, JsonValue name, Dictionary<string, JsonMember> enumerators, Dictionary<string, JsonMember> macros)
    {
        if (!enumerators.TryGetValue(binder.String(name), out JsonMember entry))
        {
            binder.Report(Diagnostics.Undefined, name, "Enumerator", name.Text);
            return null;
        }
        return Constant(binder, lives, entry, macros.TryGetValue(entry.Name, out JsonMember macro) ? macro : null);
    }

    /// <summary>A constant. One that was a macro before it became an enumerator, or the other way round, has one life.</summary>
    private static ConstantBinding? Constant(Binder binder, CatalogLives lives, JsonMember entry, JsonMember? other)
    {
        if (Phase(binder, lives, entry) is not { } constant)
            return null;
        if (other is not { } second || Phase(binder, lives, second) is not { } again)
            return constant;
        (ConstantBinding older, ConstantBinding newer) = again.Life[0].Release.CompareTo(constant.Life[0].Release) < 0 ? (again, constant) : (constant, again);
        LifeEvent came = newer.Life[0];
        var life = older.Life.Where(e => e.Kind != LifeEventKind.Removed || e.Release.CompareTo(came.Release) < 0).ToList();
        string first = newer.Life.FirstOrDefault(e => e.Kind == LifeEventKind.Changed)?.What[0].Split(' ')[1] ?? newer.Value.ToString();
        if (first != older.Value.ToString())
            life.Add(came with { Kind = LifeEventKind.Changed, What = new(["value " + older.Value + " -> " + first]) });
        life.AddRange(newer.Life.Skip(1));
        return new ConstantBinding(entry.Name, newer.Value, life.ToEquatable());
    }

    private static ConstantBinding? Phase(Binder binder, CatalogLives lives, JsonMember entry) =>
        Named(binder, entry) && binder.Required(entry.Value, "value") is { } value
            ? new ConstantBinding(entry.Name, binder.Integer(value), lives.Of(lives.Read(entry.Value), what => what.StartsWith("value ", StringComparison.Ordinal)).ToEquatable())
            : null;

    private static FunctionBinding Function(Binder binder, CatalogLives lives, JsonMember entry, string prefix, bool documented, Func<CatalogLife, List<LifeEvent>> offers)
    {
        Named(binder, entry);
        CatalogLife life = lives.Read(entry.Value);
        List<LifeEvent> events = lives.Of(life, what => what.StartsWith("c ", StringComparison.Ordinal) || what.StartsWith("id ", StringComparison.Ordinal)
            || what.StartsWith("+KF_", StringComparison.Ordinal) || what.StartsWith("-KF_", StringComparison.Ordinal), documented);
        events.AddRange(offers(life));
        return new FunctionBinding(prefix + entry.Name, Binder.Optional(entry.Value, "value") is { } number ? binder.Integer(number) : null, binder.OptionalString(entry.Value, "c"), events.ToEquatable());
    }

    private static StructBinding? Struct(Binder binder, CatalogLives lives, JsonMember layout, Dictionary<string, JsonMember> structs)
    {
        if (!structs.TryGetValue(layout.Name, out JsonMember entry))
        {
            binder.Report(Diagnostics.Undefined, layout.Value, "Type", layout.Name);
            return null;
        }
        if (!Named(binder, layout))
            return null;
        CatalogLife life = lives.Read(entry.Value);
        return new StructBinding(
            layout.Name,
            binder.String(layout.Value, "kind") == "union",
            binder.Int32(binder.Required(layout.Value, "size"), 0, MaxSize),
            binder.Items(binder.Required(layout.Value, "members")).Select(m => Member(binder, lives, life, m)).OfType<MemberBinding>().ToEquatable(),
            lives.Of(life, what => what.StartsWith("size ", StringComparison.Ordinal)).ToEquatable());
    }

    /// <summary>More bytes than this no type has that is passed to the kernel.</summary>
    private const int MaxSize = 1 << 20;

    private static MemberBinding? Member(Binder binder, CatalogLives lives, CatalogLife life, JsonValue member)
    {
        IReadOnlyList<JsonValue> items = binder.Items(member);
        if (items.Count is not (4 or 5))
        {
            binder.WrongKind(member, "a member: name, offset, size, type");
            return null;
        }
        string name = binder.String(items[0]), form = items.Count == 5 ? binder.String(items[4]) : "";
        if (!name.Split('.').All(Identifier.IsValid))
        {
            binder.Report(Diagnostics.BadName, items[0], "'" + name + "' cannot be the name of a field");
            return null;
        }
        int offset = binder.Int32(items[1], 0, MaxSize * 8), size = binder.Int32(items[2], 0, MaxSize * 8);
        string type = binder.String(items[3]);
        if (form == "bitfield" && (CTypes.Scalar(type) is not { Bits: var unit } || size == 0 || offset % unit + size > unit))
        {
            binder.WrongKind(member, "bits that lie in one unit of a number's type");
            return null;
        }
        return new MemberBinding(
            name,
            offset,
            size,
            type,
            form switch { "bitfield" => MemberForm.Bitfield, "flexible" => MemberForm.Flexible, _ => MemberForm.Plain },
            // Where something follows without a length, its spelling ([] or [0]) changes nothing.
            lives.OfMember(life, name).Where(e => form != "flexible" || e.Kind != LifeEventKind.Changed || e.What.Any(w => w.StartsWith("offset ", StringComparison.Ordinal))).ToEquatable());
    }

    private static bool Named(Binder binder, JsonMember entry)
    {
        if (Identifier.IsValid(entry.Name))
            return true;
        binder.Report(Diagnostics.BadName, entry.Position, entry.Position, "'" + entry.Name + "' cannot be a name in C#");
        return false;
    }
}
