using System.Globalization;
using BpfVerifier.HeaderIngest.Headers;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>Turns the values of a prototype's members into the form the facts of images have, by the enumerations of the same source.</summary>
internal sealed class ProtoText
{
    private const int MaxArguments = 5;
    /// <summary>Stands where a type belongs whose name the text does not give.</summary>
    public const string UnknownType = "?";

    private readonly EnumNames _arguments, _returns;
    private readonly HashSet<string> _members;
    private readonly Func<string, string, List<string>?> _list;

    /// <summary>Over a source's declarations.</summary>
    /// <param name="declared">They.</param>
    /// <param name="list">Gives the list of BTF ids of a name as a file sees it.</param>
    /// <exception cref="IngestException">They do not declare prototypes.</exception>
    public ProtoText(HeaderSymbols declared, Func<string, string, List<string>?> list)
    {
        IEnumerable<KeyValuePair<string, ulong>> flags = Values(declared, "bpf_type_flag", "");
        _arguments = new EnumNames(Values(declared, "bpf_arg_type", "ARG_DONTCARE"), flags);
        _returns = new EnumNames(Values(declared, "bpf_return_type", "RET_INTEGER"), flags);
        _members = declared.Structs.TryGetValue("bpf_func_proto", out StructInfo? proto)
            ? [.. proto.Members.Select(m => m.Name)]
            : throw new IngestException("the source's include/linux/bpf.h declares no struct bpf_func_proto");
        _list = list;
    }

    /// <summary>The prototype.</summary>
    /// <param name="raw">Its members.</param>
    /// <param name="unused">Whether nothing refers to it.</param>
    public SourceProto Of(RawProto raw, bool unused)
    {
        var unparsed = new List<string>();
        if (raw.Unnamed > 0)
            unparsed.Add(string.Create(CultureInfo.InvariantCulture, $"{raw.Unnamed} initialisers without a member's name"));
        foreach ((string member, ExpressionValue value) in raw.Members.Where(m => m.Value.IsUnknown))
            unparsed.Add($"{member} is no constant");
        string ret = _returns.Name(Number(raw, "ret_type"));
        var arguments = new List<string>();
        for (int i = 1; i <= MaxArguments && Number(raw, Named("arg", i, "_type")) is not 0 and var type; i++)
            arguments.Add(Argument(raw, i, type, unparsed));
        return new SourceProto(raw.Name, raw.Place, new ProtoInfo
        {
            Func = Symbol(raw, "func") ?? "",
            Ret = ret,
            RetBtf = ret.Contains("BTF_ID", StringComparison.Ordinal) ? Type(raw, "ret_btf_id", unparsed) : null,
            Args = arguments,
            GplOnly = (int)Number(raw, "gpl_only"),
            PktAccess = (int)Number(raw, "pkt_access"),
            MightSleep = Flag(raw, "might_sleep"),
            AllowFastcall = Flag(raw, "allow_fastcall"),
            Allowed = Symbol(raw, "allowed"),
        }, unparsed, unused);
    }

    private string Argument(RawProto raw, int index, ulong type, List<string> unparsed)
    {
        string name = _arguments.Name(type);
        if (name.Contains("FIXED_SIZE", StringComparison.Ordinal))
            return string.Create(CultureInfo.InvariantCulture, $"{name} size={Number(raw, Named("arg", index, "_size"))}");
        return _arguments.KindOf(type).Contains("BTF_ID", StringComparison.Ordinal) && Type(raw, Named("arg", index, "_btf_id"), unparsed) is { } named
            ? $"{name} btf_id={named}"
            : name;
    }

    private string? Type(RawProto raw, string member, List<string> unparsed)
    {
        if (!raw.Members.TryGetValue(member, out ExpressionValue value) || value.Number is 0)
            return null;
        if (value.Number is not null)
            return "POISON";
        if (value.Symbol is not null && _list(raw.Place.File, value.Symbol) is { } list && value.Index < list.Count)
            return list[value.Index];
        unparsed.Add($"{member} leads to {value.Symbol ?? "nothing with a name"}, which is no list of BTF ids");
        return UnknownType;
    }

    private int? Flag(RawProto raw, string member) => _members.Contains(member) ? (int)Number(raw, member) : null;

    private static string Named(string before, int index, string after) => string.Create(CultureInfo.InvariantCulture, $"{before}{index}{after}");

    private static ulong Number(RawProto raw, string member) => raw.Members.TryGetValue(member, out ExpressionValue value) && value.Number is { } number ? (ulong)number : 0;

    private static string? Symbol(RawProto raw, string member) => raw.Members.TryGetValue(member, out ExpressionValue value) ? value.Symbol : null;

    private static IEnumerable<KeyValuePair<string, ulong>> Values(HeaderSymbols declared, string name, string member)
    {
        EnumInfo? info = declared.Enums.TryGetValue(name, out EnumInfo? named) ? named : declared.Enums.Values.FirstOrDefault(e => e.Values.ContainsKey(member));
        return info?.Values.Select(v => KeyValuePair.Create(v.Key, (ulong)v.Value)) ?? [];
    }
}
