using BpfVerifier.Host;
using BpfVerifier.Objects;
using Xunit;

namespace BpfVerifier.Cli.Tests;

/// <summary>Objects cut short and objects with flipped bytes: every one gets an answer, none an exception.</summary>
public class DamagedObjectTests
{
    private static readonly VerifierHost s_host = new(AppContext.BaseDirectory);

    private static readonly VerifierOptions s_bounded = new() { Timeout = TimeSpan.FromSeconds(10), MemoryLimit = 256 << 20 };

    public static TheoryData<string> Samples()
    {
        var data = new TheoryData<string>();
        foreach (string path in Directory.EnumerateFiles(Tool.Samples, "*.bpf.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            data.Add(Path.GetRelativePath(Tool.Samples, path));
        return data;
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void CutAtEvery64thByte(string sample)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Tool.Samples, sample));
        for (int length = 0; length < whole.Length; length += 64)
            Answer(whole.AsMemory(0, length), sample);
    }

    [Theory]
    [MemberData(nameof(Samples))]
    public void BytesFlipped(string sample)
    {
        byte[] whole = File.ReadAllBytes(Path.Combine(Tool.Samples, sample));
        var random = new Random(sample.Length * 1000 + whole.Length);
        // With the samples there are, more than 10,000 places in all.
        for (int i = 0; i < 150; i++)
        {
            byte[] damaged = [.. whole];
            damaged[random.Next(damaged.Length)] ^= (byte)random.Next(1, 256);
            Answer(damaged, sample);
        }
    }

    private static void Answer(ReadOnlyMemory<byte> data, string name)
    {
        BpfObject opened = BpfObject.Open(data, name, ObjectOptions.Veristat);
        if (opened.Failure is { } unreadable)
        {
            Assert.NotEqual("", unreadable.Message);
            return;
        }
        Assert.True(s_host.TryGet(new KernelRelease(6, 12), out IVerifier? verifier));
        foreach (ObjectProgram program in opened.Programs)
        {
            PrepareResult prepared = opened.Prepare(program.Name, verifier.DefaultProfile);
            if (prepared.Succeeded)
                Assert.True(Enum.IsDefined(verifier.Verify(prepared.Program, verifier.DefaultProfile, s_bounded).Verdict));
            else
                Assert.NotEqual("", prepared.Failure.Message);
        }
    }
}
