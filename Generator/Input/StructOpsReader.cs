using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>Reads the section <c>structOps</c> of <c>abi.json</c>.</summary>
internal static class StructOpsReader
{
    private const int MaxErrno = 4095;

    /// <summary>The structs; none where the section is unknown.</summary>
    /// <param name="binder">Where complaints go.</param>
    /// <param name="root">The document.</param>
    /// <param name="helpers">The release's helpers.</param>
    public static StructOpsTableModel Read(Binder binder, JsonValue root, HelperModel helpers)
    {
        if (binder.RequiredOrNull(root, "structOps") is not { } section)
            return new StructOpsTableModel(default);
        var ids = helpers.Names.Items.ToDictionary(h => h.Name, h => h.Value.AsIndex!.Value, StringComparer.Ordinal);
        var protos = new HashSet<string>(helpers.Protos.Items.Select(p => p.Symbol), StringComparer.Ordinal);
        return new StructOpsTableModel(binder.Members(section).Select(s => ReadOne(binder, s, ids, protos)).ToEquatable());
    }

    private static StructOpsModel ReadOne(Binder binder, JsonMember member, Dictionary<string, int> ids, HashSet<string> protos)
    {
        JsonValue value = member.Value;
        IEnumerable<NamedProto> helpers = binder.Members(binder.Required(value, "helpers"))
            .Select(h => new NamedProto(HelperId(binder, ids, h.Name, h.Position, h.Value.End), Proto(binder, protos, h.Value)));
        IEnumerable<WithheldHelper> withheld = binder.Members(binder.Required(value, "withheld"))
            .SelectMany(m => binder.Items(m.Value).Select(h => new WithheldHelper(m.Name, HelperId(binder, ids, binder.String(h), h.Start, h.End))));
        string[] refusals = binder.Strings(binder.Required(value, "refusals"));
        if (refusals.Length != 3)
            binder.WrongKind(value, "three refusals");
        return new StructOpsModel(
            member.Name,
            binder.String(value, "verifier_ops"),
            binder.Members(binder.Required(value, "members")).Select(m => ReadMember(binder, m)).ToEquatable(),
            helpers.ToEquatable(),
            withheld.ToEquatable(),
            binder.Members(binder.Required(value, "stores")).Select(s => ReadStores(binder, s)).ToEquatable(),
            refusals.ToEquatable(),
            binder.Required(value, "reads") is { Kind: JsonKind.True });
    }

    private static StructOpsMember ReadMember(Binder binder, JsonMember member) => new(
        member.Name,
        binder.OptionalString(member.Value, "stub"),
        binder.Int32(binder.Required(member.Value, "refused"), 0, MaxErrno),
        binder.Int32(binder.Required(member.Value, "refused_sleepable"), 0, MaxErrno));

    private static StoresModel ReadStores(Binder binder, JsonMember stores)
    {
        if (stores.Value.Kind == JsonKind.Null)
            return new StoresModel(stores.Name, null);
        var runs = new List<int>();
        foreach (JsonValue run in binder.Items(stores.Value))
        {
            IReadOnlyList<JsonValue> items = binder.Items(run);
            if (items.Count == 3)
                runs.AddRange(items.Select(i => binder.Int32(i, 0, int.MaxValue)));
            else if (run.Kind == JsonKind.Array)
                binder.WrongKind(run, "a run: [first offset, last offset, end]");
        }
        return new StoresModel(stores.Name, runs.ToEquatable());
    }

    private static int HelperId(Binder binder, Dictionary<string, int> ids, string name, int start, int end)
    {
        if (!ids.TryGetValue(name, out int id))
            binder.Report(Diagnostics.Undefined, start, end, "helper", name);
        return id;
    }

    private static string Proto(Binder binder, HashSet<string> protos, JsonValue value)
    {
        string symbol = binder.String(value);
        if (!protos.Contains(symbol) && value.Kind == JsonKind.String)
            binder.Report(Diagnostics.Undefined, value, "prototype", symbol);
        return symbol;
    }
}
