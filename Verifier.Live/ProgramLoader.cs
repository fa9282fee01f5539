using System.Buffers.Binary;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfVerifier.Live;

/// <summary>Asks the verifier of the kernel this process runs on, by plain bpf() calls.</summary>
/// <remarks>
/// Makes maps and types, hands over the program and closes every descriptor. It never attaches, links, runs or pins. A
/// verifier's own defect can harm the kernel that verifies, so load only what one would load on that machine anyway.
/// </remarks>
public sealed class ProgramLoader : IProgramLoader
{
    private const int FirstLogSize = 1 << 18, LargestLogSize = 1 << 26;
    private const int Interrupted = 10;
    private const int StatisticsLevel = 4;

    // No kernel takes a chain of this length.
    private const int LongestAttachChain = 8;

    private readonly IBpfCalls _calls;
    private readonly KernelProfile _kernel;
    private readonly int _firstLogSize, _largestLogSize;

    private ProgramLoader(KernelProfile kernel) : this(kernel, new LinuxBpfCalls(), FirstLogSize, LargestLogSize)
    {
    }

    internal ProgramLoader(KernelProfile kernel, IBpfCalls calls, int firstLogSize, int largestLogSize)
    {
        _kernel = kernel;
        _calls = calls;
        _firstLogSize = firstLogSize;
        _largestLogSize = largestLogSize;
        if (kernel.Release.Branch < new KernelRelease(5, 11))
            calls.RaiseLockedMemory();
    }

    /// <summary>A loader for the running kernel, or why it cannot be asked.</summary>
    /// <param name="kernel">The running kernel's profile.</param>
    /// <param name="loader">The loader, null when there is a problem.</param>
    /// <returns>Null, or what is missing, in a sentence for users.</returns>
    public static string? Open(KernelProfile kernel, out ProgramLoader? loader)
    {
        loader = null;
        if (!OperatingSystem.IsLinux())
            return "only Linux has a verifier that could be asked";
        if (RuntimeInformation.ProcessArchitecture != Architecture.X64)
            return $"the running kernel can be asked on x86-64 only, and this process is {RuntimeInformation.ProcessArchitecture}";
        var opened = new ProgramLoader(kernel);
        string? problem = opened.Problem();
        loader = problem is null ? opened : null;
        return problem;
    }

    /// <summary>Tries the call with a small map, which needs no program.</summary>
    internal string? Problem()
    {
        if (!_kernel.Capabilities.HasFlag(LoaderCapabilities.Bpf))
            return "loading programs needs CAP_BPF (with CAP_PERFMON for tracing programs, CAP_NET_ADMIN for networking ones) or root";
        using var session = new LoadSession(_calls, _kernel.PossibleCpus);
        KernelAnswer? refused = session.Create(new BpfMap { Name = "probe", Type = MapType.Array, KeySize = 4, ValueSize = 4, MaxEntries = 1 }, out _);
        return refused?.Errno switch
        {
            null => null,
            Errno.ENOSYS => "this kernel has no bpf() system call (ENOSYS), or a sandbox hides it",
            Errno.EPERM => "the kernel does not permit bpf() here (EPERM) though the process has CAP_BPF: a container, seccomp filter or lockdown may forbid it",
            var errno => $"the kernel refuses the simplest map (BPF_MAP_CREATE: {errno})",
        };
    }

    /// <inheritdoc/>
    public KernelAnswer Load(BpfProgram program, int logLevel)
    {
        using var session = new LoadSession(_calls, _kernel.PossibleCpus);
        return Load(program, session, logLevel, LongestAttachChain, out _) with { Notes = session.Notes };
    }

