using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>Helpers and functions of the program.</summary>
internal sealed partial class FunctionWriter
{
    private const int MapLookup = 1, MapUpdate = 2, MapDelete = 3, TailCall = 12;
    private const int SkbStoreBytes = 9, SkbLoadBytes = 26, SkbPullData = 39, XdpAdjustHead = 44, SocketCookie = 46;
    private const int CurrentComm = 16, PerfEventOutput = 25, ProbeReadKernel = 113, ProbeReadKernelStr = 115;
    private const int RingOutput = 130, RingReserve = 131, RingSubmit = 132, RingDiscard = 133, RingQuery = 134;
    private const int QueuePush = 87, QueuePop = 88, QueuePeek = 89, BpfLoop = 181;

    private static readonly int[] s_numbers = [5, 7, 8, 42, 118, 125];
    private static readonly int[] s_tracingNumbers = [14, 15, 35, 80];

    /// <summary>Points a register at stack of so many bytes, filled with numbers unless it is only written to.</summary>
    private bool StackArgument(int register, int bytes, bool written = false)
    {
        int slots = (bytes + 7) / 8;
        if (slots > _slots)
            return false;
        int first = _random.Below(_slots - slots + 1);
        for (int i = first; i < first + slots; i++)
        {
            if (_now.Stack[i].IsPointer && Settled(i))
                return false;
        }
        for (int i = first; i < first + slots; i++)
        {
            if (!written && _now.Stack[i].Kind != Kind.Scalar)
                Emit(new Insn { Code = Op.St | Op.Mem | 0x18, Dst = 10, Off = SlotOffset(i), Imm = _random.Below(4) });
            // what a helper may have written is no longer known
            if (written || _now.Stack[i].Kind != Kind.Scalar)
                _now.Stack[i] = Held.Number();
        }
        Move(register, 10);
        Emit(new Insn { Code = Op.Alu64 | Op.Add, Dst = (byte)register, Imm = SlotOffset(first + slots - 1) });
        _now.Registers[register] = default;
        return true;
    }

    /// <summary>Points a register at stack or a map's value.</summary>
    private bool MemoryArgument(int register, int bytes, bool written = false, bool writable = false)
    {
        int memory = Holding(h => h.Room >= bytes && !((written || writable) && h.ReadOnly) && !h.Packet, first: 6);
        if (memory < 0 || _random.Percent(60))
            return StackArgument(register, bytes, written);
        Move(register, memory);
        Held held = _now.Registers[memory];
        int by = held.Low + _random.Below(held.Room - bytes + 1);
        if (by != 0)
            Emit(new Insn { Code = Op.Alu64 | Op.Add, Dst = (byte)register, Imm = by });
        return true;
    }

    private void NumberArgument(int register, int most = int.MaxValue)
    {
        int number = Holding(h => h.Kind == Kind.Scalar && h.Max <= (ulong)most, first: 6);
        if (number >= 0 && _random.Percent(50))
            Move(register, number);
        else
            Immediate(Op.Alu64 | Op.Mov, register, most == int.MaxValue ? _random.Immediate() : _random.Between(1, Math.Max(1, most)));
    }

    private bool ContextArgument(int register)
    {
        int context = Holding(h => h.Kind == Kind.Context, first: 6);
        if (context >= 0)
            Move(register, context);
        return context >= 0;
    }

    /// <summary>Looks up an element; what follows has it, or does without.</summary>
    private void LookUp()
    {
        int[] maps = _program.MapsWhere(m => m.Type is MapType.Array or MapType.Hash or MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruHash);
        if (maps.Length == 0 || _depth >= 4)
            return;
        int map = _random.Pick(maps);
        if (!MemoryArgument(2, (int)_program.Maps[map].KeySize))
            return;
        LoadMap(1, map);
        Call(MapLookup, new Held(Kind.MaybeMemory, High: (int)_program.Maps[map].ValueSize, ReadOnly: _program.IsReadOnly(map)));
        int kept = Free(pointer: true, first: 6);
        bool early = _random.Percent(30) && kept >= 0;
        if (early)
            Move(kept, 0);
        Label other = new();
        if (_random.Percent(50) && _noExit == 0)
        {
            // without the element the program ends
            Machine found = _now.Copy();
            Jump(Op.Jmp | Op.Jne, early && _random.Percent(50) ? kept : 0, 0, 0, other);
            _now.Registers[0] = Held.Number(0);
            End();
            _ended = false;
            Bind(other);
            _now = found;
            Found();
            if (!early && kept >= 0 && _random.Percent(70))
                Move(kept, 0);
            return;
        }
        Jump(Op.Jmp | Op.Jeq, 0, 0, 0, other);
        Machine missing = _now.Copy();
        missing.Registers[0] = Held.Number(0);
        if (early)
            missing.Registers[kept] = default;
        Found();
        if (!early && kept >= 0 && _random.Percent(50))
            Move(kept, 0);
        Access();
        Branches(other, missing, _random.Percent(30));
    }

