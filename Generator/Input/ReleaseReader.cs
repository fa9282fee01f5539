using System.Globalization;
using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>Reads <c>abi.json</c> (form: docs/abi-json.md).</summary>
internal sealed class ReleaseReader
{
    private const int SchemaRead = 1;
    private static readonly string[] s_needed = ["btfSets", "gates", "kfuncs", "modifyReturn", "programTypes", "protos", "rawTracepointNullArgs", "rawTracepoints", "structOps"];
    // Numbers of 16 bits in the emitted tables.
    private const int MaxId = 4095;

    private readonly Binder _binder;
    private readonly TypeNames _types;
    private readonly EquatableArray<EnumModel> _enums;
    private readonly JsonValue _root;
    private readonly Dictionary<string, int> _programTypes = new(StringComparer.Ordinal) { ["UNSPEC"] = 0 };

    private ReleaseReader(Binder binder, JsonValue root)
    {
        _binder = binder;
        _root = root;
        _enums = ReadEnums();
        _types = new TypeNames(_enums);
    }

    public static Parsed<ReleaseModel> Read(InputFile file) => Binder.Read(file, (binder, root) => new ReleaseReader(binder, root).Read());

    private ReleaseModel Read()
    {
        _binder.Schema(_root, SchemaRead);
        ReleaseIdentity identity = ReadIdentity();
        IReadOnlyList<JsonMember> programTypes = _binder.Members(_binder.RequiredOrNull(_root, "programTypes"));
        foreach (JsonMember type in programTypes)
            _programTypes[type.Name] = _binder.Int32(_binder.Required(type.Value, "id"), 0, MaxId);
        HelperModel helpers = ReadHelpers(programTypes);
        return new ReleaseModel(
            identity,
            ReadKinds(programTypes),
            helpers,
            ReadContexts(programTypes),
            ReadContextOps(programTypes),
            ReadKfuncs(identity.Release),
            _enums,
            _binder.Members(_binder.RequiredOrNull(_root, "macros")).Select(m => new NamedValue(m.Name, _binder.Integer(m.Value))).ToEquatable(),
            ReadStructs(),
            ImageReader.Read(_binder, _root),
            StructOpsReader.Read(_binder, _root, helpers));
    }

    private ReleaseIdentity ReadIdentity()
    {
        string release = _binder.String(_root, "release");
        string version = _binder.String(_root, "version");
        int patch = 0;
        if (!ReleaseNumber.TryParse(release, out ReleaseNumber number))
        {
            if (_root["release"] is { Kind: JsonKind.String } at)
                _binder.WrongKind(at, "a release such as \"6.12\"");
        }
        else if (_root["version"] is { Kind: JsonKind.String } atVersion
            && !(version.StartsWith(release + ".", StringComparison.Ordinal) && ReleaseNumber.Number(version.Substring(release.Length + 1), out patch)))
            _binder.WrongKind(atVersion, "the release and a patch level, such as \"6.12.117\"");
        return new ReleaseIdentity(number, patch, version, _binder.String(_root, "abi"), Unknown());
    }

    private EquatableArray<EnumModel> ReadEnums()
    {
        var enums = new List<EnumModel>();
        foreach (JsonMember member in _binder.Members(_binder.Required(_root, "enums")))
        {
            IEnumerable<NamedValue> values = _binder.Members(_binder.Required(member.Value, "values"))
                .Select(v => new NamedValue(v.Name, _binder.Integer(v.Value)));
            enums.Add(new EnumModel(member.Name, values.ToEquatable()));
        }
        return enums.ToEquatable();
    }

    /// <summary>Sections without which no verdict is sure, by name, that nothing told.</summary>
    private EquatableArray<string> Unknown() => s_needed.Where(name => _root[name] is { Kind: JsonKind.Null }).ToEquatable();

    private KindsModel ReadKinds(IReadOnlyList<JsonMember> programTypes) => new(
        programTypes
            .Where(t => _binder.RequiredOrNull(t.Value, "verifier_ops") is not null)
            .Select(t => _programTypes[t.Name]).OrderBy(id => id).ToEquatable(),
        Numbers("bpf_map_type", "BPF_MAP_TYPE_").Where(id => id != 0).ToEquatable(),
        Numbers("bpf_attach_type", "BPF_").ToEquatable());

