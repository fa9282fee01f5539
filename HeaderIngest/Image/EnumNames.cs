using System.Globalization;
using BpfVerifier.Btf;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Names of a kernel enumeration whose values are a kind in the low byte and flags of <c>enum bpf_type_flag</c> above it.</summary>
public sealed class EnumNames
{
    private const ulong KindMask = 0xff;

    private readonly Dictionary<ulong, string> _whole = [], _kinds = [];
    private readonly SortedDictionary<ulong, string> _flags = [];

    /// <summary>Over the enumerators of a kind and the flags of the release.</summary>
    public EnumNames(IEnumerable<KeyValuePair<string, ulong>> kinds, IEnumerable<KeyValuePair<string, ulong>> flags)
    {
        foreach ((string name, ulong value) in kinds)
        {
            if (name.StartsWith("__", StringComparison.Ordinal))
                continue;
            _whole[value] = name;
            // Of several names for one kind the shortest is the plain one.
            if (value <= KindMask && (!_kinds.TryGetValue(value, out string? other) || name.Length <= other.Length))
                _kinds[value] = name;
        }
        foreach ((string name, ulong value) in flags)
        {
            if (!name.StartsWith("__", StringComparison.Ordinal) && value > KindMask)
                _flags[value] = name;
        }
    }

    /// <summary>The names of <c>enum <paramref name="kind"/></c>, or of the enumeration that has the enumerator <paramref name="member"/>.</summary>
    public static EnumNames Of(BtfTypes types, string kind, string member) =>
        new(Values(types, kind, member), Values(types, "bpf_type_flag", null));

    /// <summary>The name of a value: its own where it has one, else its kind and flags joined with a vertical bar; a kind without a name is <c>?N</c>.</summary>
    public string Name(ulong value)
    {
        if (_whole.TryGetValue(value, out string? whole))
            return whole;
        string text = KindOf(value);
        ulong rest = value & ~KindMask;
        foreach ((ulong flag, string name) in _flags)
        {
            if ((rest & flag) == flag)
            {
                text += "|" + name;
                rest &= ~flag;
            }
        }
        return rest == 0 ? text : string.Create(CultureInfo.InvariantCulture, $"{text}|0x{rest:x}");
    }

    /// <summary>The name of a value's low byte.</summary>
    public string KindOf(ulong value) => _kinds.TryGetValue(value & KindMask, out string? kind)
        ? kind
        : string.Create(CultureInfo.InvariantCulture, $"?{value & KindMask}");

    /// <summary>Whether the low byte is a kind of the release.</summary>
    public bool HasKind(ulong value) => _kinds.ContainsKey(value & KindMask);

    /// <summary>Enumerators and stored bits of an enumeration, found by its name or, where it has none, by one of its enumerators.</summary>
    public static IEnumerable<KeyValuePair<string, ulong>> Values(BtfTypes types, string name, string? member)
    {
        int id = types.Find(name, BtfKind.Enum);
        if (id < 0)
            id = types.Find(name, BtfKind.Enum64);
        for (int i = 1; id < 0 && member is not null && i < types.Count; i++)
        {
            BtfType type = types[i];
            if (type.IsEnum && Enumerable.Range(0, type.VLen).Any(v => type.Enumerator(v).Name == member))
                id = i;
        }
        if (id < 0)
            yield break;
        for (int i = 0; i < types[id].VLen; i++)
            yield return new(types[id].Enumerator(i).Name, types[id].Enumerator(i).Raw);
    }
}
