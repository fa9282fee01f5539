using BpfVerifier.Runtime;

namespace BpfVerifier.Soundness;

/// <summary>Copies a verifier's state into the form that knows no release.</summary>
internal static class StateCopy
{
    /// <summary>The state the walk holds now.</summary>
    public static AbstractState Of(Verification walk, int number)
    {
        var frames = new AbstractFrame[walk.State.CurFrame + 1];
        for (int i = 0; i < frames.Length; i++)
        {
            FrameState frame = walk.State.Frames[i]!;
            var registers = new AbstractRegister[FrameState.RegCount];
            for (int r = 0; r < registers.Length; r++)
                registers[r] = Register(walk, in frame.Regs[r]);
            var slots = new AbstractSlot[frame.SlotCount];
            for (int s = 0; s < slots.Length; s++)
            {
                ref StackSlot slot = ref frame.Stack[s];
                slots[s] = new AbstractSlot(slot.Types, slot.IsSpilled ? Register(walk, in slot.Spilled) : default);
            }
            frames[i] = new AbstractFrame(registers, slots, frame.CallSite, walk.Subprogs[frame.SubprogNo].Start);
        }
        return new AbstractState(number, walk.InsnIdx, frames);
    }

    private static AbstractRegister Register(Verification walk, in RegState reg)
    {
        RegKind kind = reg.Type.Kind;
        if (kind == RegKind.NotInit)
            return default;
        return new AbstractRegister
        {
            Kind = (ValueKind)kind,
            MaybeNull = reg.Type.MaybeNull,
            Unchecked = reg.Type.Has(TypeFlags.Untrusted | TypeFlags.User),
            Offset = reg.Off,
            KnownBits = reg.Var.Value,
            UnknownBits = reg.Var.Mask,
            SMin = reg.SMin,
            SMax = reg.SMax,
            UMin = reg.UMin,
            UMax = reg.UMax,
            S32Min = reg.S32Min,
            S32Max = reg.S32Max,
            U32Min = reg.U32Min,
            U32Max = reg.U32Max,
            Id = reg.Id,
            Frame = reg.FrameNo,
            Extent = kind switch
            {
                RegKind.Packet or RegKind.PacketMeta => reg.Range,
                RegKind.Mem => reg.MemSize,
                _ => 0,
            },
            Map = kind is RegKind.ConstMap or RegKind.MapValue or RegKind.MapKey && reg.MapHandle != 0 ? walk.Map(reg.MapHandle).Map : null,
        };
    }
}
