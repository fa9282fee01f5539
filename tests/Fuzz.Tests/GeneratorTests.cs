using System.Text;
using BpfVerifier.Host;
using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz.Tests;

public sealed class GeneratorTests
{
    private const int Programs = 500;

    private static readonly KernelRelease s_release = new(6, 18);

    private static string Text(IEnumerable<LoadScript> scripts)
    {
        StringBuilder text = new();
        foreach (LoadScript script in scripts)
            LoadScriptText.Write(text, script);
        return text.ToString();
    }

    private static IEnumerable<LoadScript> Scripts(ulong seed, int count, KernelRelease release)
    {
        var generator = new Generator(seed, release);
        return Enumerable.Range(0, count).Select(generator.Script);
    }

    [Fact]
    public void The_same_seed_gives_the_same_programs_and_another_seed_gives_others()
    {
        Assert.Equal(Text(Scripts(5, 50, s_release)), Text(Scripts(5, 50, s_release)));
        Assert.NotEqual(Text(Scripts(5, 50, s_release)), Text(Scripts(6, 50, s_release)));
    }

    [Fact]
    public void A_program_does_not_depend_on_those_before_it() =>
        Assert.Equal(Text([new Generator(5, s_release).Script(40)]), Text(Scripts(5, 41, s_release).Skip(40)));

    [Fact]
    public void Generated_text_reads_back()
    {
        string text = Text(Scripts(1, 200, s_release));
        IReadOnlyList<LoadScript> read = LoadScriptText.Read(text);
        Assert.Equal(200, read.Count);
        Assert.Equal(text, Text(read));
    }

    [Fact]
    public void A_listing_writes_what_it_read()
    {
        foreach (LoadScript script in Scripts(3, 200, s_release))
            Assert.Equal(script.Instructions, Listing.Read(script).ToScript().Instructions);
    }

    [Fact]
    public void An_older_release_gets_no_instruction_it_does_not_have()
    {
        var generator = new Generator(1, new KernelRelease(6, 1)) { MutatedShare = 0 };
        foreach (LoadScript script in Enumerable.Range(0, 300).Select(generator.Script))
        {
            Assert.All(Listing.Read(script).Instructions, insn =>
            {
                Assert.False(insn.Code == (Op.Jmp | Op.MayGoto), "may_goto");
                Assert.False((insn.Code & 7) is Op.Alu or Op.Alu64 && insn.Off != 0, "signed division or move");
                Assert.False((insn.Code & 7) == Op.Ldx && (insn.Code & 0xe0) == Op.MemSigned, "signed load");
            });
        }
    }

    [Theory]
    [InlineData("6.1")]
    [InlineData("6.12")]
    [InlineData("6.18")]
    public void Between_a_fifth_and_four_fifths_are_accepted_and_none_is_beyond_our_verifier(string name)
    {
        Assert.True(KernelRelease.TryParse(name, out KernelRelease release));
        Assert.True(new VerifierHost().TryGet(release, out IVerifier? verifier));
        List<Said> said = [.. Scripts(1, Programs, release).Select(s => Said.Ours(verifier, s, LoaderCapabilities.Root))];
        Assert.DoesNotContain(said, s => s.Verdict is "threw" or "not_implemented" or "load_failure");
        Assert.InRange(said.Count(s => s.Accepted), Programs / 5, Programs * 4 / 5);
    }
}
