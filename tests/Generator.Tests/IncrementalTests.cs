using System.Runtime.CompilerServices;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfVerifier.Generator.Tests;

/// <summary>Which steps an edit makes run again.</summary>
public class IncrementalTests
{
    private static readonly InputSet s_inputs = InputSet.Small;

    // Everything a step with a name of ours made, and why.
    private static Dictionary<string, IncrementalStepRunReason[]> Reasons(GeneratorDriver driver)
    {
        GeneratorRunResult result = driver.GetRunResult().Results.Single();
        return TrackingNames.All.ToDictionary(
            name => name,
            name => result.TrackedSteps[name].SelectMany(step => step.Outputs).Select(output => output.Reason).ToArray());
    }

    private static string[] Ran(GeneratorDriver driver) =>
    [
        .. Reasons(driver)
            .Where(step => step.Value.Any(r => r is not (IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged)))
            .Select(step => step.Key).Order(StringComparer.Ordinal),
    ];

    private static int SourcesMadeAgain(GeneratorDriver driver) => driver.GetRunResult().Results.Single().TrackedOutputSteps
        .SelectMany(step => step.Value)
        .Count(step => step.Outputs.Any(o => o.Reason is not (IncrementalStepRunReason.Cached or IncrementalStepRunReason.Unchanged)));

    private static GeneratorDriver First(out CSharpCompilation compilation)
    {
        compilation = Harness.Compilation("class A { }");
        GeneratorDriver driver = Harness.Driver(s_inputs.All, track: true).RunGenerators(compilation);
        Assert.Empty(driver.GetRunResult().Diagnostics);
        return driver;
    }

    [Fact]
    public void The_first_run_runs_every_named_step()
    {
        GeneratorDriver driver = First(out _);
        Assert.Equal(TrackingNames.All.Order(StringComparer.Ordinal), Ran(driver));
        Assert.All(Reasons(driver).Values, reasons => Assert.All(reasons, r => Assert.Equal(IncrementalStepRunReason.New, r)));
    }

    [Fact]
    public void An_edit_of_the_program_runs_nothing()
    {
        GeneratorDriver driver = First(out CSharpCompilation compilation);
        driver = driver.RunGenerators(compilation
            .AddSyntaxTrees(CSharpSyntaxTree.ParseText("class B { int x; }", Harness.ParseOptions))
            .ReplaceSyntaxTree(compilation.SyntaxTrees[0], CSharpSyntaxTree.ParseText("class A { void M() { } }", Harness.ParseOptions)));
        Assert.Empty(Ran(driver));
        Assert.All(Reasons(driver).Values, reasons => Assert.All(reasons, r => Assert.Equal(IncrementalStepRunReason.Cached, r)));
        Assert.Equal(0, SourcesMadeAgain(driver));
    }

    [Fact]
    public void The_same_text_again_runs_nothing()
    {
        GeneratorDriver driver = First(out CSharpCompilation compilation);
        driver = driver.ReplaceAdditionalTexts([.. s_inputs.All.Cast<InputText>().Select(f => f.With(f.Text))]).RunGenerators(compilation);
        Assert.Empty(Ran(driver));
        Assert.Equal(0, SourcesMadeAgain(driver));
    }

    [Fact]
    public void An_edit_of_a_ledger_runs_the_ledger_steps_alone() =>
        AfterEdit(s_inputs.Ledger, s_inputs.Ledger.Replace("\"9.9\": 40", "\"9.9\": 41"),
            [TrackingNames.Files, TrackingNames.Ledger, TrackingNames.Changes], sources: 1);

    [Fact]
    public void An_edit_of_one_context_rule_leaves_the_other_tables_alone() =>
        AfterEdit(s_inputs.Release, s_inputs.Release.Replace("[\"r\",0,1,4,1,", "[\"r\",0,1,8,1,"),
            [TrackingNames.Files, TrackingNames.Release, TrackingNames.Contexts], sources: 1);

    [Fact]
    public void An_edit_of_one_kfunc_flag_leaves_the_other_tables_alone() =>
        AfterEdit(s_inputs.Release, s_inputs.Release.Replace("[\"SLEEPABLE\"]", "[]"),
            [TrackingNames.Files, TrackingNames.Release, TrackingNames.Kfuncs], sources: 1);

    [Fact]
    public void An_edit_of_one_set_leaves_the_other_tables_alone() =>
        AfterEdit(s_inputs.Release, s_inputs.Release.Replace("[\"bpf_lsm_bpf\"]", "[\"bpf_lsm_bpf_map\"]"),
            [TrackingNames.Files, TrackingNames.Release, TrackingNames.Image], sources: 1);

    [Fact]
    public void An_edit_of_white_space_stops_where_the_file_was_read() =>
        AfterEdit(s_inputs.Release, s_inputs.Release.Replace("\"schema\": 1", "\"schema\":    1"), [TrackingNames.Files], sources: 0);

    [Fact]
    public void What_only_the_catalogue_tells_changes_the_union_tables()
    {
        AfterEdit(s_inputs.Catalog, s_inputs.Catalog.Replace("4294967295", "7"),
            [TrackingNames.Files, TrackingNames.Catalog, TrackingNames.HelperIds, TrackingNames.Constants], sources: 2);
    }

    // Steps whose input compares equal after the edit may be recomputed, but must come out unchanged.
    private static void AfterEdit(AdditionalText before, AdditionalText after, string[] expected, int sources)
    {
        GeneratorDriver driver = First(out CSharpCompilation compilation);
        driver = driver.ReplaceAdditionalText(before, after).RunGenerators(compilation);
        Assert.Empty(driver.GetRunResult().Diagnostics);
        Assert.Equal(expected.Order(StringComparer.Ordinal), Ran(driver));
        Assert.Equal(sources, SourcesMadeAgain(driver));
    }

    [Fact]
    public void The_old_compilation_dies()
    {
        (GeneratorDriver driver, WeakReference old) = TwoRuns();
        for (int i = 0; i < 10 && old.IsAlive; i++)
        {
            GC.Collect();
            GC.WaitForPendingFinalizers();
        }
        Assert.False(old.IsAlive);
        GC.KeepAlive(driver);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private static (GeneratorDriver, WeakReference) TwoRuns()
    {
        GeneratorDriver driver = First(out CSharpCompilation compilation);
        return (driver.RunGenerators(Harness.Compilation("class B { }")), new WeakReference(compilation));
    }
}
