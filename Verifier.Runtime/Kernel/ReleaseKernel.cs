using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>
/// A kernel of this release: its rules are the tables the release was compiled with; types, symbols, capabilities,
/// CPUs and what is known of gates are the profile's, which may be the release's own, a user's BTF or a running kernel's.
/// </summary>
internal sealed class ReleaseKernel(KernelProfile profile) : IKernel
{
    /// <summary>Patch level of the image the tables were read from.</summary>
    public const int PatchLevel = Abi.Patch;

    /// <summary>The release, with the patch level of the image its tables were read from.</summary>
    public static KernelRelease Release => KernelRelease.TryParse(Abi.Release, out KernelRelease release)
        ? release with { Patch = PatchLevel }
        : throw new InvalidOperationException($"'{Abi.Release}' is no release");

    public string Name => Abi.Release;

    public BtfTypes Types => profile.Types;

    public bool MayHaveSymbol(string name) => profile.Symbols is not { } symbols || symbols.TryGetAddress(name, out _);

    public LoaderCapabilities Capabilities => profile.Capabilities;

    public int PossibleCpus => profile.PossibleCpus;

    public bool Has(ProgramType type) => Abi.HasProgramType(type);

    public bool Has(MapType type) => Abi.HasMapType(type);

    public bool Has(AttachType type) => Abi.HasAttachType(type);

    public bool IsOpen(KernelGate gate) => profile.Gates.TryGetValue(gate, out bool open) ? open : Gates.IsOpen(gate switch
    {
        KernelGate.Jit => "bpf_jit_enable",
        KernelGate.PreemptRt => "CONFIG_PREEMPT_RT",
        KernelGate.JitPerCpuInstructions => "bpf_jit_supports_percpu_insn",
        KernelGate.JitPrivateStacks => "bpf_jit_supports_private_stack",
        KernelGate.JitTimedMayGoto => "bpf_jit_supports_timed_may_goto",
        _ => throw new ArgumentOutOfRangeException(nameof(gate)),
    });

    public int MapStruct(MapType type) => MapStructs.Find(profile.Types, type);

    public int HelperCount => Abi.HelperCount;

    public string HelperName(int helper) => HelperTable.Name(helper);

    public HelperProto? Helper(ProgramType type, int helper, AttachType attach, bool sleepable) =>
        HelperTable.Lookup(type, helper, (int)attach, sleepable, (int)profile.Capabilities);

    public HelperProto? HelperPrototype(string symbol) => HelperTable.Find(symbol);

    public bool TryGetKfunc(ProgramType type, string name, out KfuncFlags flags, out string? filter) => KfuncTable.TryLookup(type, name, out flags, out filter);

    public bool KnowsContext(ProgramType type) => ContextTable.Knows(type);

    public int ContextWindow => ContextTable.Window;

    public bool MayAccessContext(ProgramType type, int off, int size, AccessKind kind, out RegType yields) =>
        ContextTable.TryAccess(type, off, size, kind, out yields, out _);

    public bool ConvertsContext(ProgramType type) => ContextTable.Converts(type);

    public bool WritesStructs(ProgramType type) => ContextTable.WritesBtfStructs(type);

    public bool IsIn(KernelSet set, string name) => Set(set).Contains(name);

    public bool MayModifyReturn(string function) => ModifyReturn.Allows(function);

    public bool MayModifyReturnAsleep(string function) => ModifyReturn.MaySleep(function);

    public string? TracepointTemplate(string tracepoint) => RawTracepoints.TemplateOf(tracepoint);

    public ulong TracepointNullArguments(string tracepoint) => RawTracepoints.NullArguments(tracepoint);

    public StructOps? StructOps(string name) => StructOpsTable.Find(name);

    private static BtfSet Set(KernelSet set) => set switch
    {
        KernelSet.BoolLsmHooks => BtfSets.BoolLsmHooks,
        KernelSet.BpfLsmDisabledHooks => BtfSets.BpfLsmDisabledHooks,
        KernelSet.BpfLsmHooks => BtfSets.BpfLsmHooks,
        KernelSet.BpfLsmLockedSockoptHooks => BtfSets.BpfLsmLockedSockoptHooks,
        KernelSet.BpfLsmUnlockedSockoptHooks => BtfSets.BpfLsmUnlockedSockoptHooks,
        KernelSet.BtfAllowlistDPath => BtfSets.BtfAllowlistDPath,
        KernelSet.BtfIdDeny => BtfSets.BtfIdDeny,
        KernelSet.NoreturnDeny => BtfSets.NoreturnDeny,
        KernelSet.QdiscCommonKfuncSet => BtfSets.QdiscCommonKfuncSet,
        KernelSet.QdiscDequeueKfuncSet => BtfSets.QdiscDequeueKfuncSet,
        KernelSet.QdiscEnqueueKfuncSet => BtfSets.QdiscEnqueueKfuncSet,
        KernelSet.RcuProtectedTypes => BtfSets.RcuProtectedTypes,
        KernelSet.SleepableLsmHooks => BtfSets.SleepableLsmHooks,
        KernelSet.UntrustedLsmHooks => BtfSets.UntrustedLsmHooks,
        _ => throw new ArgumentOutOfRangeException(nameof(set)),
    };
}
