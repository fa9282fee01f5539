using BpfVerifier.Host;

namespace BpfVerifier.Cli;

/// <summary>An answer's columns in the words that CSV, JSON and tables use.</summary>
internal static class AnswerWords
{
    extension(MatrixAnswer answer)
    {
        /// <summary>The verdict: <c>success</c>, <c>failure</c>.</summary>
        public string VerdictWord => Words.Of(answer.Result.Verdict);

        public string ErrnoWord => Words.Of(answer.Result.Errno);

        public long DurationMicroseconds => (long)answer.Result.Statistics.Duration.TotalMicroseconds;

        /// <summary>veristat's word for the program type: <c>xdp</c>, <c>sched_cls</c>.</summary>
        public string ProgramTypeWord => Words.Of(answer.ProgramType);

        public string AttachTypeWord => Words.Of(answer.AttachType);
    }
}
