namespace BpfVerifier.Runtime;

/// <summary>
/// The remembered states, newest first, in buckets by instruction and call site. The kernel uses as many buckets as the
/// program has instructions; the statistics count whole buckets, so the hash is part of what must agree.
/// </summary>
internal sealed class ExploredStates(int buckets)
{
    private readonly VerifierState?[] _heads = new VerifierState?[buckets];
    private readonly List<VerifierState> _evicted = [];

    /// <summary>States in buckets.</summary>
    public int Count { get; private set; }

    /// <summary>Evicted states that others may still grow from.</summary>
    public int EvictedCount { get; private set; }

    public int Bucket(int insnIdx, int callSite) => (int)((uint)(insnIdx ^ callSite) % (uint)_heads.Length);

    public VerifierState? First(int bucket) => _heads[bucket];

    public void Add(int bucket, VerifierState state)
    {
        state.Next = _heads[bucket];
        _heads[bucket] = state;
        Count++;
    }

    /// <summary>Takes a state out of its bucket; <paramref name="before"/> is the one in front of it, null for the first.</summary>
    public void Unlink(int bucket, VerifierState? before, VerifierState state)
    {
        if (before is null)
            _heads[bucket] = state.Next;
        else
            before.Next = state.Next;
        state.Next = null;
        Count--;
    }

    /// <summary>Keeps an unlinked state until nothing grows from it.</summary>
    public void Evict(VerifierState state)
    {
        state.InFreeList = true;
        state.FreeIndex = _evicted.Count;
        _evicted.Add(state);
        EvictedCount++;
    }

    /// <summary>Forgets an evicted state, which the caller then frees.</summary>
    public void Drop(VerifierState state)
    {
        VerifierState last = _evicted[^1];
        _evicted[state.FreeIndex] = last;
        last.FreeIndex = state.FreeIndex;
        _evicted.RemoveAt(_evicted.Count - 1);
        EvictedCount--;
    }

    /// <summary>
    /// Gives every state back to the pool once a function is walked. The counts stay: in the releases that use them they
    /// run on over all functions of a program.
    /// </summary>
    public void Release(StatePool pool)
    {
        foreach (VerifierState state in _evicted)
            pool.Free(state);
        _evicted.Clear();
        for (int bucket = 0; bucket < _heads.Length; bucket++)
        {
            VerifierState? state = _heads[bucket];
            _heads[bucket] = null;
            while (state is not null)
            {
                VerifierState? next = state.Next;
                pool.Free(state);
                state = next;
            }
        }
    }
}
