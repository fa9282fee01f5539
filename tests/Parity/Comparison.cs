using System.Security.Cryptography;
using System.Text;
using BpfVerifier.Live;

namespace BpfVerifier.Parity;

/// <summary>Our answer beside the kernel's.</summary>
internal sealed record Comparison(string Kernel, Golden Golden, string Verdict, VerificationResult Result, bool? Level1, bool? Level2)
{
    /// <summary>As long as kernels had for the selftests: ours takes seconds, but not on a machine that does much else.</summary>
    private static readonly TimeSpan s_timeout = TimeSpan.FromSeconds(300);

    public bool SameVerdict => Verdict == Golden.Verdict;

    public bool FalseAccept => Verdict == "success" && Golden.Verdict != "success";

    public bool FalseReject => Verdict is not ("success" or "not_implemented") && Golden.Verdict == "success";

    public bool SameErrno => SameVerdict && (int)Result.Errno == Golden.Errno;

    /// <summary>Of rejected programs.</summary>
    public bool SameMessage => SameVerdict && Result.Message == Golden.Message;

    public bool SameStatistics
    {
        get
        {
            VerificationStatistics s = Result.Statistics;
            return SameVerdict && s.ProcessedInstructions == Golden.Processed && s.TotalStates == Golden.TotalStates
                && s.PeakStates == Golden.PeakStates && s.MaxStatesPerInstruction == Golden.MaxStatesPerInsn && s.MarkRead == Golden.MarkRead;
        }
    }

    public static string Word(BpfVerifier.Verdict verdict) => verdict switch
    {
        BpfVerifier.Verdict.Accepted => "success",
        BpfVerifier.Verdict.Rejected => "failure",
        BpfVerifier.Verdict.LoadFailed => "load_failure",
        BpfVerifier.Verdict.Unsupported => "unsupported",
        BpfVerifier.Verdict.Unreadable => "unreadable",
        BpfVerifier.Verdict.LimitReached => "limit",
        _ => "not_implemented",
    };

    /// <summary>Verifies one program; logs are compared when asked for, which takes two more runs.</summary>
    public static Comparison Of(string kernel, Golden golden, CorpusFile file, Subject subject, bool logs)
    {
        VerificationResult result = Verify(file, golden.Program, subject, 0);
        string verdict = Word(result.Verdict);
        bool? level1 = null;
        bool? level2 = null;
        if (logs && verdict == golden.Verdict && verdict is "success" or "failure" or "limit")
        {
            level1 = golden.Level1Hash is null ? null : Hash(MaskedLog(file, golden.Program, subject, 1)) == golden.Level1Hash;
            level2 = golden.Level2Hash is null ? null : Hash(MaskedLog(file, golden.Program, subject, 2)) == golden.Level2Hash;
        }
        return new Comparison(kernel, golden, verdict, result, level1, level2);
    }

    /// <summary>The answer of a release that has no verifier.</summary>
    public static Comparison WithoutVerifier(string kernel, Golden golden) =>
        new(kernel, golden, Word(BpfVerifier.Verdict.NotImplemented),
            new VerificationResult { Verdict = BpfVerifier.Verdict.NotImplemented, Message = $"there is no verifier of {kernel}" }, null, null);

    public static VerificationResult Verify(CorpusFile file, string program, Subject subject, int logLevel) =>
        file.Prepare(program, subject.Profile, out VerificationResult failure) is { } prepared ? Verify(prepared, subject, logLevel) : failure;

    /// <summary>Our log with addresses masked as in the goldens; empty when the program cannot be prepared.</summary>
    public static string MaskedLog(CorpusFile file, string program, Subject subject, int logLevel) =>
        file.Prepare(program, subject.Profile, out _) is { } prepared
            ? LogMask.Apply(Verify(prepared, subject, logLevel).Log, prepared.Instructions.Span)
            : "";

    private static VerificationResult Verify(BpfProgram program, Subject subject, int logLevel) =>
        subject.Verifier.Verify(program, subject.Profile, new VerifierOptions { LogLevel = logLevel, LogSize = 1 << 30, Timeout = s_timeout });

    private static string Hash(string log) => Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(log)));
}
