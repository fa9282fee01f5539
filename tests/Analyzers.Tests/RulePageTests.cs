using BpfVerifier.Analyzers.Fixes;
using BpfVerifier.Analyzers.KernelUse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Xunit;

namespace BpfVerifier.Analyzers.Tests;

/// <summary>Every rule has a page with the same sections, and nothing else has one.</summary>
public class RulePageTests
{
    private static readonly DiagnosticDescriptor[] s_rules =
    [
        .. typeof(KernelUseAnalyzer).Assembly.GetTypes().Where(t => t.IsSubclassOf(typeof(DiagnosticAnalyzer)) && !t.IsAbstract)
            .SelectMany(t => ((DiagnosticAnalyzer)Activator.CreateInstance(t)!).SupportedDiagnostics),
    ];

    public static TheoryData<string> Ids { get; } = new(s_rules.Select(r => r.Id));

    private static string Root
    {
        get
        {
            DirectoryInfo folder = new(AppContext.BaseDirectory);
            while (!File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
                folder = folder.Parent!;
            return folder.FullName;
        }
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public void Page_HasTheRulesTitleSeverityAndSections(string id)
    {
        DiagnosticDescriptor rule = s_rules.Single(r => r.Id == id);
        Assert.Equal($"docs/rules/{id}.md", rule.HelpLinkUri);
        string page = File.ReadAllText(Path.Combine(Root, rule.HelpLinkUri));
        string title = rule.Title.ToString(System.Globalization.CultureInfo.InvariantCulture);
        Assert.StartsWith($"# {id}: {char.ToLowerInvariant(title[0])}{title[1..]}\n", page, StringComparison.Ordinal);
        Assert.Contains($"| Severity | {rule.DefaultSeverity} |\n", page, StringComparison.Ordinal);
        int[] sections = [.. new[] { "Cause", "Description", "How to fix", "When to suppress" }.Select(s => page.IndexOf($"\n## {s}\n\n", StringComparison.Ordinal))];
        Assert.DoesNotContain(-1, sections);
        Assert.Equal(sections.Order(), sections);
    }

    [Fact]
    public void Pages_AreOfRules() => Assert.Equal(
        s_rules.Select(r => r.Id).Order(StringComparer.Ordinal),
        Directory.EnumerateFiles(Path.Combine(Root, "docs", "rules"), "BPFK*.md").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Fact]
    public void Fixes_AreForRules() => Assert.Empty(new KernelUseFixes().FixableDiagnosticIds.Except(s_rules.Select(r => r.Id)));
}
