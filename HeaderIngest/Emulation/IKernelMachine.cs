namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>What a called function of a kernel did.</summary>
/// <param name="Value">What it returned; meaningless when it failed.</param>
/// <param name="Failure">Why it could not be run to its end, or null when it was.</param>
public readonly record struct CallResult(ulong Value, string? Failure)
{
    /// <summary>It returned.</summary>
    public bool Returned => Failure is null;
}

/// <summary>Bytes a function read: where and how many.</summary>
public readonly record struct MemoryRead(ulong Address, int Size);

/// <summary>A kernel whose functions can be called, with memory of ours to pass to them.</summary>
public interface IKernelMachine
{
    /// <summary>First address of the memory that is ours.</summary>
    ulong Scratch { get; }
    /// <summary>Bytes of it.</summary>
    int ScratchSize { get; }

    /// <summary>Calls a function with up to six arguments. What it changed in the kernel's own memory is undone afterwards, so that calls do not
    /// depend on each other; memory of ours stays as it left it.</summary>
    CallResult Call(ulong function, params ReadOnlySpan<ulong> arguments);

    /// <summary>As <see cref="Call"/>, but what it changed stays, as after a start of the kernel.</summary>
    CallResult CallAndKeep(ulong function, params ReadOnlySpan<ulong> arguments);

    /// <summary>What the last call read of memory of ours.</summary>
    IReadOnlyList<MemoryRead> ScratchReads { get; }
    /// <summary>What the last call read of variables of the kernel, which a running one may have changed; without what <see cref="CallAndKeep"/> and <see cref="Keep"/> left behind.</summary>
    IReadOnlyList<MemoryRead> VariableReads { get; }

    /// <summary>A number that tells which way through its code the last call took: of two calls with the same arguments but one, a different way means that
    /// the one made a difference.</summary>
    ulong Path { get; }

    /// <summary>Answers calls of a kernel function instead of running it. The answer gets the machine's arguments; names the kernel does not have are ignored.</summary>
    void Answer(string function, Func<KernelArguments, ulong> answer);

    /// <summary>Gives a variable of the kernel the value it has in a started one.</summary>
    void Keep(ulong address, ReadOnlySpan<byte> bytes);

    /// <summary>Writes memory.</summary>
    void Write(ulong address, ReadOnlySpan<byte> bytes);
    /// <summary>Reads memory; false where there is none.</summary>
    bool TryRead(ulong address, Span<byte> bytes);
}

/// <summary>First six arguments of a call.</summary>
public readonly record struct KernelArguments(ulong First, ulong Second, ulong Third, ulong Fourth, ulong Fifth, ulong Sixth);
