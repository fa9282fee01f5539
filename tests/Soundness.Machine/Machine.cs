namespace BpfVerifier.Soundness;

/// <summary>How a run ended without a violation.</summary>
public enum RunEnd
{
    /// <summary>The program returned.</summary>
    Completed,
    /// <summary>It came to something the machine does not model.</summary>
    NotModelled,
    /// <summary>It took more steps than a run is given, in a loop that a helper or a budget ends.</summary>
    StepLimit,
}

/// <summary>Runs one program once, on random inputs, and lets it do only what an accepted program may do.</summary>
public sealed partial class Machine
{
    private const int MostFrames = 8;
    private const int StackBytes = 512;

    private readonly BpfProgram _program;
    private readonly Instruction[] _instructions;
    private readonly IReleaseProbe _probe;
    private readonly bool _mayReadUnwrittenStack;
    private readonly int _stepLimit;
    private readonly List<Frame> _frames = [];
    private bool _loopsByBudget;

    /// <summary>Prepares a run.</summary>
    /// <param name="program">An accepted program.</param>
    /// <param name="probe">The release it was accepted by.</param>
    /// <param name="profile">Who loaded it.</param>
    /// <param name="seed">Inputs.</param>
    /// <param name="stepLimit">Instructions; a run beyond is a runaway.</param>
    public Machine(BpfProgram program, IReleaseProbe probe, KernelProfile profile, int seed, int stepLimit)
    {
        _program = program;
        _instructions = Instruction.Read(program.Instructions.Span);
        _probe = probe;
        _mayReadUnwrittenStack = (profile.Capabilities & (LoaderCapabilities.PerfMon | LoaderCapabilities.SysAdmin)) != 0;
        _cpus = profile.PossibleCpus;
        _stepLimit = stepLimit;
        World = new World(seed);
        Enter(0, -1, null);
        Current.Registers[1] = World.PointerTo(World.Context);
    }

    /// <summary>The run's memory.</summary>
    public World World { get; }

    /// <summary>Functions being run, from the outermost.</summary>
    public IReadOnlyList<Frame> Frames => _frames;

    /// <summary>The next instruction.</summary>
    public int Next { get; private set; }

    /// <summary>Instructions run.</summary>
    public int Steps { get; private set; }

    /// <summary>What the machine does not model, after <see cref="RunEnd.NotModelled"/>.</summary>
    public string Reason { get; private set; } = "";

    /// <summary>A helper called a function of the program back, but not exactly once.</summary>
    public bool CalledBackNotOnce { get; private set; }

    /// <summary>A negative number was loaded from the stack with its sign extended.</summary>
    public bool FilledNegative { get; private set; }

    /// <summary>Stacks may be read where nothing was written.</summary>
    public bool MayReadUnwrittenStack => _mayReadUnwrittenStack;

    private Frame Current => _frames[^1];

    private Value[] Registers => Current.Registers;

    /// <summary>Runs to the end.</summary>
    /// <param name="beforeStep">Called before each instruction.</param>
    /// <exception cref="UnsafeRunException">The program did something unsafe.</exception>
    public RunEnd Run(Action<Machine>? beforeStep)
    {
        try
        {
            while (_frames.Count > 0)
            {
                if ((uint)Next >= (uint)_instructions.Length)
                    throw new UnsafeRunException($"runs out of the program, to instruction {Next}");
                if (++Steps > _stepLimit)
                    return _loopsByBudget ? RunEnd.StepLimit : throw new UnsafeRunException($"does not end within {_stepLimit} instructions");
                beforeStep?.Invoke(this);
                Step(in _instructions[Next]);
            }
            return RunEnd.Completed;
        }
        catch (NotModelledException what)
        {
            Reason = what.Message;
            return RunEnd.NotModelled;
        }
    }

    private void Enter(int entry, int callSite, Action<Value>? returned)
    {
        if (_frames.Count == MostFrames)
            throw new UnsafeRunException($"calls more than {MostFrames} functions deep");
        var frame = new Frame(entry, callSite, World.NewStack(StackBytes)) { Returned = returned, LoopBudget = World.Dice.Below(20) };
        frame.Registers[10] = World.PointerTo(frame.Stack);
        _frames.Add(frame);
        Next = entry;
    }

