namespace BpfVerifier.Runtime;

/// <summary>Orders over the control flow graph for the data flow passes (releases that have any).</summary>
internal sealed partial class Verification
{
    /// <summary>Instructions in <see cref="Postorder"/>; the second halves of 64-bit loads are not in it.</summary>
    public int PostorderCount;

    /// <summary>One more than the highest number given to a strongly connected component.</summary>
    public int SccCount = 1;

    /// <summary>Fills <see cref="Postorder"/>, function by function.</summary>
    public Errno ComputePostorder()
    {
        if (!Changes.LiveRegisters)
            return Errno.None;
        const byte discovered = 1;
        const byte expanded = 2;
        int length = Insns.Length;
        var states = new byte[length];
        var stack = new int[length];
        Postorder = new int[length];
        int count = 0;
        for (int i = 0; i < SubprogCount; i++)
        {
            Subprogs[i].PostorderStart = count;
            stack[0] = Subprogs[i].Start;
            int depth = 1;
            while (depth > 0)
            {
                int top = stack[depth - 1];
                states[top] |= discovered;
                if ((states[top] & expanded) != 0)
                {
                    Postorder[count++] = top;
                    depth--;
                    continue;
                }
                Successors successors = Successors.Of(Insns, top);
                for (int s = 0; s < successors.Count; s++)
                {
                    int next = successors[s];
                    if (states[next] != 0)
                        continue;
                    stack[depth++] = next;
                    states[next] |= discovered;
                }
                states[top] |= expanded;
            }
        }
        Subprogs[SubprogCount].PostorderStart = count;
        PostorderCount = count;
        return Errno.None;
    }

    /// <summary>
    /// Numbers the loops: strongly connected components of more than one instruction, or of one that jumps to itself
    /// (Tarjan's algorithm in Pearce's form, the recursion kept on a stack of our own).
    /// </summary>
    public Errno ComputeScc()
    {
        if (!Changes.LoopsByScc)
            return Errno.None;
        int length = Insns.Length;
        var order = new int[length];
        // Lowest order reachable; int.MaxValue once the component is complete.
        var low = new int[length];
        var component = new int[length];
        var path = new int[length];
        int componentSize = 0;
        int nextOrder = 1;
        for (int i = 0; i < length; i++)
        {
            if (order[i] != 0)
                continue;
            path[0] = i;
            int depth = 1;
            while (depth > 0)
            {
                int node = path[depth - 1];
                if (order[node] == 0)
                {
                    low[node] = order[node] = nextOrder++;
                    component[componentSize++] = node;
                }
                Successors successors = SuccessorsInside(node);
                if (TryDescend(node, successors, order, low, out int next))
                {
                    path[depth++] = next;
                    continue;
                }
                depth--;
                if (low[node] == order[node])
                    componentSize = CloseComponent(node, successors, component, componentSize, low);
            }
        }
        return Errno.None;
    }

    /// <summary>Successors, without those beyond the end (only unreachable second halves of 64-bit loads have such).</summary>
    private Successors SuccessorsInside(int node)
    {
        Successors successors = Successors.Of(Insns, node);
        return successors.Count == 1 && (uint)successors[0] >= (uint)Insns.Length ? default : successors;
    }

    private static bool TryDescend(int node, Successors successors, int[] order, int[] low, out int next)
    {
        for (int s = 0; s < successors.Count; s++)
        {
            next = successors[s];
            if (order[next] == 0)
                return true;
            low[node] = Math.Min(low[node], low[next]);
        }
        next = -1;
        return false;
    }

    private int CloseComponent(int root, Successors successors, int[] component, int size, int[] low)
    {
        bool loop = component[size - 1] != root || (Changes.CallbackCallsAreLoops && Aux[root].CallsCallback);
        for (int s = 0; s < successors.Count; s++)
            loop |= successors[s] == root;
        int member;
        do
        {
            member = component[--size];
            low[member] = int.MaxValue;
            if (loop)
                Aux[member].Scc = SccCount;
        }
        while (member != root);
        if (loop)
            SccCount++;
        return size;
    }
}
