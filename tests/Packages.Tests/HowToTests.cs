namespace BpfVerifier.Packages.Tests;

/// <summary>Runs where the packages of a kernel are at hand, which the ordinary test command does not ask for.</summary>
[AttributeUsage(AttributeTargets.Method)]
public sealed class NeedsCacheFactAttribute : FactAttribute
{
    public const string Variable = "BPFVERIFIER_CACHE";

    public NeedsCacheFactAttribute()
    {
        if (!File.Exists(Path.Combine(Environment.GetEnvironmentVariable(Variable) ?? "", "6.18", "restored.json")))
            Skip = $"{Variable} names no cache with the package of 6.18";
    }
}

/// <summary>The how-tos, command by command, in an empty folder.</summary>
[Collection(PackedFeedGroup.Name)]
public sealed class HowToTests(PackedFeed feed)
{
    [Theory]
    [InlineData("reference-a-package.md")]
    [InlineData("drift-warnings.md")]
    public void Commands_print_what_the_page_says(string page) => Run(page);

    [NeedsCacheFact]
    public void A_release_is_made_again_with_the_same_bytes() => Run("add-a-release.md");

    private void Run(string page)
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
