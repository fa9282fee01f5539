using System.Buffers.Binary;

namespace BpfVerifier.Soundness;

// Loads, stores and atomics.
public sealed partial class Machine
{
    private Region Access(Value pointer, long offset, long size, bool write, out ulong address)
    {
        address = pointer.Bits + (ulong)offset;
        string what = write ? "writes" : "reads";
        if (World.Find(pointer) is not { } region)
            throw new UnsafeRunException($"{what} {size} bytes at 0x{address:x}, made from a number");
        if (region.Kind is RegionKind.Map or RegionKind.Function)
            throw new NotModelledException($"access to the inside of a {region.Kind}");
        long place = (long)(address - region.Origin);
        if (!region.Alive)
            throw new UnsafeRunException($"{what} {size} bytes of a {region.Kind} that is gone, offset {place}");
        if (region.Kind == RegionKind.Context && _program.Type == ProgramType.Tracepoint && !write && place < 0)
            throw new NotModelledException("reads of a tracepoint's context below its start, which kernels allow");
        if (!region.Holds(address, size))
            throw new UnsafeRunException($"{what} {size} bytes outside of {region.Kind}: offset {place}, it has [{(long)(region.Start - region.Origin)}, {(long)(region.End - region.Origin)})");
        if (write && region.ReadOnly)
            throw new UnsafeRunException($"writes into read-only {region.Kind}, offset {place}");
        if (!write && !_mayReadUnwrittenStack && region.WrittenBytes is { } written
            && written.AsSpan((int)(address - region.Start), (int)size).Contains(false))
            throw new UnsafeRunException($"reads {size} bytes of stack at offset {place} that were not all written");
        return region;
    }

    private Value Load(Value pointer, int offset, int size)
    {
        Region region = Access(pointer, offset, size, false, out ulong address);
        if (region.Kind == RegionKind.Context)
            return LoadContext(region, address, size);
        return region.Read(address, size);
    }

    private Value LoadContext(Region region, ulong address, int size)
    {
        (ValueKind kind, bool maybeNull) = _probe.ContextField(_program.Type, (int)(address - region.Start), size);
        if (kind == ValueKind.Scalar)
            return region.Read(address, size);
        if (maybeNull && World.Dice.OneIn(2))
            return Value.Number(0);
        return kind switch
        {
            ValueKind.Packet => World.PointerTo(World.Packet),
            ValueKind.PacketMeta => new Value(World.Packet.Start, World.Packet.Id, true),
            ValueKind.PacketEnd => new Value(World.Packet.End, World.Packet.Id, true),
            ValueKind.Socket or ValueKind.SockCommon or ValueKind.TcpSock or ValueKind.XdpSock or ValueKind.FlowKeys => World.PointerTo(World.NewSocket()),
            _ => throw new NotModelledException($"context field of kind {kind}"),
        };
    }

    private void Store(Value pointer, int offset, int size, Value value)
    {
        Region region = Access(pointer, offset, size, true, out ulong address);
        region.Write(address, size, value);
    }

    private void DoAtomic(in Instruction insn)
    {
        int size = insn.Size;
        if (insn.Immediate == Opcodes.LoadAcquire)
        {
            Registers[insn.Destination] = Load(Read(insn.Source), insn.Offset, size);
            return;
        }
        Value pointer = Read(insn.Destination);
        Value operand = Read(insn.Source);
        if (insn.Immediate == Opcodes.StoreRelease)
        {
            Store(pointer, insn.Offset, size, operand);
            return;
        }
        Value expected = insn.Immediate == Opcodes.Cmpxchg ? Read(0) : default;
        Value old = Load(pointer, insn.Offset, size);
        ulong low = size == 4 ? uint.MaxValue : ulong.MaxValue;
        ulong next = (insn.Immediate & ~Opcodes.Fetch) switch
        {
            Opcodes.Add => old.Bits + operand.Bits,
            Opcodes.Or => old.Bits | operand.Bits,
            Opcodes.And => old.Bits & operand.Bits,
            Opcodes.Xor => old.Bits ^ operand.Bits,
            Opcodes.Xchg & ~Opcodes.Fetch => operand.Bits,
            _ => old.Bits == (expected.Bits & low) ? operand.Bits : old.Bits,
        };
        Store(pointer, insn.Offset, size, Value.Number(next & low));
        // A pointer fetched whole is a pointer; what is put in its place is a number to every verifier.
        if (insn.Immediate == Opcodes.Cmpxchg)
            Registers[0] = old;
        else if ((insn.Immediate & Opcodes.Fetch) != 0)
            Registers[insn.Source] = old;
    }

    private void LoadWide(in Instruction insn, in Instruction upper)
    {
        Registers[insn.Destination] = insn.Source switch
        {
            0 => Value.Number((uint)insn.Immediate | ((ulong)(uint)upper.Immediate << 32)),
            Opcodes.PseudoMap or Opcodes.PseudoMapIndex => World.PointerTo(World.Map(_program.Maps[insn.Immediate]).Handle),
            Opcodes.PseudoMapValue or Opcodes.PseudoMapIndexValue => MapValue(_program.Maps[insn.Immediate], upper.Immediate),
            Opcodes.PseudoFunction => World.Function(Next + insn.Immediate + 1),
            _ => throw new NotModelledException("kernel variables"),
        };
    }

    private Value MapValue(BpfMap map, int offset)
    {
        if (map.Type != MapType.Array)
            throw new NotModelledException($"addresses of values of {map.Type} maps");
        Region value = World.Map(map).Lookup(new byte[4])
            ?? throw new UnsafeRunException("the address of a value in a map without entries");
        return new Value(value.Start + (ulong)offset, value.Id, true);
    }

    /// <summary>Classic packet loads: beyond the packet the program ends and returns 0.</summary>
    private void LoadClassic(in Instruction insn)
    {
        if (!Registers[6].Written || World.Find(Registers[6])?.Kind != RegionKind.Context)
            throw new UnsafeRunException("loads from the packet without the context in r6");
        long offset = insn.Immediate + (insn.Mode == Opcodes.Ind ? (int)Read(insn.Source).Bits : 0L);
        Registers.AsSpan(1, 5).Clear();
        Region packet = World.Packet;
        ulong address = packet.Origin + (ulong)offset;
        if (offset < 0 || !packet.Holds(address, insn.Size))
        {
            if (_frames.Count > 1)
                throw new NotModelledException("classic packet loads that fail in a called function");
            Registers[0] = Value.Number(0);
            Leave();
            return;
        }
        ulong loaded = packet.Read(address, insn.Size).Bits;
        Registers[0] = Value.Number(insn.Size switch
        {
            1 => loaded,
            2 => BinaryPrimitives.ReverseEndianness((ushort)loaded),
            _ => BinaryPrimitives.ReverseEndianness((uint)loaded),
        });
        Next++;
    }

    /// <summary>A helper reads a buffer of the program.</summary>
    private byte[] ReadBuffer(Value pointer, long size)
    {
        if (size == 0)
            return [];
        Region region = Access(pointer, 0, size, false, out ulong address);
        return region.Bytes.AsSpan((int)(address - region.Start), (int)size).ToArray();
    }

    /// <summary>A helper writes a buffer of the program.</summary>
    private void WriteBuffer(Value pointer, byte[] bytes)
    {
        if (bytes.Length == 0)
            return;
        Region region = Access(pointer, 0, bytes.Length, true, out ulong address);
        region.Write((int)(address - region.Start), bytes);
    }
}
