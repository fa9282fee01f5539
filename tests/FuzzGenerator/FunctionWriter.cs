using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>A function of a program being written.</summary>
/// <param name="Number">Place among the program's functions, the entry being 0.</param>
/// <param name="Parameters">What it is given in r1, r2, …</param>
internal sealed record Function(int Number, IReadOnlyList<Held> Parameters)
{
    /// <summary>Instructions that name it.</summary>
    public List<Insn> Callers { get; } = [];
    /// <summary>Is called by a helper, with an index and a context.</summary>
    public bool Callback { get; init; }
    /// <summary>Verified on its own, by its type.</summary>
    public bool Global { get; init; }
}

/// <summary>Writes the body of one function and keeps track of what each register holds, so that most of what it writes is accepted.</summary>
internal sealed partial class FunctionWriter
{
    private readonly SeededRandom _random;
    private readonly ProgramWriter _program;
    private readonly Function _function;
    private readonly List<Insn> _code = [];
    private readonly List<Label> _binding = [];
    private readonly (int Weight, Action Write)[] _statements;
    private readonly int _slots;
    private Machine _now = new();
    /// <summary>Registers that keep what they hold: a bit each.</summary>
    private int _locked;
    /// <summary>Registers that may hold other numbers but nothing else: a bit each.</summary>
    private int _numbersOnly;
    /// <summary>Stack slots that keep their kind of content.</summary>
    private ulong _settledSlots;
    private int _noExit, _loops, _depth, _budget;
    /// <summary>The path written last has ended.</summary>
    private bool _ended;

    private sealed class Label
    {
        public List<Insn> Jumps { get; } = [];
    }

    public FunctionWriter(SeededRandom random, ProgramWriter program, Function function)
    {
        _random = random;
        _program = program;
        _function = function;
        _slots = function.Number == 0 ? random.Between(2, 24) : random.Between(1, 6);
        _budget = function.Number == 0 ? random.Between(4, 45) : random.Between(2, 12);
        _statements =
        [
            (22, Arithmetic), (6, LoadNumber), (4, LoadContext), (1, StoreContext), (8, StoreStack), (7, LoadStack), (4, SpillPointer), (5, FillPointer),
            (10, LookUp), (14, Access), (5, VariableAccess), (6, MovePointer), (5, MapValue), (16, If), (4, Loop), (7, CallFunction), (8, CallHelper),
            (8, Packet), (3, Ring), (3, VariableStack), (1, LegacyLoad), (2, LoopHelper), (2, PointerTest),
        ];
    }

    private Target Target => _program.Target;

    /// <summary>The instructions, the last of which ends the function.</summary>
    public List<Insn> Write()
    {
        _now.Registers[10] = new Held(Kind.Frame);
        for (int i = 0; i < _function.Parameters.Count; i++)
        {
            _now.Registers[i + 1] = _function.Parameters[i];
            // callee-saved registers keep what helpers would clobber
            if (_function.Parameters[i].IsPointer || _random.Percent(50))
                Move(6 + i, i + 1);
        }
        if (_function.Parameters.Count > 0 && _function.Parameters[0].Kind == Kind.Context)
            Lock(6);
        Block();
        End();
        return _code;
    }

    private void Block()
    {
        int statements = Math.Min(_budget, _depth == 0 ? _budget : _random.Between(1, 6));
        int total = _statements.Sum(s => s.Weight);
        for (int i = 0; i < statements && !_ended && _budget > 0; i++)
        {
            _budget--;
            int at = _random.Below(total);
            foreach ((int weight, Action write) in _statements)
            {
                at -= weight;
                if (at >= 0)
                    continue;
                write();
                break;
            }
        }
    }

    /// <summary>Sets the return value and returns.</summary>
    private void End()
    {
        bool any = _function.Number > 0 ? !_function.Callback : Target.MostReturned == int.MaxValue;
        if (any && _now.Registers[0].Kind == Kind.Scalar && _random.Percent(60))
        {
            if (_function.Number > 0 && _random.Percent(30))
                Immediate(Op.Alu64 | Op.And, 0, _random.Pick([1, 7, 15, 63, 255]));
        }
        else
        {
            Immediate(Op.Alu64 | Op.Mov, 0, any ? _random.Immediate() : _random.Below(2));
        }
        Emit(new Insn { Code = Op.Jmp | Op.Exit });
        _ended = true;
    }

