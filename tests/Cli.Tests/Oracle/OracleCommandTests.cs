using System.Text;
using System.Text.Json;
using BpfVerifier.Cli.Oracle;
using BpfVerifier.Host;
using BpfVerifier.Live;
using BpfVerifier.Live.Tests;
using BpfVerifier.Objects;
using Spectre.Console;
using Xunit;

namespace BpfVerifier.Cli.Tests.Oracle;

public sealed class OracleCommandTests : IDisposable
{
    private const string Sample = "basics/return_uninitialised.bpf.o";

    private readonly FakeMachine _machine = new();
    private readonly FakeLoader _loader = new(Sample);
    private readonly StringWriter _error = new();

    private static readonly OracleSettings s_settings = new(1, [], null, 0);

    public void Dispose()
    {
        _machine.Dispose();
        _error.Dispose();
    }

    private IReadOnlyList<OracleOutcome> Ask(OracleSettings? settings = null, string sample = Sample)
    {
        Assert.Null(RunningKernel.Read(out RunningKernel? kernel, _machine.Path));
        Assert.True(new VerifierHost().TryGet(new KernelRelease(6, 12), out IVerifier? verifier));
        return new OracleRunner(kernel!, verifier, _loader, settings ?? s_settings, ObjectOptions.Veristat).Run([Path.Combine(Tool.Samples, sample)], () => { }, default);
    }

    private int Run(string? problem, params string[] inputs) => OracleCommand.Run(inputs, "csv", s_settings, (out RunningKernel? kernel, out IProgramLoader? loader) =>
    {
        loader = problem is null ? _loader : null;
        return RunningKernel.Read(out kernel, _machine.Path) ?? problem;
    }, _error, default);

    private static string Table(IReadOnlyList<OracleOutcome> outcomes)
    {
        using var text = new StringWriter();
        IAnsiConsole console = AnsiConsole.Create(new AnsiConsoleSettings { Ansi = AnsiSupport.No, ColorSystem = ColorSystemSupport.NoColors, Out = new AnsiConsoleOutput(text) });
        console.Profile.Width = 1000;
        OracleTable.Write(console, outcomes);
        return text.ToString();
    }

    [Fact]
    public void RecordedAnswers_Agree()
    {
        IReadOnlyList<OracleOutcome> outcomes = Ask();
        Assert.Equal(4, outcomes.Count);
        Assert.All(outcomes, o => Assert.Equal("yes", o.Agreement));
        Assert.Equal(0, OracleCommand.Code(outcomes));
        Assert.Contains("agree       4 of 4 (100.00 %)", Table(outcomes), StringComparison.Ordinal);
        Assert.Equal([5, 5, 5, 5], _loader.LogLevels);
    }

    [Fact]
    public void OtherVerdict_IsShownWithWhatBothSay()
    {
        _loader["never_set"] = _loader["set_on_both_paths"];
        IReadOnlyList<OracleOutcome> outcomes = Ask();
        Assert.Equal(["verdict", "yes", "yes", "yes"], outcomes.Select(o => o.Agreement));
        Assert.Equal(1, OracleCommand.Code(outcomes));
        string table = Table(outcomes);
        Assert.Contains("never_set: verdict differs", table, StringComparison.Ordinal);
        Assert.Contains("ours:   failure EACCES: R0 !read_ok", table, StringComparison.Ordinal);
        Assert.Contains("kernel: success (", table, StringComparison.Ordinal);
        Assert.Contains("0 falsely accepted, 1 falsely rejected", table, StringComparison.Ordinal);
    }

    [Fact]
    public void EachPartOfAnAnswer_CanDiffer()
    {
        KernelAnswer answer = _loader["never_set"];
        _loader["never_set"] = answer with { Errno = Errno.EINVAL };
        _loader["set_on_one_path"] = _loader["set_on_one_path"] with { Message = "R9 !read_ok" };
        _loader["lost_by_a_call"] = _loader["lost_by_a_call"] with { Statistics = answer.Statistics!.Value with { MarkRead = 77 } };
        Assert.Equal(["errno", "message", "yes", "statistics"], Ask().Select(o => o.Agreement));
    }

    [Fact]
    public void LogsPart_WhereTheirFirstLinesDiffer()
    {
        _loader["never_set"] = _loader["never_set"] with { Message = "x", Log = "0: R1=ctx() R10=fp0\n; something else\n" };
        OracleOutcome outcome = Ask()[0];
        Assert.True(outcome.LogsCompared);
        Assert.Equal(("; something else", 2), (outcome.LogDifference!.Kernel, outcome.LogDifference.Line));
        string table = Table([outcome]);
        Assert.Contains("the logs part at line 2:", table, StringComparison.Ordinal);
        Assert.Contains("    - ; something else", table, StringComparison.Ordinal);
    }