    private void Step(in Instruction insn)
    {
        switch (insn.Class)
        {
            case Opcodes.Alu or Opcodes.Alu64:
                Compute(in insn);
                Next++;
                break;
            case Opcodes.Ldx:
                Value pointer = Read(insn.Source);
                Value loaded = Load(pointer, insn.Offset, insn.Size);
                if (insn.Mode == Opcodes.Memsx)
                {
                    loaded = Value.Number(Arithmetic.SignExtend(loaded.Bits, insn.Size * 8));
                    FilledNegative |= (long)loaded.Bits < 0 && World.Find(pointer)!.Kind == RegionKind.Stack;
                }
                Registers[insn.Destination] = loaded;
                Next++;
                break;
            case Opcodes.St:
                Store(Read(insn.Destination), insn.Offset, insn.Size, Value.Number((ulong)(long)insn.Immediate));
                Next++;
                break;
            case Opcodes.Stx when insn.Mode == Opcodes.Atomic:
                DoAtomic(in insn);
                Next++;
                break;
            case Opcodes.Stx:
                Store(Read(insn.Destination), insn.Offset, insn.Size, Read(insn.Source));
                Next++;
                break;
            case Opcodes.Ld when insn.IsWideLoad:
                LoadWide(in insn, in _instructions[Next + 1]);
                Next += 2;
                break;
            case Opcodes.Ld:
                LoadClassic(in insn);
                break;
            default:
                Jump(in insn);
                break;
        }
    }

    /// <summary>Reads a register as an operand.</summary>
    private Value Read(int register)
    {
        Value value = Registers[register];
        return value.Written ? value : throw new UnsafeRunException($"reads r{register}, which holds nothing");
    }

    private void Compute(in Instruction insn)
    {
        bool move = insn.Operation == Opcodes.Mov;
        bool single = insn.Operation is Opcodes.Neg or Opcodes.End;
        Value first = move ? default : Read(insn.Destination);
        Value second = insn.FromRegister && !single ? Read(insn.Source) : Value.Number((ulong)(long)insn.Immediate);
        if (move && insn.Offset != 0 && insn.Offset is not (8 or 16 or 32))
            throw new NotModelledException("address space casts");
        ulong bits = Arithmetic.Compute(insn.Code, insn.Offset, insn.Immediate, first.Bits, second.Bits);
        int region = insn.Class == Opcodes.Alu ? 0 : insn.Operation switch
        {
            Opcodes.Mov when insn.Offset == 0 => second.Region,
            Opcodes.Add when first.Region == 0 || second.Region == 0 => first.Region | second.Region,
            Opcodes.Sub when second.Region == 0 => first.Region,
            _ => 0,
        };
        Registers[insn.Destination] = new Value(bits, region, true);
    }

    private void Jump(in Instruction insn)
    {
        switch (insn.Operation)
        {
            case Opcodes.Ja:
                Next += 1 + (insn.Class == Opcodes.Jmp32 ? insn.Immediate : insn.Offset);
                break;
            case Opcodes.Call:
                Call(in insn);
                break;
            case Opcodes.Exit:
                Leave();
                break;
            case Opcodes.Jcond:
                _loopsByBudget = true;
                Next += Current.LoopBudget-- > 0 ? 1 : 1 + insn.Offset;
                break;
            default:
                Value a = Read(insn.Destination);
                Value b = insn.FromRegister ? Read(insn.Source) : Value.Number((ulong)(long)insn.Immediate);
                Next += Arithmetic.Jumps(insn.Operation, insn.Class == Opcodes.Jmp32, a.Bits, b.Bits) ? 1 + insn.Offset : 1;
                break;
        }
    }

    private void Leave()
    {
        Frame left = Current;
        left.Stack.Alive = false;
        _frames.RemoveAt(_frames.Count - 1);
        Value result = left.Registers[0];
        if (_frames.Count == 0 || left.Returned is not null)
        {
            if (!result.Written)
                throw new UnsafeRunException("returns r0, which holds nothing");
            left.Returned?.Invoke(result);
            return;
        }
        AfterCall(left.CallSite, result);
    }

    /// <summary>Goes on behind a call: its arguments are gone, r0 is what it returned.</summary>
    private void AfterCall(int callSite, Value result)
    {
        Registers.AsSpan(1, 5).Clear();
        Registers[0] = result;
        Next = callSite + 1;
    }
}
