using System.Buffers.Binary;
using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A machine whose kernel functions are written in C#: no emulator is needed.</summary>
internal sealed class FakeMachine(KernelFile kernel) : IKernelMachine
{
    private readonly Dictionary<ulong, Func<FakeMachine, ulong[], ulong>> _functions = [];
    private readonly Dictionary<string, Func<KernelArguments, ulong>> _answers = new(StringComparer.Ordinal);
    private readonly byte[] _scratch = new byte[4 << 20];
    private readonly Dictionary<ulong, byte[]> _written = [];
    private readonly List<MemoryRead> _scratchReads = [], _variableReads = [];

    public ulong Scratch => 0x20000000;
    public int ScratchSize => _scratch.Length;
    public IReadOnlyList<MemoryRead> ScratchReads => _scratchReads;
    public IReadOnlyList<MemoryRead> VariableReads => _variableReads;
    public ulong Path { get; set; }

    /// <summary>Says what the function at an address does.</summary>
    public void Implement(ulong address, Func<FakeMachine, ulong[], ulong> function) => _functions[address] = function;

    public CallResult Call(ulong function, params ReadOnlySpan<ulong> arguments)
    {
        _scratchReads.Clear();
        _variableReads.Clear();
        Path = 0;
        ulong[] six = new ulong[6];
        arguments.CopyTo(six);
        if (!_functions.TryGetValue(function, out Func<FakeMachine, ulong[], ulong>? body))
            return new CallResult(0, $"nothing implements {kernel.Symbols.Describe(function)}");
        try
        {
            return new CallResult(body(this, six), null);
        }
        catch (InvalidOperationException e)
        {
            return new CallResult(0, e.Message);
        }
    }

    public CallResult CallAndKeep(ulong function, params ReadOnlySpan<ulong> arguments) => Call(function, arguments);

    public void Answer(string function, Func<KernelArguments, ulong> answer) => _answers[function] = answer;

    /// <summary>Calls a function of the kernel that is answered.</summary>
    public ulong Ask(string function, params ulong[] arguments)
    {
        ulong[] six = new ulong[6];
        arguments.CopyTo(six, 0);
        return _answers[function](new KernelArguments(six[0], six[1], six[2], six[3], six[4], six[5]));
    }

    public void Keep(ulong address, ReadOnlySpan<byte> bytes) => Write(address, bytes);

    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        if (address - Scratch < (ulong)_scratch.Length)
            bytes.CopyTo(_scratch.AsSpan((int)(address - Scratch)));
        else
            _written[address] = bytes.ToArray();
    }

    public bool TryRead(ulong address, Span<byte> bytes)
    {
        if (address - Scratch < (ulong)_scratch.Length)
            _scratch.AsSpan((int)(address - Scratch), bytes.Length).CopyTo(bytes);
        else if (_written.TryGetValue(address, out byte[]? written))
            written.AsSpan(0, bytes.Length).CopyTo(bytes);
        else if (kernel.Memory.TryRead(address, bytes.Length, out ReadOnlySpan<byte> constant))
            constant.CopyTo(bytes);
        else
            return false;
        return true;
    }

    /// <summary>What a kernel function does when it reads memory: it is noticed.</summary>
    public ulong Read(ulong address, int size)
    {
        Span<byte> bytes = stackalloc byte[8];
        bytes.Clear();
        TryRead(address, bytes[..size]);
        (address - Scratch < (ulong)_scratch.Length ? _scratchReads : _variableReads).Add(new MemoryRead(address, size));
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
