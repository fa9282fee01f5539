namespace BpfVerifier.Cli.Oracle;

/// <summary>The first line in which two logs differ.</summary>
/// <param name="Line">Its number, from 1.</param>
/// <param name="Before">The line before, which both have; null at the beginning.</param>
/// <param name="Ours">Our line, null when our log ends before it.</param>
/// <param name="Kernel">The kernel's line, null when its log ends before it.</param>
internal sealed record LogDifference(int Line, string? Before, string? Ours, string? Kernel)
{
    /// <summary>Compares two logs whose addresses are masked; the verification time may differ.</summary>
    /// <returns>Null when they are equal.</returns>
    public static LogDifference? Find(string ours, string kernel)
    {
        var left = ours.AsSpan().EnumerateLines();
        var right = kernel.AsSpan().EnumerateLines();
        string? before = null;
        ReadOnlySpan<char> last = default;
        for (int line = 1; ; line++)
        {
            bool more = left.MoveNext(), kernelMore = right.MoveNext();
            if (!more && !kernelMore)
                return null;
            ReadOnlySpan<char> mine = more ? left.Current : default, its = kernelMore ? right.Current : default;
            if (more == kernelMore && (WithoutTime(mine).SequenceEqual(WithoutTime(its))))
            {
                last = mine;
                continue;
            }
            if (line > 1)
                before = last.ToString();
            return new LogDifference(line, before, more ? mine.ToString() : null, kernelMore ? its.ToString() : null);
        }
    }

    /// <summary>A message that lacks its newline has the time on its own line.</summary>
    private static ReadOnlySpan<char> WithoutTime(ReadOnlySpan<char> line)
    {
        const string Title = "verification time ";
        int time = line.IndexOf(Title, StringComparison.Ordinal);
        return time >= 0 && line.EndsWith(" usec", StringComparison.Ordinal) ? line[..(time + Title.Length)] : line;
    }
}
