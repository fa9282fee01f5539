using System.Text;
using System.Text.RegularExpressions;
using BpfVerifier.Boundary.DataSet;

namespace BpfVerifier.Boundary.Git;

/// <summary>
/// Reads what <see cref="Arguments"/> make git print. Fields end with NUL and every path follows a record that begins with
/// ':', so a name may hold anything, line ends and colons included.
/// </summary>
internal sealed partial class CommitLog
{
    /// <summary>Options of <c>git log</c>. Renames are two paths: the commit needs both files inside the boundary.</summary>
    public static readonly string[] Arguments =
    [
        "-z", "--raw", "--no-abbrev", "--no-renames", "--no-ext-diff", "--no-textconv", "--no-color", "--no-show-signature", "--no-notes", "-O/dev/null",
        "--encoding=UTF-8", "--format=tformat:%H%x00%s%x00%b%x00",
    ];

    private enum Expected
    {
        Hash,
        Subject,
        Body,
        EndOfHeader,
        EntryOrHash,
        Path,
    }

    private readonly List<Commit> commits = [];
    private List<string> files = [];
    private Expected expected = Expected.Hash;
    private string hash = "";
    private string subject = "";
    private bool isFix;

    /// <summary>Takes the next piece that ended with NUL.</summary>
    /// <exception cref="InputException">This is not what git prints.</exception>
    public void Take(ReadOnlySpan<byte> piece)
    {
        switch (expected)
        {
            case Expected.Hash:
                hash = Name(piece);
                expected = Expected.Subject;
                break;
            case Expected.Subject:
                subject = Bytes.Text(piece);
                expected = Expected.Body;
                break;
            case Expected.Body:
                isFix = FixesTag().IsMatch(Bytes.Text(piece));
                expected = Expected.EndOfHeader;
                break;
            case Expected.EndOfHeader:
                if (piece.Length > 0)
                    throw Unknown(piece);
                expected = Expected.EntryOrHash;
                break;
            case Expected.EntryOrHash when piece.StartsWith(":"u8) || piece.StartsWith("\n:"u8):
                expected = Expected.Path;
                break;
            case Expected.EntryOrHash:
                Finish();
                hash = Name(piece);
                expected = Expected.Subject;
                break;
            default:
                files.Add(Bytes.Text(piece));
                expected = Expected.EntryOrHash;
                break;
        }
    }

    /// <summary>The commits, in git's order.</summary>
    /// <exception cref="InputException">The output was cut.</exception>
    public List<Commit> End()
    {
        if (expected == Expected.EntryOrHash)
            Finish();
        else if (expected != Expected.Hash)
            throw new InputException("git log ended in the middle of a commit");
        return commits;
    }

    private void Finish()
    {
        commits.Add(new Commit(hash, subject, isFix, files));
        files = [];
    }

    private static string Name(ReadOnlySpan<byte> piece)
    {
        string name = Bytes.Text(piece);
        return name.Length is 40 or 64 && name.All(char.IsAsciiHexDigitLower) ? name : throw Unknown(piece);
    }

    private static InputException Unknown(ReadOnlySpan<byte> piece) =>
        new($"git log printed '{JsonCursor.Short(Bytes.Text(piece))}' where a commit was expected");

    // Anywhere in the message, not in its last paragraph alone: links and notes often follow.
    [GeneratedRegex(@"^[ \t]*Fixes:[ \t]", RegexOptions.Multiline | RegexOptions.CultureInvariant | RegexOptions.NonBacktracking)]
    private static partial Regex FixesTag();
}

/// <summary>Text out of bytes that need not be UTF-8.</summary>
internal static class Bytes
{
    private static readonly UTF8Encoding Strict = new(false, throwOnInvalidBytes: true);

    /// <summary>The text; when it is not UTF-8, bytes beyond ASCII as \xNN, so that two names stay two.</summary>
    public static string Text(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            var text = new StringBuilder(bytes.Length + 16);
            foreach (byte b in bytes)
                _ = b < 0x80 ? text.Append((char)b) : text.Append("\\x").Append(Convert.ToHexStringLower([b]));
            return text.ToString();
        }
    }
}
