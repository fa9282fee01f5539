namespace BpfVerifier.Fuzz;

/// <summary>Arithmetic, branches and loops.</summary>
internal sealed partial class FunctionWriter
{
    private void LoadNumber()
    {
        int dst = Free();
        if (_random.Percent(20))
        {
            ulong bits = _random.Bits() >> _random.Below(64);
            Emit(new Insn { Code = Op.LoadImm64, Dst = (byte)dst, Imm = (int)bits, High = (int)(bits >> 32) });
            _now.Registers[dst] = Held.Number(bits);
        }
        else
        {
            NumberInto(dst);
        }
    }

    private void Arithmetic()
    {
        int dst = Number();
        if (IsLocked(dst))
        {
            int copy = Free();
            Move(copy, dst);
            dst = copy;
        }
        int operation = _random.Pick(Op.Arithmetic);
        bool narrow = _random.Percent(35);
        int @class = narrow ? Op.Alu : Op.Alu64;
        if (_random.Percent(6))
        {
            Swap(dst);
        }
        else if (operation == Op.Neg)
        {
            Immediate(@class | Op.Neg, dst, 0);
            _now.Registers[dst] = Held.Number(narrow ? uint.MaxValue : ulong.MaxValue);
        }
        else if (_random.Percent(55))
        {
            int immediate = operation switch
            {
                Op.Lsh or Op.Rsh or Op.Arsh => _random.Below(narrow ? 32 : 64),
                Op.Div or Op.Mod when _random.Immediate() is not 0 and var divisor => divisor,
                Op.Div or Op.Mod => 3,
                _ => _random.Immediate(),
            };
            Immediate(@class | operation, dst, immediate);
            if (operation is Op.Div or Op.Mod && Signed())
                _code[^1].Off = 1;
        }
        else
        {
            int src = _random.Percent(10) ? dst : Number();
            var insn = Emit(new Insn { Code = (byte)(@class | operation | Op.Reg), Dst = (byte)dst, Src = (byte)src });
            Held moved = _now.Registers[src];
            _now.Registers[dst] = operation == Op.Mov && !narrow ? moved : Held.Number(narrow ? uint.MaxValue : ulong.MaxValue);
            if (operation is Op.Div or Op.Mod && Signed())
                insn.Off = 1;
            if (operation == Op.Mov && Signed())
            {
                insn.Off = (short)_random.Pick(narrow ? [8, 16] : new[] { 8, 16, 32 });
                _now.Registers[dst] = Held.Number(narrow ? uint.MaxValue : ulong.MaxValue);
            }
        }
    }

    /// <summary>Chooses the signed form where there is one.</summary>
    private bool Signed() => _program.Modern && _random.Percent(30);

    private void Swap(int dst)
    {
        int width = _random.Pick([16, 32, 64]);
        int code = (_program.Modern && _random.Percent(30) ? Op.Alu64 : Op.Alu | (_random.Percent(50) ? Op.Reg : 0)) | Op.End;
        Emit(new Insn { Code = (byte)code, Dst = (byte)dst, Imm = width });
        _now.Registers[dst] = Held.Number(width == 64 ? ulong.MaxValue : (1ul << width) - 1);
    }

    /// <summary>A branch on a number, with or without an else.</summary>
    private void If()
    {
        if (_depth >= 4)
            return;
        int dst = Number();
        bool narrow = _random.Percent(30);
        int condition = _random.Pick(Op.Conditions);
        Label other = new();
        Machine taken;
        if (_random.Percent(25) && Holding(h => h.Kind == Kind.Scalar) is >= 0 and var src && src != dst)
        {
            Jump((narrow ? Op.Jmp32 : Op.Jmp) | condition | Op.Reg, dst, src, 0, other);
            taken = _now.Copy();
        }
        else
        {
            int immediate = _random.Immediate();
            Jump((narrow ? Op.Jmp32 : Op.Jmp) | condition, dst, 0, immediate, other);
            taken = _now.Copy();
            if (!narrow && immediate >= 0)
                Refine(condition, (ulong)immediate, dst, _now, taken);
        }
        Branches(other, taken, _random.Percent(45));
    }

    private static void Refine(int condition, ulong limit, int register, Machine through, Machine taken)
    {
        (Machine Where, ulong Max)? known = condition switch
        {
            Op.Jgt => (through, limit),
            Op.Jge when limit > 0 => (through, limit - 1),
            Op.Jlt when limit > 0 => (taken, limit - 1),
            Op.Jle => (taken, limit),
            Op.Jeq => (taken, limit),
            Op.Jne => (through, limit),
            _ => null,
        };
        if (known is { } k)
            k.Where.Registers[register] = Held.Number(Math.Min(k.Max, k.Where.Registers[register].Max));
    }

