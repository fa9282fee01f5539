using System.Text.RegularExpressions;
using Xunit;

namespace BpfVerifier.Cli.Tests;

/// <summary>A matrix done in parts and joined is the matrix done at once.</summary>
public sealed partial class MergeCommandTests : IDisposable
{
    private const int Parts = 3;

    private readonly string _folder = Directory.CreateTempSubdirectory().FullName;

    public void Dispose() => Directory.Delete(_folder, recursive: true);

    [GeneratedRegex("\"duration_us\": \\d+")]
    private static partial Regex JsonDuration();

    // The seventh column; only the message before it may be quoted.
    [GeneratedRegex("(?<=,(?:\"(?:[^\"]|\"\")*\"|[^,\"]*)),\\d+,(?=\\d+,\\d+,\\d+,\\d+,\\d+,[a-z_]+,[a-z_0-9]+$)", RegexOptions.Multiline)]
    private static partial Regex CsvDuration();

    private static string WithoutTimes(string results) => CsvDuration().Replace(JsonDuration().Replace(results, ""), "");

    private string[] Verify(string format, params string[] more)
    {
        string[] files = [.. Enumerable.Range(0, Parts).Select(i => Path.Combine(_folder, $"{i}.{format}"))];
        for (int i = 0; i < Parts; i++)
        {
            (int code, string output, string error) = Tool.Run([.. Question(format), "--shard", $"{i}/{Parts}", "--to", files[i], .. more]);
            Assert.True(code == ExitCode.AllAccepted, error);
            Assert.Equal("", output);
        }
        return files;
    }

    private static string[] Question(string format) =>
        ["verify", Path.Combine(Tool.Samples, "basics"), Path.Combine(Tool.Samples, "map"), "--kernel", "6.18,6.18+modular", "-o", format, "--log-level", "1"];

    [Theory]
    [InlineData("csv")]
    [InlineData("json")]
    public void Joined_parts_are_what_one_run_writes(string format)
    {
        string[] parts = Verify(format);
        (int wholeCode, string whole, _) = Tool.Run(Question(format));
        (int code, string joined, string error) = Tool.Run("merge", parts[2], parts[0], parts[1]);
        Assert.Equal("", error);
        Assert.Equal(WithoutTimes(whole), WithoutTimes(joined));
        Assert.Equal(ExitCode.SomeRejected, code);
        Assert.Equal(wholeCode, code);
        Assert.DoesNotContain(Directory.EnumerateFiles(_folder), file => file.Contains(".partial-", StringComparison.Ordinal));

        string to = Path.Combine(_folder, "joined");
        Assert.Equal(wholeCode, Tool.Run("merge", parts[0], parts[1], parts[2], "--to", to).ExitCode);
        Assert.Equal(joined, File.ReadAllText(to));
    }

    [Fact]
    public void Parts_that_are_missing_doubled_cut_short_or_of_another_question_are_refused()
    {
        string[] csv = Verify("csv"), json = Verify("json");
        void Refused(string words, params string[] parts)
        {
            (int code, string output, string error) = Tool.Run(["merge", .. parts]);
            Assert.Equal(ExitCode.Usage, code);
            Assert.Equal("", output);
            Assert.Contains(words, error, StringComparison.Ordinal);
        }
        Refused("missing: 2", csv[0], csv[1]);
        Refused("both part 1/3", csv[0], csv[1], csv[1]);
        Refused("some are JSON", csv[0], csv[1], json[2]);
        foreach (string part in (string[])[csv[2], json[2]])
        {
            string cut = Path.Combine(_folder, "cut"), text = File.ReadAllText(part);
            File.WriteAllText(cut, text[..(text.Length / 2)]);
            Refused("not a part of a matrix", part == csv[2] ? csv[0] : json[0], cut);
        }
        string fewer = Path.Combine(_folder, "fewer");
        string[] lines = File.ReadAllLines(csv[2]);
        File.WriteAllText(fewer, string.Join('\n', [lines[0], .. lines[2..]]) + "\n");
        Refused("its rows are not those", csv[0], csv[1], fewer);

        string other = Path.Combine(_folder, "other");
        Assert.NotEqual(ExitCode.Usage, Tool.Run([.. Question("csv"), "--shard", "2/3", "--to", other, "--unprivileged"]).ExitCode);
        Refused("different matrices", csv[0], csv[1], other);
    }

    [Theory]
    [InlineData("--shard", "3/3")]
    [InlineData("--shard", "1/3")]
    [InlineData("--to", "file.csv")]
    [InlineData("--jobs", "0")]
    public void Wrong_options_exit_with_2(string option, string value)
    {
        (int code, _, string error) = Tool.Run("verify", Path.Combine(Tool.Samples, "basics"), option, value);
        Assert.Equal(ExitCode.Usage, code);
        Assert.Contains(option, error, StringComparison.Ordinal);
    }

    [Fact]
    public void Verifiers_and_list_of_allowed_content()
    {
        string assembly = Path.Combine(AppContext.BaseDirectory, "BpfVerifier.Linux.6.18.dll"), list = Path.Combine(_folder, "allowed");
        string[] question = ["verify", Path.Combine(Tool.Samples, "basics", "return_constant.bpf.o"), "--verifiers", assembly, "--allow", list, "-o", "csv"];
        File.WriteAllText(list, Convert.ToHexString(System.Security.Cryptography.SHA256.HashData(File.ReadAllBytes(assembly))) + "  BpfVerifier.Linux.6.18.dll\n");
        Assert.Equal(ExitCode.AllAccepted, Tool.Run(question).ExitCode);
        File.WriteAllText(list, new string('0', 64));
        (int code, string output, _) = Tool.Run(question);
        Assert.Equal(ExitCode.NotImplemented, code);
        Assert.Contains("not on the list of allowed assemblies", output, StringComparison.Ordinal);
        File.WriteAllText(list, "nonsense");
        Assert.Contains("line 1", Tool.Run(question).Error, StringComparison.Ordinal);
        Assert.Contains("nothing.nupkg", Tool.Run("verify", Tool.Samples, "--verifiers", "nothing.nupkg").Error, StringComparison.Ordinal);
    }
}
