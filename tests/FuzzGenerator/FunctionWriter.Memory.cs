using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>Stack, context, map values and packets.</summary>
internal sealed partial class FunctionWriter
{
    private void LoadContext()
    {
        int context = Holding(h => h.Kind == Kind.Context);
        if (context < 0 || Target.Fields.Count == 0)
            return;
        ContextField field = _random.Pick(Target.Fields);
        Load(Free(), context, field.Offset, _random.Percent(85) ? field.Size : _random.Pick(Op.Widths.Where(w => w <= field.Size).ToArray()));
    }

    private void StoreContext()
    {
        int context = Holding(h => h.Kind == Kind.Context);
        ContextField[] fields = [.. Target.Fields.Where(f => f.Writable)];
        if (context < 0 || fields.Length == 0)
            return;
        ContextField field = _random.Pick(fields);
        int src = Number();
        Emit(new Insn { Code = (byte)(Op.Stx | Op.Mem | Op.Size(field.Size)), Dst = (byte)context, Src = (byte)src, Off = (short)field.Offset });
    }

    private static short SlotOffset(int slot) => (short)(-8 * (slot + 1));

    private bool Settled(int slot) => (_settledSlots >> slot & 1) != 0;

    private void StoreStack()
    {
        int slot = _random.Below(_slots);
        if (_now.Stack[slot].IsPointer && (Settled(slot) || _random.Percent(80)))
            return;
        int width = _random.Percent(65) ? 8 : _random.Pick(Op.Widths);
        int offset = SlotOffset(slot) + (_random.Below(8 / width) * width);
        bool atomic = _now.Stack[slot].Kind == Kind.Scalar && width >= 4 && _random.Percent(15);
        int src = _random.Percent(70) || atomic ? Number() : -1;
        ulong max = ulong.MaxValue;
        if (atomic)
        {
            Atomic(10, src, offset, width);
        }
        else if (src >= 0)
        {
            Emit(new Insn { Code = (byte)(Op.Stx | Op.Mem | Op.Size(width)), Dst = 10, Src = (byte)src, Off = (short)offset });
            max = width == 8 ? _now.Registers[src].Max : max;
        }
        else
        {
            Emit(new Insn { Code = (byte)(Op.St | Op.Mem | Op.Size(width)), Dst = 10, Off = (short)offset, Imm = _random.Immediate() });
        }
        if (width == 8 || _now.Stack[slot].Kind != Kind.Empty)
            _now.Stack[slot] = Held.Number(max);
    }

    private void LoadStack()
    {
        int slot = _random.Below(_slots);
        if (_now.Stack[slot].Kind != Kind.Scalar)
            return;
        int width = _random.Percent(70) ? 8 : _random.Pick(Op.Widths);
        ulong max = _now.Stack[slot].Max;
        int dst = Free();
        Load(dst, 10, SlotOffset(slot) + (_random.Below(8 / width) * width), width);
        if (width == 8)
            _now.Registers[dst] = Held.Number(max);
    }

    private void SpillPointer()
    {
        int src = Holding(h => h.IsPointer && h.Kind != Kind.Frame);
        int slot = _random.Below(_slots);
        if (src < 0 || Settled(slot) || _now.Registers[src].Kind == Kind.MaybeMemory)
            return;
        Emit(new Insn { Code = Op.Stx | Op.Mem | 0x18, Dst = 10, Src = (byte)src, Off = SlotOffset(slot) });
        _now.Stack[slot] = _now.Registers[src];
    }

    private void FillPointer()
    {
        int slot = _random.Below(_slots);
        int dst = Free(pointer: true);
        if (!_now.Stack[slot].IsPointer)
            return;
        Emit(new Insn { Code = Op.Ldx | Op.Mem | 0x18, Dst = (byte)dst, Src = 10, Off = SlotOffset(slot) });
        _now.Registers[dst] = _now.Stack[slot];
    }

    /// <summary>Reads or writes memory that a register points to.</summary>
    private void Access()
    {
        int pointer = Holding(h => h.Room > 0);
        if (pointer >= 0)
            AccessThrough(pointer);
    }

    private void AccessThrough(int pointer)
    {
        Held held = _now.Registers[pointer];
        int width = _random.Pick(Op.Widths.Where(w => w <= held.Room).ToArray());
        int offset = held.Low + _random.Below(held.Room - width + 1);
        if (_random.Percent(70))
            offset = held.Low + ((offset - held.Low) / width * width);
        if (offset is < short.MinValue or > short.MaxValue)
            return;
        if (held.ReadOnly || _random.Percent(50))
            Load(Free(), pointer, offset, width);
        else if (width >= 4 && !held.Packet && _random.Percent(25))
            Atomic(pointer, Number(), offset, width);
        else if (_random.Percent(70))
            Emit(new Insn { Code = (byte)(Op.Stx | Op.Mem | Op.Size(width)), Dst = (byte)pointer, Src = (byte)Number(), Off = (short)offset });
        else
            Emit(new Insn { Code = (byte)(Op.St | Op.Mem | Op.Size(width)), Dst = (byte)pointer, Off = (short)offset, Imm = _random.Immediate() });
    }

