using System.Buffers.Binary;
using BpfVerifier.Btf;

namespace BpfVerifier.Runtime.Tests.Programs;

/// <summary>
/// Loaders with few capabilities. The expected errors are what guests of 6.1, 6.12 and 6.18 alike answered to these loads, by a process
/// with just these effective capabilities, where kernel.unprivileged_bpf_disabled was 0.
/// </summary>
public sealed class LoaderCapabilityTests
{
    private const LoaderCapabilities None = LoaderCapabilities.None, Bpf = LoaderCapabilities.Bpf, PerfMon = LoaderCapabilities.PerfMon,
        NetAdmin = LoaderCapabilities.NetAdmin, SysAdmin = LoaderCapabilities.SysAdmin;

    [Theory]
    [InlineData(ProgramType.SocketFilter, None, Errno.None)]
    [InlineData(ProgramType.CgroupSkb, None, Errno.None)]
    [InlineData(ProgramType.Xdp, None, Errno.EPERM)]
    [InlineData(ProgramType.Xdp, Bpf, Errno.EPERM)]
    [InlineData(ProgramType.Xdp, Bpf | PerfMon, Errno.EPERM)]
    [InlineData(ProgramType.Xdp, NetAdmin, Errno.EPERM)]
    [InlineData(ProgramType.Xdp, Bpf | NetAdmin, Errno.None)]
    [InlineData(ProgramType.Xdp, SysAdmin, Errno.None)]
    [InlineData(ProgramType.Kprobe, Bpf | NetAdmin, Errno.EPERM)]
    [InlineData(ProgramType.Kprobe, PerfMon, Errno.EPERM)]
    [InlineData(ProgramType.Kprobe, Bpf | PerfMon, Errno.None)]
    [InlineData(ProgramType.SockOps, Bpf, Errno.EPERM)]
    [InlineData(ProgramType.SockOps, Bpf | NetAdmin, Errno.None)]
    public void ProgramType_NeedsCapabilities(ProgramType type, LoaderCapabilities capabilities, Errno expected) =>
        Assert.Equal(expected, Load(type, capabilities, []));

    [Theory]
    [InlineData(0x61, 76, None, Errno.EACCES)]
    [InlineData(0x61, 80, None, Errno.EACCES)]
    [InlineData(0x61, 76, PerfMon, Errno.EACCES)]
    [InlineData(0x61, 76, Bpf, Errno.None)]
    [InlineData(0x79, 152, None, Errno.None)]
    public void PacketAndTime_OfCgroupPrograms(byte load, short offset, LoaderCapabilities capabilities, Errno expected) =>
        Assert.Equal(expected, Load(ProgramType.CgroupSkb, capabilities, [Insn(load, dst: 2, src: 1, offset)]));

    [Theory]
    [InlineData(None, Errno.EACCES)]
    [InlineData(Bpf, Errno.None)]
    public void TimeOfPacket_IsSet(LoaderCapabilities capabilities, Errno expected) =>
        Assert.Equal(expected, Load(ProgramType.CgroupSkb, capabilities, [Insn(0xb7, dst: 2), Insn(0x7b, dst: 1, src: 2, offset: 152)]));

    private const int KtimeGetNs = 5, Jiffies64 = 118, GetCurrentTask = 35;

    [Theory]
    [InlineData(KtimeGetNs, None)]
    [InlineData(Jiffies64, Bpf)]
    [InlineData(Jiffies64, SysAdmin)]
    [InlineData(GetCurrentTask, Bpf | PerfMon)]
    [InlineData(GetCurrentTask, SysAdmin)]
    public void Helper_IsAllowed(int helper, LoaderCapabilities capabilities) =>
        Assert.Equal(Errno.None, Load(ProgramType.SocketFilter, capabilities, [Insn(0x85, imm: helper)]));

    /// <summary>The kernels refused these.</summary>
    [Theory]
    [InlineData(Jiffies64, None)]
    [InlineData(Jiffies64, PerfMon)]
    [InlineData(GetCurrentTask, None)]
    [InlineData(GetCurrentTask, Bpf)]
    [InlineData(GetCurrentTask, PerfMon)]
    [InlineData(GetCurrentTask, Bpf | NetAdmin)]
    public void Helper_IsRefused(int helper, LoaderCapabilities capabilities) =>
        Assert.Equal(Errno.EINVAL, Load(ProgramType.SocketFilter, capabilities, [Insn(0x85, imm: helper)]));

    private static Errno Load(ProgramType type, LoaderCapabilities capabilities, byte[][] body)
    {
        byte[][] code = [.. body, Insn(0xb7, imm: 1), Insn(0x95)];
        var program = new BpfProgram { Name = "loaded", Type = type, License = "GPL", Instructions = code.SelectMany(i => i).ToArray() };
        Assert.True(KernelRelease.TryParse(Abi.Release, out KernelRelease release));
        var profile = new KernelProfile { Release = release, Types = BtfTypes.Empty, Capabilities = capabilities };
        return new Verification(program, new ReleaseKernel(profile), new Changes(Abi.Patch, false), new VerifierOptions(), CancellationToken.None).Run();
    }

    private static byte[] Insn(byte code, int dst = 0, int src = 0, short offset = 0, int imm = 0)
    {
        byte[] bytes = [code, (byte)(dst | (src << 4)), 0, 0, 0, 0, 0, 0];
        BinaryPrimitives.WriteInt16LittleEndian(bytes.AsSpan(2), offset);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(4), imm);
        return bytes;
    }
}