    /// <summary>What may have been null is not.</summary>
    private void Found()
    {
        for (int i = 0; i < 10; i++)
            if (_now.Registers[i].Kind == Kind.MaybeMemory)
                _now.Registers[i] = _now.Registers[i] with { Kind = Kind.Memory };
    }

    private void CallHelper()
    {
        switch (_random.Below(9))
        {
            case 0:
                Change();
                break;
            case 1:
                Queue();
                break;
            case 2 when _program.FirstMap(MapType.RingBuf) is >= 0 and var ring:
                int size = _random.Between(1, 24);
                if (_random.Percent(30))
                {
                    Immediate(Op.Alu64 | Op.Mov, 2, _random.Below(4));
                    LoadMap(1, ring);
                    Call(RingQuery, Held.Number());
                }
                else if (MemoryArgument(2, size))
                {
                    Immediate(Op.Alu64 | Op.Mov, 3, size);
                    Immediate(Op.Alu64 | Op.Mov, 4, 0);
                    LoadMap(1, ring);
                    Call(RingOutput, Held.Number());
                }
                break;
            case 3 when _program.FirstMap(MapType.ProgArray) is >= 0 and var programs && _noExit == 0 && _function.Number == 0:
                NumberArgument(3);
                if (!ContextArgument(1))
                    break;
                LoadMap(2, programs);
                Call(TailCall, Held.Number());
                break;
            case 4 when Target.Family != Family.Plain:
                OfFamily();
                break;
            default:
                Call(Target.Family == Family.Tracing && _random.Percent(40) ? _random.Pick(s_tracingNumbers) : _random.Pick(s_numbers), Held.Number());
                break;
        }
    }

    /// <summary>Updates or deletes an element.</summary>
    private void Change()
    {
        int[] maps = _program.MapsWhere(m => m.Type is MapType.Array or MapType.Hash or MapType.LruHash or MapType.PerCpuHash && m.Flags == 0);
        if (maps.Length == 0)
            return;
        int map = _random.Pick(maps);
        if (!MemoryArgument(2, (int)_program.Maps[map].KeySize))
            return;
        if (_random.Percent(60))
        {
            if (!MemoryArgument(3, (int)_program.Maps[map].ValueSize))
                return;
            Immediate(Op.Alu64 | Op.Mov, 4, _random.Below(3));
            LoadMap(1, map);
            Call(MapUpdate, Held.Number());
        }
        else
        {
            LoadMap(1, map);
            Call(MapDelete, Held.Number());
        }
    }

    private void Queue()
    {
        int map = _program.FirstMap(MapType.Queue);
        bool push = _random.Percent(50);
        if (map < 0 || !MemoryArgument(2, (int)_program.Maps[map].ValueSize, written: !push))
            return;
        if (push)
            Immediate(Op.Alu64 | Op.Mov, 3, 0);
        LoadMap(1, map);
        Call(push ? QueuePush : _random.Percent(50) ? QueuePop : QueuePeek, Held.Number());
    }

