namespace BpfVerifier.Generator.Tests;

/// <summary>When the emitted <c>Changes</c> says that a kernel has a change.</summary>
public class ChangesTests
{
    private static readonly Lazy<EmittedAssembly> s_emitted = new(() => new EmittedAssembly(InputSet.Small.All));

    [Theory]
    [InlineData(0, false, "BackportedFix=0 BeyondTheBoundary=0 Depth=-1 OldThing=1 StateLimit=64 WithinTheBoundary=0")]
    [InlineData(39, false, "BackportedFix=0 BeyondTheBoundary=0 Depth=-1 OldThing=1 StateLimit=64 WithinTheBoundary=0")]
    [InlineData(40, false, "BackportedFix=1 BeyondTheBoundary=0 Depth=-1 OldThing=1 StateLimit=64 WithinTheBoundary=0")]
    [InlineData(43, false, "BackportedFix=1 BeyondTheBoundary=0 Depth=-1 OldThing=1 StateLimit=128 WithinTheBoundary=0")]
    [InlineData(0, true, "BackportedFix=1 BeyondTheBoundary=0 Depth=8 OldThing=1 StateLimit=128 WithinTheBoundary=1")]
    public void By_patch_level_and_flavour(int patch, bool modular, string expected) =>
        Assert.Equal(expected, string.Join(' ', s_emitted.Value.Ask<List<string>>("Changes", patch, modular)));

    [Fact]
    public void The_ledger_can_be_printed()
    {
        List<string> ledger = s_emitted.Value.Ask<List<string>>("Ledger");
        Assert.Equal(6, ledger.Count);
        Assert.Contains(
            "ChangeEntry { Name = OldThing, Kind = feature, IsInt = False, Since = 9.2, Stable = , Needs = , "
            + "Commit = 0123456789abcdef0123456789abcdef01234567, Subject = bpf: an \"old\" thing, Summary = In mainline before this release; a < b & c., Rule = Always, Patch = 0, Missing =  }",
            ledger);
        Assert.Contains(ledger, e => e.Contains("Stable = 9.8.7 9.9.40", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("OldThing", "Always", 0, "")]
    [InlineData("BackportedFix", "FromPatch", 40, "")]
    [InlineData("StateLimit", "FromPatch", 43, "")]
    [InlineData("WithinTheBoundary", "Modular", 0, "")]
    [InlineData("BeyondTheBoundary", "Never", 0, "bpf_wq@9.10")]
    public void The_ledger_says_when_and_what_is_missing(string name, string rule, int patch, string missing) =>
        Assert.Contains(s_emitted.Value.Ask<List<string>>("Ledger"), e => e.StartsWith($"ChangeEntry {{ Name = {name},", StringComparison.Ordinal)
            && e.EndsWith($"Rule = {rule}, Patch = {patch}, Missing = {missing} }}", StringComparison.Ordinal));

    /// <summary>The release is 9.9: of it are symbols, gates that are open, and parts that came no later.</summary>
    [Theory]
    [InlineData("bpf_jit_supports_kfunc_call", "Modular", "")]
    [InlineData("bpf_jit_supports_later", "Never", "bpf_jit_supports_later@9.10")]
    [InlineData("ctx:immediate-stores@9.9", "Modular", "")]
    [InlineData("ctx:immediate-stores@9.10", "Never", "ctx:immediate-stores@9.10")]
    public void A_change_may_need_a_gate_or_a_part_without_a_symbol(string need, string rule, string missing)
    {
        InputText ledger = InputSet.Small.Ledger.Replace("[\"bpf_wq\"]", $"[\"{need}\"]");
        Assert.Contains(new EmittedAssembly((InputSet.Small with { Ledger = ledger }).All).Ask<List<string>>("Ledger"), e =>
            e.StartsWith("ChangeEntry { Name = BeyondTheBoundary,", StringComparison.Ordinal) && e.Contains($"Needs = {need.Split('@')[0]},", StringComparison.Ordinal)
            && e.EndsWith($"Rule = {rule}, Patch = 0, Missing = {missing} }}", StringComparison.Ordinal));
    }

    [Fact]
    public void An_empty_ledger_has_no_entries()
    {
        InputText empty = InputSet.Small.Ledger.With("{\"changes\":[]}"), counts = InputSet.Small.Counts.With("{\"changes\":[]}");
        var emitted = new EmittedAssembly((InputSet.Small with { Ledger = empty, Counts = counts }).All);
        Assert.Empty(emitted.Ask<List<string>>("Ledger"));
    }

    [Fact]
    public void Any_summary_compiles_and_keeps_its_characters()
    {
        InputText ledger = InputSet.Small.Ledger
            .Replace("In mainline before this release; a < b & c.", "six \\\"\\\"\\\"\\\"\\\"\\\" quotes, {braces}, \\\\ and </summary> & <c>")
            .Replace("Came to the branch with a patch level.", "\\ttabs\\nand\\r\\nlines\\u2028of\\u0085every\\u2029kind")
            .Replace("Later, but all it needs is here.", "half \\ud800 a character, é and 中 whole ones")
            .Replace("Later, and needs a type the release lacks.", "  ");
        List<string> entries = new EmittedAssembly((InputSet.Small with { Ledger = ledger }).All).Ask<List<string>>("Ledger");
        Assert.Equal(6, entries.Count);
        Assert.Contains(entries, e => e.Contains("Summary = six \"\"\"\"\"\" quotes, {braces}, \\ and </summary> & <c>, Rule = ", StringComparison.Ordinal));
        Assert.Contains(entries, e => e.Contains("Summary =  tabs and  lines of every kind, Rule = ", StringComparison.Ordinal));
        Assert.Contains(entries, e => e.Contains("Summary = half   a character, é and 中 whole ones, Rule = ", StringComparison.Ordinal));
        Assert.Contains(entries, e => e.StartsWith("ChangeEntry { Name = BeyondTheBoundary,", StringComparison.Ordinal) && e.Contains("Summary =   , Rule = ", StringComparison.Ordinal));
    }

    /// <summary>Stock kernels of the measured levels: every entry of the committed ledger has a value on every release.</summary>
    [Theory]
    [MemberData(nameof(RoundTripTests.Releases), MemberType = typeof(RoundTripTests))]
    public void The_committed_ledger_is_whole(string release)
    {
        EmittedAssembly emitted = RoundTripTests.Load(release).Emitted;
        List<string> stock = emitted.Ask<List<string>>("Changes", 0, false), modular = emitted.Ask<List<string>>("Changes", 65535, true);
        Assert.NotEmpty(stock);
        Assert.Equal(stock.Select(Name), modular.Select(Name));

        static string Name(string line) => line[..line.IndexOf('=', StringComparison.Ordinal)];
    }
}
