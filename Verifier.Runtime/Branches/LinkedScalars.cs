using System.Runtime.CompilerServices;

namespace BpfVerifier.Runtime;

/// <summary>Scalars that share an id hold the same value, or values a constant apart: what is learned of one holds for all.</summary>
internal sealed partial class Verification
{
    private const int MaxLinkedPlaces = 6;

    /// <summary>Gives a scalar an id before it is copied, so that both copies are linked.</summary>
    public void AssignScalarIdBeforeMov(ref RegState src)
    {
        if (src.Type != RegKind.Scalar)
            return;
        if (Changes.LinkedScalarDelta && (src.Id & RegState.AddConst) != 0)
        {
            // A second difference could not be told from the first.
            src.Id = 0;
            src.Off = 0;
        }
        if (src.Id == 0 && !(src.Var.IsConst && Changes.NoIdForConstants))
            src.Id = NewId();
    }

    private void ClearScalarId(ref RegState reg)
    {
        reg.Id = 0;
        if (Changes.DeltaForgottenWithId)
            reg.Off = 0;
    }

    /// <summary>Finds the scalars linked to what is compared and records them in the jump history, for precision to follow the link.</summary>
    private Errno CollectLinkedScalars(in Insn insn, in RegState dst, in RegState src, out LinkedPlaces linked)
    {
        linked = default;
        if (!Changes.LinkedScalarPrecision)
            return Errno.None;
        if (insn.Source == Opcode.X && src.Type == RegKind.Scalar && src.Id != 0)
            CollectLinkedRegs(State, src.Id, ref linked);
        if (dst.Type == RegKind.Scalar && dst.Id != 0)
            CollectLinkedRegs(State, dst.Id, ref linked);
        return linked.Count > 1 ? PushJmpHistory(State, 0, linked.Bits) : Errno.None;
    }

    private void CollectLinkedRegs(VerifierState state, uint id, ref LinkedPlaces linked)
    {
        id &= ~RegState.AddConst;
        for (int frameNo = state.CurFrame; frameNo >= 0; frameNo--)
        {
            FrameState frame = state.Frames[frameNo]!;
            for (int i = 0; i < FrameState.FramePointer; i++)
                CollectLinked(ref frame.Regs[i], id, new LinkedPlace(frameNo, i, true), ref linked);
            for (int i = 0; i < frame.SlotCount; i++)
            {
                if (frame.Stack[i].IsSpilled)
                    CollectLinked(ref frame.Stack[i].Spilled, id, new LinkedPlace(frameNo, i, false), ref linked);
            }
        }
    }

    private void CollectLinked(ref RegState reg, uint id, LinkedPlace place, ref LinkedPlaces linked)
    {
        if (reg.Type != RegKind.Scalar || (reg.Id & ~RegState.AddConst) != id)
            return;
        if (linked.Count < MaxLinkedPlaces)
            linked = Append(linked, place);
        else
            ClearScalarId(ref reg);
    }

    private static LinkedPlaces Append(LinkedPlaces linked, LinkedPlace place)
    {
        ulong bits = (uint)place.FrameNo | (ulong)place.Number << 3 | (place.IsReg ? 1UL << 9 : 0);
        return new LinkedPlaces((linked.Bits >> 4 << 10 | bits) << 4 | (uint)(linked.Count + 1));
    }

    /// <summary>Passes on, in both branches, what is now known of r<paramref name="regno"/> if that is a linked scalar.</summary>
    private void SyncLinkedScalars(VerifierState other, int regno, LinkedPlaces linked)
    {
        ref RegState reg = ref Regs[regno];
        ref RegState otherReg = ref other.Cur.Regs[regno];
        if (reg.Type != RegKind.Scalar || reg.Id == 0 || reg.Id != otherReg.Id)
            return;
        if (Changes.LinkedScalarPrecision)
        {
            SyncLinkedRegs(State, ref reg, linked);
            SyncLinkedRegs(other, ref otherReg, linked);
        }
        else
        {
            FindEqualScalars(State, ref reg);
            FindEqualScalars(other, ref otherReg);
        }
    }

    private void SyncLinkedRegs(VerifierState state, ref RegState known, LinkedPlaces linked)
    {
        for (int i = 0; i < linked.Count; i++)
        {
            LinkedPlace place = linked[i];
            FrameState frame = state.Frames[place.FrameNo]!;
            ref RegState reg = ref place.IsReg ? ref frame.Regs[place.Number] : ref frame.Stack[place.Number].Spilled;
            if (reg.Type != RegKind.Scalar || Unsafe.AreSame(in reg, in known))
                continue;
            if ((reg.Id & ~RegState.AddConst) != (known.Id & ~RegState.AddConst))
                continue;
            if (((reg.Id | known.Id) & RegState.AddConst) == 0 || reg.Off == known.Off)
            {
                reg = known;
                continue;
            }
            RegState delta = default;
            delta.SetKnownConst((ulong)(long)unchecked(reg.Off - known.Off));
            (uint id, int off) = (reg.Id, reg.Off);
            reg = known;
            (reg.Id, reg.Off) = (id, off);
            reg.AddScalar(ref delta, Changes);
        }
    }

    /// <summary>Older releases: every scalar with that id, wherever it is, is the same.</summary>
    private void FindEqualScalars(VerifierState state, ref RegState known)
    {
        uint id = known.Id;
        foreach (ref RegState reg in new RegWalk(state, Changes.WalksPartialSpills))
            if (reg.Type == RegKind.Scalar && reg.Id == id)
                reg = known;
    }
}
