namespace BpfVerifier.Soundness;

/// <summary>Whether single values are in the sets a verifier allows.</summary>
/// <param name="machine">The machine.</param>
/// <param name="outer">Functions of the machine that the abstract state does not know.</param>
internal readonly struct ValueCheck(Machine machine, int outer)
{
    /// <summary>Null when the value is in the set, else why not.</summary>
    public string? Wrong(in AbstractRegister register, Value value)
    {
        if (register.Kind == ValueKind.NotInit)
            return null;
        if (!value.Written)
            return "holds nothing";
        if (register.Kind == ValueKind.Scalar)
            return WrongNumber(in register, value.Bits);
        if (register.Unchecked)
            return null;
        if (value.Bits == 0 && value.Region == 0)
            return register.MaybeNull ? null : "is null";
        if (machine.World.Find(value) is not { } region)
            return $"is 0x{value.Bits:x}, a number";
        return region.Alive ? WrongPointer(in register, value, region) : $"points into a {region.Kind} that is gone";
    }

    private string? WrongPointer(in AbstractRegister register, Value value, Region region)
    {
        ulong origin = region.Origin;
        bool fits;
        switch (register.Kind)
        {
            case ValueKind.Ctx:
                fits = region.Kind == RegionKind.Context;
                break;
            case ValueKind.ConstMap:
                fits = region.Kind == RegionKind.Map && region.Map == register.Map;
                break;
            case ValueKind.MapValue:
                // What an inner map's or a socket's lookup gives is called a value until it is found not to be null.
                fits = region.Kind switch
                {
                    RegionKind.MapValue => region.Map == register.Map,
                    RegionKind.Map => register.MaybeNull && region.Map == register.Map?.Inner,
                    RegionKind.Socket => register.MaybeNull && register.Map?.Type is MapType.SockMap or MapType.SockHash or MapType.XskMap,
                    _ => false,
                };
                break;
            case ValueKind.MapKey:
                fits = region.Kind == RegionKind.MapKey && region.Map == register.Map;
                break;
            case ValueKind.Stack:
                fits = register.Frame + outer < machine.Frames.Count && region == machine.Frames[register.Frame + outer].Stack;
                break;
            case ValueKind.Packet:
                fits = region.Kind == RegionKind.Packet;
                break;
            case ValueKind.PacketMeta:
                fits = region.Kind == RegionKind.Packet;
                origin = region.Start;
                break;
            case ValueKind.PacketEnd:
                return region.Kind == RegionKind.Packet && value.Bits == region.End ? null : Elsewhere(region, value, origin);
            case ValueKind.Socket or ValueKind.SockCommon or ValueKind.TcpSock or ValueKind.XdpSock or ValueKind.FlowKeys:
                fits = region.Kind == RegionKind.Socket;
                break;
            case ValueKind.Func:
                fits = region.Kind == RegionKind.Function;
                break;
            case ValueKind.Mem:
                return WrongMemory(in register, value, region);
            default:
                return $"is a {region.Kind}";
        }
        if (!fits)
            return Elsewhere(region, value, origin);
        ulong variable = value.Bits - origin - (ulong)register.Offset;
        return WrongNumber(in register, variable) is { } wrong
            ? $"variable part of the offset {wrong}"
            : WrongRange(in register, variable, region);
    }

    private static string Elsewhere(Region region, Value value, ulong origin) =>
        $"points to {region.Kind}{(region.Map is { } map ? " of map " + map.Name : "")} at offset {(long)(value.Bits - origin)}";

    /// <summary>The bytes proved to lie behind a packet pointer do lie there.</summary>
    private static string? WrongRange(in AbstractRegister register, ulong variable, Region region)
    {
        if (register.Kind is not (ValueKind.Packet or ValueKind.PacketMeta) || register.Extent <= 0)
            return null;
        ulong length = register.Kind == ValueKind.Packet ? region.End - region.Origin : region.Origin - region.Start;
        return variable + (uint)register.Extent <= length
            ? null
            : $"has r={register.Extent} behind variable offset {variable}, in a packet of {length} bytes";
    }

    /// <summary>Memory of a known size: where it begins must be inside the region, as must its end.</summary>
    private static string? WrongMemory(in AbstractRegister register, Value value, Region region)
    {
        if (region.Kind is RegionKind.Map or RegionKind.Function or RegionKind.Context)
            return $"is a {region.Kind}";
        if (register.UnknownBits != 0)
            return region.Holds(value.Bits, 0) ? null : Elsewhere(region, value, region.Origin);
        ulong begin = value.Bits - (ulong)register.Offset - register.KnownBits;
        return region.Holds(begin, register.Extent) ? null : $"{Elsewhere(region, value, region.Origin)} without {register.Extent} bytes there";
    }

    private static string? WrongNumber(in AbstractRegister register, ulong value)
    {
        bool inside = (value & ~register.UnknownBits) == register.KnownBits
            && value >= register.UMin && value <= register.UMax
            && (long)value >= register.SMin && (long)value <= register.SMax
            && (uint)value >= register.U32Min && (uint)value <= register.U32Max
            && (int)value >= register.S32Min && (int)value <= register.S32Max;
        return inside ? null : $"is {(long)value} (0x{value:x})";
    }

    /// <summary>Eight bytes of stack; <paramref name="whole"/> is what they hold.</summary>
    public string? Wrong(in AbstractSlot slot, Region stack, int number, out Value whole)
    {
        ulong address = stack.Origin - (8 * ((ulong)number + 1));
        int at = (int)(address - stack.Start);
        whole = stack.Read(address, 8);
        int spilled = 0;
        for (int i = 0; i < 8; i++)
        {
            ByteKind kind = slot.At(i);
            if (kind == ByteKind.Spill)
                spilled = i == spilled ? i + 1 : spilled;
            if (kind == ByteKind.Zero && stack.Bytes[at + i] != 0)
                return $"byte {i} is {stack.Bytes[at + i]}";
            if (kind is ByteKind.Spill or ByteKind.Zero or ByteKind.Misc && !machine.MayReadUnwrittenStack && !stack.WrittenBytes![at + i])
                return $"byte {i} was not written";
        }
        AbstractRegister register = slot.Spilled;
        if (spilled == 0)
            return null;
        if (spilled == 8)
            return Wrong(in register, whole);
        return register.Kind == ValueKind.Scalar ? WrongPart(in register, whole.Bits, spilled) : null;
    }

    /// <summary>The low bytes of a number the verifier knows more of.</summary>
    private static string? WrongPart(in AbstractRegister register, ulong value, int bytes)
    {
        ulong low = (1UL << (bytes * 8)) - 1;
        value &= low;
        bool inside = (value & ~register.UnknownBits) == (register.KnownBits & low);
        if (bytes == 4)
            inside &= (uint)value >= register.U32Min && (uint)value <= register.U32Max && (int)value >= register.S32Min && (int)value <= register.S32Max;
        if (register.UMax <= low)
            inside &= value >= register.UMin && value <= register.UMax;
        return inside ? null : $"is {value} (0x{value:x}) in its low {bytes} bytes";
    }
}
