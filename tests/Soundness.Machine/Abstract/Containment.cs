namespace BpfVerifier.Soundness;

/// <summary>Where a machine's state leaves an abstract one.</summary>
/// <param name="Place">Register or stack bytes, <c>R3</c>, <c>frame1 fp-16</c>.</param>
/// <param name="What">What was expected and what is there.</param>
/// <param name="OfIds">The value itself is allowed, but not that of another register with the same id.</param>
public sealed record Mismatch(string Place, string What, bool OfIds);

/// <summary>
/// Compares a machine's state with abstract ones: registers and slots of all functions the abstract state knows, and what
/// ids promise between them. Existential: at each step one whole state of the walk at that instruction must hold the machine's.
/// </summary>
public sealed class Containment(WalkRecord walk)
{
    private const uint LinkedByDifference = 1u << 31;

    private readonly List<(uint Id, bool Number, ulong Value)> _ids = [];
    private int _last = -1;

    /// <summary>States compared with the machine's.</summary>
    public long Compared { get; private set; }

    /// <summary>Registers and stack bytes found inside what the verifier held.</summary>
    public long Contained { get; private set; }

    /// <summary>Compares before a step.</summary>
    /// <param name="machine">The machine.</param>
    /// <param name="nearest">When it is in none: the state that comes nearest, null when the walk never came here that way.</param>
    /// <param name="mismatch">Where that state is left.</param>
    /// <returns>Whether the machine's state is in one of the walk's.</returns>
    public bool Check(Machine machine, out AbstractState? nearest, out Mismatch? mismatch)
    {
        nearest = null;
        mismatch = null;
        IReadOnlyList<AbstractState> states = walk.States[machine.Next];
        // A path goes from a state mostly to the one walked next: look there first.
        int begin = First(states, _last);
        int best = -1;
        for (int i = 0; i < states.Count; i++)
        {
            AbstractState state = states[(begin + i) % states.Count];
            if (!SameFunctions(state, machine))
                continue;
            Compared++;
            int held = Compare(state, machine, out Mismatch? found);
            if (found is null)
            {
                Contained += held;
                _last = state.Number;
                return true;
            }
            if (held > best)
                (best, nearest, mismatch) = (held, state, found);
        }
        return false;
    }

    private static int First(IReadOnlyList<AbstractState> states, int after)
    {
        int low = 0, high = states.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (states[middle].Number > after)
                high = middle;
            else
                low = middle + 1;
        }
        return states.Count == 0 ? 0 : low % states.Count;
    }

    /// <summary>The abstract functions are the innermost of the machine's; a global function is walked without its callers.</summary>
    private static bool SameFunctions(AbstractState state, Machine machine)
    {
        int outer = machine.Frames.Count - state.Frames.Length;
        if (outer < 0)
            return false;
        for (int i = 0; i < state.Frames.Length; i++)
        {
            Frame concrete = machine.Frames[outer + i];
            if (state.Frames[i].Entry != concrete.Entry || (i > 0 && state.Frames[i].CallSite != concrete.CallSite))
                return false;
        }
        return true;
    }

    /// <summary>Returns how many places hold; all do when there is no mismatch.</summary>
    private int Compare(AbstractState state, Machine machine, out Mismatch? mismatch)
    {
        int outer = machine.Frames.Count - state.Frames.Length;
        int held = 0;
        mismatch = null;
        _ids.Clear();
        var values = new ValueCheck(machine, outer);
        for (int f = state.Frames.Length - 1; f >= 0; f--)
        {
            AbstractFrame frame = state.Frames[f];
            Frame concrete = machine.Frames[outer + f];
            bool innermost = f == state.Frames.Length - 1;
            // Those a caller's call has taken are nobody's.
            for (int r = innermost ? 0 : 6; r < 11; r++)
            {
                ref AbstractRegister register = ref frame.Registers[r];
                string? wrong = values.Wrong(in register, concrete.Registers[r]);
                string? unequal = wrong is null ? Note(in register, concrete.Registers[r]) : null;
                if ((wrong ?? unequal) is { } what)
                    mismatch ??= new Mismatch(Name(f, $"R{r}"), what, unequal is not null);
                else
                    held++;
            }
            for (int s = 0; s < frame.Slots.Length; s++)
            {
                ref AbstractSlot slot = ref frame.Slots[s];
                string? wrong = values.Wrong(in slot, concrete.Stack, s, out Value whole);
                AbstractRegister spilled = slot.Spilled;
                bool complete = slot.At(0) == ByteKind.Spill && slot.At(7) == ByteKind.Spill;
                string? unequal = wrong is null && complete ? Note(in spilled, whole) : null;
                if ((wrong ?? unequal) is { } what)
                    mismatch ??= new Mismatch(Name(f, $"fp{-8 * (s + 1)}"), what, unequal is not null);
                else
                    held++;
            }
        }
        return held;
    }

    private static string Name(int frame, string place) => frame == 0 ? place : $"frame{frame} {place}";

    /// <summary>Registers of one id agree: numbers in value, packet pointers in their variable part, the others in being null.</summary>
    private string? Note(in AbstractRegister register, Value value)
    {
        if (register.Id == 0 || (register.Id & LinkedByDifference) != 0)
            return null;
        ulong promise;
        switch (register.Kind)
        {
            case ValueKind.Scalar:
                promise = value.Bits;
                break;
            case ValueKind.Packet or ValueKind.PacketMeta:
                promise = value.Bits - (ulong)register.Offset;
                break;
            default:
                if (!register.MaybeNull)
                    return null;
                promise = value.Bits == 0 ? 0u : 1u;
                break;
        }
        bool number = register.Kind == ValueKind.Scalar;
        foreach ((uint id, bool isNumber, ulong known) in _ids)
            if (id == register.Id && isNumber == number && known != promise)
                return $"has id {id} as another register, but 0x{promise:x} is not its 0x{known:x}";
        _ids.Add((register.Id, number, promise));
        return null;
    }
}
