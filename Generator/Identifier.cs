using System.Text;

namespace BpfVerifier.Generator;

/// <summary>Makes C# names of the kernel's.</summary>
internal static class Identifier
{
    /// <summary><c>map_lookup_elem</c>, <c>RET_NULL</c> → MapLookupElem, RetNull. Leading underscores stay: they tell <c>__sk_buff</c> from <c>sk_buff</c>.</summary>
    public static string Pascal(string name)
    {
        var text = new StringBuilder(name.Length);
        bool upper = true, started = false;
        // A name all in capitals is taken down, one in mixed case keeps its humps.
        bool capitals = !name.Any(c => c is >= 'a' and <= 'z');
        foreach (char c in name)
        {
            if (c is not ((>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9')))
            {
                upper = true;
                if (!started && c == '_')
                    text.Append('_');
                continue;
            }
            if (text.Length == 0 && c is >= '0' and <= '9')
                text.Append('_');
            text.Append(upper ? char.ToUpperInvariant(c) : capitals ? char.ToLowerInvariant(c) : c);
            upper = false;
            started = true;
        }
        return text.ToString();
    }

    /// <summary>Whether it can be used as it is: ASCII letters, digits, underscores, no digit first.</summary>
    public static bool IsValid(string name) =>
        name.Length > 0 && name[0] is not (>= '0' and <= '9')
        && name.All(c => c is (>= 'a' and <= 'z') or (>= 'A' and <= 'Z') or (>= '0' and <= '9') or '_');
}
