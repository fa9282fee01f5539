using System.Text.Json;
using BpfVerifier.Facts;
using Xunit;

namespace BpfVerifier.Cli.Tests;

/// <summary><c>bpfverifier drift</c>, run as a user does.</summary>
public class DriftCommandTests
{
    private static string Sample(string name) => Path.Combine(Tool.Samples, name);

    [Theory]
    [InlineData("core/field_access.bpf.o", 1)]
    [InlineData("basics/dead_branch.bpf.o", 0)]
    public void Exit_code_says_whether_anything_is_missing(string sample, int expected) =>
        Assert.Equal(expected, Tool.Run("drift", Sample(sample)).ExitCode);

    [Fact]
    public void Json_has_an_answer_for_each_kernel_and_need()
    {
        (int code, string output, _) = Tool.Run("drift", Sample("core/field_access.bpf.o"), "--kernels", "all", "-o", "json");
        Assert.Equal(1, code);
        using JsonDocument document = JsonDocument.Parse(output);
        JsonElement file = Assert.Single(document.RootElement.EnumerateArray());
        int kernels = file.GetProperty("kernels").GetArrayLength();
        Assert.All(file.GetProperty("needs").EnumerateArray(), need => Assert.Equal(kernels, need.GetProperty("answers").GetArrayLength()));
        Assert.Contains(file.GetProperty("needs").EnumerateArray(), need => need.GetProperty("kind").GetString() == "type" && need.GetProperty("uses")[0].GetProperty("line").GetInt32() > 0);
    }

    [Fact]
    public void Markdown_rows_have_as_many_cells_as_the_head()
    {
        (_, string output, _) = Tool.Run("drift", Sample("struct_ops/congestion_control.bpf.o"), "-o", "markdown");
        string[] rows = [.. output.Split('\n').Where(line => line.StartsWith('|'))];
        Assert.True(rows.Length > 5);
        Assert.Single(rows.Select(row => row.Split(" | ").Length).Distinct());
    }

    [Fact]
    public void Problems_leaves_out_what_is_made_up_for()
    {
        (_, string output, _) = Tool.Run("drift", Sample("core/field_access.bpf.o"), "--problems");
        Assert.Contains("no_such_field [offset]", output, StringComparison.Ordinal);
        Assert.DoesNotContain("no_such_field [exists?]", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("drift")]
    [InlineData("drift", "--from", "6.1")]
    [InlineData("drift", "x.o", "--helpers")]
    [InlineData("drift", "x.o", "--from", "6.1", "--to", "6.12")]
    [InlineData("drift", "x.o", "--kernels", "2.6")]
    [InlineData("drift", "no such file.o")]
    public void Anything_else_is_a_wrong_command_line(params string[] arguments)
    {
        (int code, _, _) = Tool.Run(arguments);
        Assert.Equal(ExitCode.Usage, code);
    }

    [Fact]
    public void Two_releases_are_compared_section_by_section()
    {
        string[] releases = [.. new BpfVerifier.Host.VerifierHost().Releases.Select(r => r.ToString())];
        if (releases.Length < 2)
            return;
        (int code, string output, _) = Tool.Run("drift", "--from", releases[0], "--to", releases[^1], "--helpers", "--types", "task_struct", "-o", "json");
        Assert.Equal(1, code);
        using JsonDocument document = JsonDocument.Parse(output);
        Assert.Equal(["from", "from_version", "to", "to_version", "helpers", "types"], document.RootElement.EnumerateObject().Select(p => p.Name));
        Assert.Equal(KnownSymbols.Catalog.Helpers.Count(h => Version.Parse(h.Value.Since) > Version.Parse(releases[0]) && Version.Parse(h.Value.Since) <= Version.Parse(releases[^1])),
            document.RootElement.GetProperty("helpers").EnumerateArray().Count(h => h.GetProperty("change").GetString() == "added"));
        Assert.Equal(ExitCode.Usage, Tool.Run("drift", "--from", releases[0], "--to", releases[^1], "--types", "no_such_type").ExitCode);
        Assert.Equal(ExitCode.Usage, Tool.Run("drift", "--from", releases[0], "--to", releases[0]).ExitCode);
    }
}