    private IEnumerable<int> Numbers(string name, string prefix)
    {
        if (_enums.FirstOrDefault(e => e.Name == name) is not { } found)
        {
            if (_root["enums"] is { Kind: JsonKind.Object } enums)
                _binder.Report(Diagnostics.MissingKey, enums.Start, enums.Start, name);
            return [];
        }
        return found.Values
            .Where(v => v.Name.StartsWith(prefix, StringComparison.Ordinal) && v.Value.AsIndex is <= MaxId)
            .Select(v => v.Value.AsIndex!.Value).Distinct().OrderBy(id => id);
    }

    private HelperModel ReadHelpers(IReadOnlyList<JsonMember> programTypes)
    {
        var ids = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonMember helper in _binder.Members(_binder.Required(_root, "helpers")))
            ids[helper.Name] = _binder.Int32(_binder.Required(helper.Value, "id"), 0, MaxId);
        var protos = new List<ProtoModel>();
        var protoIndex = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (JsonMember member in _binder.Members(_binder.RequiredOrNull(_root, "protos")))
        {
            protoIndex[member.Name] = protos.Count;
            protos.Add(ReadProto(member));
        }
        var uses = new List<TypeHelpers>();
        foreach (JsonMember type in programTypes)
        {
            if (_binder.RequiredOrNull(type.Value, "helpers") is not { } allowed)
                continue;
            IEnumerable<HelperUse> helpers = Uses(allowed, ids, protoIndex, mayLack: false).OrderBy(h => h.HelperId);
            uses.Add(new TypeHelpers(_programTypes[type.Name], helpers.ToEquatable(), ReadVariations(type.Value, ids, protoIndex).ToEquatable()));
        }
        return new HelperModel(
            ids.OrderBy(h => h.Value).Select(h => new NamedValue(h.Key, new Integer((ulong)h.Value, false))).ToEquatable(),
            ids.Count == 0 ? 0 : ids.Values.Max() + 1,
            protos.ToEquatable(),
            uses.OrderBy(u => u.ProgramType).ToEquatable());
    }

    /// <summary>Helpers and their prototypes; -1 where one has none, if it may.</summary>
    private List<HelperUse> Uses(JsonValue allowed, Dictionary<string, int> ids, Dictionary<string, int> protos, bool mayLack)
    {
        var helpers = new List<HelperUse>();
        foreach (JsonMember use in _binder.Members(allowed))
        {
            bool none = mayLack && use.Value.Kind == JsonKind.Null;
            string proto = none ? "" : _binder.String(use.Value);
            int index = -1;
            if (!ids.TryGetValue(use.Name, out int id))
                _binder.Report(Diagnostics.Undefined, use.Position, use.Value.End, "helper", use.Name);
            else if (!none && !protos.TryGetValue(proto, out index))
                _binder.Report(Diagnostics.Undefined, use.Value, "prototype", proto);
            else
                helpers.Add(new HelperUse(id, index));
        }
        return helpers;
    }

    private List<HelperVariation> ReadVariations(JsonValue type, Dictionary<string, int> ids, Dictionary<string, int> protos)
    {
        var variations = new List<HelperVariation>();
        if (type["varies"] is not { } varies)
            return variations;
        foreach (JsonValue item in _binder.Items(varies))
        {
            // Without helpers, or with null, nothing is known of them under these conditions.
            if (item["helpers"] is not { Kind: not JsonKind.Null } changed)
                continue;
            List<HelperUse> uses = Uses(changed, ids, protos, mayLack: true);
            foreach (JsonValue when in _binder.Items(_binder.Required(item, "when")))
                if (Condition(_binder.String(when), when) is { } condition)
                    variations.AddRange(uses.Select(use => new HelperVariation(condition.Kind, condition.Value, use.HelperId, use.Proto)));
        }
        return variations;
    }

    /// <summary>A condition of <c>varies</c>; null for those no profile is in.</summary>
    private (HelperCondition Kind, int Value)? Condition(string text, JsonValue at)
    {
        const string attach = "attach ", without = "without ";
        // As LoaderCapabilities of the façade numbers them.
        string[] capabilities = ["BPF", "PERFMON", "NET_ADMIN", "SYS_ADMIN"];
        if (text == "sleepable")
            return (HelperCondition.Sleepable, 0);
        if (text == "locked down")
            return null;
        if (text.StartsWith(attach, StringComparison.Ordinal) && AttachType(text.Substring(attach.Length)) is { } number)
            return (HelperCondition.Attach, number);
        if (text.StartsWith(without, StringComparison.Ordinal) && Array.IndexOf(capabilities, text.Substring(without.Length)) is >= 0 and int bit)
            return (HelperCondition.WithoutCapability, 1 << bit);
        _binder.WrongKind(at, "a condition: \"attach TYPE\", \"sleepable\", \"locked down\" or \"without CAPABILITY\"");
        return null;
    }

    private int? AttachType(string name) => _enums.FirstOrDefault(e => e.Name == "bpf_attach_type")?.Values
        .Where(v => v.Name == "BPF_" + name).Select(v => v.Value.AsIndex).FirstOrDefault();

    private ProtoModel ReadProto(JsonMember member)
    {
        JsonValue proto = member.Value;
        IReadOnlyList<JsonValue> args = _binder.Items(_binder.Required(proto, "args"));
        if (args.Count > 5)
            _binder.WrongKind(args[5], "at most 5 arguments");
        ProtoFlags flags = (_binder.Flag(proto, "gpl_only") ? ProtoFlags.GplOnly : 0)
            | (_binder.Flag(proto, "pkt_access") ? ProtoFlags.PacketAccess : 0)
            | (_binder.Flag(proto, "might_sleep") ? ProtoFlags.MightSleep : 0)
            | (_binder.Flag(proto, "allow_fastcall") ? ProtoFlags.AllowFastcall : 0);
        return new ProtoModel(
            member.Name,
            _binder.String(proto, "func"),
            ReadReturn(_binder.Required(proto, "ret")),
            _binder.OptionalString(proto, "ret_btf"),
            args.Select(ReadArg).ToEquatable(),
            flags,
            _binder.OptionalString(proto, "allowed"));
    }

    private TypeName ReadReturn(JsonValue? value)
    {
        string text = _binder.String(value);
        TypeName? type = _types.Return(text, out string unknown);
        if (type is null && value is { Kind: JsonKind.String })
            _binder.Report(Diagnostics.UnknownName, value, "return type", unknown);
        return type ?? default;
    }

    // "ARG_PTR_TO_MEM|MEM_RDONLY", with " size=N" or " btf_id=NAME" behind where it applies.
    private ArgModel ReadArg(JsonValue value)
    {
        string[] parts = _binder.String(value).Split(' ');
        TypeName? type = _types.Arg(parts[0], out string unknown);
        if (type is null && value.Kind == JsonKind.String)
            _binder.Report(Diagnostics.UnknownName, value, "argument type", unknown);
        int size = 0;
        string? btf = null;
        foreach (string part in parts.Skip(1))
        {
            if (part.StartsWith("btf_id=", StringComparison.Ordinal))
                btf = part.Substring("btf_id=".Length);
            else if (!part.StartsWith("size=", StringComparison.Ordinal)
                || !int.TryParse(part.Substring("size=".Length), NumberStyles.None, CultureInfo.InvariantCulture, out size)
                || size > ushort.MaxValue)
                _binder.WrongKind(value, "an argument type, then \" size=N\" or \" btf_id=NAME\" or nothing");
        }
        return new ArgModel(type ?? default, size, btf);
    }

    private EquatableArray<ContextModel> ReadContexts(IReadOnlyList<JsonMember> programTypes)
    {
        var contexts = new List<ContextModel>();
        foreach (JsonMember type in programTypes)
        {
            if (_binder.RequiredOrNull(type.Value, "ctx") is not { } runs)
                continue;
            contexts.Add(new ContextModel(_programTypes[type.Name], type.Name, _binder.Items(runs).Select(ReadRun).ToEquatable()));
        }
        return contexts.OrderBy(c => c.ProgramType).ToEquatable();
    }

    private EquatableArray<ContextOps> ReadContextOps(IReadOnlyList<JsonMember> programTypes)
    {
        var all = new List<ContextOps>();
        foreach (JsonMember type in programTypes)
        {
            IReadOnlyList<JsonMember> callbacks = _binder.Members(_binder.Required(type.Value, "ops"));
            var ops = new ContextOps(
                _programTypes[type.Name],
                callbacks.Any(c => c.Name == "convert_ctx_access"),
                callbacks.Any(c => c.Name == "btf_struct_access"));
            if (ops.Converts || ops.WritesBtfStructs)
                all.Add(ops);
        }
        return all.OrderBy(o => o.ProgramType).ToEquatable();
    }

    private ContextRun ReadRun(JsonValue run)
    {
        IReadOnlyList<JsonValue> items = _binder.Items(run);
        // The kernel type behind it is for readers of the file.
        if (items.Count is not (7 or 8))
        {
            if (run.Kind == JsonKind.Array)
                _binder.WrongKind(run, "a run: [\"r\" or \"w\", offset, end, size, step, type, field size]");
            return default;
        }
        string access = _binder.String(items[0]);
        if (access is not ("r" or "w"))
            _binder.WrongKind(items[0], "\"r\" or \"w\"");
        int size = _binder.Int32(items[3]);
        if (size is not (1 or 2 or 4 or 8))
            _binder.WrongKind(items[3], "1, 2, 4 or 8");
        string text = _binder.String(items[5]);
        TypeName? type = _types.Register(text, out string unknown);
        if (type is null && items[5].Kind == JsonKind.String)
            _binder.Report(Diagnostics.UnknownName, items[5], "register type", unknown);
        return new ContextRun(
            access == "w",
            _binder.Int32(items[1], 0, MaxId),
            _binder.Int32(items[2], 0, MaxId + 1),
            size,
            _binder.Int32(items[4], 1, MaxId),
            type ?? default,
            _binder.Int32(items[6], 0, ushort.MaxValue));
    }

    private KfuncsModel ReadKfuncs(ReleaseNumber release)
    {
        var sets = new List<KfuncSetModel>();
        foreach (JsonMember type in _binder.Members(_binder.RequiredOrNull(_root, "kfuncs")))
        {
            if (!_programTypes.ContainsKey(type.Name))
            {
                if (_root["programTypes"] is { Kind: JsonKind.Object })
                    _binder.Report(Diagnostics.Undefined, type.Position, type.Value.Start, "program type", type.Name);
                continue;
            }
            foreach (JsonValue set in _binder.Items(type.Value))
            {
                IEnumerable<KfuncModel> kfuncs = _binder.Members(_binder.Required(set, "kfuncs")).Select(k => new KfuncModel(k.Name, KfuncFlags(k.Value)));
                sets.Add(new KfuncSetModel(Hook(type.Name), _binder.String(set, "set"), _binder.OptionalString(set, "filter"), kfuncs.ToEquatable()));
            }
        }
        IEnumerable<HookMember> members = _programTypes.Select(t => new HookMember(t.Value, Hook(t.Key))).Where(m => m.Hook != m.ProgramType);
        return new KfuncsModel(sets.OrderBy(s => s.Hook).ToEquatable(), members.OrderBy(m => m.ProgramType).ToEquatable());

        int Hook(string type) => _programTypes.TryGetValue(KfuncHooks.Of(type, release), out int hook) ? hook : _programTypes[type];
    }

    private string KfuncFlags(JsonValue value)
    {
        var flags = new List<string>();
        foreach (JsonValue flag in _binder.Items(value))
        {
            string name = _binder.String(flag);
            if (!KfuncFlagNames.Known.Contains(name))
                _binder.Report(Diagnostics.UnknownName, flag, "kfunc flag", name);
            flags.Add("KfuncFlags." + Identifier.Pascal(name));
        }
        return string.Join(" | ", flags);
    }

    private EquatableArray<StructModel> ReadStructs()
    {
        var structs = new List<StructModel>();
        foreach (JsonMember member in _binder.Members(_binder.Required(_root, "structs")))
        {
            structs.Add(new StructModel(
                member.Name,
                _binder.Int32(_binder.Required(member.Value, "size"), 0, int.MaxValue),
                _binder.Items(_binder.Required(member.Value, "members")).Select(ReadMember).ToEquatable()));
        }
        return structs.ToEquatable();
    }

    private StructMember ReadMember(JsonValue member)
    {
        IReadOnlyList<JsonValue> items = _binder.Items(member);
        if (items.Count is 4 or 5)
            return new StructMember(_binder.String(items[0]), _binder.Int32(items[1], 0, int.MaxValue), items.Count == 5 && _binder.String(items[4]) == "bitfield");
        if (member.Kind == JsonKind.Array)
            _binder.WrongKind(member, "a member: [name, bit offset, bit size, C type], and \"bitfield\" or \"flexible\"");
        return default;
    }
}
