namespace BpfVerifier.Fuzz.Tests;

public sealed class DisagreementTests
{
    private static readonly Said s_accepted = new("success", 0, "", new Figures(10, 1, 2, 2, 1));
    private static readonly Said s_refused = new("failure", 13, "R1 !read_ok", new Figures(3, 0, 0, 0, 0));

    [Fact]
    public void The_same_words_agree()
    {
        Assert.Null(Disagreement.Cause(s_accepted, s_accepted with { }));
        // figures of a refused program tell nothing that its message does not
        Assert.Null(Disagreement.Cause(s_refused, s_refused with { Figures = new Figures(4, 0, 0, 0, 0) }));
    }

    [Fact]
    public void Each_difference_has_its_kind()
    {
        Assert.StartsWith("false accept", Disagreement.Cause(s_refused, s_accepted), StringComparison.Ordinal);
        Assert.StartsWith("false reject", Disagreement.Cause(s_accepted, s_refused), StringComparison.Ordinal);
        Assert.StartsWith("not_implemented", Disagreement.Cause(s_accepted, s_refused with { Verdict = "not_implemented" }), StringComparison.Ordinal);
        Assert.StartsWith("errno", Disagreement.Cause(s_refused, s_refused with { Errno = 22 }), StringComparison.Ordinal);
        Assert.StartsWith("message", Disagreement.Cause(s_refused, s_refused with { Message = "R2 !read_ok." }), StringComparison.Ordinal);
        Assert.Equal("statistics: processed fewer", Disagreement.Cause(s_accepted, s_accepted with { Figures = new Figures(9, 1, 2, 2, 1) }));
    }

    [Fact]
    public void Numbers_do_not_make_another_cause() =>
        Assert.Equal(
            Disagreement.Cause(s_refused, s_accepted),
            Disagreement.Cause(s_refused with { Message = "R7 !read_ok" }, s_accepted));

    [Fact]
    public void A_map_that_could_not_be_made_is_no_disagreement() =>
        Assert.Null(Disagreement.Cause(new Said("load_failure", 22, "BPF_MAP_CREATE failed", null), s_accepted));
}
