using System.Numerics;

namespace BpfVerifier.Runtime;

/// <summary>Registers and slots whose exact values are still asked for while precision is traced backwards, frame by frame.</summary>
internal sealed class PrecisionMasks
{
    public const uint Arguments = 0b111110;

    private readonly uint[] _regs = new uint[VerifierState.MaxFrames];
    private readonly ulong[] _slots = new ulong[VerifierState.MaxFrames];

    /// <summary>Frame of the instruction looked at.</summary>
    public int Frame;

    public ref uint Regs(int frame) => ref _regs[frame];

    public ref ulong Slots(int frame) => ref _slots[frame];

    public ref uint CurRegs => ref _regs[Frame];

    public ref ulong CurSlots => ref _slots[Frame];

    public bool Has(int regno) => (_regs[Frame] >> regno & 1) != 0;

    public void Set(int regno) => _regs[Frame] |= 1u << regno;

    public void Clear(int regno) => _regs[Frame] &= ~(1u << regno);

    public bool HasSlot(int frame, int slot) => (_slots[frame] >> slot & 1) != 0;

    public void SetSlot(int frame, int slot) => _slots[frame] |= 1UL << slot;

    public void ClearSlot(int frame, int slot) => _slots[frame] &= ~(1UL << slot);

    public bool IsEmpty
    {
        get
        {
            ulong all = 0;
            for (int i = 0; i <= Frame; i++)
                all |= _regs[i] | _slots[i];
            return all == 0;
        }
    }

    public void Reset()
    {
        Frame = 0;
        Array.Clear(_regs);
        Array.Clear(_slots);
    }

    /// <summary>Scalars that an instruction found equal share precision: if one is asked for, all are.</summary>
    public void Spread(LinkedPlaces linked)
    {
        bool any = false;
        for (int i = 0; i < linked.Count && !any; i++)
        {
            LinkedPlace place = linked[i];
            any = place.IsReg ? (_regs[place.FrameNo] >> place.Number & 1) != 0 : HasSlot(place.FrameNo, place.Number);
        }
        if (!any)
            return;
        for (int i = 0; i < linked.Count; i++)
        {
            LinkedPlace place = linked[i];
            if (place.IsReg)
                _regs[place.FrameNo] |= 1u << place.Number;
            else
                SetSlot(place.FrameNo, place.Number);
        }
    }

    /// <summary>Takes the lowest bit out of a mask and returns its number.</summary>
    public static int TakeLowest(ref ulong mask)
    {
        int bit = BitOperations.TrailingZeroCount(mask);
        mask &= mask - 1;
        return bit;
    }

    /// <summary>Prints registers as <c>r0,r2</c>.</summary>
    public static void PrintRegs(VerifierLog log, uint regs)
    {
        ulong left = regs;
        for (string separator = ""; left != 0; separator = ",")
            log.Write($"{separator}r{TakeLowest(ref left)}");
    }

    /// <summary>Prints slots by their offsets from the frame pointer, <c>-8,-24</c>.</summary>
    public static void PrintSlots(VerifierLog log, ulong slots)
    {
        for (string separator = ""; slots != 0; separator = ",")
            log.Write($"{separator}{-(TakeLowest(ref slots) + 1) * 8}");
    }
}
