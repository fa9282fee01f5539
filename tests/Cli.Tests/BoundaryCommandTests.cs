using System.Text.Json;
using Xunit;

namespace BpfVerifier.Cli.Tests;

public class BoundaryCommandTests
{
    // Counted by hand in tests/Boundary.Tests/HandMade.cs.
    private static readonly string Data = Path.Combine(Path.GetDirectoryName(Tool.Samples)!, "tests", "Boundary.Tests", "data");
    private static readonly string[] DataSet = ["boundary", "--commits", Path.Combine(Data, "commits.json"), "--patchsets", Path.Combine(Data, "patchsets.json")];

    [Fact]
    public void Text_HasTheFigures()
    {
        (int code, string output, string error) = Tool.Run(DataSet);
        Assert.Equal((0, ""), (code, error));
        string[] lines = [.. output.Split('\n').Select(line => string.Join(' ', line.Split(' ', StringSplitOptions.RemoveEmptyEntries)))];
        Assert.Contains("8 change it", lines);
        Assert.Contains("3 change only it (38 %): inside the boundary", lines);
        Assert.Contains("2 change only it and include/linux/bpf_verifier.h", lines);
        Assert.Contains("8 commits in 5 patchsets that change it", lines);
        Assert.Contains("3 of 5 patchsets hold commits of both kinds", lines);
        Assert.Contains("include/linux/bpf_verifier.h 3 2 1", lines);
        Assert.Contains("kernel/bpf/core.c 1 6 75 %", lines);
    }

    [Fact]
    public void Json_AndHtml_AreWhole()
    {
        (int code, string output, _) = Tool.Run([.. DataSet, "--output", "json", "--top", "1"]);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal((0, 8, 1), (code, json.RootElement.GetProperty("commits").GetProperty("total").GetInt32(), json.RootElement.GetProperty("changed_together").GetArrayLength()));
        (code, output, _) = Tool.Run([.. DataSet, "--output", "html"]);
        Assert.Equal(0, code);
        Assert.StartsWith("<!DOCTYPE html>", output);
        Assert.EndsWith("</html>\n", output);
    }

    [Fact]
    public void TargetAndIgnore_ChangeWhatCounts()
    {
        (_, string output, _) = Tool.Run([.. DataSet, "-o", "json", "--target", "kernel/bpf/verifier.c", "include/linux/bpf_verifier.h", "--ignore", ""]);
        using JsonDocument json = JsonDocument.Parse(output);
        Assert.Equal(4, json.RootElement.GetProperty("commits").GetProperty("inside").GetInt32());
        Assert.Equal(0, json.RootElement.GetProperty("ignored").GetArrayLength());
    }

    [Fact]
    public void ReleaseOfTheLedger_IsToldWhatToTakeInNext()
    {
        (int code, string output, string error) = Tool.Run("boundary", "--ledger", "--release", "6.1");
        Assert.Equal((0, ""), (code, error));
        // The instructions of 6.6, which 6.1 has not.
        Assert.Contains(output.Split('\n'), line => line.Trim().StartsWith("BPF_MEMSX ", StringComparison.Ordinal) && line.Contains("SignExtendingLoads", StringComparison.Ordinal));
        (code, output, _) = Tool.Run("boundary", "--ledger", "--release", "6.1,7.3", "--top", "2", "--output", "json");
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement[] releases = [.. json.RootElement.GetProperty("releases").EnumerateArray()];
        Assert.Equal((0, 2, 2), (code, releases.Length, json.RootElement.GetProperty("over_all").GetArrayLength()));
        Assert.Equal(releases[0].GetProperty("already_there").GetInt32() + releases[0].GetProperty("applied").GetInt32() + releases[0].GetProperty("refused").GetInt32(),
            releases[1].GetProperty("already_there").GetInt32() + releases[1].GetProperty("applied").GetInt32() + releases[1].GetProperty("refused").GetInt32());
        (_, output, _) = Tool.Run("boundary", "--ledger", "--release", "6.1", "--output", "html");
        Assert.Contains("Linux 6.1", output, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("--release", "6.1")]
    [InlineData("--ledger", "somewhere", "--release", "6.1")]
    [InlineData("--ledger", "--release", "6.1", "--commits", "somewhere")]
    [InlineData("--ledger", "--release", "1.0")]
    public void ReleaseThatGoesWithNothing_IsAMistake(params string[] arguments)
    {
        (int code, string output, string error) = Tool.Run(["boundary", .. arguments]);
        Assert.Equal((2, ""), (code, output));
        Assert.StartsWith("bpfverifier: ", error, StringComparison.Ordinal);
    }

    [Fact]
    public void Ledger_IsTheOneTheToolWasBuiltWith()
    {
        (int code, string output, _) = Tool.Run("boundary", "--ledger", "--output", "json");
        using JsonDocument json = JsonDocument.Parse(output);
        JsonElement byFile = json.RootElement.GetProperty("by_file");
        Assert.Equal(0, code);
        // Every entry is either counted or named.
        Assert.True(json.RootElement.GetProperty("changes").GetInt32() >= byFile.GetProperty("commits").GetInt32() + byFile.GetProperty("without_commit").GetArrayLength());
        Assert.True(byFile.GetProperty("commits").GetInt32() > 0);
    }

    [Theory]
    [InlineData("nothing to measure")]
    [InlineData("--patchsets needs --commits", "--patchsets", "x")]
    [InlineData("--commits needs --patchsets", "--commits", "x")]
    [InlineData("--repo needs --range", "--repo", ".")]
    [InlineData("--range needs --repo", "--range", "a..b")]
    [InlineData("either --repo with --range or", "--repo", ".", "--range", "a..b", "--commits", "x")]
    [InlineData("--ledger goes with --commits alone", "--ledger", "--repo", ".")]
    [InlineData("x does not exist", "--commits", "x", "--patchsets", "x")]
    [InlineData("is not a git repository", "--repo", "/", "--range", "a..b")]
    [InlineData("--top takes", "--ledger", "--top", "0")]
    [InlineData("'yaml'", "--ledger", "--output", "yaml")]
    public void WhatCannotBeMeasured_ExitsWith2_AndSaysWhy(string reason, params string[] arguments)
    {
        (int code, _, string error) = Tool.Run(["boundary", .. arguments]);
        Assert.Equal(2, code);
        Assert.Contains(reason, error, StringComparison.Ordinal);
    }
}
