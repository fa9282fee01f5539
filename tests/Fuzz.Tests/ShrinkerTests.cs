using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz.Tests;

public sealed class ShrinkerTests
{
    /// <summary>Shrinks against a property as if a kernel had been asked.</summary>
    private static LoadScript Shrink(LoadScript script, Func<LoadScript, bool> disagrees)
    {
        var shrinker = new Shrinker(script);
        for (int round = 0; round < 100 && !shrinker.Done; round++)
            shrinker.Take([.. shrinker.Candidates().Select(disagrees)]);
        Assert.True(shrinker.Done);
        return shrinker.Smallest;
    }

    private static LoadScript Find(Func<LoadScript, bool> wanted)
    {
        var generator = new Generator(1, new KernelRelease(6, 18));
        return Enumerable.Range(0, 2000).Select(generator.Script).First(s => s.Instructions.Length > 60 * 8 && wanted(s));
    }

    private static bool Calls(LoadScript script, int helper) =>
        Listing.Read(script).Instructions.Any(i => i is { Code: Op.Jmp | Op.Call, Src: 0 } && i.Imm == helper);

    [Fact]
    public void What_a_disagreement_needs_is_all_that_is_left()
    {
        const int Lookup = 1;
        bool Disagrees(LoadScript s) => Calls(s, Lookup) && Listing.Read(s).Instructions.Any(i => i.Branches);
        LoadScript smallest = Shrink(Find(Disagrees), Disagrees);
        Assert.True(Disagrees(smallest));
        Assert.Equal(2, Listing.Read(smallest).Instructions.Count);
        Assert.Empty(smallest.Maps);
        Assert.Equal(0u, smallest.Flags);
        Assert.Null(smallest.Btf);
    }

    [Fact]
    public void Jumps_lead_where_they_led()
    {
        // taking out what lies between keeps the exit that a branch goes to
        bool Disagrees(LoadScript s) => Listing.Read(s).Instructions.Any(i => i.Branches && i.Target is { Code: Op.Jmp | Op.Exit });
        LoadScript smallest = Shrink(Find(Disagrees), Disagrees);
        Assert.True(Disagrees(smallest));
        Assert.Equal(2, Listing.Read(smallest).Instructions.Count);
    }

    [Fact]
    public void Immediates_become_small()
    {
        bool Disagrees(LoadScript s) => Listing.Read(s).Instructions.Any(i => i is { Code: Op.Alu64 | Op.Mov } && i.Imm >= 100);
        LoadScript smallest = Shrink(Find(Disagrees), Disagrees);
        Assert.InRange(Listing.Read(smallest).Instructions.Single().Imm, 100, 199);
    }
}
