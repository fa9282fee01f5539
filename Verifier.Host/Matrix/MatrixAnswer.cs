namespace BpfVerifier.Host;

/// <summary>The answer for one program on one kernel.</summary>
/// <param name="Cell">Index of the object and kernel in the matrix: objects in order, within each the kernels in order.</param>
/// <param name="FileName">The object, as it was named.</param>
/// <param name="ProgramName">The program; empty when the answer is one for the whole object.</param>
/// <param name="Kernel">The kernel, as it was named.</param>
/// <param name="Result">What the kernel says.</param>
/// <param name="ProgramSize">Instructions, 0 when the program could not be prepared.</param>
/// <param name="ProgramType">The program's type.</param>
/// <param name="AttachType">The attach type it is loaded for.</param>
public sealed record MatrixAnswer(
    int Cell,
    string FileName,
    string ProgramName,
    string Kernel,
    VerificationResult Result,
    int ProgramSize,
    ProgramType ProgramType,
    AttachType AttachType);
