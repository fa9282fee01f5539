namespace BpfVerifier.Runtime;

/// <summary>Loads through socket pointers, which see uapi structs laid over kernel ones.</summary>
internal sealed partial class Verification
{
    private Errno CheckSockAccess(int regno, int off, int size)
    {
        ref RegState reg = ref Regs[regno];
        if (reg.SMin < 0)
            return MinValueNegative(regno);
        bool valid = reg.Type.Kind switch
        {
            RegKind.SockCommon => !WithinSockPriority(off) && SockFieldReadable(off, size),
            RegKind.Socket => SockFieldReadable(off, size),
            RegKind.TcpSock => TcpSockFieldReadable(off, size),
            _ => off >= 0 && off < KernelStruct.BpfXdpSock.Size && off % size == 0 && size == 4,
        };
        if (valid)
            return Errno.None;
        Log.Write($"R{regno} invalid {RegTypeStr(reg.Type)} access off={off} size={size}\n");
        return Errno.EACCES;
    }

    /// <summary>struct sock_common has none of the fields from type to priority.</summary>
    private static bool WithinSockPriority(int off) =>
        off >= KernelStruct.BpfSock.Type && off < KernelStruct.BpfSock.Priority + 4;

    private static bool SockFieldReadable(int off, int size)
    {
        if (off < 0 || off >= KernelStruct.BpfSock.Size || off % size != 0)
            return false;
        const int DstPort = KernelStruct.BpfSock.DstPort;
        // The port is 16 bits in a 32-bit hole: a whole word may be read, halves only of the port itself.
        if (off >= DstPort && off < DstPort + 2)
            return NarrowLoadAllowed(off, size, size == 4 ? 4 : 2);
        if (off >= DstPort + 2 && off < KernelStruct.BpfSock.DstIp4)
            return false;
        bool narrow = off == KernelStruct.BpfSock.State || off == KernelStruct.BpfSock.Family || off == KernelStruct.BpfSock.Type
            || off == KernelStruct.BpfSock.Protocol || off == KernelStruct.BpfSock.SrcPort || off == KernelStruct.BpfSock.RxQueueMapping
            || Within(off, KernelStruct.BpfSock.SrcIp4, 4) || Within(off, KernelStruct.BpfSock.SrcIp6, 16)
            || Within(off, KernelStruct.BpfSock.DstIp4, 4) || Within(off, KernelStruct.BpfSock.DstIp6, 16);
        return narrow ? NarrowLoadAllowed(off, size, 4) : size == 4;
    }

    private static bool Within(int off, int start, int length) => off >= start && off < start + length;

    /// <summary>A part of a field may be loaded when it is a power of two in size and aligned (uapi bpf.h, narrow loads).</summary>
    private static bool NarrowLoadAllowed(int off, int size, int fieldSize) =>
        size <= fieldSize && off % size == 0 && (size & (size - 1)) == 0;

    private static bool TcpSockFieldReadable(int off, int size)
    {
        if (off < 0 || off >= KernelStruct.BpfTcpSock.IcskRetransmits + 4 || off % size != 0)
            return false;
        bool wide = off == KernelStruct.BpfTcpSock.BytesReceived || off == KernelStruct.BpfTcpSock.BytesAcked;
        return size == (wide ? 8 : 4);
    }
}
