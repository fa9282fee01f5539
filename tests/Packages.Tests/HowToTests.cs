namespace BpfVerifier.Packages.Tests;

/// <summary>The how-tos, command by command, in an empty folder.</summary>
[Collection(PackedFeedGroup.Name)]
public sealed class HowToTests(PackedFeed feed)
{
    [Theory]
    [InlineData("reference-a-package.md")]
    [InlineData("drift-warnings.md")]
    public void Commands_print_what_the_page_says(string page)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("bpfverifier-howto-");
        try
        {
            Transcript.Read(Repository.Path("docs", "howto", page)).Run(folder.FullName, feed.Environment);
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }
}
