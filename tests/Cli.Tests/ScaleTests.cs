using System.Text.Json.Nodes;
using BpfVerifier.Host;
using Xunit;

namespace BpfVerifier.Cli.Tests;

/// <summary>The manifests of docs/scale ask the tool for what it has, and for every part once.</summary>
public class ScaleTests
{
    private static JsonObject Manifest(string name) => Yaml.Read(File.ReadAllText(Path.Combine(Tool.Samples, "..", "docs", "scale", name)));

    private static string Text(JsonNode? node) => node?.GetValue<string>() ?? throw new InvalidDataException("missing");

    [Fact]
    public void Indexed_job_gives_each_pod_its_part()
    {
        JsonObject spec = Manifest("job.yaml")["spec"]!.AsObject();
        Assert.Equal("Indexed", Text(spec["completionMode"]));
        int completions = int.Parse(Text(spec["completions"]), System.Globalization.CultureInfo.InvariantCulture);
        JsonObject pod = spec["template"]!["spec"]!.AsObject();
        JsonObject container = Assert.Single(pod["containers"]!.AsArray())!.AsObject();

        JsonObject index = Assert.Single(container["env"]!.AsArray(), variable => Text(variable!["name"]) == "JOB_COMPLETION_INDEX")!.AsObject();
        Assert.Equal("metadata.annotations['batch.kubernetes.io/job-completion-index']", Text(index["valueFrom"]!["fieldRef"]!["fieldPath"]));

        Assert.Equal(["bpfverifier"], container["command"]!.AsArray().Select(Text));
        string[] arguments = [.. container["args"]!.AsArray().Select(Text)];
        string After(string option) => arguments[Array.IndexOf(arguments, option) + 1];
        Assert.Contains("--shard", arguments);
        Assert.Equal($"$(JOB_COMPLETION_INDEX)/{completions}", After("--shard"));

        // What the pods run, with the index in its place as Kubernetes puts it there: every part, each into a file of its own.
        var files = new HashSet<string>();
        for (int i = 0; i < completions; i++)
        {
            string[] run = [.. arguments.Select(argument => argument.Replace("$(JOB_COMPLETION_INDEX)", i.ToString(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal))];
            Assert.True(Shard.TryParse(run[Array.IndexOf(run, "--shard") + 1], out Shard shard));
            Assert.Equal(new Shard(i, completions), shard);
            files.Add(run[Array.IndexOf(run, "--to") + 1]);
            Assert.Empty(VerifyCommand.Create().Parse(run[1..]).Errors);
        }
        Assert.Equal(completions, files.Count);

        string[] volumes = [.. pod["volumes"]!.AsArray().Select(volume => Text(volume!["name"]))];
        Assert.All(container["volumeMounts"]!.AsArray(), mount => Assert.Contains(Text(mount!["name"]), volumes));
        Assert.Contains(container["volumeMounts"]!.AsArray(), mount => After("--to").StartsWith(Text(mount!["mountPath"]), StringComparison.Ordinal));
    }

    [Fact]
    public void Jobs_of_continuous_integration_give_each_runner_its_part()
    {
        JsonObject jobs = Manifest("ci.yml")["jobs"]!.AsObject();
        string[] shards = [.. jobs["verify"]!["strategy"]!["matrix"]!["shard"]!.AsArray().Select(Text)];
        Assert.Equal(Enumerable.Range(0, shards.Length).Select(i => $"{i}"), shards);
        string Command(string job, string verb) => Assert.Single(jobs[job]!["steps"]!.AsArray().Select(step => step!["run"]?.GetValue<string>() ?? ""), run => run.StartsWith($"bpfverifier {verb} ", StringComparison.Ordinal));
        string verify = Command("verify", "verify"), merge = Command("merge", "merge");
        foreach (string shard in shards)
        {
            string[] run = verify.Replace("${{ matrix.shard }}", shard, StringComparison.Ordinal).Split(' ');
            Assert.Empty(VerifyCommand.Create().Parse(run[2..]).Errors);
            Assert.Equal($"{shard}/{shards.Length}", run[Array.IndexOf(run, "--shard") + 1]);
            Assert.Contains(run[Array.IndexOf(run, "--to") + 1], merge.Split(' '));
        }
        Assert.Empty(Merge.MergeCommand.Create().Parse(merge.Split(' ')[2..]).Errors);
    }

    [Theory]
    [InlineData("a: b\n  c: d")]
    [InlineData("a: {b: c}")]
    [InlineData("- a")]
    [InlineData("a\n")]
    [InlineData("a: b # c")]
    public void Other_yaml_is_not_read(string text) => Assert.Throws<InvalidDataException>(() => Yaml.Read(text));
}
