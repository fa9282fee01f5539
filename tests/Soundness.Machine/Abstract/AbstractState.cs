namespace BpfVerifier.Soundness;

/// <summary>What a verifier says a register holds. The members are those of every release's verifier, in its order.</summary>
public enum ValueKind : byte
{
#pragma warning disable CS1591 // The verifier's words.
    NotInit, Scalar, Ctx, ConstMap, MapValue, MapKey, Stack, PacketMeta, Packet, PacketEnd, FlowKeys, Socket, SockCommon,
    TcpSock, TpBuffer, XdpSock, BtfId, Mem, Arena, Buf, Func, Insn, ConstDynptr,
}

/// <summary>What a verifier says one byte of the stack holds, in its order.</summary>
public enum ByteKind : byte
{
    Invalid, Spill, Misc, Zero, Dynptr, Iter, IrqFlag,
#pragma warning restore CS1591
}

/// <summary>The set of values a verifier allows a register or spilled register.</summary>
public record struct AbstractRegister
{
    /// <summary>Number or kind of pointer.</summary>
    public ValueKind Kind { get; set; }
    /// <summary>The pointer may be null instead.</summary>
    public bool MaybeNull { get; set; }
    /// <summary>Untrusted or user memory: nothing is said of where it points.</summary>
    public bool Unchecked { get; set; }
    /// <summary>Pointers: fixed part of the offset. Numbers: difference to those of the same <see cref="Id"/>.</summary>
    public int Offset { get; set; }
    /// <summary>Known bits that are set. This and the bounds hold of a number, or of the variable part of a pointer's offset.</summary>
    public ulong KnownBits { get; set; }
    /// <summary>Bits that are not known.</summary>
    public ulong UnknownBits { get; set; }
    /// <summary>Inclusive bounds.</summary>
    public long SMin { get; set; }
    /// <inheritdoc cref="SMin"/>
    public long SMax { get; set; }
    /// <inheritdoc cref="SMin"/>
    public ulong UMin { get; set; }
    /// <inheritdoc cref="SMin"/>
    public ulong UMax { get; set; }
    /// <inheritdoc cref="SMin"/>
    public int S32Min { get; set; }
    /// <inheritdoc cref="SMin"/>
    public int S32Max { get; set; }
    /// <inheritdoc cref="SMin"/>
    public uint U32Min { get; set; }
    /// <inheritdoc cref="SMin"/>
    public uint U32Max { get; set; }
    /// <summary>Registers of one id hold the same number, or are null together; 0 for none.</summary>
    public uint Id { get; set; }
    /// <summary>Stack pointers: the frame.</summary>
    public int Frame { get; set; }
    /// <summary>Packet pointers: bytes readable behind the variable part. Memory: bytes behind the offset's origin.</summary>
    public int Extent { get; set; }
    /// <summary>Maps, keys and values: the map.</summary>
    public BpfMap? Map { get; set; }
}

/// <summary>Eight bytes of stack; kinds and spilled register as the verifier keeps them: byte 7 has the lowest address.</summary>
public record struct AbstractSlot(ulong Kinds, AbstractRegister Spilled)
{
    /// <summary>What the byte at <paramref name="address"/> (0 to 7 from the lowest address of the slot) holds.</summary>
    public readonly ByteKind At(int address) => (ByteKind)(byte)(Kinds >> ((7 - address) * 8));
}

/// <summary>One function's registers and stack.</summary>
/// <param name="Registers">r0 to r10.</param>
/// <param name="Slots">Slot i covers bytes [-8(i+1), -8i) below the frame pointer.</param>
/// <param name="CallSite">The call that made the frame, -1 for a function entered from outside.</param>
/// <param name="Entry">First instruction of the function.</param>
public sealed record AbstractFrame(AbstractRegister[] Registers, AbstractSlot[] Slots, int CallSite, int Entry);

/// <summary>What a verifier held true when it came to an instruction.</summary>
/// <param name="Number">Place in the walk, from 0.</param>
/// <param name="Instruction">The instruction about to be checked.</param>
/// <param name="Frames">From the outermost.</param>
public sealed record AbstractState(int Number, int Instruction, AbstractFrame[] Frames);

/// <summary>Every state of a walk that took each path to its end.</summary>
/// <param name="States">By instruction, in the order of the walk.</param>
/// <param name="Incomplete">Why the walk did not come to its end, null when it did.</param>
public sealed record WalkRecord(IReadOnlyList<AbstractState>[] States, string? Incomplete);
