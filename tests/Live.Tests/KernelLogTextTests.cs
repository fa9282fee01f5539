using System.Text.Json;
using Xunit;

namespace BpfVerifier.Live.Tests;

/// <summary>Messages and figures of the logs that real kernels wrote, as the goldens keep them.</summary>
public class KernelLogTextTests
{
    public static TheoryData<string> Goldens()
    {
        var data = new TheoryData<string>();
        foreach (string path in Directory.EnumerateFiles(Path.Combine(Repository.Root, "tests/Parity/golden"), "samples.jsonl", SearchOption.AllDirectories))
            data.Add(Path.GetFileName(Path.GetDirectoryName(path))!);
        return data;
    }

    [Theory]
    [MemberData(nameof(Goldens))]
    public void RecordedLogs_HaveTheRecordedMessageAndFigures(string kernel)
    {
        int checkedLogs = 0;
        foreach (string line in File.ReadLines(Path.Combine(Repository.Root, "tests/Parity/golden", kernel, "samples.jsonl")).Skip(1))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement golden = json.RootElement;
            if (!golden.TryGetProperty("tail", out JsonElement tail) || !golden.TryGetProperty("processed", out JsonElement processed))
                continue;
            // What is recorded of a type the kernel lacks is the oracle's word.
            if (golden.GetProperty("verdict").GetString() == "unsupported")
                continue;
            string log = tail.GetString()!;
            string message = golden.GetProperty("message").GetString()!;
            // 7.3 writes a diagnosis behind the message, which may take all of the tail.
            if (kernel != "7.3" || log.Contains(message, StringComparison.Ordinal))
                Assert.Equal(message, KernelLogText.Message(log));
            Assert.True(KernelLogText.TryReadStatistics(log, out VerificationStatistics statistics));
            Assert.Equal(processed.GetInt32(), statistics.ProcessedInstructions);
            Assert.Equal(golden.GetProperty("total_states").GetInt32(), statistics.TotalStates);
            Assert.Equal(golden.GetProperty("peak_states").GetInt32(), statistics.PeakStates);
            Assert.Equal(golden.GetProperty("max_states_per_insn").GetInt32(), statistics.MaxStatesPerInstruction);
            Assert.Equal(golden.GetProperty("mark_read").GetInt32(), statistics.MarkRead);
            checkedLogs++;
        }
        Assert.True(checkedLogs > 100, $"{checkedLogs} logs");
    }

    [Fact]
    public void MessageWithoutNewline_EndsBeforeTheTime()
    {
        // The end of what 6.18.44 writes at level 5 of map/tail_call.bpf.o: through_an_array.
        const string Log = "3: (85) call bpf_tail_call#12\nexpected prog array map for tail callverification time 27 usec\nstack depth 0\n"
            + "processed 3 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0\n";
        Assert.Equal("expected prog array map for tail call", KernelLogText.Message(Log));
        Assert.True(KernelLogText.TryReadStatistics(Log, out VerificationStatistics statistics));
        Assert.Equal(TimeSpan.FromMicroseconds(27), statistics.Duration);
        Assert.Equal(3, statistics.ProcessedInstructions);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n\n")]
    [InlineData("processed 99999999999999999999 insns (limit 1000000) max_states_per_insn 0 total_states 0 peak_states 0 mark_read 0")]
    public void LogsWithoutAMessage_HaveNone(string log) => Assert.Equal("", KernelLogText.Message(log));
}
