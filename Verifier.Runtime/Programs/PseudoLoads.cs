using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>64-bit immediate loads: constants, maps, map values, kernel variables and functions.</summary>
internal sealed partial class Verification
{
    private const int MaxUsedMaps = 64;

    /// <summary>Checks every 64-bit load and resolves what it refers to; unknown opcodes are found on the way.</summary>
    public Errno ResolvePseudoLdImm64()
    {
        for (int i = 0; i < Insns.Length; i++)
        {
            ref Insn insn = ref Insns[i];
            if (insn.Class == Opcode.Ldx
                && ((insn.Mode != Opcode.Mem && !(insn.Mode == Opcode.Memsx && Changes.SignExtendingLoads)) || insn.Imm != 0))
                return UsesReservedFields("BPF_LDX");
            if (!Changes.AtomicOperations && insn.Class == Opcode.Stx && (insn.Mode is not (Opcode.Mem or Opcode.Atomic) || insn.Imm != 0))
                return UsesReservedFields("BPF_STX");
            if (!insn.IsLdImm64)
            {
                if (OpcodeTable.Contains(insn.Code, Changes))
                    continue;
                Log.Write($"unknown opcode {insn.Code:x2}\n");
                return Errno.EINVAL;
            }
            Errno err = ResolveLdImm64(i);
            if (err != Errno.None)
                return err;
            i++;
        }
        return Errno.None;
    }

    private Errno ResolveLdImm64(int i)
    {
        ref Insn insn = ref Insns[i];
        if (i == Insns.Length - 1)
            return InvalidLdImm64("invalid bpf_ld_imm64 insn\n");
        ref Insn high = ref Insns[i + 1];
        if (high.Code != 0 || high.Dst != 0 || high.Src != 0 || high.Off != 0)
            return InvalidLdImm64("invalid bpf_ld_imm64 insn\n");
        ref InsnAux aux = ref Aux[i];
        switch (insn.Src)
        {
            case 0:
                return Errno.None;
            case Pseudo.BtfId:
                return CheckPseudoBtfId(in insn, in high, ref aux);
            case Pseudo.Func when Changes.FunctionPointers:
                aux.PtrType = RegKind.Func;
                return Errno.None;
            case Pseudo.MapIdx or Pseudo.MapIdxValue when !Changes.MapsByIndex:
                return InvalidLdImm64("unrecognized bpf_ld_imm64 insn\n");
            case Pseudo.MapFd or Pseudo.MapIdx when high.Imm == 0:
            case Pseudo.MapValue or Pseudo.MapIdxValue:
                break;
            default:
                return InvalidLdImm64("unrecognized bpf_ld_imm64 insn\n");
        }
        if (insn.Src is Pseudo.MapIdx or Pseudo.MapIdxValue)
        {
            if (!Program.HasFdArray)
            {
                Log.Write("fd_idx without fd_array is invalid\n");
                return Errno.EPROTO;
            }
            if ((uint)insn.Imm >= (uint)Program.Maps.Count)
                throw NotModeled("what lies behind fd_array");
        }
        if ((uint)insn.Imm >= (uint)Program.Maps.Count)
        {
            // A descriptor written into the source: Objects passes its complement so that it is no index.
            int descriptor = insn.Imm < 0 ? ~insn.Imm : insn.Imm;
            Log.Write($"fd {descriptor} is not pointing to valid bpf_map\n");
            // The standard streams are open, but no maps.
            return descriptor <= 2 ? Errno.EINVAL : Errno.EBADF;
        }
        Errno err = UseMap(Program.Maps[insn.Imm], out MapInfo map);
        if (err != Errno.None)
            return err;
        aux.MapHandle = map.Handle;
        if (insn.Src is Pseudo.MapFd or Pseudo.MapIdx)
            return Errno.None;

        uint off = (uint)high.Imm;
        if (off >= MaxVarOff)
        {
            Log.Write($"direct value offset of {off} is not allowed\n");
            return Errno.EINVAL;
        }
        if (!HasDirectValues(map.Type))
        {
            Log.Write("no direct value access support for this map type\n");
            return Errno.EINVAL;
        }
        if (map.Type == MapType.Arena)
        {
            // Nothing can be said of the value, only that the address is the arena's.
            if (off <= map.Map.MaxEntries * (ulong)PageSize)
                return Errno.None;
            Log.Write($"invalid access to map value pointer, value_size={map.ValueSize} off={off}\n");
            return Errno.ERANGE;
        }
        err = map.Map.MaxEntries != 1 ? Errno.ENOTSUPP : off >= map.ValueSize ? Errno.EINVAL : Errno.None;
        if (err != Errno.None)
        {
            Log.Write($"invalid access to map value pointer, value_size={map.ValueSize} off={off}\n");
            return err;
        }
        aux.MapOff = (int)off;
        return Errno.None;
    }

    private Errno InvalidLdImm64(string message)
    {
        Log.Write(message);
        return Errno.EINVAL;
    }

