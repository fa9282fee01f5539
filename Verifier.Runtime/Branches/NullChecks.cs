namespace BpfVerifier.Runtime;

/// <summary>Null checks: in one branch the pointer is the number 0, in the other it may be used.</summary>
internal sealed partial class Verification
{
    /// <summary>r<paramref name="regno"/> of <paramref name="state"/>'s current frame was compared with null; marks it and its copies.</summary>
    public void MarkPtrOrNullRegs(VerifierState state, int regno, bool isNull)
    {
        ref RegState compared = ref state.Cur.Regs[regno];
        uint id = compared.Id;
        // Nothing was acquired if there is nothing.
        if (isNull && id != 0 && compared.RefObjId == id)
            DropReference(state, id);
        foreach (ref RegState reg in new RegWalk(state, Changes.WalksPartialSpills))
            if (reg.Type.MaybeNull && reg.Id == id)
                MarkPtrOrNullReg(ref reg, isNull);
    }

    /// <summary>Forgets a reference in a state that need not be the one walked.</summary>
    private void DropReference(VerifierState state, uint id)
    {
        VerifierState walked = State;
        State = state;
        ReleaseReferenceNoMark(id);
        State = walked;
    }

    private bool MayPointToSpinLock(in RegState reg) =>
        RegBtfRecord(in reg)?.Has(FieldKind.SpinLock | FieldKind.ResSpinLock) == true;

    private void MarkPtrOrNullReg(ref RegState reg, bool isNull)
    {
        bool rcu = Changes.AllocatedNodesKeepOffset && reg.Type.Has(TypeFlags.Rcu);
        if (reg.Id == 0 && !rcu)
            return;
        // No arithmetic is allowed before the check, so there should be no offset, but for nodes inside allocated objects.
        if (reg.SMin != 0 || reg.SMax != 0 || !reg.Var.Is(0))
            return;
        if (reg.Off != 0 && !(Changes.AllocatedNodesKeepOffset && reg.Type.IsPtrToAllocObject))
            return;
        if (isNull)
        {
            reg.Type = RegKind.Scalar;
            reg.Id = 0;
            reg.RefObjId = 0;
            return;
        }
        MarkPtrNotNullReg(ref reg);
        // The id of a value with a lock tells which lock is held.
        if (!MayPointToSpinLock(in reg))
            reg.Id = 0;
    }

    /// <summary>The pointer is not null: what a lookup returned turns into what the map holds.</summary>
    public void MarkPtrNotNullReg(ref RegState reg)
    {
        if (reg.Type.Kind != RegKind.MapValue)
        {
            reg.Type = reg.Type.Without(TypeFlags.MaybeNull);
            return;
        }
        MapInfo map = Map(reg.MapHandle);
        if (map.InnerHandle != 0)
        {
            reg.Type = RegKind.ConstMap;
            reg.MapHandle = map.InnerHandle;
            // Timers and the like belong to one inner map: the lookup's id tells which.
            if (Map(map.InnerHandle).Record?.Has(FieldKind.Timer | FieldKind.Workqueue | FieldKind.TaskWork) == true)
                reg.MapUid = (int)reg.Id;
            return;
        }
        reg.Type = map.Type switch
        {
            MapType.XskMap => RegKind.XdpSock,
            MapType.SockMap or MapType.SockHash => RegKind.Socket,
            _ => RegKind.MapValue,
        };
    }

    /// <summary>Two pointers are equal and one is not null: neither is the other.</summary>
    private void LiftNullness(in Insn insn, in RegState dst, in RegState src, RegState[] otherRegs)
    {
        if (!Changes.EqualPointersShareNullness || insn.Class == Opcode.Jmp32 || insn.Source != Opcode.X)
            return;
        if (dst.Type == RegKind.Scalar || src.Type == RegKind.Scalar)
            return;
        // A pointer to a kernel struct may be null without being marked so.
        if (dst.Type.Kind == RegKind.BtfId || src.Type.Kind == RegKind.BtfId)
            return;
        RegState[] equal;
        if (insn.Op == Opcode.Jeq)
            equal = otherRegs;
        else if (insn.Op == Opcode.Jne)
            equal = Regs;
        else
            return;

        bool liftSrc = src.Type.MaybeNull && KnownNotNull(in dst);
        bool liftDst = dst.Type.MaybeNull && KnownNotNull(in src);
        if (liftSrc)
            MarkPtrNotNullReg(ref equal[insn.Src]);
        if (liftDst)
            MarkPtrNotNullReg(ref equal[insn.Dst]);
    }

    private bool KnownNotNull(in RegState reg) =>
        Changes.WrappingPointersMayBeNull ? IsRegNotNull(in reg) : !reg.Type.MaybeNull;
}