    private void Atomic(int pointer, int src, int offset, int width)
    {
        int operation = _random.Pick([Op.Add, Op.Or, Op.And, Op.Xor, 0x01, 0x41, 0x51, 0xa1, 0xe1, 0xf1]);
        if ((operation & 1) != 0 && operation != 0xf1 && IsLocked(src))
            operation &= 0xf0;
        if (operation == 0xe0)
            operation = Op.Add;
        if (operation == 0xf1)
        {
            if (pointer == 0)
                return;
            if (_now.Registers[0].Kind != Kind.Scalar)
                Immediate(Op.Alu64 | Op.Mov, 0, _random.Immediate());
        }
        if (_now.Registers[src].Kind != Kind.Scalar)
            return;
        Emit(new Insn { Code = (byte)(Op.Stx | Op.Atomic | Op.Size(width)), Dst = (byte)pointer, Src = (byte)src, Off = (short)offset, Imm = operation });
        if (operation == 0xf1)
            _now.Registers[0] = Held.Number();
        else if ((operation & 1) != 0)
            _now.Registers[src] = Held.Number();
    }

    /// <summary>Copies a pointer and moves it by a constant.</summary>
    private void MovePointer()
    {
        int src = Holding(h => h.Room > 0 && !h.Packet);
        int dst = Free(pointer: true);
        if (src < 0 || dst == src)
            return;
        Move(dst, src);
        Held held = _now.Registers[src];
        int by = _random.Percent(50) ? _random.Below(held.High - held.Low) : -_random.Below(16);
        if (_random.Percent(30))
            return;
        if (_random.Percent(80))
            Emit(new Insn { Code = Op.Alu64 | Op.Add, Dst = (byte)dst, Imm = by });
        else
            Emit(new Insn { Code = Op.Alu64 | Op.Sub, Dst = (byte)dst, Imm = -by });
        _now.Registers[dst] = held with { Low = held.Low - by, High = held.High - by };
    }

    /// <summary>Moves a pointer by a number that is made small enough first, then accesses what it points to.</summary>
    private void VariableAccess()
    {
        int pointer = Holding(h => h.Room > 1 && !h.Packet);
        if (pointer < 0)
            return;
        Held held = _now.Registers[pointer];
        int width = _random.Pick(Op.Widths.Where(w => w < held.Room).ToArray());
        int room = held.Room - width;
        int number = Number();
        int index = Free();
        if (index == pointer || index == number)
            return;
        Move(index, number);
        Label skip = new();
        Machine? skipped = null;
        if (_now.Registers[index].Max > (ulong)room || _random.Percent(30))
            skipped = Limit(index, room, skip);
        int moved = Free(pointer: true);
        if (moved == index || moved == pointer)
        {
            if (!IsLocked(index) && (_numbersOnly >> index & 1) == 0)
            {
                // the number becomes the pointer
                Add(index, pointer);
                moved = index;
            }
            else
            {
                Bind(skip);
                if (skipped is not null)
                    _now = Machine.Either(skipped, _now);
                return;
            }
        }
        else
        {
            Move(moved, pointer);
            Add(moved, index);
        }
        _now.Registers[moved] = held with { High = held.Low + width };
        AccessThrough(moved);
        if (skipped is not null)
        {
            Bind(skip);
            _now = Machine.Either(skipped, _now);
        }
    }

    /// <summary>Keeps a number at or below a limit, by a mask or by a jump; what holds after the jump, when there is one.</summary>
    private Machine? Limit(int index, int most, Label skip)
    {
        if (_random.Percent(50))
        {
            int mask = (1 << _random.Below(1 + (int)Math.Log2(most + 1))) - 1;
            Immediate((_random.Percent(25) ? Op.Alu : Op.Alu64) | Op.And, index, mask);
            return null;
        }
        int limit = _random.Between(Math.Max(0, most - 3), most);
        Machine before = _now.Copy();
        switch (_random.Below(4))
        {
            case 0:
                Jump(Op.Jmp | Op.Jsgt, index, 0, limit, skip);
                Jump(Op.Jmp | Op.Jslt, index, 0, 0, skip);
                break;
            case 1:
                Jump(Op.Jmp | Op.Jge, index, 0, limit + 1, skip);
                break;
            default:
                Jump(Op.Jmp | Op.Jgt, index, 0, limit, skip);
                break;
        }
        _now.Registers[index] = Held.Number((ulong)limit);
        return before;
    }

