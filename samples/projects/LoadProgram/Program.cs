using System.Runtime.InteropServices;
using BpfVerifier.Abi;

// r0 = 0; exit
ReadOnlySpan<bpf_insn> program =
[
    new() { code = Bpf.BPF_ALU64 | Bpf.BPF_MOV | Bpf.BPF_K, dst_reg = Bpf.BPF_REG_0, imm = 0 },
    new() { code = Bpf.BPF_JMP | Bpf.BPF_EXIT },
];
byte[] log = new byte[4096];
long descriptor = SystemCalls.Load(bpf_prog_type.BPF_PROG_TYPE_SOCKET_FILTER, program, "GPL"u8, log);
if (descriptor < 0)
{
    Console.Error.WriteLine($"BPF_PROG_LOAD: {Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError())}");
    return 1;
}
Console.WriteLine($"Linux {Kernel.Release}: loaded {program.Length} instructions");
Console.Write(System.Text.Encoding.ASCII.GetString(log.AsSpan(0, log.IndexOf((byte)0))));
// The program goes with its descriptor when this process ends.
return 0;

internal static unsafe partial class SystemCalls
{
    // __NR_bpf on x86-64.
    private const long Bpf = 321;

    /// <summary>BPF_PROG_LOAD.</summary>
    /// <returns>A file descriptor, or -1 and the error number in <see cref="Marshal.GetLastPInvokeError"/>.</returns>
    public static long Load(bpf_prog_type type, ReadOnlySpan<bpf_insn> program, ReadOnlySpan<byte> license, Span<byte> log)
    {
        fixed (bpf_insn* instructions = program)
        fixed (byte* words = license, text = log)
        {
            bpf_attr attributes = default;
            attributes.prog_type = (uint)type;
            attributes.insns = (ulong)instructions;
            attributes.insn_cnt = (uint)program.Length;
            attributes.license = (ulong)words;
            attributes.log_buf = (ulong)text;
            attributes.log_size = (uint)log.Length;
            attributes.log_level = 2;
            // Newer members are zero: kernels that do not know them take the longer attributes all the same.
            return Call(Bpf, (int)bpf_cmd.BPF_PROG_LOAD, &attributes, (uint)sizeof(bpf_attr));
        }
    }

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Call(long number, int command, bpf_attr* attributes, uint size);
}
