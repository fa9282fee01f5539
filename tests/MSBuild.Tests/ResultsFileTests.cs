namespace BpfVerifier.MSBuild.Tests;

/// <summary>What is kept between builds.</summary>
public sealed class ResultsFileTests : IDisposable
{
    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("bpfverifier-results-");
    private string File => Path.Combine(_folder.FullName, "x.results");

    public void Dispose() => _folder.Delete(recursive: true);

    private static readonly ResultLine[] s_lines =
    [
        new() { IsWarning = true, Code = "BPFV0001", File = "a b.c", Line = 7, Column = 3, Message = "tab\there, line\nthere" },
        new() { Code = "BPFV0020", File = "/x/ü.o", Message = "" },
    ];

    [Fact]
    public void What_is_written_is_read()
    {
        ResultsFile.Write(File, "key", s_lines);
        IReadOnlyList<ResultLine>? read = ResultsFile.Read(File, "key");
        Assert.NotNull(read);
        Assert.Equal(
            [(true, "BPFV0001", "a b.c", 7, 3, "tab here, line there"), (false, "BPFV0020", "/x/ü.o", 0, 0, "")],
            read.Select(l => (l.IsWarning, l.Code, l.File, l.Line, l.Column, l.Message)));
    }

    [Fact]
    public void Another_key_or_a_damaged_file_is_no_result()
    {
        Assert.Null(ResultsFile.Read(File, "key"));
        ResultsFile.Write(File, "key", s_lines);
        Assert.Null(ResultsFile.Read(File, "other"));
        byte[] whole = System.IO.File.ReadAllBytes(File);
        // Cut anywhere but before the final line break, which says nothing.
        for (int length = 0; length < whole.Length - 1; length++)
        {
            System.IO.File.WriteAllBytes(File, whole[..length]);
            IReadOnlyList<ResultLine>? read = ResultsFile.Read(File, "key");
            Assert.True(read is null || read.Count == s_lines.Length && length > whole.Length - 2 - s_lines[^1].Message.Length, $"cut at {length}");
        }
    }
}
