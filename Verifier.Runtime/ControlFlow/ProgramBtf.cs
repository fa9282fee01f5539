using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>func_info and line_info against the program's instructions and types.</summary>
internal sealed partial class Verification
{
    private bool HasDebugInfo => FuncInfos.Count != 0 || LineInfos.Count != 0;

    /// <summary>What can be checked of func_info before the functions are known (releases that look into it that early).</summary>
    public Errno CheckBtfInfoEarly()
    {
        if (!Changes.FuncInfoCheckedEarly)
            return Errno.None;
        if (FuncInfos.Count == 0)
            return HasDebugInfo && ProgramTypes is null ? Errno.EINVAL : CheckAbnormalReturn();
        if (ProgramTypes is null)
            return Errno.EINVAL;
        for (int i = 0; i < FuncInfos.Count; i++)
        {
            Errno error = CheckFuncInfoOrder(i);
            if (error == Errno.None)
                error = CheckFuncInfoType(FuncInfos[i]);
            if (error != Errno.None)
                return error;
        }
        return Errno.None;
    }

    /// <summary>func_info must name exactly the program's functions, line_info must cover each of them.</summary>
    public Errno CheckBtfInfo()
    {
        if (!HasDebugInfo)
            return CheckAbnormalReturn();
        if (ProgramTypes is null)
            return Errno.EINVAL;
        Errno error = CheckFuncInfo(ProgramTypes);
        if (error == Errno.None)
            error = CheckLineInfo(ProgramTypes);
        if (error == Errno.None)
            error = Changes.CoreRelocationsFirst ? Errno.None : CheckCoreRelocations();
        if (error == Errno.None)
            _lineInfos = LineInfos;
        return error;
    }

    /// <summary>The records must be of instructions and types; applying them is what loaders do, and is not modelled here.</summary>
    private Errno CheckCoreRelocations()
    {
        if (Program.CoreRelocations.Count == 0)
            return Errno.None;
        CoreRelo first = Program.CoreRelocations[0];
        if (first.ByteOffset % 8 != 0 || first.ByteOffset / 8 >= Insns.Length)
        {
            Log.Write($"Invalid core_relo[0].insn_off:{first.ByteOffset} prog->len:{Insns.Length}\n");
            return Errno.EINVAL;
        }
        if (ProgramTypes is not { } types || types.IsValid(first.TypeId))
            throw NotModeled("CO-RE relocation by the kernel");
        Log.Write($"relo #0: bad type id {(uint)first.TypeId}\n");
        return Errno.EINVAL;
    }

    /// <summary>Without BTF nothing tells that a function returns an int, as early returns of legacy loads and tail calls need.</summary>
    private Errno CheckAbnormalReturn()
    {
        for (int i = 1; i < SubprogCount; i++)
        {
            string? construct = Subprogs[i].HasLdAbs ? "LD_ABS" : Subprogs[i].HasTailCall ? "tail_call" : null;
            if (construct is null)
                continue;
            Log.Write($"{construct} is not allowed in subprogs without BTF\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    private Errno CheckFuncInfoOrder(int index)
    {
        uint offset = (uint)FuncInfos[index].InstructionOffset;
        if (index == 0)
        {
            if (offset == 0)
                return Errno.None;
            Log.Write($"nonzero insn_off {offset} for the first func info record");
            return Errno.EINVAL;
        }
        uint previous = (uint)FuncInfos[index - 1].InstructionOffset;
        if (offset > previous)
            return Errno.None;
        Log.Write($"same or smaller insn offset ({offset}) than previous func info record ({previous})");
        return Errno.EINVAL;
    }

    private Errno CheckFuncInfoType(FuncInfo info)
    {
        BtfType function = ProgramTypes![info.TypeId];
        if (function.Kind != BtfKind.Func)
        {
            Log.Write($"invalid type id {info.TypeId} in func info");
            return Errno.EINVAL;
        }
        return ProgramTypes[function.TypeId].Kind == BtfKind.FuncProto ? Errno.None : Errno.EINVAL;
    }

    private Errno CheckFuncInfo(BtfTypes types)
    {
        if (FuncInfos.Count == 0)
            return CheckAbnormalReturn();
        if (FuncInfos.Count != SubprogCount)
        {
            Log.Write("number of funcs in func_info doesn't match number of subprogs\n");
            return Errno.EINVAL;
        }

        for (int i = 0; i < SubprogCount; i++)
        {
            FuncInfo info = FuncInfos[i];
            SubprogInfo subprog = Subprogs[i];
            Errno error = Changes.FuncInfoCheckedEarly ? Errno.None : CheckFuncInfoOrder(i);
            if (error != Errno.None)
                return error;
            if (subprog.Start != info.InstructionOffset)
            {
                Log.Write("func_info BTF section doesn't match subprog layout in BPF program\n");
                return Errno.EINVAL;
            }
            error = Changes.FuncInfoCheckedEarly ? Errno.None : CheckFuncInfoType(info);
            if (error != Errno.None)
                return error;

            BtfType function = types[info.TypeId];
            if (i != 0 && (subprog.HasLdAbs || subprog.HasTailCall) && !ReturnsScalar(types, function))
            {
                Log.Write($"{(subprog.HasLdAbs ? "LD_ABS" : "tail_call")} is only allowed in functions that return 'int'.\n");
                return Errno.EINVAL;
            }
        }

        for (int i = 0; i < SubprogCount; i++)
        {
            BtfType function = types[FuncInfos[i].TypeId];
            Subprogs[i].FuncInfoIdx = i;
            Subprogs[i].BtfFuncId = function.Id;
            Subprogs[i].Name = function.Name;
            Subprogs[i].IsGlobal = function.Linkage == BtfLinkage.Global;
        }
        return Errno.None;
    }

    private static bool ReturnsScalar(BtfTypes types, BtfType function)
    {
        BtfType result = types[types.SkipModifiersAndTypedefs(types[function.TypeId].ReturnTypeId)];
        return result.IsEnum || (result.Kind == BtfKind.Int && result.Size <= 8);
    }

    private Errno CheckLineInfo(BtfTypes types)
    {
        if (LineInfos.Count == 0)
            return Errno.None;
        uint previous = 0;
        int subprog = 0;
        for (int i = 0; i < LineInfos.Count; i++)
        {
            LineInfo line = LineInfos[i];
            uint offset = (uint)line.InstructionOffset;
            if ((i != 0 && offset <= previous) || offset >= (uint)Insns.Length)
            {
                Log.Write($"Invalid line_info[{i}].insn_off:{offset} (prev_offset:{previous} prog->len:{Insns.Length})\n");
                return Errno.EINVAL;
            }
            if (Insns[offset].Code == 0)
            {
                Log.Write($"Invalid insn code at line_info[{i}].insn_off\n");
                return Errno.EINVAL;
            }
            if (!types.IsValidString(line.LineOffset) || !types.IsValidString(line.FileNameOffset))
            {
                Log.Write($"Invalid line_info[{i}].line_off or .file_name_off\n");
                return Errno.EINVAL;
            }
            if (subprog != SubprogCount)
            {
                if (offset == Subprogs[subprog].Start)
                {
                    subprog++;
                }
                else if (Subprogs[subprog].Start < offset)
                {
                    Log.Write($"missing bpf_line_info for func#{subprog}\n");
                    return Errno.EINVAL;
                }
            }
            previous = offset;
        }

        if (subprog == SubprogCount)
            return Errno.None;
        Log.Write($"missing bpf_line_info for {SubprogCount - subprog} funcs starting from func#{subprog}\n");
        return Errno.EINVAL;
    }
}
