using System.Text.Json;
using Xunit;

namespace BpfVerifier.Cli.Tests;

public class VerifyCommandTests
{
    private static string Sample(string name) => Path.Combine(Tool.Samples, name);

    [Fact]
    public void AllAccepted_ExitsWith0()
    {
        (int code, string output, _) = Tool.Run("verify", Sample("basics/return_constant.bpf.o"), "--kernel", "all", "-o", "csv");
        Assert.Equal(0, code);
        Assert.Equal(CsvReport.Header, output.Split('\n')[0]);
        Assert.All(output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1), line => Assert.Contains(",success,", line, StringComparison.Ordinal));
    }

    [Fact]
    public void Rejected_ExitsWith1_AndShowsMessageInstructionAndSource()
    {
        (int code, string output, _) = Tool.Run("verify", Sample("basics/return_uninitialised.bpf.o"), "--kernel", "6.12");
        Assert.Equal(1, code);
        Assert.Contains("R0 !read_ok", output, StringComparison.Ordinal);
        Assert.Contains("at instruction 0: (95) exit", output, StringComparison.Ordinal);
        Assert.Contains("return_uninitialised.bpf.c:", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("packet.bpf.o:packet")]
    [InlineData("packet.bpf.o")]
    public void AttachTarget_IsTheProgramThatIsReplacedAndTraced(string target)
    {
        string[] objects = ["replace/extensions.bpf.o", "replace/traces.bpf.o"];
        (int code, string output, _) = Tool.Run("verify", Sample(objects[0]), Sample(objects[1]), "--kernel", "6.18", "-o", "json", "--attach-target", Sample($"replace/{target}"));
        Assert.Equal(1, code);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(
            Recorded("6.18").Where(a => objects.Contains(a.Object)).Order(),
            json.RootElement.EnumerateArray().Select(a => ("replace/" + Path.GetFileName(Text(a, "file_name")), Text(a, "prog_name"), Text(a, "verdict"), Text(a, "message"))).Order());
    }

    private static string Text(JsonElement answer, string field) => answer.GetProperty(field).GetString()!;

    /// <summary>What that kernel answered about the samples.</summary>
    private static IEnumerable<(string Object, string Program, string Verdict, string Message)> Recorded(string kernel)
    {
        foreach (string line in File.ReadLines(Path.Combine(Tool.Samples, "..", "tests", "Parity", "golden", kernel, "samples.jsonl")).Skip(1))
        {
            using JsonDocument json = JsonDocument.Parse(line);
            JsonElement answer = json.RootElement;
            yield return (Text(answer, "object"), Text(answer, "program"), Text(answer, "verdict"), Text(answer, "message"));
        }
    }

    [Fact]
    public void AttachTarget_ThatCannotBeHad_IsSaidBeforeAnythingIsVerified()
    {
        (int code, _, string error) = Tool.Run("verify", Sample("replace/extensions.bpf.o"), "--kernel", "6.18", "--attach-target", Sample("replace/packet.bpf.o:packets"));
        Assert.Equal(2, code);
        Assert.Contains("has no program 'packets'; it has packet", error, StringComparison.Ordinal);
        (code, _, error) = Tool.Run("verify", Sample("replace/extensions.bpf.o"), "--kernel", "6.18", "--attach-target", Sample("replace/none.bpf.o"));
        Assert.Equal(2, code);
        Assert.Contains("failed to open", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Replacement_WithoutATarget_IsNotLoadedByLibbpf()
    {
        (int code, string output, _) = Tool.Run("verify", Sample("replace/extensions.bpf.o"), "--kernel", "6.18", "-p", "reads_the_packet", "-o", "csv");
        Assert.Equal(1, code);
        Assert.Contains("prog 'reads_the_packet': attach program FD is not set", output, StringComparison.Ordinal);
    }

    [Fact]
    public void Json_HasTheSameColumnsAndTheLog()
    {
        (int code, string output, _) = Tool.Run("verify", Sample("basics/return_uninitialised.bpf.o"), "--kernel", "6.1", "-o", "json", "--log-level", "2");
        Assert.Equal(1, code);
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement first = json.RootElement[0];
        Assert.All(CsvReport.Header.Split(','), column => Assert.True(first.TryGetProperty(column, out _), column));
        Assert.Equal("failure", first.GetProperty("verdict").GetString());
        Assert.Equal("EACCES", first.GetProperty("errno").GetString());
        Assert.Contains("0: (95) exit", first.GetProperty("log").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void MessageWithoutANewline_EndsBeforeTheStatistics()
    {
        (_, string output, _) = Tool.Run("verify", Sample("map/tail_call.bpf.o"), "--kernel", "6.18", "-p", "through_an_array", "-o", "json", "--log-level", "5");
        using JsonDocument json = JsonDocument.Parse(output);
        // The message of tests/Parity/golden/6.18/samples.jsonl; the time follows it on the same line of the log.
        Assert.Equal("expected prog array map for tail call", json.RootElement[0].GetProperty("message").GetString());
        Assert.Contains("tail callverification time ", json.RootElement[0].GetProperty("log").GetString(), StringComparison.Ordinal);
    }

    [Fact]
    public void ProgramOption_SelectsOne()
    {
        (_, string all, _) = Tool.Run("verify", Sample("basics/control_flow_broken.bpf.o"), "--kernel", "6.12", "-o", "csv");
        (_, string one, _) = Tool.Run("verify", Sample("basics/control_flow_broken.bpf.o"), "--kernel", "6.12", "-o", "csv", "--program", "falls_off_the_end");
        Assert.True(all.Split('\n').Length > 3);
        Assert.Equal(["falls_off_the_end"], one.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(1).Select(line => line.Split(',')[1]));
    }

    [Theory]
    [InlineData("6.13", "did you mean")]
    [InlineData("6.12.x", "unknown kernel '6.12.x'")]
    [InlineData("al", "did you mean all?")]
    public void UnknownKernel_ExitsWith2_AndSuggests(string kernel, string expected)
    {
        (int code, _, string error) = Tool.Run("verify", Sample("basics/return_constant.bpf.o"), "--kernel", kernel);
        Assert.Equal(2, code);
        Assert.Contains(expected, error, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownOption_ExitsWith2()
    {
        (int code, _, string error) = Tool.Run("verify", Sample("basics/return_constant.bpf.o"), "--log-level", "9");
        Assert.Equal(2, code);
        Assert.Contains("--log-level", error, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("missing.o", null, "ENOENT")]
    [InlineData("empty.o", "", "empty")]
    [InlineData("text.o", "int main() { return 0; }\n", "ELF")]
    public void UnreadableInput_ExitsWith2_AndSaysWhy(string name, string? content, string expected)
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        try
        {
            string path = Path.Combine(directory, name);
            if (content is not null)
                File.WriteAllText(path, content);
            (int code, string output, _) = Tool.Run("verify", path, "--kernel", "6.12", "-o", "csv");
            Assert.Equal(2, code);
            Assert.Contains(",unreadable,", output, StringComparison.Ordinal);
            Assert.Contains(expected, output, StringComparison.Ordinal);
        }
        finally
        {
            Directory.Delete(directory, true);
        }
    }

    [Fact]
    public void EmptyDirectory_ExitsWith2()
    {
        string directory = Directory.CreateTempSubdirectory().FullName;
        (int code, _, string error) = Tool.Run("verify", directory);
        Directory.Delete(directory);
        Assert.Equal(2, code);
        Assert.Contains("no *.o files", error, StringComparison.Ordinal);
    }

    [Fact]
    public void ObjectForAnotherMachine_ExitsWith2()
    {
        // The test's own runtime is an ELF file for this machine.
        string native = Path.Combine(Path.GetDirectoryName(typeof(object).Assembly.Location)!, "libcoreclr.so");
        (int code, string output, _) = Tool.Run("verify", native, "--kernel", "6.12", "-o", "csv");
        Assert.Equal(2, code);
        Assert.Contains(",unreadable,", output, StringComparison.Ordinal);
    }
}
