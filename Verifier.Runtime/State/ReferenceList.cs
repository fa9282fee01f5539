namespace BpfVerifier.Runtime;

internal enum ReferenceKind
{
    Pointer = 1 << 1,
    Irq = 1 << 2,
    Lock = 1 << 3,
    ResLock = 1 << 4,
    ResLockIrq = 1 << 5,
    AnyLock = Lock | ResLock | ResLockIrq,
}

/// <summary>Something acquired that must be given back: a pointer, a saved IRQ state, a lock.</summary>
/// <param name="Kind">What it is.</param>
/// <param name="Id">Its number, as in <see cref="RegState.RefObjId"/>.</param>
/// <param name="InsnIdx">The instruction that acquired it.</param>
/// <param name="CallbackFrame">Older releases: the callback frame it was acquired in, 0 outside callbacks.</param>
/// <param name="Ptr">Locks: identity of the map or object that holds the lock.</param>
internal record struct Reference(ReferenceKind Kind, uint Id, int InsnIdx, int CallbackFrame, int Ptr);

/// <summary>The references held, in the order they were acquired. Reused: copying keeps the array.</summary>
internal sealed class ReferenceList
{
    private Reference[] _items = [];

    public int Count { get; private set; }

    /// <summary>References there is room for.</summary>
    public int Capacity => _items.Length;

    public ref Reference this[int i] => ref _items[i];

    public ReadOnlySpan<Reference> Items => _items.AsSpan(0, Count);

    public void Add(in Reference reference)
    {
        if (Count == _items.Length)
            Array.Resize(ref _items, Math.Max(4, Count * 2));
        _items[Count++] = reference;
    }

    /// <summary>Removes one; the last moves into its place, as in the kernels that do so.</summary>
    public void RemoveAtSwap(int index)
    {
        _items[index] = _items[Count - 1];
        Count--;
    }

    /// <summary>Removes one, later ones move up.</summary>
    public void RemoveAt(int index)
    {
        _items.AsSpan(index + 1, Count - index - 1).CopyTo(_items.AsSpan(index));
        Count--;
    }

    public int IndexOf(ReferenceKind kinds, uint id)
    {
        for (int i = 0; i < Count; i++)
            if ((_items[i].Kind & kinds) != 0 && _items[i].Id == id)
                return i;
        return -1;
    }

    public void Clear() => Count = 0;

    public void CopyFrom(ReferenceList other)
    {
        if (_items.Length < other.Count)
            _items = new Reference[Math.Max(4, other.Count)];
        other._items.AsSpan(0, other.Count).CopyTo(_items);
        Count = other.Count;
    }
}
