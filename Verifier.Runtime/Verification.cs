using System.Diagnostics.CodeAnalysis;
using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>Raised where the walk meets a construct that is not modelled; becomes <see cref="Verdict.NotImplemented"/>.</summary>
internal sealed class NotModeledException(string construct) : Exception(construct);

/// <summary>Raised when a bound of ours (time, memory, cancellation) is reached; becomes <see cref="Verdict.LimitReached"/>.</summary>
internal sealed class BoundReachedException(string bound) : Exception(bound);

internal enum AccessKind : byte
{
    Read = 1,
    Write = 2,
}

internal enum RegUse : byte
{
    /// <summary>Read.</summary>
    Source,
    /// <summary>Written; what it held is forgotten.</summary>
    Destination,
    /// <summary>Written; the caller sets what it holds.</summary>
    DestinationNoMark,
}

/// <summary>A map the program uses, or the template of an inner map of one.</summary>
internal sealed class MapInfo
{
    public required BpfMap Map { get; init; }
    public required int Handle { get; init; }
    /// <summary>Handle of the inner map's template, 0 if there is none.</summary>
    public int InnerHandle { get; set; }
    public MapType Type => Map.Type;
    public uint KeySize => Map.KeySize;
    public uint ValueSize => Map.ValueSize;
    /// <summary>The types of key and value; null when the map was created without.</summary>
    public BtfTypes? Types { get; init; }
    /// <summary>Creation flags; what device maps give to programs is the kernel's own and cannot be written.</summary>
    public uint Flags => Type is MapType.DevMap or MapType.DevMapHash ? Map.Flags | Uapi.BPF_F_RDONLY_PROG : Map.Flags;
    /// <summary>BTF id of the kernel struct behind a map of this type, -1 if none can be read; see <see cref="MapStructs"/>.</summary>
    public int StructId { get; init; } = -1;
    /// <summary>Special fields of the value (spin locks, timers, kptrs …) found in its BTF, or null.</summary>
    public MapRecord? Record { get; set; }
}

/// <summary>
/// One verification: everything known while one program is checked. Split by concern into the folders of this project;
/// nothing in it outlives <c>Run</c>.
/// </summary>
internal sealed partial class Verification
{
    public readonly BpfProgram Program;
    public readonly IKernel Kernel;
    public readonly Changes Changes;
    public readonly VerifierLog Log;
    public readonly VerifierOptions Options;
    private readonly CancellationToken _cancellation;

    public readonly BtfTypes KernelTypes;
    /// <summary>The program's types and what is said in terms of them; null and empty when the kernel does not take those types.</summary>
    public BtfTypes? ProgramTypes { get; private set; }
    public IReadOnlyList<FuncInfo> FuncInfos { get; private set; }
    public IReadOnlyList<LineInfo> LineInfos { get; private set; }

    /// <summary>The instructions; maps and kernel ids resolved in place by <c>ResolvePseudoLdImm64</c>.</summary>
    public readonly Insn[] Insns;
    public readonly InsnAux[] Aux;

    /// <summary>Maps by handle; [0] is unused so that handle 0 means none.</summary>
    public readonly List<MapInfo?> Maps = [null];

    /// <summary>Functions in instruction order; <see cref="SubprogCount"/> real ones and one more whose Start is the end.</summary>
    public SubprogInfo[] Subprogs = [];
    public int SubprogCount;

    /// <summary>Instructions in postorder, function by function (releases that compute it).</summary>
    public int[] Postorder = [];

    /// <summary>The program's type; for freplace the type of the program it replaces.</summary>
    public ProgramType ProgType;

    /// <summary>The license allows GPL-only helpers and kernel types.</summary>
    public readonly bool GplCompatible;

    // What the loader may do.
    public readonly bool BpfCapable;
    public readonly bool AllowPtrLeaks;
    public readonly bool AllowUninitStack;
    public readonly bool BypassSpecV1;
    public readonly bool BypassSpecV4;
    public bool StrictAlignment;
    public readonly bool TestStateFreq;
    public readonly bool TestRegInvariants;

