using System.Text.RegularExpressions;

namespace BpfVerifier.MSBuild.Tests;

/// <summary>Every code has a page, every page a code.</summary>
public sealed partial class RulePageTests
{
    [Fact]
    public void Codes_and_pages_are_the_same()
    {
        string sources = Path.Combine(ScratchProject.Rules, "..", "..", "Verifier.MSBuild");
        IEnumerable<string> codes = Directory.EnumerateFiles(sources, "*.cs", SearchOption.AllDirectories)
            .Where(file => !file.Contains("/obj/", StringComparison.Ordinal))
            .SelectMany(file => Code().Matches(File.ReadAllText(file)).Select(m => m.Value));
        Assert.Equal(
            codes.Distinct().Order(StringComparer.Ordinal),
            Directory.EnumerateFiles(ScratchProject.Rules, "BPFV*.md").Select(file => Path.GetFileNameWithoutExtension(file)).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void A_page_has_its_code_and_the_sections_all_have()
    {
        foreach (string file in Directory.EnumerateFiles(ScratchProject.Rules, "BPFV*.md"))
        {
            string[] lines = File.ReadAllLines(file);
            Assert.StartsWith($"# {Path.GetFileNameWithoutExtension(file)}: ", lines[0], StringComparison.Ordinal);
            Assert.Equal(["## Cause", "## Description", "## How to fix", "## When to suppress"], lines.Where(l => l.StartsWith("## ", StringComparison.Ordinal)));
        }
    }

    [GeneratedRegex(@"(?<="")BPFV\d{4}(?="")", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Code();
}