    /// <summary>The program a program attaches to is loaded before it, and both are let go of together.</summary>
    private KernelAnswer Load(BpfProgram program, LoadSession session, int logLevel, int chain, out int descriptor)
    {
        descriptor = -1;
        int target = 0;
        if (program.AttachProgram is { } attached)
        {
            if (chain == 0)
                return KernelAnswer.NotAsked($"more than {LongestAttachChain} programs attach to one another");
            KernelAnswer loaded = Load(attached, session, 0, chain - 1, out target);
            if (loaded.Verdict is null)
                return loaded;
            if (loaded.Verdict != Verdict.Accepted)
                return new KernelAnswer { Verdict = Verdict.LoadFailed, Errno = loaded.Errno, Message = $"prog '{attached.Name}': BPF program load failed: -{loaded.Errno}" };
        }
        int types = session.Types(program.Btf);
        int[] maps = new int[program.Maps.Count];
        for (int i = 0; i < maps.Length; i++)
        {
            BpfMap map = program.Maps[i];
            maps[i] = -1;
            if (LeftOut(map) is { } reason)
                session.Notes.Add(reason);
            else if (session.Create(map, out maps[i]) is { } refused)
                return refused.Errno == Errno.EPERM ? KernelAnswer.NotAsked(refused.Message, Errno.EPERM) : refused;
        }
        byte[] instructions = program.Instructions.ToArray();
        if (Patch(instructions, program.Maps, maps, session.Holds) is { } missing)
            return KernelAnswer.NotAsked(missing);
        return Load(program, session, instructions, types, target, logLevel, out descriptor);
    }

    private static string? LeftOut(BpfMap map) => map.Type switch
    {
        MapType.StructOps => $"map '{map.Name}': struct_ops maps are not created",
        MapType.Arena => $"map '{map.Name}': arenas are not created",
        _ => null,
    };

    /// <summary>Puts descriptors where the program has indices of maps.</summary>
    /// <returns>What the program needs and was left out, or null.</returns>
    private static string? Patch(Span<byte> instructions, IReadOnlyList<BpfMap> described, int[] maps, Func<int, bool> isOurs)
    {
        const byte LoadImm64 = 0x18;
        const int Size = 8, PseudoMapFd = 1, PseudoMapValue = 2;
        for (int at = 0; at + Size <= instructions.Length; at += Size)
        {
            Span<byte> instruction = instructions.Slice(at, Size);
            if (instruction[0] != LoadImm64)
                continue;
            at += Size;
            if (instruction[1] >> 4 is not (PseudoMapFd or PseudoMapValue))
                continue;
            int index = BinaryPrimitives.ReadInt32LittleEndian(instruction[4..]);
            if ((uint)index < (uint)maps.Length)
            {
                if (maps[index] < 0)
                    return $"the program uses map '{described[index].Name}' ({described[index].Type}), which is not created";
                index = maps[index];
            }
            else if (index < 0 && !isOurs(~index))
            {
                // A descriptor the compiler wrote is carried as its complement; one of ours must not be taken for it.
                index = ~index;
            }
            BinaryPrimitives.WriteInt32LittleEndian(instruction[4..], index);
        }
        return null;
    }

    private unsafe KernelAnswer Load(BpfProgram program, LoadSession session, byte[] instructions, int types, int target, int logLevel, out int descriptor)
    {
        byte[] functions = types == 0 ? [] : Records(program.FuncInfos, 8, Write), lines = types == 0 ? [] : Records(program.LineInfos, 16, Write);
        byte[] license = [.. Encoding.UTF8.GetBytes(program.License), 0];
        fixed (byte* code = instructions, functionStart = functions, lineStart = lines, licenseStart = license)
        {
            var load = new ProgramLoadAttributes
            {
                prog_type = (uint)program.Type,
                insn_cnt = (uint)instructions.Length / 8,
                insns = (ulong)code,
                license = (ulong)licenseStart,
                prog_flags = program.Flags,
                prog_name = ObjectName.From(program.Name),
                expected_attach_type = (uint)program.ExpectedAttachType,
                prog_btf_fd = (uint)types,
                func_info_rec_size = functions.Length == 0 ? 0u : 8,
                func_info = (ulong)functionStart,
                func_info_cnt = (uint)functions.Length / 8,
                line_info_rec_size = lines.Length == 0 ? 0u : 16,
                line_info = (ulong)lineStart,
                line_info_cnt = (uint)lines.Length / 16,
                attach_btf_id = (uint)program.AttachBtfId,
                attach_prog_fd = (uint)target,
            };
            for (int size = _firstLogSize; ; size = (int)Math.Min((long)size * 8, _largestLogSize))
            {
                (descriptor, Errno errno, string log) = Load(session, ref load, logLevel, size);
                if (errno != Errno.ENOSPC || logLevel == 0)
                    return Answer(program, errno, log, cut: false);
                if (size < _largestLogSize)
                    continue;
                // Longer than what is kept: the verdict is asked for without the long part.
                (descriptor, errno, string statistics) = Load(session, ref load, StatisticsLevel, size);
                return Answer(program, errno, statistics, cut: true) with { Log = log };
            }
        }
    }

