using System.Runtime.InteropServices;

namespace BpfVerifier.Live;

/// <summary>bpf() of the kernel this process runs on, x86-64.</summary>
internal sealed unsafe partial class LinuxBpfCalls : IBpfCalls
{
    private const int BpfNumber = 321;
    private const int LockedMemory = 8;

    public int Call(BpfCommand command, Span<byte> attributes, out Errno errno)
    {
        fixed (byte* start = attributes)
        {
            nint result = SystemCall(BpfNumber, (nint)command, (nint)start, attributes.Length);
            errno = result < 0 ? (Errno)Marshal.GetLastPInvokeError() : Errno.None;
            return (int)result;
        }
    }

    public void Close(int descriptor) => _ = CloseDescriptor(descriptor);

    public void RaiseLockedMemory()
    {
        ulong* unlimited = stackalloc ulong[] { ulong.MaxValue, ulong.MaxValue };
        _ = SetLimit(LockedMemory, unlimited);
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial nint SystemCall(nint number, nint first, nint second, nint third);

    [LibraryImport("libc", EntryPoint = "close")]
    private static partial int CloseDescriptor(int descriptor);

    [LibraryImport("libc", EntryPoint = "setrlimit")]
    private static partial int SetLimit(int resource, ulong* limit);
}
