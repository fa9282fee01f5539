using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BpfVerifier.Host;

/// <summary>What a part of a matrix says of itself, so that parts can be joined and none is missing, doubled, cut short or of another matrix.</summary>
/// <param name="Shard">Which part.</param>
/// <param name="Cells">Cells of the whole matrix.</param>
/// <param name="Matrix"><see cref="VerificationMatrix.Fingerprint"/>.</param>
/// <param name="Builds"><see cref="VerificationMatrix.BuildsFingerprint"/>.</param>
/// <param name="Rows">Answers in this part.</param>
public sealed record ShardStamp(Shard Shard, int Cells, string Matrix, string Builds, int Rows)
{
    /// <summary>One line: <c>shard 0/4 cells 44 matrix 0123456789abcdef builds 0123456789abcdef rows 17</c>.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"shard {Shard} cells {Cells} matrix {Matrix} builds {Builds} rows {Rows}");

    /// <summary>Reads what <see cref="ToString"/> writes.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out ShardStamp? stamp)
    {
        stamp = null;
        if (text.Split(' ') is not ["shard", string shard, "cells", string cells, "matrix", string matrix, "builds", string builds, "rows", string rows]
            || !Shard.TryParse(shard, out Shard part) || !Number(cells, out int cellCount) || !Number(rows, out int rowCount))
            return false;
        stamp = new ShardStamp(part, cellCount, matrix, builds, rowCount);
        return true;
    }

    private static bool Number(string text, out int value) => int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out value);

    /// <summary>Why parts cannot be joined, or null.</summary>
    /// <param name="parts">The parts, each with a name for messages.</param>
    public static string? CannotJoin(IReadOnlyList<(string Name, ShardStamp Stamp)> parts)
    {
        if (parts.Count == 0)
            return "no part is given";
        (string firstName, ShardStamp first) = parts[0];
        var seen = new Dictionary<int, string>();
        foreach ((string name, ShardStamp part) in parts)
        {
            if (part.Shard.Count != first.Shard.Count)
                return $"{name} is part {part.Shard}, {firstName} is part {first.Shard}";
            if (part.Matrix != first.Matrix || part.Cells != first.Cells)
                return $"{name} and {firstName} are parts of different matrices: objects, kernels or options differ";
            if (part.Builds != first.Builds)
                return $"{name} and {firstName} were made by different builds of the verifiers";
            if (!seen.TryAdd(part.Shard.Index, name))
                return $"{name} and {seen[part.Shard.Index]} are both part {part.Shard}";
        }
        int[] missing = [.. Enumerable.Range(0, first.Shard.Count).Where(index => !seen.ContainsKey(index)).Take(10)];
        return missing.Length == 0 ? null : $"of {first.Shard.Count} parts there are {parts.Count}; missing: {string.Join(", ", missing)}";
    }
}
