using System.Text;

namespace BpfVerifier.Oracle.Tests;

/// <summary>The files that go into a guest and come out of it.</summary>
public sealed class FormatTests
{
    [Fact]
    public void Stream_gives_records_with_their_fields_in_order()
    {
        List<RawAnswer> answers = Read("record:7:program\nprogram:3:one\nmap:1:a\nmap:2:bc\nl1_text:5:a\n:b\n\nrecord:4:done\n");

        Assert.Equal(["program", "done"], answers.Select(a => a.Kind));
        Assert.Equal("one", answers[0].Text("program"));
        Assert.Equal(["a", "bc"], answers[0].Texts("map"));
        Assert.Equal("a\n:b\n", answers[0].Text("l1_text"));
    }

    [Theory]
    [InlineData("record:7:program\nprogram:9:cut o")]
    [InlineData("record:7:program\nprogram:")]
    [InlineData("record:7:program\nprogram:notanumber:x\n")]
    [InlineData("record:7:program\nprogram:3:onerecord")]
    public void Stream_that_breaks_off_ends_the_last_record(string stream)
    {
        RawAnswer answer = Assert.Single(Read(stream));

        Assert.Equal("program", answer.Kind);
        Assert.False(answer.Has("program"));
    }

    [Fact]
    public void Archive_has_aligned_entries_and_an_end()
    {
        Cpio archive = new();
        archive.AddFile("in/0/x.o", [1, 2, 3]);
        byte[] bytes = archive.Finish();
        string text = Encoding.Latin1.GetString(bytes);

        Assert.Equal(0, bytes.Length % 4);
        Assert.True(text.IndexOf("in\0", StringComparison.Ordinal) < text.IndexOf("in/0\0", StringComparison.Ordinal));
        Assert.True(text.IndexOf("in/0\0", StringComparison.Ordinal) < text.IndexOf("in/0/x.o\0", StringComparison.Ordinal));
        Assert.All(Enumerable.Range(0, text.Length).Where(i => text.AsSpan(i).StartsWith("070701")), i => Assert.Equal(0, i % 4));
        Assert.EndsWith("TRAILER!!!", text.TrimEnd('\0'), StringComparison.Ordinal);
    }

    [Fact]
    public void Object_is_found_inside_another_file()
    {
        byte[] image = File.ReadAllBytes(BatchObject.InFolder(Repository.Corpus("samples"))[0].Path);
        byte[] file = [.. new byte[100], .. image, .. new byte[50], .. image[..200], .. image, 7];

        Range[] found = [.. EmbeddedObjects.Find(file)];

        Assert.Equal(2, found.Length);
        Assert.All(found, r => Assert.Equal(image, file[r]));
    }

    [Fact]
    public void Host_refuses_what_is_in_no_corpus()
    {
        string path = Path.GetTempFileName();
        try
        {
            OracleException refusal = Assert.Throws<OracleException>(() => HostGuard.Check([new BatchObject(path, "x.o")]));

            Assert.Contains("in none of the corpora", refusal.Message, StringComparison.Ordinal);
        }
        finally
        {
            File.Delete(path);
        }
    }

    private static List<RawAnswer> Read(string stream)
    {
        string path = Path.GetTempFileName();
        try
        {
            File.WriteAllText(path, stream, Encoding.Latin1);
            return [.. AnswerStream.Read(path)];
        }
        finally
        {
            File.Delete(path);
        }
    }
}