    private Insn Emit(Insn insn)
    {
        foreach (Label label in _binding)
            foreach (Insn jump in label.Jumps)
                jump.Target = insn;
        _binding.Clear();
        _code.Add(insn);
        return insn;
    }

    private void Bind(Label label) => _binding.Add(label);

    private void Jump(int code, int dst, int src, int immediate, Label to) =>
        to.Jumps.Add(Emit(new Insn { Code = (byte)code, Dst = (byte)dst, Src = (byte)src, Imm = immediate }));

    private void Goto(Label to) => Jump(Op.Jmp | Op.Ja, 0, 0, 0, to);

    private void Immediate(int code, int dst, int immediate)
    {
        Emit(new Insn { Code = (byte)code, Dst = (byte)dst, Imm = immediate });
        Held before = _now.Registers[dst];
        bool narrow = (code & 7) == Op.Alu;
        _now.Registers[dst] = Arithmetics.After(before, code & 0xf0, immediate, narrow);
    }

    private void Move(int dst, int src)
    {
        Emit(new Insn { Code = Op.Alu64 | Op.Mov | Op.Reg, Dst = (byte)dst, Src = (byte)src });
        _now.Registers[dst] = _now.Registers[src];
    }

    private void Add(int dst, int src) => Emit(new Insn { Code = Op.Alu64 | Op.Add | Op.Reg, Dst = (byte)dst, Src = (byte)src });

    private void LoadMap(int dst, int map, bool value = false, int offset = 0) =>
        Emit(new Insn { Code = Op.LoadImm64, Dst = (byte)dst, Map = new MapReference(0, map, value), High = offset });

    private void Call(int helper, Held result)
    {
        Emit(new Insn { Code = Op.Jmp | Op.Call, Imm = helper });
        _now.Call(result);
    }

    private void Lock(int register) => _locked |= 1 << register;

    private void Unlock(int register) => _locked &= ~(1 << register);

    private bool IsLocked(int register) => (_locked >> register & 1) != 0;

    /// <summary>A register that may be overwritten with a number, or with a pointer.</summary>
    private int Free(bool pointer = false, int first = 0)
    {
        for (int tries = 0; ; tries++)
        {
            int register = _random.Between(first, 9);
            bool held = _now.Registers[register].IsPointer && tries < 4;
            if (!held && !IsLocked(register) && !(pointer && (_numbersOnly >> register & 1) != 0))
                return register;
            if (tries > 40)
                return first <= 5 ? first : -1;
        }
    }

    /// <summary>A register that holds something, or -1.</summary>
    private int Holding(Func<Held, bool> wanted, int first = 0)
    {
        int start = _random.Below(10);
        for (int i = 0; i < 10; i++)
        {
            int register = (start + i) % 10;
            if (register >= first && wanted(_now.Registers[register]))
                return register;
        }
        return -1;
    }

    /// <summary>A register that holds a number; one is loaded when there is none.</summary>
    private int Number(int first = 0)
    {
        int register = _random.Percent(85) ? Holding(h => h.Kind == Kind.Scalar, first) : -1;
        if (register >= 0)
            return register;
        register = Free(first: first);
        if (register >= 0)
            NumberInto(register);
        return register;
    }

    private void NumberInto(int register)
    {
        int context = Holding(h => h.Kind == Kind.Context);
        int memory = Holding(h => h.Room >= 8);
        if (memory >= 0 && _random.Percent(40))
        {
            Load(register, memory, _now.Registers[memory].Low, _random.Pick(Op.Widths));
        }
        else if (context >= 0 && Target.Fields.Count > 0 && _random.Percent(70))
        {
            ContextField field = _random.Pick(Target.Fields);
            Load(register, context, field.Offset, field.Size);
        }
        else
        {
            Immediate(Op.Alu64 | Op.Mov, register, _random.Immediate());
        }
    }

    private void Load(int dst, int src, int offset, int bytes)
    {
        bool signed = _program.Modern && bytes < 8 && _random.Percent(10) && _now.Registers[src].Kind is Kind.Memory or Kind.Frame;
        Emit(new Insn { Code = (byte)(Op.Ldx | Op.Size(bytes) | (signed ? Op.MemSigned : Op.Mem)), Dst = (byte)dst, Src = (byte)src, Off = (short)offset });
        _now.Registers[dst] = Held.Number(signed || bytes == 8 ? ulong.MaxValue : (1ul << (bytes * 8)) - 1);
    }
}