    private void OfFamily()
    {
        int size = _random.Between(1, 16);
        switch (Target.Family, _random.Below(5))
        {
            case (Family.Skb, 0 or 1):
                NumberArgument(2);
                if (!MemoryArgument(3, size, written: true) || !ContextArgument(1))
                    break;
                NumberArgument(4, size);
                Call(SkbLoadBytes, Held.Number());
                break;
            case (Family.Skb, 2) when Target.Type is ProgramType.SchedCls or ProgramType.SchedAct && _loops == 0 && _function.Number == 0:
                NumberArgument(2);
                if (!MemoryArgument(3, size) || !ContextArgument(1))
                    break;
                Immediate(Op.Alu64 | Op.Mov, 4, size);
                Immediate(Op.Alu64 | Op.Mov, 5, 0);
                Call(SkbStoreBytes, Held.Number());
                _now.ForgetPackets();
                break;
            case (Family.Skb, 3) when Target.Type is ProgramType.SchedCls or ProgramType.SchedAct && _loops == 0 && _function.Number == 0:
                NumberArgument(2);
                if (!ContextArgument(1))
                    break;
                Call(SkbPullData, Held.Number());
                _now.ForgetPackets();
                break;
            case (Family.Skb, 4) when Target.Type is ProgramType.SchedCls or ProgramType.SocketFilter or ProgramType.CgroupSkb && ContextArgument(1):
                Call(SocketCookie, Held.Number());
                break;
            case (Family.Xdp, 0 or 1) when _loops == 0 && _function.Number == 0:
                NumberArgument(2);
                if (!ContextArgument(1))
                    break;
                Call(XdpAdjustHead, Held.Number());
                _now.ForgetPackets();
                break;
            case (Family.Tracing, 0):
                if (!MemoryArgument(1, size, written: true))
                    break;
                Immediate(Op.Alu64 | Op.Mov, 2, size);
                Call(CurrentComm, Held.Number());
                break;
            case (Family.Tracing, 1 or 2 or 3):
                int number = Number(first: 6);
                if (number < 0 || !MemoryArgument(1, size, written: true))
                    break;
                NumberArgument(2, size);
                Move(3, number);
                Call(_random.Percent(60) ? ProbeReadKernel : ProbeReadKernelStr, Held.Number());
                break;
            case (_, 4) when _program.FirstMap(MapType.PerfEventArray) is >= 0 and var events:
                if (!MemoryArgument(4, size) || !ContextArgument(1))
                    break;
                Immediate(Op.Alu64 | Op.Mov, 5, size);
                LoadMap(2, events);
                Immediate(Op.Alu64 | Op.Mov, 3, 0);
                Call(PerfEventOutput, Held.Number());
                break;
        }
    }

    /// <summary>Reserves a ring buffer's record, fills it and gives it back.</summary>
    private void Ring()
    {
        int map = _program.FirstMap(MapType.RingBuf);
        int kept = Free(pointer: true, first: 6);
        if (map < 0 || kept < 0 || _depth >= 3)
            return;
        int size = _random.Pick([1, 8, 16, 24, 64]);
        Immediate(Op.Alu64 | Op.Mov, 2, size);
        Immediate(Op.Alu64 | Op.Mov, 3, 0);
        LoadMap(1, map);
        var record = new Held(Kind.Memory, High: size);
        Call(RingReserve, record with { Kind = Kind.MaybeMemory });
        Label none = new();
        Jump(Op.Jmp | Op.Jeq, 0, 0, 0, none);
        Machine missing = _now.Copy();
        missing.Registers[0] = Held.Number(0);
        _now.Registers[0] = record;
        Move(kept, 0);
        _now.Registers[0] = default;
        Lock(kept);
        _noExit++;
        _depth++;
        AccessThrough(kept);
        Block();
        _depth--;
        _noExit--;
        Unlock(kept);
        Move(1, kept);
        Immediate(Op.Alu64 | Op.Mov, 2, 0);
        Call(_random.Percent(60) ? RingSubmit : RingDiscard, default);
        // copies of the record are gone with it
        for (int i = 0; i < 10; i++)
            if (_now.Registers[i].Kind == Kind.Memory && _now.Registers[i].High - _now.Registers[i].Low == size)
                _now.Registers[i] = default;
        for (int i = 0; i < Machine.Slots; i++)
            if (_now.Stack[i].IsPointer)
                _now.Stack[i] = default;
        Bind(none);
        _now = Machine.Either(_now, missing);
    }

    /// <summary>Calls a function of the program, with what it takes.</summary>
    private void CallFunction()
    {
        Function[] functions = [.. _program.Functions.Where(f => f.Number > _function.Number && !f.Callback)];
        if (functions.Length == 0)
            return;
        Function called = _random.Pick(functions);
        for (int i = 0; i < called.Parameters.Count; i++)
            if (!Argument(i + 1, called.Parameters[i]))
                return;
        called.Callers.Add(Emit(new Insn { Code = Op.Jmp | Op.Call, Src = 1 }));
        _now.Call(Held.Number());
    }

    private bool Argument(int register, Held parameter)
    {
        switch (parameter.Kind)
        {
            case Kind.Context:
                return ContextArgument(register);
            case Kind.Memory:
                return MemoryArgument(register, parameter.Room, writable: true);
            default:
                NumberArgument(register);
                return true;
        }
    }

    /// <summary>Has a helper call a function a number of times.</summary>
    private void LoopHelper()
    {
        Function? callback = _program.Functions.FirstOrDefault(f => f.Callback && f.Number > _function.Number);
        if (callback is null || !StackArgument(3, callback.Parameters[1].Room))
            return;
        NumberArgument(1, 100);
        callback.Callers.Add(Emit(new Insn { Code = Op.LoadImm64, Dst = 2, Src = 4 }));
        Immediate(Op.Alu64 | Op.Mov, 4, 0);
        Call(BpfLoop, Held.Number());
    }
}
