namespace BpfVerifier.Soundness;

// Calls of functions of the program, by itself and by helpers.
public sealed partial class Machine
{
    private void Call(in Instruction insn)
    {
        switch (insn.Source)
        {
            case Opcodes.PseudoCall:
                CallFunction(Next, Next + insn.Immediate + 1);
                break;
            case Opcodes.PseudoKfunc:
                CallKernelFunction(_probe.KernelFunctionName(insn.Immediate));
                break;
            default:
                CallHelper(insn.Immediate);
                break;
        }
    }

    private void CallFunction(int callSite, int entry)
    {
        Value[] caller = Registers;
        Enter(entry, callSite, null);
        caller.AsSpan(1, 5).CopyTo(Registers.AsSpan(1));
        caller.AsSpan(0, 6).Clear();
    }

    /// <summary>A helper calls a function of the program; its caller's registers stay as they are meanwhile.</summary>
    private void CallBack(int callSite, Value function, Action<Value> returned, params ReadOnlySpan<Value> arguments)
    {
        if (World.Find(function) is not { Kind: RegionKind.Function } target)
            throw new UnsafeRunException("calls back what is no function");
        _loopsByBudget = true;
        Enter(target.Function, callSite, returned);
        arguments.CopyTo(Registers.AsSpan(1));
    }

    /// <summary>bpf_loop: calls r2 with 0 to r1 - 1 and r3, until it returns something else than 0.</summary>
    private void Loop()
    {
        const ulong mostIterations = 1 << 23;
        int callSite = Next;
        ulong times = (uint)Argument(1).Bits;
        Value function = Argument(2), context = Argument(3);
        if (Argument(4).Bits != 0 || times > mostIterations)
        {
            CalledBackNotOnce = true;
            Return(callSite, Argument(4).Bits != 0 ? Invalid : TooBig);
        }
        else
        {
            Iterate(0);
        }

        void Iterate(ulong i)
        {
            CalledBackNotOnce |= i == times ? i != 1 : i == 1;
            if (i == times)
                Return(callSite, i);
            else
                CallBack(callSite, function, result => Continue(i, result), Value.Number(i), context);
        }

        void Continue(ulong i, Value result)
        {
            if (result.Bits != 0)
                Return(callSite, i + 1);
            else
                Iterate(i + 1);
        }
    }

    /// <summary>bpf_for_each_map_elem: calls r2 with the map, a key, its value and r3 for each element.</summary>
    private void ForEach()
    {
        int callSite = Next;
        Value handle = Argument(1), function = Argument(2), context = Argument(3);
        MapModel map = MapArgument(1);
        if (!map.HoldsValues)
            throw new NotModelledException($"iteration over {map.Map.Type} maps");
        if (Argument(4).Bits != 0)
        {
            CalledBackNotOnce = true;
            Return(callSite, Invalid);
            return;
        }
        IReadOnlyList<(byte[] Key, Region Value)> elements = map.Elements();
        Iterate(0);

        void Iterate(int i)
        {
            CalledBackNotOnce |= i == elements.Count ? i != 1 : i == 1;
            if (i == elements.Count)
            {
                Return(callSite, (ulong)i);
                return;
            }
            Region key = World.Add(id => new Region(id, RegionKind.MapKey, (byte[])elements[i].Key.Clone()) { Map = map.Map, ReadOnly = true });
            CallBack(callSite, function, result => Continue(i, result), handle, World.PointerTo(key), World.PointerTo(elements[i].Value), context);
        }

        void Continue(int i, Value result)
        {
            if (result.Bits != 0)
                Return(callSite, (ulong)(i + 1));
            else
                Iterate(i + 1);
        }
    }

    private void CallKernelFunction(string name)
    {
        switch (name)
        {
            case "bpf_rcu_read_lock" or "bpf_rcu_read_unlock" or "bpf_preempt_disable" or "bpf_preempt_enable":
                AfterCall(Next, default);
                break;
            case "bpf_iter_num_new":
                BeginNumbers();
                break;
            case "bpf_iter_num_next":
                NextNumber();
                break;
            case "bpf_iter_num_destroy":
                WriteBuffer(Argument(1), new byte[8]);
                AfterCall(Next, default);
                break;
            default:
                throw new NotModelledException($"kernel function {name}");
        }
    }

    // A number iterator's 8 bytes: the number before the next one, and the end.
    private void BeginNumbers()
    {
        const long mostNumbers = 1 << 23;
        int start = (int)Argument(2).Bits, end = (int)Argument(3).Bits;
        bool valid = start <= end && (long)end - start <= mostNumbers;
        byte[] state = new byte[8];
        if (valid)
        {
            BitConverter.TryWriteBytes(state, start - 1);
            BitConverter.TryWriteBytes(state.AsSpan(4), end);
        }
        WriteBuffer(Argument(1), state);
        Return(Next, valid ? 0 : start > end ? Invalid : TooBig);
    }

    private void NextNumber()
    {
        _loopsByBudget = true;
        byte[] state = ReadBuffer(Argument(1), 8);
        long next = BitConverter.ToInt32(state) + 1L;
        int end = BitConverter.ToInt32(state, 4);
        if (next >= end)
        {
            WriteBuffer(Argument(1), new byte[8]);
            Return(Next, 0);
            return;
        }
        BitConverter.TryWriteBytes(state, (int)next);
        WriteBuffer(Argument(1), state);
        byte[] number = BitConverter.GetBytes((int)next);
        Region memory = World.Add(id => new Region(id, RegionKind.Memory, number));
        AfterCall(Next, World.PointerTo(memory));
    }
}
