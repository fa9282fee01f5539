using BpfVerifier.Btf;

namespace BpfVerifier.Facts;

/// <summary>Reads enumerations, structures and prototypes out of a kernel's BTF.</summary>
public sealed class BtfSymbols
{
    private const int MaxDepth = 16, MaxMembers = 1 << 16;
    private readonly BtfTypes _types;
    private readonly Lazy<(SortedDictionary<string, int> Enums, SortedDictionary<string, int> Structs)> _named;
    private int _members;

    /// <summary>Over the types of a kernel.</summary>
    public BtfSymbols(BtfTypes types)
    {
        _types = types;
        _named = new(() => Named(types));
    }

    private static (SortedDictionary<string, int> Enums, SortedDictionary<string, int> Structs) Named(BtfTypes types)
    {
        var enums = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var structs = new SortedDictionary<string, int>(StringComparer.Ordinal);
        for (int id = 1; id < types.Count; id++)
        {
            BtfType type = types[id];
            // Of several types with one name (a source file may have its own) the first is the one the headers declare; the cross-check
            // would show if it were not.
            if (type.IsEnum && type.VLen > 0)
                enums.TryAdd(type.Name is { Length: > 0 } name ? name : "@" + type.Enumerator(0).Name, id);
            else if (type.IsStruct && type.Name.Length > 0)
                structs.TryAdd(type.Name, id);
        }
        return (enums, structs);
    }

    /// <summary>Ids of all enumerations by name, or <c>@FIRST_ENUMERATOR</c>.</summary>
    public SortedDictionary<string, int> Enums => _named.Value.Enums;

    /// <summary>Ids of all named structures and unions.</summary>
    public SortedDictionary<string, int> Structs => _named.Value.Structs;

    /// <summary>An enumeration.</summary>
    public EnumInfo Enum(int id)
    {
        BtfType type = _types[id];
        var values = new OrderedDictionary<string, Int128>(StringComparer.Ordinal);
        for (int i = 0; i < type.VLen; i++)
        {
            BtfEnumerator value = type.Enumerator(i);
            values[value.Name] = type.KindFlag ? value.Value : value.Raw;
        }
        return new EnumInfo(Sources.Btf, values);
    }

    /// <summary>Whether the kind of an enumeration has room for 32 bits a value only.</summary>
    public bool HasShortValues(int id) => _types[id].Kind == BtfKind.Enum;

    /// <summary>A structure or union.</summary>
    /// <exception cref="InvalidDataException">It has more members than any.</exception>
    public StructInfo Struct(int id)
    {
        BtfType type = _types[id];
        var members = new List<StructMember>();
        _members = 0;
        AddMembers(type, 0, "", members, 0);
        return new StructInfo(Sources.Btf, type.Kind == BtfKind.Struct ? "struct" : "union", type.Size, members);
    }

    /// <summary>The prototype of a function, or null when the kernel has none of that name.</summary>
    public FunctionInfo? Function(string name)
    {
        int id = _types.Find(name, BtfKind.Func);
        if (id < 0)
            return null;
        (string returns, List<string[]> parameters) = BtfSpelling.OfFunction(_types, id);
        return new FunctionInfo(Sources.Btf, returns, parameters);
    }

    private void AddMembers(BtfType type, int start, string prefix, List<StructMember> members, int depth)
    {
        // C nests anonymous types a few levels; hostile BTF could nest them in a circle.
        if (depth > MaxDepth)
            return;
        for (int i = 0; i < type.VLen; i++)
        {
            if (++_members > MaxMembers)
                throw new InvalidDataException($"the kernel's BTF has a structure with more than {MaxMembers} members");
            BtfMember member = type.Member(i);
            int offset = start + (int)member.BitOffset;
            BtfType inner = _types[_types.SkipModifiers(member.TypeId)];
            bool anonymousType = inner.IsStruct && inner.Name.Length == 0;
            if (member.Name.Length == 0)
            {
                if (anonymousType)
                    AddMembers(inner, offset, prefix, members, depth + 1);
                continue;
            }
            string name = prefix + member.Name;
            string spelling = BtfSpelling.Of(_types, member.TypeId);
            if (member.BitSize > 0)
            {
                members.Add(new StructMember(name, offset, member.BitSize, spelling, MemberKind.Bitfield));
                continue;
            }
            _types.TryResolveSize(member.TypeId, out long size);
            bool flexible = inner.Kind == BtfKind.Array && inner.Length == 0;
            members.Add(new StructMember(name, offset, (int)(size * 8), spelling, flexible ? MemberKind.Flexible : MemberKind.Plain));
            if (anonymousType)
                AddMembers(inner, offset, name + ".", members, depth + 1);
        }
    }
}
