namespace BpfVerifier.Generator.Model;

/// <summary>
/// A part of the kernel that a change needs and no symbol names, as the ledger writes it: <c>jit:signed-arena-loads@6.18</c>, a place, a name
/// and the first release known to have it.
/// </summary>
internal readonly record struct NeededPart(string Name, ReleaseNumber Since)
{
    private const char Mark = '@';

    /// <summary>It is meant as a part: no symbol of C is written so.</summary>
    public static bool IsMeant(string need) => need.IndexOf(Mark) >= 0 || need.IndexOf(':') >= 0;

    /// <summary>False for what is no part, or is not written as one.</summary>
    public static bool TryParse(string need, out NeededPart part)
    {
        int mark = need.IndexOf(Mark), colon = need.IndexOf(':');
        part = default;
        if (colon <= 0 || mark <= colon + 1 || !need.Take(mark).All(c => c is ':' or '-' or >= 'a' and <= 'z' or >= '0' and <= '9')
            || !ReleaseNumber.TryParse(need.Substring(mark + 1), out ReleaseNumber since))
            return false;
        part = new NeededPart(need.Substring(0, mark), since);
        return true;
    }

    /// <summary>A need's name: a symbol, or a part without its release.</summary>
    public static string NameOf(string need) => TryParse(need, out NeededPart part) ? part.Name : need;
}
