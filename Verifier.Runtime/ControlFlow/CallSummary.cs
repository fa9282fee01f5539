using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>What passes over the code want to know of a call without walking it.</summary>
internal sealed partial class Verification
{
    /// <summary>Calls of helpers and kfuncs in short.</summary>
    /// <param name="Arguments">Registers r1 … that carry arguments, 0 to 5.</param>
    /// <param name="IsVoid">r0 is not set.</param>
    /// <param name="Fastcall">Only registers of arguments and result are overwritten, and the kernel inlines the call.</param>
    private readonly record struct CallSummary(int Arguments, bool IsVoid, bool Fastcall);

    /// <summary>False for calls of subprograms, and for calls the walk will refuse.</summary>
    private bool TryCallSummary(Insn call, out CallSummary summary)
    {
        summary = default;
        if (call.IsHelperCall)
        {
            if (LookupHelper(call.Imm) is not { } proto)
                return false;
            int arguments = Array.FindIndex(proto.Args, static arg => arg.Bits == 0);
            summary = new CallSummary(
                arguments < 0 ? proto.Args.Length : arguments,
                proto.Return.Bits == (uint)ReturnKind.Void,
                // The one helper the verifier itself inlines.
                proto.AllowFastcall && call.Imm == HelperId.GetSmpProcessorId
                    && Kernel.IsOpen(KernelGate.Jit) && Kernel.IsOpen(KernelGate.JitPerCpuInstructions));
            return true;
        }

        if (!call.IsKfuncCall || !TryKfunc(call, out KfuncFlags flags, out string name))
            return false;
        BtfType prototype = KernelTypes[KernelTypes[call.Imm].TypeId];
        summary = new CallSummary(
            prototype.VLen,
            prototype.ReturnTypeId == 0,
            Changes.FastcallKfuncsFlagged
                ? (flags & KfuncFlags.Fastcall) != 0
                : name is "bpf_cast_to_kern_ctx" or "bpf_rdonly_cast");
        return true;
    }

    /// <summary>A kfunc of the kernel itself that this program may call.</summary>
    private bool TryKfunc(Insn call, out KfuncFlags flags, out string name)
    {
        flags = default;
        name = "";
        if (call.Imm == 0 || call.Off != 0)
            return false;
        KfuncInfo kfunc = Kfunc(call.Imm);
        (flags, name) = (kfunc.Flags, kfunc.Name);
        return kfunc.IsKnown && PassesKfuncFilter(kfunc.Filter, name);
    }

    private string KfuncNameOf(Insn insn) => insn.IsKfuncCall && insn.Off == 0 ? Kfunc(insn.Imm).Name : "";

    /// <summary>The call runs a function of the program before it returns.</summary>
    private bool CallsSyncCallback(Insn insn) => insn.IsHelperCall
        ? HelperGroups.CallsSynchronously(insn.Imm)
        : insn.IsKfuncCall && KfuncNameOf(insn) == "bpf_rbtree_add_impl";

    /// <summary>The call has a function of the program run later.</summary>
    private bool CallsAsyncCallback(Insn insn) => insn.IsHelperCall
        ? insn.Imm == HelperId.TimerSetCallback
        : insn.IsKfuncCall && KfuncNameOf(insn) is "bpf_wq_set_callback_impl"
            or "bpf_task_work_schedule_signal_impl" or "bpf_task_work_schedule_resume_impl";
}
