namespace BpfVerifier.Runtime;

/// <summary>
/// Loops among states, for releases that find them by loop entries: every state in a loop knows the first state of that
/// loop on the path being walked, and as long as that one is not finished its marks are not final.
/// </summary>
internal sealed partial class Verification
{
    /// <summary>The outermost loop's first state; links on the way to it are shortened.</summary>
    private static VerifierState? LoopEntry(VerifierState state)
    {
        VerifierState? topmost = state.LoopEntry;
        while (topmost?.LoopEntry is { } outer && outer != topmost)
            topmost = outer;
        for (VerifierState? s = state; s is not null && s.LoopEntry != topmost;)
        {
            VerifierState? next = s.LoopEntry;
            s.LoopEntry = topmost;
            s = next;
        }
        return topmost;
    }

    /// <summary><paramref name="cur"/> leads to <paramref name="header"/>: both are in one loop if that one's entry is on the current path.</summary>
    private static void UpdateLoopEntry(VerifierState cur, VerifierState header)
    {
        VerifierState curEntry = LoopEntry(cur) ?? cur, headerEntry = LoopEntry(header) ?? header;
        if (headerEntry.Branches == 0 || headerEntry.DfsDepth > curEntry.DfsDepth)
            return;
        cur.LoopEntry = header;
        header.UsedAsLoopEntry = true;
    }
}
