using System.Text.Json;
using BpfVerifier.Live;

namespace BpfVerifier.Cli.Tests.Oracle;

/// <summary>A kernel that answers of a sample's programs what the real 6.12 was recorded to say, unless a test has it say something else.</summary>
internal sealed class FakeLoader : IProgramLoader
{
    private readonly Dictionary<string, KernelAnswer> _answers = [];

    public FakeLoader(string sample)
    {
        foreach (string line in File.ReadLines(Path.Combine(Tool.Samples, "../tests/Parity/golden/6.12/samples.jsonl")).Skip(1))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement golden = json.RootElement;
            if (golden.GetProperty("object").GetString() != sample)
                continue;
            int Number(string name) => golden.GetProperty(name).GetInt32();
            _answers[golden.GetProperty("program").GetString()!] = new KernelAnswer
            {
                Verdict = golden.GetProperty("verdict").GetString() == "success" ? Verdict.Accepted : Verdict.Rejected,
                Errno = (Errno)Number("errno"),
                Message = golden.GetProperty("message").GetString()!,
                Statistics = new VerificationStatistics(Number("processed"), Number("max_states_per_insn"), Number("total_states"), Number("peak_states"), Number("mark_read"), TimeSpan.FromMicroseconds(10)),
            };
        }
    }

    public List<int> LogLevels { get; } = [];

    public KernelAnswer this[string program]
    {
        get => _answers[program];
        set => _answers[program] = value;
    }

    public KernelAnswer Load(BpfProgram program, int logLevel)
    {
        LogLevels.Add(logLevel);
        return _answers[program.Name];
    }
}
