using BpfVerifier.Boundary.DataSet;

namespace BpfVerifier.Boundary.Git;

/// <summary>Cuts a stream into pieces at a byte.</summary>
internal static class PieceReader
{
    /// <summary>The longest piece: 16 MiB, far more than a path or a message.</summary>
    public const int LongestPiece = 16 << 20;

    /// <summary>Takes a piece; its bytes are gone afterwards.</summary>
    public delegate void Taker(ReadOnlySpan<byte> piece);

    /// <summary>Reads to the end of the stream; bytes after the last separator are a piece too.</summary>
    /// <exception cref="InputException">A piece is longer than <see cref="LongestPiece"/>.</exception>
    public static void Read(Stream stream, byte separator, Taker taker)
    {
        byte[] buffer = new byte[1 << 16];
        int filled = 0;
        for (int count; (count = stream.Read(buffer, filled, buffer.Length - filled)) > 0;)
        {
            int scanned = filled;
            filled += count;
            int start = 0;
            for (int at; (at = buffer.AsSpan(scanned, filled - scanned).IndexOf(separator)) >= 0;)
            {
                taker(buffer.AsSpan(start, scanned + at - start));
                start = scanned += at + 1;
            }
            buffer.AsSpan(start, filled - start).CopyTo(buffer);
            filled -= start;
            if (filled < buffer.Length)
                continue;
            if (filled >= LongestPiece)
                throw new InputException($"git printed a path or message of more than {LongestPiece >> 20} MiB");
            Array.Resize(ref buffer, buffer.Length * 2);
        }
        if (filled > 0)
            taker(buffer.AsSpan(0, filled));
    }
}
