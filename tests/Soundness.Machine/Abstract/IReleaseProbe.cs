namespace BpfVerifier.Soundness;

/// <summary>One release's verifier, seen from inside.</summary>
public interface IReleaseProbe
{
    /// <summary>The release's own profile.</summary>
    KernelProfile Profile { get; }

    /// <summary>
    /// The release's verifier walks a function that a helper calls back as if it were called exactly once, which kernels
    /// did until "bpf: verify callbacks as if they are called unknown number of times" (CallbacksIterated in the ledger).
    /// </summary>
    bool WalksCallbacksOnce(KernelProfile profile);

    /// <summary>The ordinary verdict.</summary>
    VerificationResult Verify(BpfProgram program, KernelProfile profile);

    /// <summary>Walks every path without pruning and keeps each state, until <paramref name="limit"/> instructions are walked.</summary>
    WalkRecord Walk(BpfProgram program, KernelProfile profile, int limit);

    /// <summary>A state of that walk in the spelling of the kernel's log.</summary>
    string Describe(BpfProgram program, KernelProfile profile, int number);

    /// <summary>An instruction in the kernel's disassembly.</summary>
    string Disassemble(BpfProgram program, KernelProfile profile, int instruction);

    /// <summary>What the program's context holds is known to the machine.</summary>
    bool KnowsContext(ProgramType type);

    /// <summary>What a load from the context yields; <see cref="ValueKind.NotInit"/> when the release does not say.</summary>
    (ValueKind Kind, bool MaybeNull) ContextField(ProgramType type, int offset, int size);

    /// <summary>A helper's shape for a program type, null when it may not call it.</summary>
    HelperShape? Helper(ProgramType type, int helper);

    /// <summary>A helper's name.</summary>
    string HelperName(int helper);

    /// <summary>Name of the kernel function with a BTF id.</summary>
    string KernelFunctionName(int id);
}

/// <summary>What a helper takes.</summary>
public enum ArgumentUse
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>A number, or something the helper only compares.</summary>
    Number,
    /// <summary>The size of the buffer in the argument before.</summary>
    Size,
    /// <summary>A buffer.</summary>
    Buffer,
    /// <summary>A map.</summary>
    Map,
    /// <summary>A key of the map in an argument before.</summary>
    Key,
    /// <summary>A value of that map.</summary>
    Value,
    /// <summary>The context.</summary>
    Context,
    /// <summary>A pointer the machine knows no use of.</summary>
    Other,
}

/// <summary>One argument.</summary>
/// <param name="Use">What it is.</param>
/// <param name="Written">The helper writes there.</param>
/// <param name="FixedSize">Buffers without a size argument: bytes, else 0.</param>
public readonly record struct HelperArgument(ArgumentUse Use, bool Written, int FixedSize);

/// <summary>A helper as its prototype describes it.</summary>
/// <param name="ReturnsNumber">It returns a number, of which nothing is known.</param>
/// <param name="ReturnsNothing">It returns nothing.</param>
/// <param name="Arguments">Five.</param>
public sealed record HelperShape(bool ReturnsNumber, bool ReturnsNothing, IReadOnlyList<HelperArgument> Arguments);
