namespace BpfVerifier.Runtime;

/// <summary>
/// Spectre v1 and loaders who may not bypass it: pointer arithmetic is masked to what was proved, so the limits must be the
/// same on every path, and the path a mispredicted processor could take is walked too.
/// </summary>
internal sealed partial class Verification
{
    private enum SanitationRefusal
    {
        None,
        Bounds,
        Type,
        Paths,
        Limit,
        Stack,
    }

    /// <summary>How the arithmetic of one instruction is masked, as found before the operation.</summary>
    private struct SanitationInfo
    {
        public byte State;
        public uint Limit;
        public bool MaskToLeft;
    }

    [Flags]
    private enum AluMask : byte
    {
        SanitizeSource = 1 << 0,
        SanitizeDestination = 1 << 1,
        Negative = 1 << 2,
        NonPointer = 1 << 3,
        Immediate = 1 << 4,
    }

    /// <summary>Unknown offsets were masked: scalars are compared exactly when states are, to see other limits on other paths.</summary>
    public bool ExploreAluLimits;

    private bool CanSkipAluSanitation(in Insn insn) =>
        BypassSpecV1 || insn.Source == Opcode.K || (Changes.SpeculationBarriersByPath && Aux[InsnIdx].NoSpec);

    private static SanitationRefusal UpdateAluState(ref byte state, ref uint limit, byte newState, uint newLimit)
    {
        if (state != 0 && (state != newState || limit != newLimit))
            return SanitationRefusal.Paths;
        state = newState;
        limit = newLimit;
        return SanitationRefusal.None;
    }

    private SanitationRefusal SanitizeValAlu(in Insn insn)
    {
        if (CanSkipAluSanitation(in insn))
            return SanitationRefusal.None;
        ref InsnAux aux = ref Aux[InsnIdx];
        return UpdateAluState(ref aux.AluState, ref aux.AluLimit, (byte)AluMask.NonPointer, 0);
    }

    /// <param name="insn">The instruction.</param>
    /// <param name="ptr">The pointer: before the operation, or (committing) its result.</param>
    /// <param name="off">The offset added or subtracted.</param>
    /// <param name="dst">The destination.</param>
    /// <param name="info">Filled before the operation, used when committing.</param>
    /// <param name="commit">After the operation: the window is narrowed to the move observed.</param>
    private SanitationRefusal SanitizePtrAlu(in Insn insn, in RegState ptr, in RegState off, ref RegState dst, ref SanitationInfo info, bool commit)
    {
        if (CanSkipAluSanitation(in insn))
            return SanitationRefusal.None;
        bool offIsConst = off.Var.IsConst;
        bool ptrIsDst = System.Runtime.CompilerServices.Unsafe.AreSame(in ptr, in dst);
        if (!State.Speculative)
        {
            SanitationRefusal refusal = commit
                ? CommitMask(in ptr, in info)
                : PrepareMask(in insn, in ptr, in off, ptrIsDst, ref info);
            if (refusal != SanitationRefusal.None)
                return refusal;
        }
        if (commit || offIsConst)
            return SanitationRefusal.None;

        // A mask that bites turns the offset into 0: walk on with the pointer unmoved.
        RegState saved = dst;
        if (!ptrIsDst)
            dst = ptr;
        if (SanitizeSpeculativePath(null, InsnIdx + 1, InsnIdx) is null)
            return SanitationRefusal.Stack;
        dst = saved;
        return SanitationRefusal.None;
    }

    private SanitationRefusal PrepareMask(in Insn insn, in RegState ptr, in RegState off, bool ptrIsDst, ref SanitationInfo info)
    {
        bool offIsConst = off.Var.IsConst;
        bool negative = off.SMin < 0;
        if (!offIsConst && negative != off.SMax < 0)
            return SanitationRefusal.Bounds;
        info.MaskToLeft = insn.Op == Opcode.Add ? negative : !negative;
        SanitationRefusal refusal = RetrievePtrLimit(in ptr, info.MaskToLeft, out uint limit);
        if (refusal != SanitationRefusal.None)
            return refusal;

        AluMask mask = ptrIsDst ? AluMask.SanitizeSource : AluMask.SanitizeDestination;
        if (negative)
            mask |= AluMask.Negative;
        if (offIsConst)
            mask |= AluMask.Immediate;
        else
            ExploreAluLimits = true;
        return UpdateAluState(ref info.State, ref info.Limit, (byte)mask, limit);
    }

