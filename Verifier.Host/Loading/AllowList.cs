namespace BpfVerifier.Host;

/// <summary>The release assemblies that may be loaded, by the SHA-256 of their content.</summary>
/// <remarks>Loading an assembly runs its code with the rights of the process. Where files come from a place others can write to, this list is the defence.</remarks>
public sealed class AllowList
{
    private const int Digits = 64;

    private readonly HashSet<string> _hashes;

    private AllowList(HashSet<string> hashes) => _hashes = hashes;

    /// <summary>Allows what has one of these hashes, each 64 hexadecimal digits.</summary>
    public static AllowList Of(params IEnumerable<string> hashes) => new([.. hashes.Select(hash => hash.ToLowerInvariant())]);

    /// <summary>Reads lines as <c>sha256sum</c> writes them: the hash, spaces, a name that is not looked at. Lines that begin with <c>#</c> are remarks.</summary>
    /// <param name="text">The lines.</param>
    /// <param name="list">The list; allows nothing when there is an error.</param>
    /// <returns>Null, or what is wrong and in which line.</returns>
    public static string? Parse(string text, out AllowList list)
    {
        var hashes = new HashSet<string>();
        list = new AllowList(hashes);
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string[] words = line.Split(' ', 2, StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0].StartsWith('#'))
                continue;
            if (words[0].Length != Digits || !words[0].All(char.IsAsciiHexDigit))
            {
                list = Of();
                return $"line {number} does not begin with the {Digits} hexadecimal digits of a SHA-256";
            }
            hashes.Add(words[0].ToLowerInvariant());
        }
        return null;
    }

    /// <summary>True when content with this hash may be loaded.</summary>
    public bool Allows(string sha256) => _hashes.Contains(sha256);
}
