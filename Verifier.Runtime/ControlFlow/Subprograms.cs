using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>Finding the program's functions and the kernel functions it calls.</summary>
internal sealed partial class Verification
{
    private const int MaxSubprogs = 256;
    private const int MaxKfuncs = 256;

    /// <summary>Subprogram that serves as exception callback, 0 if none.</summary>
    public int ExceptionCallbackSubprog;

    private readonly HashSet<int> _kfuncs = [];

    /// <summary>Number of the function that begins at <paramref name="insnIdx"/>, or -1.</summary>
    public int FindSubprog(int insnIdx)
    {
        int subprog = FindContainingSubprog(insnIdx);
        return subprog >= 0 && Subprogs[subprog].Start == insnIdx ? subprog : -1;
    }

    /// <summary>Number of the function <paramref name="insnIdx"/> belongs to, or -1 outside the program.</summary>
    public int FindContainingSubprog(int insnIdx)
    {
        if ((uint)insnIdx >= (uint)Insns.Length || SubprogCount == 0)
            return -1;
        int low = 0;
        int high = SubprogCount - 1;
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            if (Subprogs[middle].Start <= insnIdx)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }

    /// <summary>Finds every function that is called or referred to, and checks the kfuncs that are called.</summary>
    public Errno AddSubprogAndKfunc()
    {
        Subprogs = new SubprogInfo[MaxSubprogs + 1];
        Errno error = AddSubprog(0);
        for (int i = 0; i < Insns.Length && error == Errno.None; i++)
        {
            Insn insn = Insns[i];
            if (!(insn.IsPseudoFunc && Changes.FunctionPointers) && !insn.IsPseudoCall && !(insn.IsKfuncCall && Changes.KfuncCalls))
                continue;
            if (!BpfCapable)
            {
                Log.Write("loading/calling other bpf or kernel functions are allowed for CAP_BPF and CAP_SYS_ADMIN\n");
                return Errno.EPERM;
            }
            error = insn.IsKfuncCall ? AddKfunc(insn) : AddSubprog(unchecked(i + insn.Imm + 1));
        }
        if (error == Errno.None && Changes.ExceptionCallbacks)
            error = AddExceptionCallback();
        if (error != Errno.None)
            return error;

        if (!Kernel.IsOpen(KernelGate.Jit))
            RequireJit();
        // One more, never counted, marks the end of the last.
        Subprogs[SubprogCount] = new SubprogInfo { Start = Insns.Length };
        if (Log.Level2)
        {
            for (int i = 0; i < SubprogCount; i++)
                Log.Write($"func#{i} @{Subprogs[i].Start}\n");
        }
        return Errno.None;
    }

    private Errno AddSubprog(int start)
    {
        if ((uint)start >= (uint)Insns.Length)
        {
            Log.Write("call to invalid destination\n");
            return Errno.EINVAL;
        }
        int before = FindContainingSubprog(start);
        if (before >= 0 && Subprogs[before].Start == start)
            return Errno.None;
        if (SubprogCount >= MaxSubprogs)
        {
            Log.Write("too many subprograms\n");
            return Errno.E2BIG;
        }
        int at = before + 1;
        Array.Copy(Subprogs, at, Subprogs, at + 1, SubprogCount - at);
        Subprogs[at] = new SubprogInfo { Start = start };
        SubprogCount++;
        return Errno.None;
    }

    private Errno AddKfunc(Insn insn)
    {
        if (_kfuncs.Count == 0 && !GplCompatible)
        {
            Log.Write("cannot call kernel function from non-GPL compatible program\n");
            return Errno.EINVAL;
        }
        // A call nobody could resolve; it is only wrong if it can be reached.
        if (insn.Imm == 0 && insn.Off == 0)
            return Errno.None;
        if (insn.Off < 0)
        {
            Log.Write("negative offset disallowed for kernel module function call\n");
            Log.Write("failed to find BTF for kernel function\n");
            return Errno.EINVAL;
        }
        if (insn.Off > 0)
            throw NotModeled("kfunc of a kernel module");
        if (_kfuncs.Contains(insn.Imm))
            return Errno.None;
        if (_kfuncs.Count == MaxKfuncs)
        {
            Log.Write("too many different kernel function calls\n");
            return Errno.E2BIG;
        }

        BtfType function = KernelTypes[insn.Imm];
        if (function.Kind != BtfKind.Func)
        {
            Log.Write($"kernel btf_id {(uint)insn.Imm} is not a function\n");
            return Errno.EINVAL;
        }
        if (KernelTypes[function.TypeId].Kind != BtfKind.FuncProto)
        {
            Log.Write($"kernel function btf_id {(uint)insn.Imm} does not have a valid func_proto\n");
            return Errno.EINVAL;
        }
        // These read a packet's metadata from the driver; a program that is not bound to a device has none.
        if (function.Name is "bpf_xdp_metadata_rx_timestamp" or "bpf_xdp_metadata_rx_hash" or "bpf_xdp_metadata_rx_vlan_tag")
        {
            Log.Write("metadata kfuncs require device-bound program\n");
            return Errno.EINVAL;
        }
        _kfuncs.Add(insn.Imm);
        return Errno.None;
    }