    /// <summary>One BPF_PROG_LOAD; a signal makes the kernel give up and say so, after which it is asked again.</summary>
    private static unsafe (int Descriptor, Errno Errno, string Log) Load(LoadSession session, ref ProgramLoadAttributes load, int logLevel, int logSize)
    {
        load.log_level = (uint)logLevel;
        if (logLevel == 0)
        {
            load.log_buf = load.log_size = 0;
            return (Attempt(session, ref load, out Errno refusal), refusal, "");
        }
        byte* buffer = (byte*)NativeMemory.Alloc((nuint)logSize);
        try
        {
            buffer[0] = 0;
            load.log_buf = (ulong)buffer;
            load.log_size = (uint)logSize;
            int descriptor = Attempt(session, ref load, out Errno errno);
            ReadOnlySpan<byte> log = new(buffer, logSize);
            int end = log.IndexOf((byte)0);
            return (descriptor, errno, Encoding.UTF8.GetString(end < 0 ? log : log[..end]));
        }
        finally
        {
            NativeMemory.Free(buffer);
        }

        static int Attempt(LoadSession session, ref ProgramLoadAttributes load, out Errno errno)
        {
            int descriptor;
            int left = Interrupted;
            do
                descriptor = session.Open(BpfCommand.ProgramLoad, ref load, out errno);
            while (errno is Errno.EAGAIN or Errno.EINTR && --left > 0);
            return descriptor;
        }
    }

    private KernelAnswer Answer(BpfProgram program, Errno errno, string log, bool cut)
    {
        string message = errno == Errno.None ? "" : KernelLogText.Message(log);
        if (errno == Errno.EPERM && message.Length == 0)
            return KernelAnswer.NotAsked(NotPermitted(program), errno);
        return new KernelAnswer
        {
            Verdict = errno == Errno.None ? Verdict.Accepted
                : message.StartsWith("BPF program is too large. Processed", StringComparison.Ordinal) ? Verdict.LimitReached
                : Verdict.Rejected,
            Errno = errno,
            Message = message,
            Log = log,
            LogCut = cut,
            Statistics = KernelLogText.TryReadStatistics(log, out VerificationStatistics statistics) ? statistics : null,
        };
    }

    private string NotPermitted(BpfProgram program)
    {
        LoaderCapabilities missing = ProgramCapabilities.Needed(program.Type) & ~_kernel.Capabilities;
        return missing == LoaderCapabilities.None
            ? $"BPF_PROG_LOAD is not permitted (EPERM) for {program.Type} programs on this machine: the verifier was not reached"
            : $"BPF_PROG_LOAD is not permitted (EPERM): {program.Type} programs need {ProcessCapabilities.Names(missing)}";
    }

    private static byte[] Records<T>(IReadOnlyList<T> records, int size, Action<T, Span<byte>> write)
    {
        byte[] bytes = new byte[records.Count * size];
        for (int i = 0; i < records.Count; i++)
            write(records[i], bytes.AsSpan(i * size, size));
        return bytes;
    }

    private static void Write(FuncInfo info, Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, info.InstructionOffset);
        BinaryPrimitives.WriteInt32LittleEndian(to[4..], info.TypeId);
    }

    private static void Write(LineInfo info, Span<byte> to)
    {
        BinaryPrimitives.WriteInt32LittleEndian(to, info.InstructionOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(to[4..], info.FileNameOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(to[8..], info.LineOffset);
        BinaryPrimitives.WriteUInt32LittleEndian(to[12..], info.LineColumn);
    }
}
