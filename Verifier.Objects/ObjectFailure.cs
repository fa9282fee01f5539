namespace BpfVerifier.Objects;

/// <summary>Why an object cannot be opened or a program cannot be prepared.</summary>
/// <param name="Verdict"><see cref="Verdict.Unreadable"/>, <see cref="Verdict.LoadFailed"/>, <see cref="Verdict.Unsupported"/>, or
/// <see cref="Verdict.NotImplemented"/> when the answer depends on something not known of the kernel, such as a symbol's address.</param>
/// <param name="Errno">Error number libbpf returns; also one of <see cref="LibbpfErrno"/>.</param>
/// <param name="Message">The line libbpf prints that says what is wrong.</param>
public sealed record ObjectFailure(Verdict Verdict, Errno Errno, string Message)
{
    internal static ObjectFailure None { get; } = new(Verdict.Accepted, Errno.None, "");

    internal bool IsNone => Errno == Errno.None && Verdict == Verdict.Accepted;

    internal static ObjectFailure LoadFailed(Errno errno, string message) => new(Verdict.LoadFailed, errno, message);
}
