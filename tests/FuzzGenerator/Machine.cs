namespace BpfVerifier.Fuzz;

/// <summary>What a register or stack slot is known to hold.</summary>
internal enum Kind
{
    /// <summary>Nothing that may be used.</summary>
    Empty,
    /// <summary>A number of 0 to <see cref="Held.Max"/>.</summary>
    Scalar,
    /// <summary>The context.</summary>
    Context,
    /// <summary>The frame pointer.</summary>
    Frame,
    /// <summary>Memory that can be read and perhaps written: a map's value, the caller's stack, a ring buffer's record, a packet.</summary>
    Memory,
    /// <summary>As <see cref="Memory"/> once it is known not to be null.</summary>
    MaybeMemory,
}

/// <summary>What a place holds.</summary>
/// <param name="Kind">What kind of thing.</param>
/// <param name="Max">Largest value of a number.</param>
/// <param name="Low">First offset of memory that may be accessed.</param>
/// <param name="High">End of the offsets that may be accessed.</param>
/// <param name="ReadOnly">Memory that may not be written.</param>
/// <param name="Packet">Memory of a packet, gone when a helper moves it.</param>
internal readonly record struct Held(Kind Kind, ulong Max = ulong.MaxValue, int Low = 0, int High = 0, bool ReadOnly = false, bool Packet = false)
{
    public static Held Number(ulong max = ulong.MaxValue) => new(Kind.Scalar, max);

    public bool IsPointer => Kind is not (Kind.Empty or Kind.Scalar);

    /// <summary>Bytes that may be accessed.</summary>
    public int Room => Kind == Kind.Memory ? High - Low : 0;

    /// <summary>What is true whichever of the two it is.</summary>
    public static Held Either(Held a, Held b)
    {
        if (a == b)
            return a;
        if (a.Kind == Kind.Scalar && b.Kind == Kind.Scalar)
            return Number(Math.Max(a.Max, b.Max));
        if (a.Kind == Kind.Memory && b.Kind == Kind.Memory && a.Packet == b.Packet && a.Low == b.Low && a.ReadOnly == b.ReadOnly)
            return a with { High = Math.Min(a.High, b.High) };
        return default;
    }
}

/// <summary>Registers and stack slots at one place of a function being written.</summary>
internal sealed class Machine
{
    public const int Slots = 32;

    public Held[] Registers { get; } = new Held[11];

    /// <summary>Slot i is the 8 bytes at frame pointer - 8 * (i + 1).</summary>
    public Held[] Stack { get; } = new Held[Slots];

    public Machine Copy()
    {
        var copy = new Machine();
        Registers.CopyTo(copy.Registers, 0);
        Stack.CopyTo(copy.Stack, 0);
        return copy;
    }

    /// <summary>What holds on both ways to a place.</summary>
    public static Machine Either(Machine a, Machine b)
    {
        var both = new Machine();
        for (int i = 0; i < a.Registers.Length; i++)
            both.Registers[i] = Held.Either(a.Registers[i], b.Registers[i]);
        for (int i = 0; i < Slots; i++)
            both.Stack[i] = Held.Either(a.Stack[i], b.Stack[i]);
        return both;
    }

    /// <summary>A call leaves nothing in the registers of arguments.</summary>
    public void Call(Held result)
    {
        Registers.AsSpan(1, 5).Clear();
        Registers[0] = result;
    }

    /// <summary>Packets are where they were no more.</summary>
    public void ForgetPackets()
    {
        foreach (Held[] places in new[] { Registers, Stack })
            for (int i = 0; i < places.Length; i++)
                if (places[i].Packet)
                    places[i] = default;
    }
}