    /// <summary>The map joins those the program uses, once.</summary>
    private Errno UseMap(BpfMap map, out MapInfo used)
    {
        foreach (MapInfo? known in Maps)
        {
            if (known is not null && ReferenceEquals(known.Map, map))
            {
                used = known;
                return Errno.None;
            }
        }
        used = AddMapInfo(map);
        bool tooMany = ++_usedMapCount > MaxUsedMaps;
        if (tooMany && Changes.MapLimitBeforeChecks)
        {
            Log.Write($"The total number of maps per program has reached the limit of {MaxUsedMaps}\n");
            return Errno.E2BIG;
        }
        Errno err = CheckMapProgCompatibility(used);
        if (err != Errno.None)
            return err;
        if (tooMany)
            return Errno.E2BIG;
        if (map.Type is MapType.CgroupStorageDeprecated or MapType.PerCpuCgroupStorageDeprecated)
        {
            foreach (MapInfo? other in Maps)
            {
                if (other is null || other == used || other.Type != map.Type)
                    continue;
                Log.Write("only one cgroup storage of each type is allowed\n");
                return Errno.EBUSY;
            }
        }
        return map.Type == MapType.Arena ? UseArena(used) : Errno.None;
    }

    private int _usedMapCount;

    /// <summary>Gives a map, the template of its inner maps, that one's template and so on a handle each.</summary>
    private MapInfo AddMapInfo(BpfMap map)
    {
        int first = Maps.Count;
        MapInfo? outer = null;
        for (BpfMap? next = map; next is not null; next = next.Inner)
        {
            CountWork();
            var info = new MapInfo
            {
                Map = next,
                Handle = Maps.Count,
                StructId = Kernel.MapStruct(next.Type),
                Types = ReferenceEquals(next.Btf, _refusedTypes) ? null : next.Btf,
            };
            info.Record = ParseMapRecord(info);
            outer?.InnerHandle = info.Handle;
            Maps.Add(info);
            outer = info;
        }
        return Map(first);
    }

    private Errno CheckPseudoBtfId(in Insn insn, in Insn high, ref InsnAux aux)
    {
        if (high.Imm != 0)
            throw NotModeled("variable of a kernel module");
        int id = insn.Imm;
        BtfType type = KernelTypes[id];
        if (id <= 0 || !KernelTypes.IsValid(id))
        {
            Log.Write($"ldimm64 insn specifies invalid btf_id {id}.\n");
            return Errno.ENOENT;
        }
        bool function = type.Kind == BtfKind.Func;
        if (type.Kind != BtfKind.Var && !(function && Changes.FunctionAddresses))
        {
            Log.Write(Changes.FunctionAddresses
                ? $"pseudo btf_id {id} in ldimm64 isn't KIND_VAR or KIND_FUNC\n"
                : $"pseudo btf_id {id} in ldimm64 isn't KIND_VAR.\n");
            return Errno.EINVAL;
        }
        if (function)
        {
            aux.BtfVarType = new RegType(RegKind.Mem, TypeFlags.ReadOnly);
            aux.BtfVarSize = 0;
            return Errno.None;
        }
        int pointee = type.TypeId;
        if (IsPerCpuVariable(id))
        {
            aux.BtfVarType = new RegType(RegKind.BtfId, TypeFlags.PerCpu);
            aux.BtfVarOwner = BtfOwner.Kernel;
            aux.BtfVarId = pointee;
            return Errno.None;
        }
        int resolved = KernelTypes.SkipModifiersAndTypedefs(pointee);
        if (KernelTypes[resolved].IsStruct)
        {
            aux.BtfVarType = RegKind.BtfId;
            aux.BtfVarOwner = BtfOwner.Kernel;
            aux.BtfVarId = pointee;
            return Errno.None;
        }
        if (!KernelTypes.TryResolveSize(resolved, out long size))
        {
            Log.Write($"ldimm64 unable to resolve the size of type '{KernelTypes[resolved].Name}': -22\n");
            return Errno.EINVAL;
        }
        aux.BtfVarType = new RegType(RegKind.Mem, TypeFlags.ReadOnly);
        aux.BtfVarSize = (int)size;
        return Errno.None;
    }

    private bool IsPerCpuVariable(int id)
    {
        int section = KernelTypes.Find(".data..percpu", BtfKind.DataSec);
        if (section <= 0)
            return false;
        BtfType variables = KernelTypes[section];
        for (int i = 0; i < variables.VLen; i++)
        {
            CountWork();
            if (variables.Variable(i).TypeId == id)
                return true;
        }
        return false;
    }

