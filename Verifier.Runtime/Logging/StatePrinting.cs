using System.Diagnostics;

namespace BpfVerifier.Runtime;

/// <summary>Whole states in the log, and which registers and slots have changed since they were last printed.</summary>
internal sealed partial class Verification
{
    private uint _scratchedRegs;
    private ulong _scratchedSlots;

    /// <summary>Register <paramref name="regno"/> is to be printed with the next state.</summary>
    public void MarkRegScratched(int regno) => _scratchedRegs |= 1u << regno;

    /// <summary>Stack slot <paramref name="slot"/> is to be printed with the next state.</summary>
    public void MarkStackSlotScratched(int slot) => _scratchedSlots |= 1UL << slot;

    /// <summary>Everything is to be printed with the next state.</summary>
    public void MarkVerifierStateScratched()
    {
        _scratchedRegs = uint.MaxValue;
        _scratchedSlots = ulong.MaxValue;
    }

    public void MarkVerifierStateClean()
    {
        _scratchedRegs = 0;
        _scratchedSlots = 0;
    }

    private bool IsRegScratched(int regno) => (_scratchedRegs >> regno & 1) != 0;

    private bool IsStackSlotScratched(int slot) => (_scratchedSlots >> (slot & 63) & 1) != 0;

    private bool IsVerifierStateScratched => _scratchedRegs != 0 || _scratchedSlots != 0;

    /// <summary>Prints a frame's registers, stack and references: all of them, or what changed since the last print.</summary>
    public void PrintVerifierState(VerifierState state, int frameNo, bool printAll)
    {
        FrameState frame = state.Frames[frameNo]!;
        if (frame.FrameNo != 0)
            Log.Write($" frame{frame.FrameNo}:");
        for (int i = 0; i < FrameState.RegCount; i++)
        {
            ref RegState reg = ref frame.Regs[i];
            if (reg.Type == RegKind.NotInit || (!printAll && !IsRegScratched(i)))
                continue;
            Log.Write($" R{i}");
            if (Marks is { } marks)
                PrintLiveness(marks[LivenessMarks.Reg(frame, i)]);
            Log.Write('=');
            if (Changes.LogCompactRegisters)
                PrintReg(frame, in reg);
            else
                PrintRegVerbosely(in reg);
        }

        for (int i = 0; i < frame.SlotCount; i++)
        {
            if (!printAll && !IsStackSlotScratched(i))
                continue;
            if (frame.Stack[i].Types == 0)
                continue;
            if (Changes.LogSlotContents)
                PrintSlot(frame, ref i);
            else
                PrintSlotBriefly(frame, i);
        }

        ReferenceList refs = Changes.StateWideReferences ? state.Refs : frame.Refs;
        PrintReferences(refs.Items);
        if (frame.InCallback)
            Log.Write(" cb");
        if (frame.InAsyncCallback)
            Log.Write(" async_cb");
        Log.Write('\n');
        if (!printAll)
            MarkVerifierStateClean();
    }

    /// <summary>Prints what changed: behind the instruction when nothing was printed since, else on a line of its own.</summary>
    public void PrintInsnState(VerifierState state, int frameNo)
    {
        const int column = 40;
        const int step = 8;
        if (_insnPrintEnd != 0 && _insnPrintEnd == Log.Position)
        {
            Log.Reset(_insnPrintEnd - 1);
            int wanted = Math.Max((int)_insnPrintLength + (step / 2), column);
            Log.WriteSpaces(((wanted + step - 1) / step * step) - (int)_insnPrintLength - 1);
            Log.Write(';');
        }
        else
        {
            Log.Write($"{InsnIdx}:");
        }
        PrintVerifierState(state, frameNo, printAll: false);
    }

    private void PrintLiveness(Live live)
    {
        if ((live & (Live.Read | Live.Written | Live.Done)) == 0)
            return;
        Log.Write('_');
        if ((live & Live.Read) != 0)
            Log.Write('r');
        if ((live & Live.Written) != 0)
            Log.Write('w');
        if ((live & Live.Done) != 0)
            Log.Write('D');
    }

