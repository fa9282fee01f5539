using System.Collections.Immutable;
using System.Text.Json.Nodes;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Generator.Tests;

/// <summary>A release whose image nobody read: its tables compile, are empty, and say that nothing told them.</summary>
public class UnknownFactsTests
{
    private static readonly string[] s_ofImage = ["btfSets", "gates", "kfuncPrototypes", "kfuncs", "modifyReturn", "programTypes", "protos", "rawTracepointNullArgs", "rawTracepoints", "structOps"];

    [Fact]
    public void Sections_that_are_null_are_named_and_their_tables_are_empty()
    {
        ImmutableArray<AdditionalText> files = RepositoryFiles.Inputs("6.12");
        JsonNode release = JsonNode.Parse(((InputText)files[0]).Text)!;
        foreach (string section in s_ofImage)
            release[section] = null;
        var emitted = new EmittedAssembly(files.SetItem(0, ((InputText)files[0]).With(release.ToJsonString())));
        Assert.Equal("btfSets, gates, kfuncs, modifyReturn, programTypes, protos, rawTracepointNullArgs, rawTracepoints, structOps", emitted.Ask<string>("Unknown"));
        Assert.Empty(emitted.Ask<List<string>>("Helpers"));
        Assert.Empty(emitted.Ask<List<string>>("Contexts"));
        Assert.Empty(emitted.Ask<List<string>>("KfuncNames"));
        Assert.Empty(emitted.Ask<List<string>>("StructOps"));
        // What types tell is there.
        Assert.Contains("map_lookup_elem", string.Join(' ', emitted.Ask<List<string>>("HelperNames")), StringComparison.Ordinal);
    }

    [Theory]
    [MemberData(nameof(RoundTripTests.Releases), MemberType = typeof(RoundTripTests))]
    public void Of_a_release_whose_image_was_read_nothing_is(string release) => Assert.Equal("", RoundTripTests.Load(release).Emitted.Ask<string>("Unknown"));
}