    /// <summary>Reads the stack at an offset that is not known.</summary>
    private void VariableStack()
    {
        int slots = Initialised();
        if (slots < 2)
            return;
        int index = Free();
        int number = Number();
        Move(index, number);
        int width = _random.Pick([1, 1, 8]);
        Immediate(Op.Alu64 | Op.And, index, width == 8 ? 8 : 7);
        int pointer = Free(pointer: true);
        if (pointer == index)
            return;
        Move(pointer, 10);
        Emit(new Insn { Code = Op.Alu64 | Op.Add, Dst = (byte)pointer, Imm = SlotOffset(1) });
        Add(pointer, index);
        _now.Registers[pointer] = default;
        if (_random.Percent(70))
        {
            Emit(new Insn { Code = (byte)(Op.Ldx | Op.Mem | Op.Size(width)), Dst = (byte)pointer, Src = (byte)pointer });
            _now.Registers[pointer] = Held.Number();
        }
        else
        {
            Emit(new Insn { Code = (byte)(Op.Stx | Op.Mem | Op.Size(width)), Dst = (byte)pointer, Src = (byte)index });
            for (int i = 0; i < 2; i++)
                _now.Stack[i] = Held.Number();
        }
    }

    /// <summary>How many slots from the frame pointer down hold numbers.</summary>
    private int Initialised()
    {
        int slots = 0;
        while (slots < _slots && _now.Stack[slots].Kind == Kind.Scalar)
            slots++;
        return slots;
    }

    /// <summary>The address of a map's value, loaded directly.</summary>
    private void MapValue()
    {
        int[] maps = _program.MapsWhere(m => m is { Type: MapType.Array, MaxEntries: 1 });
        int dst = Free(pointer: true);
        if (maps.Length == 0)
            return;
        int map = _random.Pick(maps);
        int size = (int)_program.Maps[map].ValueSize;
        int offset = _random.Percent(60) ? 0 : _random.Below(size);
        LoadMap(dst, map, value: true, offset);
        _now.Registers[dst] = new Held(Kind.Memory, Low: -offset, High: size - offset, ReadOnly: _program.IsReadOnly(map));
    }

    /// <summary>Takes the packet's bounds, checks a length and accesses what lies within.</summary>
    private void Packet()
    {
        int context = Holding(h => h.Kind == Kind.Context);
        if (Target.Data < 0 || context < 0 || _depth >= 4)
            return;
        int data = Free(pointer: true), end = Free(pointer: true), check = Free(pointer: true);
        if (data == end || data == check || end == check || data == context || end == context || check == context)
            return;
        byte load = (byte)(Op.Ldx | Op.Mem | Op.Size(Target.DataSize));
        Emit(new Insn { Code = load, Dst = (byte)data, Src = (byte)context, Off = (short)Target.Data });
        Emit(new Insn { Code = load, Dst = (byte)end, Src = (byte)context, Off = (short)(Target.Data + Target.DataSize) });
        _now.Registers[data] = _now.Registers[end] = _now.Registers[check] = default;
        if (_random.Percent(30) && Holding(h => h.Kind == Kind.Scalar) is >= 0 and var number)
        {
            int index = Free();
            if (index != data && index != end && index != check)
            {
                Move(index, number);
                Immediate(Op.Alu64 | Op.And, index, _random.Pick([7, 15, 60, 255, 1023, 65535]));
                Add(data, index);
            }
        }
        int length = _random.Pick([1, 2, 4, 8, 14, 20, 34, 54, 64]);
        Move(check, data);
        Emit(new Insn { Code = Op.Alu64 | Op.Add, Dst = (byte)check, Imm = length });
        Label other = new();
        bool swapped = _random.Percent(25), strict = _random.Percent(20);
        int condition = swapped ? (strict ? Op.Jle : Op.Jlt) : (strict ? Op.Jge : Op.Jgt);
        Jump(Op.Jmp | Op.Reg | condition, swapped ? end : check, swapped ? check : end, 0, other);
        Machine taken = _now.Copy();
        var memory = new Held(Kind.Memory, High: length, ReadOnly: !Target.PacketWritable, Packet: true);
        _now.Registers[data] = memory;
        AccessThrough(data);
        Branches(other, taken, _random.Percent(20));
    }

    private void LegacyLoad()
    {
        if (!Target.LegacyLoads || _now.Registers[6].Kind != Kind.Context || _noExit > 0 || _function.Number > 0)
            return;
        bool indirect = _random.Percent(40);
        int src = indirect ? Holding(h => h.Kind == Kind.Scalar) : 0;
        if (src < 0)
            return;
        Emit(new Insn { Code = (byte)((indirect ? 0x40 : 0x20) | Op.Size(_random.Pick([1, 2, 4]))), Src = (byte)src, Imm = _random.Below(64) });
        _now.Call(Held.Number(uint.MaxValue));
    }
}
