namespace BpfVerifier.Runtime;

/// <summary>Bounds and alignment of accesses to regions of known size.</summary>
internal sealed partial class Verification
{
    /// <summary>Both ends of the pointer's possible range must lie inside <paramref name="memSize"/> bytes.</summary>
    public Errno CheckMemRegionAccess(int regno, int off, int size, int memSize, bool zeroSizeAllowed)
    {
        ref RegState reg = ref Regs[regno];
        ulong largest = reg.UMax;
        if (Changes.OffsetsInBounds)
        {
            long least = reg.SMin + reg.Off;
            if (least < 0 && (reg.SMin == long.MinValue || off + reg.SMin != (int)(off + reg.SMin) || reg.SMin + off < 0))
                return MinValueNegative(regno);
            largest = LargestWithOffset(in reg);
        }
        else if (reg.SMin < 0 && (reg.SMin == long.MinValue || off + reg.SMin != (int)(off + reg.SMin) || reg.SMin + off < 0))
            return MinValueNegative(regno);
        Errno err = CheckRegionBounds(regno, (int)(reg.SMin + off), size, memSize, zeroSizeAllowed);
        if (err != Errno.None)
        {
            Log.Write($"R{regno} min value is outside of the allowed memory range\n");
            return err;
        }
        if (largest >= MaxVarOff)
        {
            Log.Write($"R{regno} unbounded memory access, make sure to bounds check any such access\n");
            return Errno.EACCES;
        }
        err = CheckRegionBounds(regno, (int)(reg.UMax + (ulong)off), size, memSize, zeroSizeAllowed);
        if (err != Errno.None)
            Log.Write($"R{regno} max value is outside of the allowed memory range\n");
        return err;
    }

    /// <summary>The largest offset, the constant one included; 2⁶⁴ - 1 where some of them wrap around.</summary>
    private static ulong LargestWithOffset(in RegState reg)
    {
        var offset = (ulong)(long)reg.Off;
        ulong least = reg.UMin + offset, largest = reg.UMax + offset;
        return least < offset == largest < offset ? largest : ulong.MaxValue;
    }

    /// <summary>What is known of a pointer's offset, as messages show it.</summary>
    private Tnum ShownOffset(in RegState reg) => Changes.OffsetsInBounds ? reg.Var + Tnum.Const((ulong)(long)reg.Off) : reg.Var;

    private Errno MinValueNegative(int regno)
    {
        Log.Write($"R{regno} min value is negative, either use unsigned index or do a if (index >=0) check.\n");
        return Errno.EACCES;
    }

    private Errno CheckRegionBounds(int regno, int off, int size, int memSize, bool zeroSizeAllowed)
    {
        bool sizeOk = size > 0 || (size == 0 && zeroSizeAllowed);
        if (off >= 0 && sizeOk && (ulong)off + (ulong)size <= (uint)memSize)
            return Errno.None;
        ref RegState reg = ref Regs[regno];
        if (reg.Type == RegKind.MapKey)
            Log.Write($"invalid access to map key, key_size={memSize} off={off} size={size}\n");
        else if (reg.Type == RegKind.MapValue)
            Log.Write($"invalid access to map value, value_size={memSize} off={off} size={size}\n");
        else if (reg.Type.IsPacketPointer || reg.Type == RegKind.PacketEnd)
            Log.Write($"invalid access to packet, off={off} size={size}, R{regno}(id={(int)reg.Id},off={off},r={memSize})\n");
        else
            Log.Write($"invalid access to memory, mem_size={(uint)memSize} off={off} size={size}\n");
        return Errno.EACCES;
    }

    public Errno CheckPacketAccess(int regno, int off, int size, bool zeroSizeAllowed)
    {
        ref RegState reg = ref Regs[regno];
        if (Changes.OffsetsInBounds && reg.Range >= 0)
            return CheckMemRegionAccess(regno, off, size, reg.Range == 0 ? 0 : reg.Range + (int)reg.UMax, zeroSizeAllowed);
        // The variable part is in the range already: only the fixed part is added here.
        if (reg.SMin < 0 && !Changes.OffsetsInBounds)
            return MinValueNegative(regno);
        Errno err = reg.Range < 0 ? Errno.EINVAL : CheckRegionBounds(regno, off, size, reg.Range, zeroSizeAllowed);
        if (err != Errno.None)
            Log.Write($"R{regno} offset is outside of the packet\n");
        return err;
    }

    /// <summary>The pointer must be as it was handed out: no variable offset, no fixed one unless allowed.</summary>
    public Errno CheckPtrOffReg(ref RegState reg, int regno, bool fixedOffOk = false)
    {
        if (reg.Off < 0)
        {
            Log.Write($"negative offset {RegTypeStr(reg.Type)} ptr R{regno} off={reg.Off} disallowed\n");
            return Errno.EACCES;
        }
        if (!fixedOffOk && reg.Off != 0)
        {
            Log.Write($"dereference of modified {RegTypeStr(reg.Type)} ptr R{regno} off={reg.Off} disallowed\n");
            return Errno.EACCES;
        }
        if (reg.Var != Tnum.Const(0))
        {
            Log.Write($"variable {RegTypeStr(reg.Type)} access var_off={TnumStr(reg.Var)} disallowed\n");
            return Errno.EACCES;
        }
        return Errno.None;
    }

    private Errno CheckPtrAlignment(in RegState reg, int off, int size, bool strictAlignmentOnce)
    {
        bool strict = StrictAlignment || strictAlignmentOnce;
        if (reg.Type.IsPacketPointer)
            return CheckPktPtrAlignment(in reg, off, size, strict);
        if (reg.Type == RegKind.Arena)
            return Errno.None;
        // Spills and fills must be seen whole, so the stack is always strict.
        strict |= reg.Type == RegKind.Stack;
        if (!strict || size == 1)
            return Errno.None;
        if ((reg.Var + Tnum.Const((ulong)(long)(reg.Off + off))).IsAligned((ulong)size))
            return Errno.None;
        string what = reg.Type.Flags != 0 ? "" : reg.Type.Kind switch
        {
            RegKind.FlowKeys => "flow keys ",
            RegKind.MapKey => "key ",
            RegKind.MapValue => "value ",
            RegKind.Ctx => "context ",
            RegKind.Stack => "stack ",
            RegKind.Socket => "sock ",
            RegKind.SockCommon => "sock_common ",
            RegKind.TcpSock => "tcp_sock ",
            RegKind.XdpSock => "xdp_sock ",
            _ => "",
        };
        Log.Write(Changes.OffsetsInBounds
            ? $"misaligned {what}access off {TnumStr(ShownOffset(in reg))}+{off} size {size}\n"
            : $"misaligned {what}access off {TnumStr(reg.Var)}+{reg.Off}+{off} size {size}\n");
        return Errno.EACCES;
    }

    private Errno CheckPktPtrAlignment(in RegState reg, int off, int size, bool strict)
    {
        if (!strict || size == 1)
            return Errno.None;
        // NET_IP_ALIGN of architectures that need alignment; packets begin two bytes off there.
        const int ipAlign = 2;
        if ((reg.Var + Tnum.Const((ulong)(long)(ipAlign + reg.Off + off))).IsAligned((ulong)size))
            return Errno.None;
        Log.Write(Changes.OffsetsInBounds
            ? $"misaligned packet access off {ipAlign}+{TnumStr(ShownOffset(in reg))}+{off} size {size}\n"
            : $"misaligned packet access off {ipAlign}+{TnumStr(reg.Var)}+{reg.Off}+{off} size {size}\n");
        return Errno.EACCES;
    }
}
