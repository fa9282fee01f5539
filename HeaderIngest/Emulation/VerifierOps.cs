using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>The callbacks the kernel's verifier has for one program type.</summary>
/// <param name="Type">Name of the type, without <c>BPF_PROG_TYPE_</c>.</param>
/// <param name="Number">Its number.</param>
/// <param name="Symbol">Symbol of the <c>struct bpf_verifier_ops</c>.</param>
/// <param name="Callbacks">Addresses of the callbacks it has, by member.</param>
public sealed record VerifierOps(string Type, ulong Number, string Symbol, SortedDictionary<string, ulong> Callbacks)
{
    private const string Table = "bpf_verifier_ops", TypePrefix = "BPF_PROG_TYPE_";

    /// <summary>Program types by number, without <c>BPF_PROG_TYPE_</c>.</summary>
    public static SortedDictionary<ulong, string> ProgramTypes(KernelFile kernel)
    {
        var types = new SortedDictionary<ulong, string>();
        foreach ((string name, ulong value) in EnumNames.Values(kernel.Types, "bpf_prog_type", null))
        {
            if (name.StartsWith(TypePrefix, StringComparison.Ordinal))
                types.TryAdd(value, name[TypePrefix.Length..]);
        }
        return types.Count > 0 ? types : throw new IngestException($"{kernel.Name}: the kernel's BTF has no enum bpf_prog_type");
    }

    /// <summary>The verifier's table, in the order of program types; types the kernel was built without are left out.</summary>
    /// <exception cref="IngestException">The kernel has no such table.</exception>
    public static List<VerifierOps> Read(KernelFile kernel)
    {
        SortedDictionary<ulong, string> types = ProgramTypes(kernel);
        RecordLayout layout = RecordLayout.Require(kernel.Types, "bpf_verifier_ops", kernel.Name);
        if (!kernel.Symbols.TryFind(Table, out ulong table) || kernel.Symbols.Next(table) is not { } end)
            throw new IngestException($"{kernel.Name}: the kernel has no table {Table} (built without CONFIG_BPF_SYSCALL?)");
        var all = new List<VerifierOps>();
        foreach ((ulong number, string type) in types)
        {
            ulong at = table + 8 * number;
            if (at + 8 > end || !kernel.Memory.TryReadUInt64(at, out ulong ops) || ops == 0)
                continue;
            all.Add(new VerifierOps(type, number, kernel.Symbols.NameAt(ops) ?? throw new IngestException($"{kernel.Name}: the verifier's callbacks for {type} have no symbol"), Read(kernel, layout, ops)));
        }
        return all;
    }

    /// <summary>Addresses of the callbacks in a <c>struct bpf_verifier_ops</c>, by member.</summary>
    public static SortedDictionary<string, ulong> Read(KernelFile kernel, RecordLayout layout, ulong ops)
    {
        if (!kernel.Memory.TryRead(ops, layout.Size, out ReadOnlySpan<byte> bytes))
            throw new IngestException($"{kernel.Name}: no callbacks are at {kernel.Symbols.Describe(ops)}");
        var callbacks = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        foreach (RecordField field in layout.Fields)
        {
            if (RecordLayout.Read(bytes, field) is not 0 and var callback)
                callbacks.Add(field.Name, callback);
        }
        return callbacks;
    }
}
