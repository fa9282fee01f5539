using System.Collections.Immutable;
using BpfVerifier.Generator.Bindings;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using VerifyXunit;

namespace BpfVerifier.Generator.Tests;

/// <summary>The bindings of a small catalogue, and what is complained of.</summary>
public class BindingsTests
{
    private static readonly InputText s_small = InputSet.Bindings;

    [Fact]
    public Task Bindings()
    {
        GeneratorDriver driver = Driver(s_small).RunGenerators(Harness.Compilation());
        Assert.Empty(driver.GetRunResult().Diagnostics);
        return Verifier.Verify(driver);
    }

    [Fact]
    public void The_committed_catalogue_gives_every_file_and_no_complaint()
    {
        string file = Path.Combine(RepositoryFiles.Root, "kernel-headers", "catalog.json");
        GeneratorRunResult result = Run(new InputText(file, "bindings", File.ReadAllText(file)));
        Assert.Empty(result.Diagnostics);
        Assert.Equal(["Bpf.g.cs", "Enums.g.cs", "Helpers.g.cs", "Kfuncs.g.cs", "Releases.g.cs", "Structs.g.cs"], result.GeneratedSources.Select(s => s.HintName).Order(StringComparer.Ordinal));
    }

    [Fact]
    public void An_edit_that_does_not_touch_the_bindings_writes_nothing_again()
    {
        CSharpCompilation compilation = Harness.Compilation("class A { }");
        GeneratorDriver driver = Driver(s_small).RunGenerators(compilation);
        Assert.Equal([IncrementalStepRunReason.Cached], Reasons(driver.RunGenerators(compilation.AddSyntaxTrees(CSharpSyntaxTree.ParseText("class B { }", Harness.ParseOptions)))));
        InputText spaced = s_small.Replace("\"MACRO\": {", "\"MACRO\":    {");
        Assert.Equal([IncrementalStepRunReason.Unchanged], Reasons(driver.ReplaceAdditionalText(s_small, spaced).RunGenerators(compilation)));
        InputText other = s_small.Replace("\"value\": 3", "\"value\": 4");
        Assert.Equal([IncrementalStepRunReason.Modified], Reasons(driver.ReplaceAdditionalText(s_small, other).RunGenerators(compilation)));
    }

    [Theory]
    [InlineData("\"uapiEnums\":", "\"uapi\":", "BPFK2002")]
    [InlineData("\"schema\": 1", "\"schema\": 2", "BPFK2004")]
    [InlineData("{\"since\": \"1.0\", \"value\": 6},\n    \"NAMELESS\"", "{\"since\": \"1.2\", \"value\": 6},\n    \"NAMELESS\"", "BPFK2003")]
    [InlineData("\"changed\": {\"1.1\": [\"-XDP\"]", "\"changed\": {\"one\": [\"-XDP\"]", "BPFK2003")]
    [InlineData("[\"NAMELESS\"]", "[\"NAMELES\"]", "BPFK2009")]
    [InlineData("\"uapiStructs\": {\n    \"sample\"", "\"uapiStructs\": {\n    \"simple\"", "BPFK2009")]
    [InlineData("[\"word\", 0, 16, \"__be16\"]", "[\"wo rd\", 0, 16, \"__be16\"]", "BPFK2007")]
    [InlineData("[\"word\", 0, 16, \"__be16\"]", "[\"word\", 0, 16]", "BPFK2003")]
    [InlineData("[\"word\", 0, 16, \"__be16\"]", "[\"word\", -8, 16, \"__be16\"]", "BPFK2003")]
    [InlineData("\"size\": 48", "\"size\": 99999999", "BPFK2003")]
    [InlineData("\"everywhere\": {", "\"every where\": {", "BPFK2007")]
    [InlineData("\"schema\": 1,", "\"schema\": 1", "BPFK2001")]
    [InlineData("[\"low\", 32, 4, \"__u8\", \"bitfield\"]", "[\"low\", 38, 4, \"__u8\", \"bitfield\"]", "BPFK2003")]
    [InlineData("[\"low\", 32, 4, \"__u8\", \"bitfield\"]", "[\"low\", 32, 4, \"enum signed\", \"bitfield\"]", "BPFK2003")]
    [InlineData("\"1.3\": [\"-gone\"", "\"1.3\": [\"\", \"-gone\"", "BPFK2003")]
    public void A_mistake_is_told_and_nothing_is_written(string old, string replacement, string id)
    {
        GeneratorRunResult result = Run(s_small.Replace(old, replacement));
        Assert.Equal([id], result.Diagnostics.Select(d => d.Id).Distinct());
        Assert.Null(result.Exception);
        Assert.Empty(result.GeneratedSources);
    }

    [Fact]
    public void A_file_cut_off_anywhere_does_not_make_the_generator_fail()
    {
        for (int length = 0; length < s_small.Text.Length; length += 37)
            Assert.Null(Run(s_small.With(s_small.Text[..length])).Exception);
    }

    private static IncrementalStepRunReason[] Reasons(GeneratorDriver driver) =>
        [.. driver.GetRunResult().Results.Single().TrackedSteps[TrackingNames.Bindings].SelectMany(s => s.Outputs).Select(o => o.Reason)];

    private static GeneratorRunResult Run(InputText file) => Driver(file).RunGenerators(Harness.Compilation()).GetRunResult().Results.Single();

    private static GeneratorDriver Driver(InputText file) => Harness.Driver(new BindingsGenerator(), ImmutableArray.Create<AdditionalText>(file), track: true);
}
