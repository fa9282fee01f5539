using System.Globalization;
using System.Text;
using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Core;

/// <summary>A step of an access path that means something to C: a named member, an array element, or an enumerator.</summary>
/// <param name="TypeId">The struct the member belongs to, or the element's type, or the enumeration.</param>
/// <param name="Index">Number of the member, element or enumerator.</param>
/// <param name="IsNamed">True for members and enumerators.</param>
internal readonly record struct CoreStep(int TypeId, int Index, bool IsNamed);

/// <summary>An access path resolved against one set of types: what the compiler saw, or what a kernel has.</summary>
internal sealed class CoreSpec(BtfTypes types, int rootId, CoreKind kind)
{
    /// <summary>Longest path libbpf follows.</summary>
    public const int MaxLength = 64;

    public BtfTypes Types { get; } = types;
    public int RootId { get; } = rootId;
    public CoreKind Kind { get; } = kind;
    /// <summary>Every step, anonymous members included.</summary>
    public List<int> Raw { get; } = [];
    /// <summary>The steps with a meaning.</summary>
    public List<CoreStep> Steps { get; } = [];
    /// <summary>Where the field begins, in bits from the start of the root type; wraps at 32 bits as the kernel's does.</summary>
    public uint BitOffset { get; set; }

    /// <summary>Resolves a record against the object's own types.</summary>
    public static CoreSpec? TryParse(BtfTypes types, CoreRelocation relocation, out Errno errno)
    {
        errno = Errno.EINVAL;
        string path = types.String(relocation.AccessOffset);
        var spec = new CoreSpec(types, relocation.TypeId, relocation.Kind);
        if (path.Length == 0 || path[0] == ':')
            return null;
        if (relocation.Kind.IsType())
            return path == "0" ? spec : null;
        foreach (string part in path.Split(':'))
        {
            if (!int.TryParse(part, NumberStyles.None, CultureInfo.InvariantCulture, out int index))
                return null;
            if (spec.Raw.Count == MaxLength)
            {
                errno = Errno.E2BIG;
                return null;
            }
            spec.Raw.Add(index);
        }
        int rootId = types.SkipModifiersAndTypedefs(relocation.TypeId);
        spec.Steps.Add(new CoreStep(rootId, spec.Raw[0], relocation.Kind.IsEnumerator()));
        if (relocation.Kind.IsEnumerator())
            return types[rootId].IsEnum && spec.Raw.Count == 1 && spec.Raw[0] < types[rootId].VLen ? spec : null;
        return relocation.Kind.IsField() && spec.FollowFields(rootId) ? spec : null;
    }

    private bool FollowFields(int id)
    {
        if (!Types.TryResolveSize(id, out long size))
            return false;
        Advance(Raw[0], size);
        for (int i = 1; i < Raw.Count; i++)
        {
            id = Types.SkipModifiersAndTypedefs(id);
            BtfType type = Types[id];
            int index = Raw[i];
            if (type.IsStruct)
            {
                if (index >= type.VLen)
                    return false;
                BtfMember member = type.Member(index);
                BitOffset += member.BitOffset;
                if (member.NameOffset != 0)
                {
                    if (member.NameBytes.IsEmpty)
                        return false;
                    Steps.Add(new CoreStep(id, index, true));
                }
                id = member.TypeId;
            }
            else if (type.Kind == BtfKind.Array)
            {
                if (!IsFlexibleArray(type) && index >= type.Length)
                    return false;
                id = Types.SkipModifiersAndTypedefs(type.ElementTypeId);
                Steps.Add(new CoreStep(id, index, false));
                if (!Types.TryResolveSize(id, out size))
                    return false;
                Advance(index, size);
            }
            else
            {
                return false;
            }
        }
        return true;
    }

    /// <summary>Adds the place of an array element.</summary>
    public void Advance(int index, long size) => BitOffset += (uint)(index * size * 8);

    /// <summary>True when an array without elements is the last member of the struct stepped into last, so that any index is in bounds.</summary>
    public bool IsFlexibleArray(BtfType array) =>
        array.Length == 0 && Steps.Count > 0 && Steps[^1] is { IsNamed: true } last && last.Index == Types[last.TypeId].VLen - 1;

    /// <summary>Name of a named step.</summary>
    public ReadOnlySpan<byte> Name(CoreStep step)
    {
        BtfType type = Types[step.TypeId];
        return type.IsEnum ? type.Enumerator(step.Index).NameBytes : type.Member(step.Index).NameBytes;
    }

    /// <summary>As C writes it: <c>struct task_struct.pid</c>, <c>enum bpf_func_id.BPF_FUNC_bind</c>.</summary>
    public string CName
    {
        get
        {
            BtfType root = Types[RootId];
            var text = new StringBuilder();
            if (root.IsStruct || root.IsEnum)
                text.Append(root.Kind == BtfKind.Enum64 ? "enum" : BtfNames.Kind(root.Kind)).Append(' ');
            text.Append(root.NameBytes.IsEmpty ? "<anon>" : BtfNames.Essential(root.Name));
            AppendSteps(text);
            return text.ToString();
        }
    }

    private void AppendSteps(StringBuilder text)
    {
        for (int i = 0; i < Steps.Count; i++)
        {
            if (Steps[i].IsNamed)
                text.Append('.').Append(Encoding.UTF8.GetString(Name(Steps[i])));
            else if (i > 0 || Steps[i].Index > 0)
                text.Append(CultureInfo.InvariantCulture, $"[{Steps[i].Index}]");
        }
    }

    /// <summary>The spelling libbpf uses: <c>&lt;byte_off&gt; [7] struct task_struct.pid (0:1 @ offset 4)</c>.</summary>
    public override string ToString()
    {
        BtfType root = Types[RootId];
        var text = new StringBuilder();
        text.Append(CultureInfo.InvariantCulture, $"<{Kind.Text()}> [{RootId}] {BtfNames.Kind(root.Kind)} {(root.NameBytes.IsEmpty ? "<anon>" : root.Name)}");
        if (Kind.IsEnumerator() && Raw.Count > 0)
        {
            BtfType type = Types[Types.SkipModifiersAndTypedefs(RootId)];
            BtfEnumerator enumerator = type.Enumerator(Raw[0]);
            text.Append(CultureInfo.InvariantCulture, $"::{enumerator.Name} = ");
            if (type.KindFlag)
                text.Append(CultureInfo.InvariantCulture, $"{enumerator.Value}");
            else
                text.Append(CultureInfo.InvariantCulture, $"{enumerator.Raw}");
        }
        else if (Kind.IsField())
        {
            AppendSteps(text);
            text.Append(" (").AppendJoin(':', Raw).Append(CultureInfo.InvariantCulture, $" @ offset {BitOffset / 8}");
            if (BitOffset % 8 != 0)
                text.Append(CultureInfo.InvariantCulture, $".{BitOffset % 8}");
            text.Append(')');
        }
        return text.ToString();
    }
}