    /// <summary>Writes what comes after a jump to <paramref name="other"/> and, when asked, what stands there; the ways meet again.</summary>
    private void Branches(Label other, Machine taken, bool otherwise)
    {
        _depth++;
        Block();
        if (!_ended && _noExit == 0 && _random.Percent(12))
            End();
        bool ended = _ended;
        Machine through = _now;
        Label end = new();
        if (otherwise && !ended)
            Goto(end);
        Bind(other);
        _now = taken;
        _ended = false;
        if (otherwise)
        {
            Block();
            if (!ended && !_ended && _noExit == 0 && _random.Percent(10))
                End();
            if (ended && _ended)
                Revive();
            if (!ended)
            {
                Bind(end);
                _now = _ended ? through : Machine.Either(through, _now);
            }
        }
        else if (!ended)
        {
            _now = Machine.Either(through, taken);
        }
        _ended = false;
        _depth--;
    }

    /// <summary>Both ways ended: the exit of the second becomes something harmless, so that what follows is reached.</summary>
    private void Revive() => _code.RemoveAt(_code.Count - 1);

    private void Loop()
    {
        int counter = Free(first: 6);
        if (_loops >= 2 || _depth >= 3 || counter < 0 || _now.Registers[counter].IsPointer)
            return;
        bool down = _random.Percent(25), known = _random.Percent(75);
        int count = _random.Percent(10) ? _random.Between(10, 100) : _random.Between(2, _loops > 0 ? 4 : 9);
        if (known)
        {
            Immediate(Op.Alu64 | Op.Mov, counter, down ? count : 0);
        }
        else
        {
            NumberInto(counter);
            Immediate(Op.Alu64 | Op.And, counter, down ? 7 : 3);
        }
        (int locked, int numbers, ulong settled) = (_locked, _numbersOnly, _settledSlots);
        Settle(counter);
        Label head = new(), end = new();
        int start = _code.Count;
        bool mayGoto = _program.MayGoto && _random.Percent(10);
        Machine before = _now.Copy();
        if (mayGoto)
            Jump(Op.Jmp | Op.MayGoto, 0, 0, 0, end);
        _loops++;
        _depth++;
        // rounds multiply paths: long loops and loops in loops stay small
        int inside = Math.Min(_budget, count > 9 ? 1 : _loops > 1 ? 2 : 6), after = _budget - inside;
        _budget = inside;
        Block();
        _budget = after;
        _depth--;
        _loops--;
        Emit(new Insn { Code = Op.Alu64 | Op.Add, Dst = (byte)counter, Imm = down ? -1 : _random.Percent(80) ? 1 : 2 });
        // a counter that starts anywhere may step over an equality, and below zero
        int condition = (down, known) switch
        {
            (true, true) => _random.Pick([Op.Jne, Op.Jsgt, Op.Jgt]),
            (true, false) => Op.Jsgt,
            (false, true) => _random.Pick([Op.Jlt, Op.Jslt, Op.Jle, Op.Jne]),
            _ => _random.Pick([Op.Jlt, Op.Jslt, Op.Jle]),
        };
        if (condition == Op.Jne && !down)
            _code[^1].Imm = 1;
        Jump((_random.Percent(20) ? Op.Jmp32 : Op.Jmp) | condition, counter, 0, down ? 0 : count, head);
        foreach (Insn jump in head.Jumps)
            jump.Target = _code[start];
        if (mayGoto)
        {
            Bind(end);
            _now = Machine.Either(before, _now);
        }
        (_locked, _numbersOnly, _settledSlots) = (locked, numbers, settled);
        _now.Registers[counter] = Held.Number();
    }

    /// <summary>Leaves known only what the next round of a loop will find as well.</summary>
    private void Settle(int counter)
    {
        _now.Registers.AsSpan(0, 6).Clear();
        for (int i = 6; i < 10; i++)
        {
            if (_now.Registers[i].IsPointer)
            {
                Lock(i);
            }
            else if (_now.Registers[i].Kind == Kind.Scalar)
            {
                _now.Registers[i] = Held.Number();
                _numbersOnly |= 1 << i;
            }
        }
        for (int i = 0; i < Machine.Slots; i++)
        {
            if (_now.Stack[i].Kind == Kind.Scalar)
                _now.Stack[i] = Held.Number();
            if (_now.Stack[i].Kind != Kind.Empty)
                _settledSlots |= 1ul << i;
        }
        Lock(counter);
    }

    /// <summary>Compares a pointer with null or another pointer.</summary>
    private void PointerTest()
    {
        int dst = Holding(h => h.IsPointer);
        int src = Holding(h => h.IsPointer);
        if (dst < 0 || _depth >= 4)
            return;
        Label other = new();
        if (_random.Percent(50) || src == dst)
            Jump(Op.Jmp | _random.Pick([Op.Jeq, Op.Jne]), dst, 0, 0, other);
        else
            Jump(Op.Jmp | Op.Reg | _random.Pick(Op.Conditions), dst, src, 0, other);
        Branches(other, _now.Copy(), _random.Percent(30));
    }
}
