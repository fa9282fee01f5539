using System.Globalization;
using System.Text;

namespace BpfVerifier.Boundary;

/// <summary>Names and subjects are written by others: what would steer a terminal or turn text around is spelled out.</summary>
public static class Printable
{
    /// <summary>The text with control, format and separator characters and lone surrogates as \uXXXX.</summary>
    public static string Of(string text)
    {
        StringBuilder? changed = null;
        for (int at = 0; at < text.Length;)
        {
            bool valid = Rune.TryGetRuneAt(text, at, out Rune rune);
            int length = valid ? rune.Utf16SequenceLength : 1;
            if (!valid || Rune.GetUnicodeCategory(rune) is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator)
            {
                changed ??= new StringBuilder(text, 0, at, text.Length + 16);
                for (int unit = 0; unit < length; unit++)
                    changed.Append(CultureInfo.InvariantCulture, $"\\u{(int)text[at + unit]:x4}");
            }
            else
            {
                changed?.Append(text, at, length);
            }
            at += length;
        }
        return changed?.ToString() ?? text;
    }
}
