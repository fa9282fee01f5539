using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>The few functions of libunicorn 2 that are used here, and its numbers (unicorn/unicorn.h, unicorn/x86.h of 2.0 and 2.1).</summary>
internal static unsafe partial class Unicorn
{
    public const string Library = "unicorn";

    public const int ArchX86 = 4, Mode64 = 8;
    public const uint ProtAll = 7;
    public const int Ok = 0;
    public const int HookBlock = 1 << 3, HookReadUnmapped = 1 << 4, HookWriteUnmapped = 1 << 5, HookFetchUnmapped = 1 << 6, HookRead = 1 << 10, HookWrite = 1 << 11;
    public const int Rax = 35, Rcx = 38, Rdi = 39, Rdx = 40, Rip = 41, Rsi = 43, Rsp = 44, R8 = 106, R9 = 107, GsBase = 251;

    /// <summary>An engine; closed by its finalizer where nobody disposed of it.</summary>
    internal sealed class Engine : SafeHandle
    {
        public Engine(nint handle) : base(0, ownsHandle: true) => SetHandle(handle);
        public override bool IsInvalid => handle == 0;
        protected override bool ReleaseHandle() => uc_close(handle) == Ok;
    }

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial uint uc_version(out uint major, out uint minor);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial nint uc_strerror(int code);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_open(int arch, int mode, out nint engine);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_close(nint engine);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_mem_map(Engine engine, ulong address, nuint size, uint permissions);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_mem_write(Engine engine, ulong address, byte* bytes, nuint size);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_mem_read(Engine engine, ulong address, byte* bytes, nuint size);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_reg_write(Engine engine, int register, ulong* value);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_reg_read(Engine engine, int register, ulong* value);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_emu_start(Engine engine, ulong begin, ulong until, ulong timeout, nuint count);

    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_emu_stop(nint engine);

    /// <summary>Variadic in C; without further arguments the calling convention is the same on x86-64.</summary>
    [LibraryImport(Library)]
    [UnmanagedCallConv(CallConvs = [typeof(CallConvCdecl)])]
    public static partial int uc_hook_add(Engine engine, out nuint hook, int type, void* callback, nint data, ulong begin, ulong end);
}
