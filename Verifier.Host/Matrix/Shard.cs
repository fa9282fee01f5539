using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BpfVerifier.Host;

/// <summary>One machine's part of a matrix: of <paramref name="Count"/> parts the one with this index, from 0.</summary>
/// <remarks>Cells are dealt out in turn, as cards are: neighbours, which tend to cost alike, go to different machines.</remarks>
/// <param name="Index">0 to <paramref name="Count"/> - 1.</param>
/// <param name="Count">1 to 100,000.</param>
public readonly record struct Shard(int Index, int Count)
{
    private const int MaxCount = 100_000;

    /// <summary>All of it.</summary>
    public static Shard Whole => new(0, 1);

    /// <summary>True for the cells of this part.</summary>
    /// <param name="cell">Index in the matrix, from 0.</param>
    public bool Has(int cell) => cell % Count == Index;

    /// <summary>Reads <c>0/4</c>, the first of four.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out Shard shard)
    {
        shard = Whole;
        string[]? parts = text?.Split('/');
        if (parts is not { Length: 2 } || !Number(parts[0], out int index) || !Number(parts[1], out int count) || count is 0 or > MaxCount || index >= count)
            return false;
        shard = new Shard(index, count);
        return true;
    }

    private static bool Number(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Index}/{Count}");
}
