using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>
/// What the verifier asks of a kernel: the only door. What stands behind it may be a release's tables, types that a user
/// gives, or a running kernel. Numbers of the kernel's interface to user space (helpers, flags, offsets in its structs) are
/// constants of the release and not asked for.
/// </summary>
/// <remarks>
/// Every member is listed in <c>kernel-headers/RELEASE/surface.txt</c> with the code that asks it; the fewer there are, the more changes of a verifier
/// stay inside it. None is asked for each instruction: what is needed that often, a verification asks once and keeps.
/// </remarks>
internal interface IKernel
{
    /// <summary>The release as it is called, <c>6.12</c>.</summary>
    string Name { get; }

    /// <summary>The kernel's types. Asked once a verification.</summary>
    BtfTypes Types { get; }

    /// <summary>False when the kernel's symbols are known and none is called so.</summary>
    bool MayHaveSymbol(string name);

    /// <summary>Capabilities of the loading process.</summary>
    LoaderCapabilities Capabilities { get; }

    /// <summary>CPUs the machine can have, at least 1.</summary>
    int PossibleCpus { get; }

    /// <summary>The release has programs of this type.</summary>
    bool Has(ProgramType type);

    /// <summary>The release has maps of this type.</summary>
    bool Has(MapType type);

    /// <summary>The release has this attach type.</summary>
    bool Has(AttachType type);

    /// <summary>The gate is open: the kernel is configured so, or its compiler to machine code can do it.</summary>
    bool IsOpen(KernelGate gate);

    /// <summary>BTF id of the struct behind maps of this type, -1 if programs cannot read it.</summary>
    int MapStruct(MapType type);

    /// <summary>Helpers are numbered from 0 to one less.</summary>
    int HelperCount { get; }

    /// <summary>A helper's name, <c>unknown</c> for a number that has none.</summary>
    string HelperName(int helper);

    /// <summary>The prototype a helper has for programs of a type, null if they may not call it: as the kernel decides it by type, attach type, sleeping and capabilities.</summary>
    HelperProto? Helper(ProgramType type, int helper, AttachType attach, bool sleepable);

    /// <summary>A helper's prototype by its symbol (<c>bpf_seq_printf_proto</c>), null if there is none.</summary>
    HelperProto? HelperPrototype(string symbol);

    /// <summary>A kfunc as programs of a type see it; false when none is registered for them.</summary>
    /// <param name="type">The program's type.</param>
    /// <param name="name">The kfunc.</param>
    /// <param name="flags">Its flags.</param>
    /// <param name="filter">The function that decides further, or null.</param>
    bool TryGetKfunc(ProgramType type, string name, out KfuncFlags flags, out string? filter);

    /// <summary>The context of that program type is a struct whose rules are known.</summary>
    bool KnowsContext(ProgramType type);

    /// <summary>Offsets from here on are beyond the rules of every context.</summary>
    int ContextWindow { get; }

    /// <summary>Whether a program type may access its context so, and what a load gives.</summary>
    bool MayAccessContext(ProgramType type, int off, int size, AccessKind kind, out RegType yields);

    /// <summary>Accesses to the context are rewritten to the kernel's own struct.</summary>
    bool ConvertsContext(ProgramType type);

    /// <summary>Programs of this type may store into some of the kernel's structs.</summary>
    bool WritesStructs(ProgramType type);

    /// <summary>The name is in one of the kernel's sets of types or functions; a set the release has not is empty.</summary>
    bool IsIn(KernelSet set, string name);

    /// <summary>The result of this function may be changed by fmod_ret programs.</summary>
    bool MayModifyReturn(string function);

    /// <summary>fmod_ret programs on this function may sleep.</summary>
    bool MayModifyReturnAsleep(string function);

    /// <summary>Template whose typedef describes a raw tracepoint's arguments; null when there is no such tracepoint.</summary>
    string? TracepointTemplate(string tracepoint);

    /// <summary>Bits of a raw tracepoint's arguments that may be null or an error.</summary>
    ulong TracepointNullArguments(string tracepoint);

    /// <summary>What programs that implement members of this struct may do; null if none can.</summary>
    StructOps? StructOps(string name);
}

/// <summary>Sets of names that the kernel keeps for its verifier.</summary>
internal enum KernelSet
{
    /// <summary>LSM hooks that return 0 or 1.</summary>
    BoolLsmHooks,
    /// <summary>LSM hooks no program attaches to.</summary>
    BpfLsmDisabledHooks,
    /// <summary>LSM hooks.</summary>
    BpfLsmHooks,
    /// <summary>LSM hooks at which the socket is locked.</summary>
    BpfLsmLockedSockoptHooks,
    /// <summary>LSM hooks at which it is not.</summary>
    BpfLsmUnlockedSockoptHooks,
    /// <summary>Functions from which <c>bpf_d_path</c> may be called.</summary>
    BtfAllowlistDPath,
    /// <summary>Functions nothing is attached to.</summary>
    BtfIdDeny,
    /// <summary>Functions that do not return.</summary>
    NoreturnDeny,
    /// <summary>Kfuncs of every member of a Qdisc.</summary>
    QdiscCommonKfuncSet,
    /// <summary>Kfuncs of its <c>dequeue</c>.</summary>
    QdiscDequeueKfuncSet,
    /// <summary>Kfuncs of its <c>enqueue</c>.</summary>
    QdiscEnqueueKfuncSet,
    /// <summary>Types that are freed after a grace period.</summary>
    RcuProtectedTypes,
    /// <summary>LSM hooks at which programs may sleep.</summary>
    SleepableLsmHooks,
    /// <summary>LSM hooks whose arguments are not trusted.</summary>
    UntrustedLsmHooks,
}
