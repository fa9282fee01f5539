using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>What a program is when the kernel is asked about it.</summary>
/// <param name="Type">Number of its type.</param>
/// <param name="AttachType">Number of its expected attach type.</param>
/// <param name="Sleepable">Whether it may sleep.</param>
public readonly record struct ProgramState(ulong Type, ulong AttachType = 0, bool Sleepable = false);

/// <summary>Puts a <c>struct bpf_prog</c> with its <c>bpf_prog_aux</c> into the machine's memory, laid out as the kernel's BTF says.</summary>
public sealed class ProgramMemory
{
    private const int AuxOffset = 0x4000, PrototypeOffset = 0x8000, AfterOffset = 0xc000;
    /// <summary>Name of the member with the expected attach type.</summary>
    public const string AttachType = "expected_attach_type";
    /// <summary>Name of the bit that says the program may sleep.</summary>
    public const string Sleepable = "sleepable";

    private readonly IKernelMachine _machine;
    private readonly RecordLayout _program, _aux;
    private readonly byte[] _programBytes, _auxBytes;

    /// <summary>Over a kernel and a machine that runs it.</summary>
    /// <exception cref="IngestException">The kernel's BTF does not describe programs.</exception>
    public ProgramMemory(KernelFile kernel, IKernelMachine machine)
    {
        _machine = machine;
        _program = RecordLayout.Require(kernel.Types, "bpf_prog", kernel.Name);
        _aux = RecordLayout.Require(kernel.Types, "bpf_prog_aux", kernel.Name);
        if (_program.Size > AuxOffset || _aux.Size > PrototypeOffset - AuxOffset)
            throw new IngestException($"{kernel.Name}: struct bpf_prog or bpf_prog_aux has a size no kernel gives it");
        _programBytes = new byte[_program.Size];
        _auxBytes = new byte[_aux.Size];
    }

    /// <summary>Address of the program.</summary>
    public ulong Address => _machine.Scratch;

    /// <summary>First address behind all that belongs to the program.</summary>
    public ulong End => _machine.Scratch + AfterOffset;

    /// <summary>Writes a program; everything else about it is 0.</summary>
    public ulong Place(ProgramState state) => Place(state, []);

    /// <summary>Writes a program with further members of <c>bpf_prog_aux</c>; those the release does not have are left out.</summary>
    public ulong Place(ProgramState state, params ReadOnlySpan<(string Member, ulong Value)> aux)
    {
        Array.Clear(_programBytes);
        Array.Clear(_auxBytes);
        RecordLayout.Write(_programBytes, _program["type"], state.Type);
        RecordLayout.Write(_programBytes, _program[AttachType], state.AttachType);
        RecordLayout.Write(_programBytes, _program["aux"], Address + AuxOffset);
        Set(_auxBytes, _aux, "prog", Address);
        Set(_auxBytes, _aux, "attach_func_proto", Address + PrototypeOffset);
        // In bpf_prog_aux up to 6.8.
        Set(_programBytes, _program, Sleepable, state.Sleepable ? 1u : 0);
        Set(_auxBytes, _aux, Sleepable, state.Sleepable ? 1u : 0);
        foreach ((string member, ulong value) in aux)
            Set(_auxBytes, _aux, member, value);
        _machine.Write(Address, _programBytes);
        _machine.Write(Address + AuxOffset, _auxBytes);
        return Address;
    }

    /// <summary>Whether a member that <see cref="Reads"/> named is a bit among others of <c>bpf_prog</c>.</summary>
    public bool IsBit(string member) => _program.TryGet(member, out RecordField field) && field.BitSize > 0;

    /// <summary>Names of the members looked at; those of <c>bpf_prog_aux</c> have <c>aux.</c> before them, but for the bit that says it may sleep.</summary>
    public SortedSet<string> Reads(IEnumerable<MemoryRead> reads)
    {
        var names = new SortedSet<string>(StringComparer.Ordinal);
        foreach (MemoryRead read in reads)
        {
            ulong at = read.Address - Address;
            if (at < (ulong)_program.Size)
                Add(names, _program, "", (int)at, read.Size);
            else if (at - AuxOffset < (ulong)_aux.Size)
                Add(names, _aux, "aux.", (int)at - AuxOffset, read.Size);
            else if (at - PrototypeOffset < AfterOffset - PrototypeOffset)
                names.Add("aux.attach_func_proto");
        }
        return names;
    }

    private static void Add(SortedSet<string> names, RecordLayout layout, string prefix, int offset, int size)
    {
        foreach (RecordField field in layout.Fields)
        {
            int last = field.BitSize > 0 ? (field.BitOffset + field.BitSize - 1) / 8 + 1 : field.Offset + field.Size;
            if (field.Offset < offset + size && last > offset)
                names.Add(field.Name == Sleepable ? Sleepable : prefix + field.Name);
        }
    }

    private static void Set(byte[] bytes, RecordLayout layout, string member, ulong value)
    {
        if (layout.TryGet(member, out RecordField field))
            RecordLayout.Write(bytes, field, value);
    }
}