    private SanitationRefusal CommitMask(in RegState ptr, in SanitationInfo info)
    {
        SanitationRefusal refusal = RetrievePtrLimit(in ptr, info.MaskToLeft, out uint limit);
        if (refusal != SanitationRefusal.None)
            return refusal;
        int moved = unchecked((int)(info.Limit - limit));
        ref InsnAux aux = ref Aux[InsnIdx];
        return UpdateAluState(ref aux.AluState, ref aux.AluLimit, info.State, unchecked((uint)(moved < 0 ? -moved : moved)));
    }

    /// <summary>How far the pointer may move in the masked direction.</summary>
    private SanitationRefusal RetrievePtrLimit(in RegState ptr, bool maskToLeft, out uint limit)
    {
        limit = 0;
        uint max;
        uint found;
        unchecked
        {
            if (ptr.Type == RegKind.Stack)
            {
                // Offset 0 is out of bounds, but a place to start from when moving left.
                max = MaxStack + (maskToLeft ? 1u : 0);
                found = (uint)-(long)(ptr.Var.Value + (ulong)(long)ptr.Off);
            }
            else if (ptr.Type == RegKind.MapValue)
            {
                max = Map(ptr.MapHandle).ValueSize;
                found = (uint)((maskToLeft ? (ulong)ptr.SMin : ptr.UMax) + (ulong)(long)ptr.Off);
            }
            else
            {
                return SanitationRefusal.Type;
            }
        }
        if (found >= max)
            return SanitationRefusal.Limit;
        limit = found;
        return SanitationRefusal.None;
    }

    /// <summary>
    /// Queues the path a mispredicted branch would take. With an instruction, what it compared is unknown there.
    /// </summary>
    private VerifierState? SanitizeSpeculativePath(Insn? compare, int nextIdx, int currentIdx)
    {
        VerifierState? branch = PushStack(nextIdx, currentIdx, true);
        if (branch is not null && compare is { } insn)
        {
            branch.Cur.Regs[insn.Dst].SetUnknown(this);
            if (insn.Source == Opcode.X)
                branch.Cur.Regs[insn.Src].SetUnknown(this);
        }
        return branch;
    }

    private Errno SanitizeErr(in Insn insn, SanitationRefusal refusal, bool offsetInDst)
    {
        const string Prohibited = "pointer arithmetic with it prohibited for !root";
        string verb = insn.Op == Opcode.Add ? "add" : "sub";
        switch (refusal)
        {
            case SanitationRefusal.Bounds:
                Log.Write($"R{(offsetInDst ? insn.Dst : insn.Src)} has unknown scalar with mixed signed bounds, {Prohibited}\n");
                break;
            case SanitationRefusal.Type:
                Log.Write($"R{(offsetInDst ? insn.Src : insn.Dst)} has pointer with unsupported alu operation, {Prohibited}\n");
                break;
            case SanitationRefusal.Paths:
                Log.Write($"R{insn.Dst} tried to {verb} from different maps, paths or scalars, {Prohibited}\n");
                break;
            case SanitationRefusal.Limit:
                Log.Write($"R{insn.Dst} tried to {verb} beyond pointer bounds, {Prohibited}\n");
                break;
            default:
                Log.Write($"R{insn.Dst} could not be pushed for speculative verification, {Prohibited}\n");
                return Changes.SpeculationBarriersByPath ? Errno.ENOMEM : Errno.EACCES;
        }
        return Errno.EACCES;
    }

    /// <summary>Without the bypass the result itself must be in bounds, not just the accesses through it.</summary>
    private bool SanitizeCheckBounds(in Insn insn, in RegState dst)
    {
        if (BypassSpecV1)
            return true;
        if (dst.Type == RegKind.Stack)
            return CheckStackAccessForPtrArithmetic(insn.Dst, in dst);
        if (dst.Type != RegKind.MapValue || CheckMapAccess(insn.Dst, dst.Off, 1, false, AccessSource.Helper) == Errno.None)
            return true;
        Log.Write($"R{insn.Dst} pointer arithmetic of map value goes out of range, prohibited for !root\n");
        return false;
    }

    private bool CheckStackAccessForPtrArithmetic(int regno, in RegState reg)
    {
        int off = unchecked(reg.Off + (int)reg.Var.Value);
        if (!reg.Var.IsConst)
        {
            Log.Write($"R{regno} variable stack access prohibited for !root, var_off={reg.Var.ToString()} off={off}\n");
            return false;
        }
        if (off is >= 0 or < -MaxStack)
        {
            Log.Write($"R{regno} stack pointer arithmetic goes out of range, prohibited for !root; off={off}\n");
            return false;
        }
        return true;
    }
}
