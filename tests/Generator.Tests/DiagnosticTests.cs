using Microsoft.CodeAnalysis;

namespace BpfVerifier.Generator.Tests;

/// <summary>Each mistake in an input file gives its diagnostic where the mistake is.</summary>
public class DiagnosticTests
{
    private const string Abi = "abi.json", Catalog = "catalog.json", Ledger = "ledger.json", Types = "kernel-types.json";

    /// <summary>File, text to be replaced, replacement, id, text at which the diagnostic starts (in the changed file).</summary>
    public static TheoryData<string, string, string, string, string> Mistakes => new()
    {
        { Abi, "\"abi\": \"9.9.42-test\",", "\"abi\": \"9.9.42-test\"", "BPFK2001", "\"enums\"" },
        { Abi, "\"structOps\": null\n}", "\"structOps\": null", "BPFK2001", "" },
        { Abi, "[\"sleepable\"]", "[\"asleep\"]", "BPFK2003", "\"asleep\"" },
        { Abi, "[\"attach XDP\",", "[\"attach NOWHERE\",", "BPFK2003", "\"attach NOWHERE\"" },
        { Abi, "[\"without PERFMON\"]", "[\"without LUCK\"]", "BPFK2003", "\"without LUCK\"" },
        { Abi, "{\"probe_read\":\"bpf_probe_read_proto\"}", "{\"probe_read\":\"bpf_nothing_proto\"}", "BPFK2009", "\"bpf_nothing_proto\"" },
        { Ledger, "\"kind\": \"fix\"", "\"kind\": fix", "BPFK2001", "fix," },
        { Catalog, "\"macros\": {},", "\"macros\": {}, \"macros\": {},", "BPFK2001", "\"macros\": {},\n" },
        { Abi, "\"release\": \"9.9\",", "", "BPFK2002", "{\n \"schema\"" },
        { Abi, "\"bpf_map_lookup_elem\",\"ret\":\"RET_PTR_TO_MAP_VALUE_OR_NULL\",", "\"bpf_map_lookup_elem\",", "BPFK2002", "{\"func\":\"bpf_map_lookup_elem\"" },
        { Abi, "\"bpf_map_type\":", "\"bpf_map_types\":", "BPFK2002", "{\n  \"@BPF" },
        { Ledger, "\"since\": \"9.2\",", "", "BPFK2002", "{\n      \"name\": \"OldThing\"" },
        { Types, "{ \"name\": \"bpf_timer\",", "{", "BPFK2002", "{ \"members\"" },
        { Abi, "\"schema\": 1", "\"schema\": true", "BPFK2003", "true" },
        { Abi, "\"release\": \"9.9\"", "\"release\": \"nine\"", "BPFK2003", "\"nine\"" },
        { Abi, "\"version\": \"9.9.42\"", "\"version\": \"9.8.42\"", "BPFK2003", "\"9.8.42\"" },
        { Abi, "\"programTypes\": {", "\"programTypes\": [], \"was\": {", "BPFK2003", "[], \"was\"" },
        { Abi, "{\"id\":4,\"c\":null}", "{\"id\":4.5,\"c\":null}", "BPFK2003", "4.5" },
        { Abi, "{\"id\":4,\"c\":null}", "{\"id\":-4,\"c\":null}", "BPFK2003", "-4" },
        { Abi, "\"BPF_F_BIG\":18446744073709551615", "\"BPF_F_BIG\":18446744073709551616", "BPFK2003", "18446744073709551616" },
        { Abi, "[\"r\",0,1,4,1,\"PTR_TO_PACKET\",0]", "[\"r\",0,1,4,1,\"PTR_TO_PACKET\"]", "BPFK2003", "[\"r\",0,1,4,1,\"PTR_TO_PACKET\"]" },
        { Abi, "[\"w\",16,", "[\"x\",16,", "BPFK2003", "\"x\"" },
        { Abi, "[\"r\",0,1,4,1,\"PTR_TO_PACKET\",0]", "[\"r\",0,1,3,1,\"PTR_TO_PACKET\",0]", "BPFK2003", "3,1,\"PTR" },
        { Abi, "[\"data\",0,32,\"__u32\"]", "[\"data\",0]", "BPFK2003", "[\"data\",0]" },
        { Abi, "size=20", "size=x", "BPFK2003", "\"ARG_PTR_TO_FIXED_SIZE_MEM size=x\"" },
        { Abi, "\"ARG_PTR_TO_MEM|MEM_ALLOC\"]", "\"ARG_PTR_TO_MEM|MEM_ALLOC\",\"ARG_DONTCARE\"]", "BPFK2003", "\"ARG_DONTCARE\"]" },
        { Abi, "\"btfSets\":", "\"sets\":", "BPFK2002", "{\n \"schema\"" },
        { Abi, "\"signal_generate\":32", "\"signal_generate\":\"32\"", "BPFK2003", "\"32\"" },
        { Abi, "[\"bpf_lsm_bpf\"]", "\"bpf_lsm_bpf\"", "BPFK2003", "\"bpf_lsm_bpf\"" },
        { Ledger, "\"kind\": \"fix\"", "\"kind\": \"improvement\"", "BPFK2003", "\"improvement\"" },
        { Ledger, "\"9.8\": 7", "\"v9.8\": 7", "BPFK2003", "\"v9.8\"" },
        { Ledger, "\"9.8\": 7", "\"9.8\": \"seven\"", "BPFK2003", "\"seven\"" },
        { Ledger, "\"since\": \"9.2\"", "\"since\": 9.2", "BPFK2003", "9.2," },
        { Ledger, "\"needs\": [\"bpf_wq\"]", "\"needs\": \"bpf_wq\"", "BPFK2003", "\"bpf_wq\"" },
        { Ledger, "[\"bpf_wq\"]", "[\"jit:stores\"]", "BPFK2003", "\"jit:stores\"" },
        { Ledger, "[\"bpf_wq\"]", "[\"jit:stores@\"]", "BPFK2003", "\"jit:stores@\"" },
        { Ledger, "[\"bpf_wq\"]", "[\"jit:@6.18\"]", "BPFK2003", "\"jit:@6.18\"" },
        { Ledger, "[\"bpf_wq\"]", "[\"stores@6.18\"]", "BPFK2003", "\"stores@6.18\"" },
        { Ledger, "[\"bpf_wq\"]", "[\":stores@6.18\"]", "BPFK2003", "\":stores@6.18\"" },
        { Ledger, "[\"bpf_wq\"]", "[\"jit:Stores now@6.18\"]", "BPFK2003", "\"jit:Stores now@6.18\"" },
        { Ledger, "[\"bpf_wq\"]", "[\"jit:stores@soon\"]", "BPFK2003", "\"jit:stores@soon\"" },
        { Types, "\"bpf_wq\"", "17", "BPFK2003", "17" },
        { Abi, "\"schema\": 1", "\"schema\": 2", "BPFK2004", "2," },
        { Catalog, "\"schema\": 1", "\"schema\": 0", "BPFK2004", "0," },
        { Abi, "\"ARG_PTR_TO_MEM|MEM_RDONLY\"", "\"ARG_PTR_TO_MEM|MEM_STRANGE\"", "BPFK2005", "\"ARG_PTR_TO_MEM|MEM_STRANGE\"" },
        { Abi, "\"ARG_CONST_MAP_PTR\",\"ARG_PTR", "\"ARG_NEW\",\"ARG_PTR", "BPFK2005", "\"ARG_NEW\"" },
        { Abi, "\"ret\":\"RET_INTEGER\"", "\"ret\":\"RET_PTR_TO_FUTURE\"", "BPFK2005", "\"RET_PTR_TO_FUTURE\"" },
        { Abi, "\"PTR_TO_SOCKET_OR_NULL\",8]", "\"PTR_TO_NEW\",8]", "BPFK2005", "\"PTR_TO_NEW\"" },
        { Abi, "[\"SLEEPABLE\"]", "[\"NAPPING\"]", "BPFK2005", "\"NAPPING\"" },
        { Ledger, "[\"bpf_wq\"]", "[\"bpf_nowhere\"]", "BPFK2006", "[\"bpf_nowhere\"]" },
        { Ledger, "[\"bpf_wq\"]", "[\"bpf_nothing.member\"]", "BPFK2006", "[\"bpf_nothing.member\"]" },
        { Ledger, "\"BackportedFix\"", "\"backportedFix\"", "BPFK2007", "\"backportedFix\"" },
        { Ledger, "\"BackportedFix\"", "\"Backported-Fix\"", "BPFK2007", "\"Backported-Fix\"" },
        { Ledger, "\"BackportedFix\"", "\"Ledger\"", "BPFK2007", "\"Ledger\"" },
        { Types, "\"bpf_wq\"", "\"xdp_md\"", "BPFK2007", "\"xdp_md\"\n  ]" },
        { Types, "\"bpf_wq\"", "\"struct bpf_wq\"", "BPFK2007", "\"struct bpf_wq\"" },
        { Abi, "\"map_lookup_elem\": \"bpf_map_lookup_elem_proto\",\n", "\"map_lookup\": \"bpf_map_lookup_elem_proto\",\n", "BPFK2009", "\"map_lookup\"" },
        { Abi, "\"map_lookup_elem\": \"bpf_map_lookup_elem_proto\",\n", "\"map_lookup_elem\": \"bpf_nothing_proto\",\n", "BPFK2009", "\"bpf_nothing_proto\"" },
        { Abi, "\"LSM\": [{", "\"LMS\": [{", "BPFK2009", "\"LMS\"" },
        { Types, "\"bpf_wq\"", "\"bpf_nowhere\"", "BPFK2010", "\"bpf_nowhere\"" },
    };

