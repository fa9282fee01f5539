using System.Globalization;
using System.Runtime.CompilerServices;
using System.Text;

namespace BpfVerifier.Runtime;

/// <summary>
/// The kernel's log. Positions only grow; <see cref="Reset"/> takes back what a successfully finished path had printed
/// at level 1. Text older than the limit is dropped, as in the kernel's rotating log. At level 0 only messages are
/// kept (there are few before a rejection), so that a rejection always has its reason.
/// </summary>
internal sealed class VerifierLog(int level, int limit)
{
    /// <summary>Most that is kept whatever is asked for; a quarter more must still fit into a string.</summary>
    private const int MaxLimit = 1 << 29;

    private readonly StringBuilder _text = new();
    private readonly int _limit = Math.Clamp(limit, 0, MaxLimit);
    private long _dropped;

    public int Level { get; } = level;

    /// <summary>Instructions and states are printed.</summary>
    public bool Verbose => (Level & 3) != 0;
    /// <summary>Every path and every state is printed.</summary>
    public bool Level2 => (Level & 2) != 0;
    public bool Statistics => (Level & 4) != 0;

    /// <summary>Characters ever written and not taken back.</summary>
    public long Position => _dropped + _text.Length;

    public void Write(string text)
    {
        _text.Append(text);
        Trim();
    }

    public void Write(ReadOnlySpan<char> text)
    {
        _text.Append(text);
        Trim();
    }

    public void Write(char c) => _text.Append(c);

    public void Write([InterpolatedStringHandlerArgument("")] ref LogText text) => Trim();

    public void WriteSpaces(int count) => _text.Append(' ', count);

    /// <summary>Takes back everything after <paramref name="position"/>.</summary>
    public void Reset(long position)
    {
        if (position < _dropped)
        {
            _dropped = position;
            _text.Clear();
        }
        else if (position < Position)
        {
            _text.Length = (int)(position - _dropped);
        }
    }

    public override string ToString() => _text.ToString();

    private void Trim()
    {
        if (_text.Length <= _limit + (_limit / 4))
            return;
        int excess = _text.Length - _limit;
        _text.Remove(0, excess);
        _dropped += excess;
    }

    /// <summary>Formats straight into the log, invariant culture.</summary>
    [InterpolatedStringHandler]
    internal readonly ref struct LogText
    {
        private readonly StringBuilder _text;

        /// <summary>The compiler's call; the lengths it offers are of no use to a log that grows anyway.</summary>
        public LogText(int literalLength, int formattedCount, VerifierLog log)
        {
            _ = literalLength;
            _ = formattedCount;
            _text = log._text;
        }

        public void AppendLiteral(string text) => _text.Append(text);
        public void AppendFormatted(string? text) => _text.Append(text);
        public void AppendFormatted(ReadOnlySpan<char> text) => _text.Append(text);
        public void AppendFormatted(char c) => _text.Append(c);
        public void AppendFormatted(int value) => Append(value, default);
        public void AppendFormatted(uint value) => Append(value, default);
        public void AppendFormatted(long value) => Append(value, default);
        public void AppendFormatted(ulong value) => Append(value, default);

        /// <summary>C#'s <c>{value,width}</c>: right-aligned when positive.</summary>
        public void AppendFormatted(int value, int alignment) =>
            _text.Append(value.ToString(CultureInfo.InvariantCulture).PadLeft(Math.Max(0, alignment)));

        public void AppendFormatted<T>(T value, string? format = null) where T : ISpanFormattable => Append(value, format);

        private void Append<T>(T value, ReadOnlySpan<char> format) where T : ISpanFormattable
        {
            Span<char> buffer = stackalloc char[64];
            if (value.TryFormat(buffer, out int written, format, CultureInfo.InvariantCulture))
                _text.Append(buffer[..written]);
            else
                _text.Append(value.ToString(format.ToString(), CultureInfo.InvariantCulture));
        }
    }
}