    private void PrintSlotName(FrameState frame, int slot)
    {
        Log.Write($" fp{-8 * (slot + 1)}");
        if (Marks is { } marks)
            PrintLiveness(marks[LivenessMarks.Slot(frame, slot)]);
        Log.Write('=');
    }

    /// <summary>The form since 6.8; steps over the second slot of a dynptr.</summary>
    private void PrintSlot(FrameState frame, ref int slot)
    {
        ref StackSlot content = ref frame.Stack[slot];
        switch (content[7])
        {
            case SlotType.Spill:
                PrintSlotName(frame, slot);
                for (int i = 0; i < 8 && content[i] != SlotType.Spill; i++)
                    Log.Write(SlotChar(content[i]));
                PrintReg(frame, in content.Spilled);
                break;
            case SlotType.Dynptr:
                slot = Math.Min(slot + 1, frame.SlotCount - 1);
                PrintSlotName(frame, slot);
                PrintDynptr(in frame.Stack[slot].Spilled);
                break;
            case SlotType.Iter:
                // An iterator takes several slots; the main one holds the reference.
                ref RegState iter = ref content.Spilled;
                if (iter.RefObjId == 0)
                    break;
                PrintSlotName(frame, slot);
                Log.Write($"iter_{IterTypeStr(iter.BtfOwner, iter.BtfId)}(ref_id={iter.RefObjId},state={IterStateStr(iter.IterState)},depth={iter.IterDepth})");
                break;
            default:
                PrintSlotName(frame, slot);
                PrintSlotTypes(in content);
                break;
        }
    }

    private void PrintDynptr(in RegState reg)
    {
        Log.Write($"dynptr_{DynptrTypeStr(reg.DynptrKind)}(");
        var list = new AttributeList(Log);
        if (reg.Id != 0)
            list.Plain("id=", (int)reg.Id);
        if (reg.RefObjId != 0)
            list.Plain("ref_id=", (int)reg.RefObjId);
        if (reg.DynptrId != 0)
            list.Plain("dynptr_id=", reg.DynptrId);
        Log.Write(')');
    }

    /// <summary>The older form: of a spilled register only its type, or a known scalar's value.</summary>
    private void PrintSlotBriefly(FrameState frame, int slot)
    {
        ref StackSlot content = ref frame.Stack[slot];
        PrintSlotName(frame, slot);
        if (!content.IsSpilled)
        {
            PrintSlotTypes(in content);
            return;
        }
        ref RegState reg = ref content.Spilled;
        bool scalar = reg.Type == RegKind.Scalar;
        if (!scalar)
            Log.Write(RegTypeStr(reg.Type));
        else if (reg.Precise)
            Log.Write('P');
        if (scalar && reg.Var.IsConst)
            Log.Write($"{(long)reg.Var.Value + reg.Off}");
    }

    private void PrintSlotTypes(in StackSlot slot)
    {
        for (int i = 0; i < 8; i++)
            Log.Write(SlotChar(slot[i]));
    }

    private static char SlotChar(SlotType type) => type switch
    {
        SlotType.Invalid => '?',
        SlotType.Spill => 'r',
        SlotType.Misc => 'm',
        SlotType.Zero => '0',
        SlotType.Dynptr => 'd',
        SlotType.Iter => 'i',
        SlotType.IrqFlag => 'f',
        _ => throw new UnreachableException(),
    };

    private void PrintReferences(ReadOnlySpan<Reference> refs)
    {
        if (refs.IsEmpty || refs[0].Id == 0)
            return;
        Log.Write($" refs={refs[0].Id}");
        foreach (ref readonly Reference reference in refs[1..])
        {
            if (reference.Id != 0)
                Log.Write($",{reference.Id}");
        }
    }
}
