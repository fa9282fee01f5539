using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfVerifier.Live;

/// <summary>
/// Writes the addresses that 64-bit loads of maps, map values and kernel symbols print as 0x0 and the spaces behind
/// them as one, as the oracle does with the kernel's logs (tests/Oracle/README.md).
/// </summary>
public static partial class LogMask
{
    private const int BpfPseudoFunc = 4;

    /// <summary>A log with its addresses masked.</summary>
    /// <param name="log">The log.</param>
    /// <param name="instructions">The program the log is of, 8 bytes an instruction.</param>
    public static string Apply(string log, ReadOnlySpan<byte> instructions)
    {
        var masked = new StringBuilder(log.Length);
        int from = 0;
        foreach (ValueMatch match in AddressLoad().EnumerateMatches(log))
        {
            ReadOnlySpan<char> text = log.AsSpan(match.Index, match.Length);
            int source = int.TryParse(text[..text.IndexOf(':')], NumberStyles.None, CultureInfo.InvariantCulture, out int insn) && insn < instructions.Length / 8
                ? instructions[(insn * 8) + 1] >> 4
                : 0;
            if (source is 0 or BpfPseudoFunc)
                continue;
            int address = match.Index + text.LastIndexOf(" = 0x") + 5;
            masked.Append(log, from, address - from).Append('0');
            from = match.Index + match.Length;
            if (from < log.Length && log[from] == ' ')
            {
                masked.Append(' ');
                while (from < log.Length && log[from] == ' ')
                    from++;
            }
        }
        return masked.Append(log, from, log.Length - from).ToString();
    }

    [GeneratedRegex(@"[0-9]+: (?:[.0-9]+ )?\(18\) r[0-9]+ = 0x[0-9a-f]+")]
    private static partial Regex AddressLoad();
}