    // The walk.
    public readonly LivenessMarks? Marks;
    public readonly StatePool Pool;
    public VerifierState State = null!;
    public int InsnIdx;
    public int PrevInsnIdx;
    private uint _idGen;

    /// <summary>Watches the walk; null but in tests.</summary>
    public IWalkObserver? Observer;

    // Statistics.
    public int InsnProcessed;
    public int PrevInsnProcessed;
    public int JumpsProcessed;
    public int PrevJumpsProcessed;
    public int MaxStatesPerInsn;
    public int TotalStates;
    public int PeakStates;
    public int LongestMarkReadWalk;

    public const int ComplexityLimitInsns = 1_000_000;
    public const int ComplexityLimitJumpSequence = 8192;
    public const int ComplexityLimitStates = 64;
    public const int MaxVarOff = 1 << 29;
    public const int MaxVarSize = 1 << 29;
    public const int MaxStack = 512;

    /// <summary>Prepares the verification of a program.</summary>
    /// <param name="program">The program.</param>
    /// <param name="kernel">Who is asked about the kernel.</param>
    /// <param name="changes">The changes this verifier has.</param>
    /// <param name="options">Log, flags and bounds.</param>
    /// <param name="cancellation">Ends it early.</param>
    /// <param name="target">The verification of the program it attaches to, which was accepted; null when it attaches to none.</param>
    public Verification(BpfProgram program, IKernel kernel, Changes changes, VerifierOptions options, CancellationToken cancellation, Verification? target = null)
    {
        Program = program;
        _target = target;
        Kernel = kernel;
        Changes = changes;
        Options = options;
        _cancellation = cancellation;
        Log = new VerifierLog(options.LogLevel, options.LogSize);
        KernelTypes = kernel.Types;
        ProgramTypes = program.Btf;
        FuncInfos = program.FuncInfos;
        LineInfos = program.LineInfos;
        _attachName = program.AttachProgram is null && KernelTypes.IsValid(program.AttachBtfId) ? KernelTypes[program.AttachBtfId].Name : "";
        Insns = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, Insn>(program.Instructions.Span).ToArray();
        Aux = new InsnAux[Insns.Length];
        ProgType = program.Type;
        GplCompatible = IsGplCompatible(program.License);

        LoaderCapabilities caps = kernel.Capabilities;
        bool admin = (caps & LoaderCapabilities.SysAdmin) != 0;
        BpfCapable = IsBpfCapable(caps);
        AllowPtrLeaks = AllowUninitStack = BypassSpecV1 = BypassSpecV4 = admin || (caps & LoaderCapabilities.PerfMon) != 0;
        StrictAlignment = (program.Flags & (Uapi.BPF_F_STRICT_ALIGNMENT | Uapi.BPF_F_ANY_ALIGNMENT)) == Uapi.BPF_F_STRICT_ALIGNMENT;
        TestStateFreq = BpfCapable && (program.Flags & Uapi.BPF_F_TEST_STATE_FREQ) != 0;
        TestRegInvariants = BpfCapable && (program.Flags & Uapi.BPF_F_TEST_REG_INVARIANTS) != 0;

        Marks = changes.LivenessByDataflow ? null : new LivenessMarks();
        Pool = new StatePool(Marks);
    }

    /// <summary>True when the loader may load a program of that many instructions.</summary>
    public static bool TakesProgramOf(int insns, LoaderCapabilities caps) => insns > 0 && insns <= (IsBpfCapable(caps) ? ComplexityLimitInsns : 4096);

    private static bool IsBpfCapable(LoaderCapabilities caps) => (caps & (LoaderCapabilities.SysAdmin | LoaderCapabilities.Bpf)) != 0;

    public FrameState CurFrame => State.Cur;

    /// <summary>Registers of the current function.</summary>
    public RegState[] Regs => State.Cur.Regs;

    /// <summary>A fresh number for a register's id, a reference or a lookup.</summary>
    public uint NewId() => ++_idGen;

    public MapInfo Map(int handle) => Maps[handle]!;

    [DoesNotReturn]
    public static Exception NotModeled(string construct) => throw new NotModeledException(construct);
}
