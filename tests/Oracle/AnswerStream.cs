using System.Globalization;
using System.Text;

namespace BpfVerifier.Oracle;

/// <summary>One record of the guest program's output: its kind and its fields, in order; a name may come more than once.</summary>
internal sealed class RawAnswer(string kind)
{
    private readonly List<(string Name, byte[] Value)> _fields = [];

    /// <summary><c>kernel</c>, <c>program</c>, <c>unreadable</c>, <c>loader_crash</c>, <c>stopped</c> or <c>done</c>.</summary>
    public string Kind { get; } = kind;

    public void Add(string name, byte[] value) => _fields.Add((name, value));

    public bool Has(string name) => _fields.Exists(f => f.Name == name);

    public byte[]? Bytes(string name) => _fields.Find(f => f.Name == name).Value;

    public string? Text(string name) => Bytes(name) is { } b ? Encoding.Latin1.GetString(b) : null;

    public long? Number(string name) =>
        long.TryParse(Text(name), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long n) ? n : null;

    public IEnumerable<string> Texts(string name) => _fields.Where(f => f.Name == name).Select(f => Encoding.Latin1.GetString(f.Value));
}

/// <summary>Reads the stream that guest/oracle.c writes. A stream that breaks off ends the last record.</summary>
internal static class AnswerStream
{
    private const int LongestHead = 64;

    public static IEnumerable<RawAnswer> Read(string path)
    {
        using BufferedStream stream = new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite), 1 << 20);
        RawAnswer? current = null;
        while (ReadHead(stream) is { } name && ReadHead(stream) is { } size && int.TryParse(size, NumberStyles.None, CultureInfo.InvariantCulture, out int length))
        {
            byte[] value = new byte[length];
            if (stream.ReadAtLeast(value, length, throwOnEndOfStream: false) < length || stream.ReadByte() != '\n')
                break;
            if (name == "record")
            {
                if (current is not null)
                    yield return current;
                current = new RawAnswer(Encoding.ASCII.GetString(value));
            }
            else
            {
                current?.Add(name, value);
            }
        }
        if (current is not null)
            yield return current;
    }

    /// <summary>The bytes up to a colon; null at the end of the stream or when none comes.</summary>
    private static string? ReadHead(BufferedStream stream)
    {
        StringBuilder head = new();
        while (head.Length < LongestHead)
        {
            int c = stream.ReadByte();
            if (c < 0)
                return null;
            if (c == ':')
                return head.ToString();
            head.Append((char)c);
        }
        return null;
    }
}
