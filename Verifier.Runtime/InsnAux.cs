namespace BpfVerifier.Runtime;

/// <summary>What the passes learn about one instruction and later passes need.</summary>
internal struct InsnAux
{
    /// <summary>Pointer kind the first walk over this load or store saw; the same instruction must not access two incompatible kinds.</summary>
    public RegType PtrType;
    /// <summary>Handle of the map a tail call or lookup used; see <see cref="MapPoisoned"/>.</summary>
    public int MapHandle;
    /// <summary>Different maps reached this call.</summary>
    public bool MapPoisoned;
    /// <summary>ldimm64: handle of the map and offset into its value.</summary>
    public int MapOff;
    /// <summary>ldimm64 of a kernel variable: type of the resulting pointer, and its BTF id or size.</summary>
    public RegType BtfVarType;
    public int BtfVarId;
    public BtfOwner BtfVarOwner;
    public int BtfVarSize;
    public bool Seen;
    /// <summary>Target of a jump: history is recorded here.</summary>
    public bool JumpPoint;
    /// <summary>States are compared (and may be remembered) here.</summary>
    public bool PrunePoint;
    /// <summary>A state is always remembered here.</summary>
    public bool ForceCheckpoint;
    /// <summary>A call that runs a callback synchronously.</summary>
    public bool CallsCallback;
    public bool IsIterNext;
    /// <summary>Strongly connected component in the control flow graph, 0 for none.</summary>
    public int Scc;
    /// <summary>Registers read before written from here, one bit each (releases with ahead-of-time liveness).</summary>
    public ushort LiveRegsBefore;
    /// <summary>bpf_fastcall: pattern member and number of spills.</summary>
    public bool FastcallPattern;
    public byte FastcallSpills;
    public bool LoopInlineInitialized;
    public bool LoopFitForInline;
    public int LoopCallbackSubprog;
    // Spectre sanitation of pointer arithmetic.
    public byte AluState;
    public uint AluLimit;
    public bool NoSpec;
    public bool NoSpecResult;
}