    /// <summary>What a kernel that interprets programs refuses or rewrites in ways of its own is not modelled.</summary>
    private void RequireJit()
    {
        if (SubprogCount > 1)
            throw NotModeled("functions, on a kernel whose compiler to machine code is off");
        if (_kfuncs.Count > 0)
            throw NotModeled("kfuncs, on a kernel whose compiler to machine code is off");
        if (Array.Exists(Insns, insn => insn.IsMayGoto))
            throw NotModeled("may_goto, on a kernel whose compiler to machine code is off");
    }

    /// <summary>The licenses the kernel takes for GPL compatible (include/linux/license.h).</summary>
    public static bool IsGplCompatible(string license) => license is "GPL" or "GPL v2" or "GPL and additional rights"
        or "Dual BSD/GPL" or "Dual MIT/GPL" or "Dual MPL/GPL";

    /// <summary>The main program's BTF may name, in a declaration tag, the function that handles thrown exceptions.</summary>
    private Errno AddExceptionCallback()
    {
        if (FuncInfos.Count == 0 || ProgramTypes is not { } types)
            return Errno.None;
        const string key = "exception_callback:";
        int main = FuncInfos[0].TypeId;
        string? name = null;
        for (int id = 1; id < types.Count; id++)
        {
            BtfType tag = types[id];
            if (tag.Kind != BtfKind.DeclTag || tag.TypeId != main || tag.ComponentIndex != -1)
                continue;
            string text = tag.Name;
            if (!text.StartsWith(key, StringComparison.Ordinal))
                continue;
            if (name is not null)
            {
                Log.Write("multiple exception callback tags for main subprog\n");
                return Errno.EEXIST;
            }
            name = text[key.Length..];
        }
        if (name is null)
            return Errno.None;

        int function = types.Find(name, BtfKind.Func);
        if (function < 0)
        {
            Log.Write($"exception callback '{name}' could not be found in BTF\n");
            return Errno.ENOENT;
        }
        if (types[function].Linkage != BtfLinkage.Global)
        {
            Log.Write($"exception callback '{name}' must have global linkage\n");
            return Errno.EINVAL;
        }

        int start = -1;
        foreach (FuncInfo info in FuncInfos)
        {
            if (info.TypeId != function)
                continue;
            start = info.InstructionOffset;
            if (start == 0)
                Log.Write("invalid exception callback insn_off in func_info: 0\n");
        }
        if (start <= 0)
        {
            if (start < 0)
                Log.Write("exception callback type id not found in func_info\n");
            return Errno.EINVAL;
        }

        Errno error = AddSubprog(start);
        if (error != Errno.None)
            return error;
        ExceptionCallbackSubprog = FindSubprog(start);
        SubprogInfo callback = Subprogs[ExceptionCallbackSubprog];
        callback.IsCallback = callback.IsAsyncCallback = callback.IsExceptionCallback = true;
        return Errno.None;
    }

    /// <summary>Jumps stay within their function, and no function runs into the next.</summary>
    public Errno CheckSubprogs()
    {
        int current = 0;
        for (int i = 0; i < Insns.Length; i++)
        {
            Insn insn = Insns[i];
            SubprogInfo subprog = Subprogs[current];
            int end = Subprogs[current + 1].Start;
            if (insn.IsHelperCall && insn.Imm == HelperId.TailCall)
                subprog.HasTailCall = true;
            if (insn.Class == Opcode.Ld && insn.Mode is Opcode.Abs or Opcode.Ind)
                subprog.HasLdAbs = true;
            if (insn.Class is Opcode.Jmp or Opcode.Jmp32 && insn.Op is not (Opcode.Exit or Opcode.Call))
            {
                int target = unchecked(i + JumpOffset(insn) + 1);
                if (target < subprog.Start || target >= end)
                {
                    Log.Write($"jump out of range from insn {i} to {target}\n");
                    return Errno.EINVAL;
                }
            }
            if (i == end - 1)
            {
                if (insn.Code is not (Opcode.Jmp | Opcode.Exit or Opcode.Jmp32 | Opcode.Ja or Opcode.Jmp | Opcode.Ja))
                {
                    Log.Write("last insn is not an exit or jmp\n");
                    return Errno.EINVAL;
                }
                current++;
            }
        }
        return Errno.None;
    }

    /// <summary>Distance a jump goes, counted from the instruction behind it.</summary>
    private static int JumpOffset(Insn insn) => insn.Code == (Opcode.Jmp32 | Opcode.Ja) ? insn.Imm : insn.Off;
}
