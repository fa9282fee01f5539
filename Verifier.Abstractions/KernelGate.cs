namespace BpfVerifier;

/// <summary>What a kernel's configuration, its settings or its compiler to machine code (JIT) let its verifier allow.</summary>
public enum KernelGate
{
    /// <summary>Programs are compiled to machine code (<c>net.core.bpf_jit_enable</c> is not 0).</summary>
    Jit,
    /// <summary>CONFIG_PREEMPT_RT: most locks sleep.</summary>
    PreemptRt,
    /// <summary>The JIT has instructions for per-CPU data, so that <c>bpf_get_smp_processor_id</c> is no call.</summary>
    JitPerCpuInstructions,
    /// <summary>The JIT keeps the stack of some functions apart from the kernel's.</summary>
    JitPrivateStacks,
    /// <summary>The JIT counts the time that loops of <c>may_goto</c> take, besides their rounds.</summary>
    JitTimedMayGoto,
}