    private Errno CheckLdImm(in Insn insn)
    {
        if (insn.Size != Opcode.Dw)
        {
            Log.Write("invalid BPF_LD_IMM insn\n");
            return Errno.EINVAL;
        }
        if (insn.Off != 0)
            return UsesReservedFields("BPF_LD_IMM64");
        Errno err = CheckRegArg(insn.Dst, RegUse.Destination);
        if (err != Errno.None)
            return err;
        ref RegState dst = ref Regs[insn.Dst];
        ref InsnAux aux = ref Aux[InsnIdx];
        if (insn.Src == 0)
        {
            dst.Type = RegKind.Scalar;
            dst.SetKnown(((ulong)(uint)Insns[InsnIdx + 1].Imm << 32) | (uint)insn.Imm);
            return Errno.None;
        }
        dst.SetKnownZero();
        switch (insn.Src)
        {
            case Pseudo.BtfId:
                dst.Type = aux.BtfVarType;
                if (dst.Type.Kind == RegKind.Mem)
                {
                    dst.MemSize = aux.BtfVarSize;
                }
                else
                {
                    dst.BtfOwner = aux.BtfVarOwner;
                    dst.BtfId = aux.BtfVarId;
                }
                return Errno.None;
            case Pseudo.Func:
                return LoadFunctionAddress(in insn, ref dst);
        }
        MapInfo map = Map(aux.MapHandle);
        dst.MapHandle = map.Handle;
        if (insn.Src is Pseudo.MapFd or Pseudo.MapIdx)
        {
            dst.Type = RegKind.ConstMap;
            return Errno.None;
        }
        if (map.Type == MapType.Arena)
        {
            dst.SetUnknown(this);
            return Errno.None;
        }
        dst.Type = RegKind.MapValue;
        dst.Off = aux.MapOff;
        if (!Changes.LocksIdentifiedByMap && map.Record?.Has(FieldKind.SpinLock) == true)
            dst.Id = NewId();
        return Errno.None;
    }

    private Errno LoadFunctionAddress(in Insn insn, ref RegState dst)
    {
        int subprog = FindSubprog(InsnIdx + insn.Imm + 1);
        if (FuncInfos.Count == 0)
        {
            Log.Write("missing btf func_info\n");
            return Errno.EINVAL;
        }
        if (subprog < 0 || Subprogs[subprog].IsGlobal)
        {
            Log.Write("callback function not static\n");
            return Errno.EINVAL;
        }
        if (subprog == 0 && Changes.MainProgramIsNoCallback)
        {
            Log.Write("callback function cannot be the main program\n");
            return Errno.EINVAL;
        }
        dst.Type = RegKind.Func;
        dst.SubprogNo = subprog;
        return Errno.None;
    }

    /// <summary>The classic packet loads: r6 holds the context, the call-clobbered registers are lost.</summary>
    private Errno CheckLdAbs(in Insn insn)
    {
        const int contextRegno = 6;
        if (RuleType is not (ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct))
        {
            Log.Write("BPF_LD_[ABS|IND] instructions not allowed for this program type\n");
            return Errno.EINVAL;
        }
        if (Changes.LdAbsRefusedInCallbacks)
        {
            for (int i = State.CurFrame; i > 0; i--)
            {
                if (!State.Frames[i]!.InCallback)
                    continue;
                Log.Write("cannot use BPF_LD_[ABS|IND] within callback\n");
                return Errno.EINVAL;
            }
        }
        if (insn.Dst != 0 || insn.Off != 0 || insn.Size == Opcode.Dw || (insn.Mode == Opcode.Abs && insn.Src != 0))
            return UsesReservedFields("BPF_LD_[ABS|IND]");
        Errno err = CheckRegArg(contextRegno, RegUse.Source);
        if (err == Errno.None)
            err = CheckLdAbsHoldsNothing();
        if (err != Errno.None)
            return err;
        if (Regs[contextRegno].Type != RegKind.Ctx)
        {
            Log.Write("at the time of BPF_LD_ABS|IND R6 != pointer to skb\n");
            return Errno.EINVAL;
        }
        if (insn.Mode == Opcode.Ind)
        {
            err = CheckRegArg(insn.Src, RegUse.Source);
            if (err != Errno.None)
                return err;
        }
        err = CheckPtrOffReg(ref Regs[contextRegno], contextRegno);
        if (err != Errno.None)
            return err;
        ResetCallerSaved(Regs);
        MarkRegUnknown(Regs, 0);

        // A load beyond the packet ends the function with 0: in a subprogram, the caller goes on with that.
        if (State.CurFrame == 0 || !Changes.LdAbsReturnsFromSubprog)
            return Errno.None;
        MarkRegScratched(0);
        if (PushStack(InsnIdx + 1, InsnIdx, false) is null)
            return TooManyBranches(Errno.EFAULT);
        Regs[0].SetKnownZero();
        int insnIdx = InsnIdx;
        err = PrepareFuncExit(ref insnIdx);
        InsnIdx = insnIdx - 1;
        return err;
    }

    /// <summary>The load may end the program, so nothing may be held.</summary>
    private Errno CheckLdAbsHoldsNothing() => CheckLdAbsLeak();
}