    [Fact]
    public void NotAsked_IsNoDisagreementAndNoAgreement()
    {
        _loader["never_set"] = KernelAnswer.NotAsked("tracing programs need CAP_PERFMON", Errno.EPERM);
        IReadOnlyList<OracleOutcome> outcomes = Ask();
        Assert.Equal(2, OracleCommand.Code(outcomes));
        string table = Table(outcomes);
        Assert.Contains("not asked (1): tracing programs need CAP_PERFMON", table, StringComparison.Ordinal);
        Assert.Contains("4 programs, 3 asked, 1 not asked", table, StringComparison.Ordinal);

        _loader["set_on_one_path"] = _loader["set_on_both_paths"];
        Assert.Equal(1, OracleCommand.Code(Ask()));
    }

    [Fact]
    public void UnreadableObject_IsNotAsked()
    {
        OracleOutcome outcome = Assert.Single(Ask(sample: "missing.bpf.o"));
        Assert.Equal(("not_asked", Verdict.Unreadable), (outcome.Agreement, outcome.Ours.Verdict));
        Assert.Empty(_loader.LogLevels);
    }

    [Fact]
    public void Times_AreMediansOfBothSides()
    {
        IReadOnlyList<OracleOutcome> outcomes = Ask(s_settings with { Programs = ["never_set"], TimedRuns = 3 });
        Timing timing = Assert.Single(outcomes).Timing!.Value;
        Assert.Equal(TimeSpan.FromMicroseconds(10), timing.Kernel);
        Assert.True(timing.Ours > TimeSpan.Zero);
        Assert.Equal([5, 4, 4, 4], _loader.LogLevels);
        Assert.Contains("time        ours/kernel: median ", Table(outcomes), StringComparison.Ordinal);
    }

    [Fact]
    public void CsvAndJson_HoldBothAnswers()
    {
        _loader["never_set"] = _loader["never_set"] with { Message = "with \"quotes\", and commas" };
        IReadOnlyList<OracleOutcome> outcomes = Ask();
        using var csv = new StringWriter();
        OracleCsv.Write(csv, outcomes);
        string[] lines = csv.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(OracleCsv.Header, lines[0]);
        Assert.Equal(5, lines.Length);
        Assert.Contains(",\"with \"\"quotes\"\", and commas\",", lines[1], StringComparison.Ordinal);
        Assert.Equal(OracleCsv.Header.Split(',').Length, lines[3].Split(',').Length);

        using var stream = new MemoryStream();
        OracleJson.Write(stream, outcomes);
        using JsonDocument json = JsonDocument.Parse(Encoding.UTF8.GetString(stream.ToArray()));
        JsonElement first = json.RootElement[0];
        Assert.Equal("message", first.GetProperty("agree").GetString());
        Assert.Equal("R0 !read_ok", first.GetProperty("ours").GetProperty("message").GetString());
        Assert.Equal("EACCES", first.GetProperty("kernel").GetProperty("errno").GetString());
    }

    [Fact]
    public void KernelThatCannotBeAsked_ExitsWith2AndSaysWhy()
    {
        Assert.Equal(2, Run("loading programs needs CAP_BPF or root", Path.Combine(Tool.Samples, Sample)));
        Assert.Contains("cannot ask the running kernel: loading programs needs CAP_BPF or root", _error.ToString(), StringComparison.Ordinal);

        _machine.Remove("sys/kernel/btf/vmlinux");
        Assert.Equal(2, Run(null, Path.Combine(Tool.Samples, Sample)));
        Assert.Contains("CONFIG_DEBUG_INFO_BTF", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ReleaseWithoutAnAssembly_IsAnsweredByTheNearestWithANotice()
    {
        _machine.Write("proc/sys/kernel/osrelease", "6.13.2-custom\n");
        _machine.Write("proc/kallsyms", "0000000000000000 T _stext\n");
        Run(null, Path.Combine(Tool.Samples, Sample));
        Assert.Contains("no verifier for Linux 6.13 is at hand: 6.12 answers in its place", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("/proc/kallsyms", _error.ToString(), StringComparison.Ordinal);
        Assert.Contains("asking Linux 6.13.2-custom (6.13.2), and our verifier of 6.12", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void NothingToAskAbout_ExitsWith2()
    {
        Assert.Empty(Ask(s_settings with { Programs = ["no_such"] }));
        string empty = Path.GetDirectoryName(_machine.Prepare("empty/file"))!;
        Assert.Equal(2, Run(null, empty));
        Assert.Contains("no *.o files", _error.ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void Help_TellsAStrangerWhatItNeedsAndDoes()
    {
        (int code, string output, _) = Tool.Run("oracle", "--help");
        Assert.Equal(0, code);
        foreach (string word in (string[])["CAP_BPF", "CAP_PERFMON", "CAP_NET_ADMIN", "nothing is attached", "Exit code", "--time"])
            Assert.Contains(word, output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--time", "0")]
    [InlineData("--time", "many")]
    [InlineData("--log-level", "8")]
    public void WrongOption_ExitsWith2BeforeAnythingIsAsked(string option, string value)
    {
        (int code, _, string error) = Tool.Run("oracle", "no-such-object.o", option, value);
        Assert.Equal(2, code);
        Assert.Contains(option, error, StringComparison.Ordinal);
    }
}
