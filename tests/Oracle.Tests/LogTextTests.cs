using System.Text.Json;

namespace BpfVerifier.Oracle.Tests;

/// <summary>What is taken out of a log; the logs themselves are those kernels wrote, from the goldens.</summary>
public sealed class LogTextTests
{
    private const string Statistics = "processed 8 insns (limit 1000000) max_states_per_insn 1 total_states 2 peak_states 3 mark_read 4\n";

    [Fact]
    public void Message_of_every_recorded_rejection_is_found_in_its_tail()
    {
        int rejections = 0;
        foreach (string file in Directory.GetFiles(Path.Combine(Repository.Root, "tests", "Parity", "golden"), "samples.jsonl", SearchOption.AllDirectories))
        {
            foreach (string line in File.ReadLines(file).Skip(1))
            {
                using JsonDocument golden = JsonDocument.Parse(line);
                if (golden.RootElement.GetProperty("verdict").GetString() != "failure" || !golden.RootElement.TryGetProperty("tail", out JsonElement tail))
                    continue;
                string message = golden.RootElement.GetProperty("message").GetString()!;
                // 7.3 writes a diagnosis behind the message, which may take all of the tail.
                if (Path.GetFileName(Path.GetDirectoryName(file)) == "7.3" && !tail.GetString()!.Contains(message, StringComparison.Ordinal))
                    continue;
                rejections++;
                Assert.Equal(message, LogText.Message(tail.GetString()!));
            }
        }
        Assert.InRange(rejections, 900, int.MaxValue);
    }

    [Fact]
    public void Message_without_its_newline_ends_where_the_statistics_begin() =>
        Assert.Equal("expected prog array map for tail call", LogText.Message("3: (85) call\nexpected prog array map for tail call" + Statistics));

    [Fact]
    public void Message_comes_before_the_diagnosis_of_newer_kernels() =>
        Assert.Equal("R0 !read_ok", LogText.Message("0: (95) exit\nR0 !read_ok\nVerification failed: r0 was never set\n" + Statistics));

    [Fact]
    public void Message_of_a_log_that_has_only_statistics_is_empty() => Assert.Equal("", LogText.Message(Statistics));

    [Fact]
    public void Statistics_are_read_by_name()
    {
        Statistics? read = LogText.ReadStatistics("verification time 77 usec\nstack depth 8+16\n" + Statistics);

        Assert.Equal(new Statistics(8, 1, 2, 3, 4, "8+16", 77), read);
    }

    [Fact]
    public void Statistics_are_missing_when_the_kernel_refused_before() => Assert.Null(LogText.ReadStatistics(""));

    [Fact]
    public void Tail_begins_at_a_line() => Assert.Equal("third\n", LogText.Tail("first\nsecond\nthird\n", 9));

    [Fact]
    public void Libbpf_speaks_without_its_name() => Assert.Equal("map 'm': failed", LogText.LibbpfMessage("libbpf: map 'm': failed\nlibbpf: more\n"));
}
