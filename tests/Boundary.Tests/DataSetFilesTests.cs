using System.Text;
using Xunit;

namespace BpfVerifier.Boundary.Tests;

public sealed class DataSetFilesTests : IDisposable
{
    private const string Hash = "0123456789abcdef0123456789abcdef01234567";

    private readonly TemporaryFolder folder = new();

    public void Dispose() => folder.Dispose();

    [Fact]
    public void History_SaysWhatItIs()
    {
        History history = HandMade.History();
        Assert.Equal(("v1..v2", Scope.Verifier, 9, 6), (history.Range, history.Target, history.Commits.Count, history.Patchsets.Count));
        Assert.Equal("Merge branch 'p1'", history.Patchsets[0].Subject);
    }

    [Theory]
    [InlineData("", ":1:1:", "not JSON")]
    [InlineData("{\n \"commits\": [\n  {]", ":3:4:", "not JSON")]
    [InlineData("[]", ":1:1:", "the document must be an object")]
    [InlineData("{}", ":1:2:", "there is no 'commits'")]
    [InlineData("{\"patchsets\":[]}", ":1:16:", "this is the file with the patchsets")]
    [InlineData("{\"commits\":{}}", ":1:12:", "'commits' must be an array")]
    [InlineData("{\"commits\":[null]}", ":1:13:", "a commit must be an object")]
    [InlineData("{\"commits\":[\n{\"fixes_tag\":true,\"modified_files\":[]}]}", ":2:38:", "no 'hash'")]
    [InlineData("{\"commits\":[{\"hash\":\"abc\"}]}", ":1:21:", "not 'abc'")]
    [InlineData("{\"commits\":[{\"hash\":7}]}", ":1:21:", "'hash' must be a string")]
    [InlineData("{\"commits\":[{\"hash\":\"" + Hash + "\",\"modified_files\":[]}]}", ":1:83:", "no 'fixes_tag'")]
    [InlineData("{\"commits\":[{\"hash\":\"" + Hash + "\",\"fixes_tag\":1}]}", ":1:76:", "'fixes_tag' must be true or false")]
    [InlineData("{\"commits\":[{\"modified_files\":[null]}]}", ":1:32:", "a file's name must be a string")]
    [InlineData("{\"commits\":[{\"modified_files\":[\"\\ud800\"]}]}", ":1:32:", "not valid Unicode")]
    [InlineData("{\"commits\":[],\"commits\":[]}", ":1:15:", "'commits' occurs twice")]
    [InlineData("{\"metadata\":{\"commit_count\":2},\"commits\":[]}", ":1:44:", "'commit_count' is 2, but the file holds 0")]
    [InlineData("{\"metadata\":{\"commit_count\":-2},\"commits\":[]}", ":1:29:", "must be a whole number")]
    [InlineData("{\"commits\":[]} {}", ":1:16:", "not JSON")]
    public void Mistake_IsNamedWithItsPlace(string text, string place, string reason)
    {
        string path = folder.File("wrong.json", text);
        string? problem = DataSetFiles.ReadCommits(path, out IReadOnlyList<Commit> commits);
        Assert.StartsWith(path + place, problem);
        Assert.Contains(reason, problem, StringComparison.Ordinal);
        Assert.Contains("docs/boundary.md", problem, StringComparison.Ordinal);
        Assert.Empty(commits);
    }

    [Fact]
    public void SameCommitTwice_IsAMistake()
    {
        string one = $$"""{"hash":"{{Hash}}","fixes_tag":false,"modified_files":["a"]}""";
        string? problem = DataSetFiles.ReadCommits(folder.File("twice.json", $$"""{"commits":[{{one}},{{one}}]}"""), out _);
        Assert.Contains("commit 0123456789ab occurs twice", problem, StringComparison.Ordinal);
    }

    [Fact]
    public void UnknownPropertiesAndAByteOrderMark_AreFine()
    {
        string path = folder.File("more.json", "\uFEFF" + $$"""{"later":{"a":[1]},"commits":[{"hash":"{{Hash.ToUpperInvariant()}}","later":null,"fixes_tag":false,"modified_files":["a"]}]}""");
        Assert.Null(DataSetFiles.ReadCommits(path, out IReadOnlyList<Commit> commits));
        Assert.Equal(Hash, Assert.Single(commits).Hash);
    }

    [Fact]
    public void FilesOfTwoDataSets_AreRefused()
    {
        string other = folder.File("patchsets.json", File.ReadAllText(HandMade.PatchsetsFile).Replace("\"v2\"", "\"v3\"", StringComparison.Ordinal));
        Assert.Contains("give files of one data set", DataSetFiles.Read(HandMade.CommitsFile, other, out _), StringComparison.Ordinal);
    }

    [Fact]
    public void MissingFileAndFolder_AreSaid()
    {
        Assert.EndsWith("does not exist", DataSetFiles.ReadCommits(Path.Combine(folder.Path, "none.json"), out _));
        Assert.EndsWith("is a folder: give a file", DataSetFiles.ReadCommits(folder.Path, out _));
    }

    [Fact]
    public void FileBeyondTheBound_IsRefused()
    {
        string path = folder.File("large.json", new byte[2 << 20]);
        Assert.Contains("larger than 1 MiB", DataSet.BoundedFile.Read(path, out byte[] data, 1 << 20), StringComparison.Ordinal);
        Assert.Empty(data);
    }

    [Fact]
    public void DamagedFiles_AreReadOrRefused_NeverThrow()
    {
        byte[] whole = File.ReadAllBytes(HandMade.PatchsetsFile);
        var random = new Random(1);
        int refused = 0;
        for (int round = 0; round < 300; round++)
        {
            byte[] damaged = round % 2 == 0 ? whole[..random.Next(whole.Length)] : [.. whole];
            for (int i = 0; i < 3 && damaged.Length > 0; i++)
                damaged[random.Next(damaged.Length)] = (byte)random.Next(256);
            string? problem = DataSetFiles.Read(HandMade.CommitsFile, folder.File("damaged.json", damaged), out History? history);
            Assert.True(problem is null ^ history is null, Encoding.UTF8.GetString(damaged));
            refused += problem is null ? 0 : 1;
        }
        Assert.InRange(refused, 150, 300);
    }
}