    [Theory]
    [MemberData(nameof(Mistakes))]
    public void A_mistake_is_told_where_it_is(string file, string old, string replacement, string id, string at)
    {
        InputText before = InputSet.Small.All.Cast<InputText>().Single(f => Path.GetFileName(f.Path) == file);
        InputText after = before.Replace(old, replacement);
        GeneratorRunResult result = Harness.RunWith(before, after);
        Diagnostic diagnostic = Assert.Single(result.Diagnostics);

        Assert.Equal(id, diagnostic.Id);
        Assert.Equal(DiagnosticSeverity.Error, diagnostic.Severity);
        FileLinePositionSpan place = diagnostic.Location.GetLineSpan();
        Assert.Equal(after.Path, place.Path);
        int position = at.Length == 0 ? after.Text.Length : after.Text.IndexOf(at, StringComparison.Ordinal);
        Assert.True(position >= 0, "the test's own text is not in the file");
        Microsoft.CodeAnalysis.Text.LinePosition expected = after.GetText().Lines.GetLinePosition(position);
        Assert.Equal(expected, place.StartLinePosition);
        Assert.DoesNotContain("{0}", diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Fact]
    public void All_mistakes_of_a_file_are_told_at_once()
    {
        InputText release = InputSet.Small.Release.Replace("\"ARG_CONST_MAP_PTR\",\"ARG_PTR", "\"ARG_NEW\",\"ARG_PTR").Replace("[\"SLEEPABLE\"]", "[\"NAPPING\"]");
        GeneratorRunResult result = Harness.Run((InputSet.Small with { Release = release }).All);
        Assert.Equal(["BPFK2005", "BPFK2005"], result.Diagnostics.Select(d => d.Id));
    }

    [Fact]
    public void A_mistake_in_one_file_leaves_the_tables_of_the_others()
    {
        GeneratorRunResult result = Harness.Run((InputSet.Small with { Ledger = InputSet.Small.Ledger.With("{") }).All);
        Assert.Equal("BPFK2001", Assert.Single(result.Diagnostics).Id);
        Assert.Contains(result.GeneratedSources, s => s.HintName == "HelperTable.g.cs");
    }

    [Fact]
    public void The_same_change_in_two_ledgers_is_told()
    {
        InputText counts = InputSet.Small.Counts.Replace("\"Depth\"", "\"OldThing\"");
        Diagnostic diagnostic = Assert.Single(Harness.Run((InputSet.Small with { Counts = counts }).All).Diagnostics);
        Assert.Equal("BPFK2007", diagnostic.Id);
        Assert.Equal(InputSet.Small.Ledger.Path, diagnostic.Location.GetLineSpan().Path);
    }

    [Theory]
    [InlineData("release")]
    [InlineData("catalog")]
    [InlineData("types")]
    public void A_missing_file_is_told(string kind)
    {
        GeneratorRunResult result = Harness.Run(InputSet.Small.All.Where(f => ((InputText)f).Kind != kind));
        Diagnostic diagnostic = Assert.Single(result.Diagnostics);
        Assert.Equal("BPFK2008", diagnostic.Id);
        Assert.Contains($"\"{kind}\"", diagnostic.GetMessage(System.Globalization.CultureInfo.InvariantCulture), StringComparison.Ordinal);
    }

    [Fact]
    public void A_second_file_of_a_kind_and_an_unknown_kind_are_told_at_the_file()
    {
        GeneratorRunResult result = Harness.Run(InputSet.Small.All
            .Add(new InputText("/src/abi2.json", "release", InputSet.Small.Release.Text))
            .Add(new InputText("/src/other.json", "ledgre", "{}")));
        Assert.Equal(
            [("BPFK2008", "/src/abi2.json"), ("BPFK2008", "/src/other.json")],
            result.Diagnostics.Select(d => (d.Id, d.Location.GetLineSpan().Path)).Order());
    }

    [Fact]
    public void A_project_without_such_files_is_left_alone()
    {
        GeneratorRunResult result = Harness.Run([new InputText("/src/readme.txt", "", "text")]);
        Assert.Empty(result.Diagnostics);
        Assert.Empty(result.GeneratedSources);
    }

    [Fact]
    public void Every_id_is_in_the_release_notes_of_the_analyzer_and_tested_here()
    {
        string[] ids =
        [
            .. typeof(Diagnostics).GetFields().Select(f => f.GetValue(null)).OfType<DiagnosticDescriptor>().Select(d => d.Id).Order(StringComparer.Ordinal),
        ];
        string notes = File.ReadAllText(Path.Combine(RepositoryFiles.Root, "Generator", "AnalyzerReleases.Unshipped.md"))
            + File.ReadAllText(Path.Combine(RepositoryFiles.Root, "Generator", "AnalyzerReleases.Shipped.md"));
        Assert.All(ids, id => Assert.Contains(id, notes, StringComparison.Ordinal));
        Assert.Equal(ids.Length, ids.Distinct().Count());
        string[] tested = [.. Mistakes.Select(row => (string)((object[])row)[3]).Append("BPFK2008").Distinct().Order(StringComparer.Ordinal)];
        Assert.Equal(ids, tested);
    }
}
