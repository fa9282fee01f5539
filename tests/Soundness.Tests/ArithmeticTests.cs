using System.Globalization;

namespace BpfVerifier.Soundness.Tests;

/// <summary>The machine computes what a 6.18 kernel's verifier folded (recorded/record.py).</summary>
public class ArithmeticTests
{
    private sealed record Recorded(int Code, int Offset, int Immediate, ulong First, ulong Second, ulong Result)
    {
        public bool IsJump => (Code & 7) is Opcodes.Jmp or Opcodes.Jmp32;
    }

    private static IEnumerable<Recorded> Lines()
    {
        using var reader = new StreamReader(typeof(ArithmeticTests).Assembly.GetManifestResourceStream("arithmetic.txt")!);
        while (reader.ReadLine() is { } line)
        {
            string[] words = line.Split(' ');
            ulong Hex(int word) => ulong.Parse(words[word], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            yield return new Recorded((int)Hex(0), int.Parse(words[1], CultureInfo.InvariantCulture), (int)Hex(2), Hex(3), Hex(4), Hex(5));
        }
    }

    [Fact]
    public void Results_are_the_kernels()
    {
        Recorded[] lines = [.. Lines().Where(line => !line.IsJump)];
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Equal(line.Result, Arithmetic.Compute(line.Code, line.Offset, line.Immediate, line.First, line.Second)));
    }

    [Fact]
    public void Jumps_are_taken_as_by_the_kernel()
    {
        Recorded[] lines = [.. Lines().Where(line => line.IsJump)];
        Assert.NotEmpty(lines);
        Assert.All(lines, line => Assert.Equal(line.Result != 0, Arithmetic.Jumps(line.Code & 0xf0, (line.Code & 7) == Opcodes.Jmp32, line.First, line.Second)));
    }
}
