using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>A kernel's <c>struct bpf_struct_ops</c>, of which there is one for each structure that programs may implement.</summary>
/// <param name="Name">Name of the structure.</param>
/// <param name="TypeId">Its type.</param>
/// <param name="Address">Address of the <c>struct bpf_struct_ops</c>.</param>
public sealed record StructOpsTable(string Name, int TypeId, ulong Address)
{
    private const string ValuePrefix = "bpf_struct_ops_", TablePrefix = "bpf_";
    private const int MaxName = 256;

    /// <summary>Every one, by name of its structure: those registered at start, or in releases that do not register them (to 6.8) what has a value type
    /// <c>struct bpf_struct_ops_NAME</c> and a table <c>bpf_NAME</c>.</summary>
    public static List<StructOpsTable> Find(KernelFile kernel, KernelMachine machine, Action<string> unknown)
    {
        const string register = "__register_bpf_struct_ops";
        Dictionary<string, ulong> addresses = kernel.Symbols.TryFind(register, out _)
            ? Registered(kernel, StartCalls.Of(kernel, machine, register, unknown))
            : Named(kernel);
        return
        [
            .. addresses.OrderBy(a => a.Key, StringComparer.Ordinal)
                .Select(a => new StructOpsTable(a.Key, kernel.Types.Find(a.Key, BtfKind.Struct), a.Value))
                .Where(t => t.TypeId > 0),
        ];
    }

    private static Dictionary<string, ulong> Registered(KernelFile kernel, List<(ulong Caller, KernelArguments Arguments)> calls)
    {
        var addresses = new Dictionary<string, ulong>(StringComparer.Ordinal);
        int name = RecordLayout.Require(kernel.Types, "bpf_struct_ops", kernel.Name)["name"].Offset;
        foreach ((ulong caller, KernelArguments arguments) in calls)
        {
            if (!kernel.Memory.TryReadUInt64(arguments.First + (ulong)name, out ulong text) || kernel.Memory.ReadText(text, MaxName) is not { } structure)
                throw new IngestException($"{kernel.Name}: {kernel.Symbols.Describe(caller)} registers a struct_ops without a name");
            addresses[structure] = arguments.First;
        }
        return addresses;
    }

    private static Dictionary<string, ulong> Named(KernelFile kernel)
    {
        var addresses = new Dictionary<string, ulong>(StringComparer.Ordinal);
        for (int id = 1; id < kernel.Types.Count; id++)
        {
            BtfType type = kernel.Types[id];
            if (type.Kind == BtfKind.Struct && type.Name.StartsWith(ValuePrefix, StringComparison.Ordinal)
                && kernel.Symbols.TryFind(TablePrefix + type.Name[ValuePrefix.Length..], out ulong address))
                addresses[type.Name[ValuePrefix.Length..]] = address;
        }
        return addresses;
    }

    /// <summary>Does what the kernel does with every table when it starts to use its types: notes the type in it (to 6.8), and runs its <c>init</c> callback, which
    /// notes ids of types in variables.</summary>
    /// <param name="kernel">The image.</param>
    /// <param name="machine">Runs it; keeps what the callbacks leave behind.</param>
    /// <param name="answers">What the machine answers for it.</param>
    /// <param name="tables">The tables.</param>
    /// <param name="unknown">Told of callbacks that did not succeed.</param>
    public static void Start(KernelFile kernel, IKernelMachine machine, KernelAnswers answers, IEnumerable<StructOpsTable> tables, Action<string> unknown)
    {
        RecordLayout? layout = RecordLayout.Find(kernel.Types, "bpf_struct_ops");
        foreach (StructOpsTable table in tables)
        {
            if (layout is not null && layout.TryGet("type", out RecordField type))
                machine.Keep(table.Address + (ulong)type.Offset, BitConverter.GetBytes(answers.AddressOfType(table.TypeId)));
            if (layout is null || !kernel.Memory.TryReadUInt64(table.Address + (ulong)layout["init"].Offset, out ulong init) || init == 0)
                continue;
            CallResult result = machine.CallAndKeep(init, answers.TypesObject);
            if (!result.Returned || (int)result.Value != 0)
                unknown($"struct_ops {table.Name}: its init callback {result.Failure ?? $"returned {(int)result.Value}"}");
        }
    }
}
