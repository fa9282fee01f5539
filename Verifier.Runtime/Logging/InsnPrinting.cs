namespace BpfVerifier.Runtime;

/// <summary>Instructions and the walk's steps in the log.</summary>
internal sealed partial class Verification
{
    /// <summary>Log position behind the last printed instruction, and that line's length with its newline.</summary>
    private long _insnPrintEnd;
    private long _insnPrintLength;
    private Disassembler? _disassembler;

    /// <summary>Prints an instruction and a newline.</summary>
    public void PrintInsn(int insnIdx)
    {
        _disassembler ??= new Disassembler(Log, Changes, AllowPtrLeaks, Kernel, KfuncName);
        _disassembler.Write(Insns, insnIdx);
    }

    /// <summary>An instruction as the log would print it, without newline.</summary>
    public string InsnText(int insnIdx)
    {
        if ((uint)insnIdx >= (uint)Insns.Length)
            return "";
        var log = new VerifierLog(0, 4096);
        new Disassembler(log, Changes, AllowPtrLeaks, Kernel, KfuncName).Write(Insns, insnIdx);
        return log.ToString().TrimEnd('\n');
    }

    /// <summary>
    /// What is printed before an instruction is checked: at level 2 how a new path arrived, then what the instruction
    /// before changed, the source line and the instruction.
    /// </summary>
    /// <param name="pathBegins">The walk just took this path up; cleared when that was printed.</param>
    public void PrintStep(ref bool pathBegins)
    {
        if (Log.Level2 && pathBegins)
        {
            PrintArrival("");
            PrintVerifierState(State, State.CurFrame, printAll: true);
            pathBegins = false;
        }
        if (!Log.Verbose)
            return;
        if (IsVerifierStateScratched)
            PrintInsnState(State, State.CurFrame);
        VerboseLinfo(InsnIdx, "; ");
        _insnPrintEnd = Log.Position;
        Log.Write($"{InsnIdx}: ");
        PrintInsn(InsnIdx);
        _insnPrintLength = Log.Position - _insnPrintEnd;
        _insnPrintEnd = Log.Position;
    }

    /// <summary>At any level above 0: the path ends because an equal state was already found safe.</summary>
    public void PrintPruned(bool pathBegins)
    {
        if (!Log.Verbose)
            return;
        if (pathBegins)
            PrintArrival(" safe\n");
        else
            Log.Write($"{InsnIdx}: safe\n");
    }

    private void PrintArrival(string outcome) =>
        Log.Write($"\nfrom {PrevInsnIdx} to {InsnIdx}{(State.Speculative ? " (speculative execution)" : "")}:{outcome}");

    private string? KfuncName(Insn insn)
    {
        if (insn.Off < 0)
        {
            Log.Write("negative offset disallowed for kernel module function call\n");
            return "<error>";
        }
        if (insn.Off > 0)
            throw NotModeled("kfunc of a kernel module");
        return KernelTypes[insn.Imm].Name;
    }
}
