using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>Appends to an entry program every subprogram it reaches, in the order calls are met, each once, and adjusts calls, func_info and line_info.</summary>
internal sealed class ProgramLinker
{
    /// <summary>More instructions than any kernel takes; beyond, linking stops.</summary>
    public const int MaxInstructions = 1_000_000;

    private readonly ObjectImage _image;
    private readonly CodeImage _code;
    private readonly LinkedProgram _program = new();
    // Functions whose calls are being walked. A stack of our own: hostile call chains are longer than the thread's.
    private readonly Stack<(CodeFunction Function, int Start, int Next)> _open = new();

    private ProgramLinker(ObjectImage image, CodeImage code)
    {
        _image = image;
        _code = code;
    }

    public static ObjectFailure? Link(ObjectImage image, CodeImage code, CodeFunction entry, CodeFunction? exceptionCallback, out LinkedProgram program)
    {
        var linker = new ProgramLinker(image, code);
        program = linker._program;
        ObjectFailure? failure = linker.Append(entry) ?? linker.Walk();
        if (failure is null && exceptionCallback is not null && !program.TryStart(exceptionCallback, out _))
            failure = linker.Append(exceptionCallback) ?? linker.Walk();
        return failure;
    }

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    private ObjectFailure? Append(CodeFunction function)
    {
        if (_program.Code.Count + function.Count > MaxInstructions)
            return Fail(Errno.E2BIG, $"prog '{_program.Functions.FirstOrDefault().Function?.Name ?? function.Name}': BPF program load failed: -E2BIG");
        int start = _program.Append(function, _code.Of(function));
        foreach (Relocation relocation in function.Relocations)
        {
            if (relocation.Kind == RelocationKind.FunctionAddress)
            {
                Instruction load = _program.Code[start + relocation.Instruction];
                load.Source = Instruction.PseudoFunc;
                _program.Code[start + relocation.Instruction] = load;
            }
        }
        _open.Push((function, start, 0));
        return AppendInfo(function, start);
    }

    private ObjectFailure? Walk()
    {
        while (_open.TryPop(out var state))
        {
            (CodeFunction function, int start, int next) = state;
            for (; next < function.Count; next++)
            {
                Instruction instruction = _program.Code[start + next];
                if (!instruction.IsSubprogramCall && !instruction.IsFunctionAddress)
                    continue;
                if (Target(_image, function, next, instruction, out CodeFunction? target) is { } failure)
                    return failure;
                if (target is null)
                    continue;
                if (!_program.TryStart(target, out int targetStart))
                {
                    // Come back to this instruction once the subprogram, and what it calls, has been appended.
                    _open.Push((function, start, next));
                    if (Append(target) is { } appendFailure)
                        return appendFailure;
                    break;
                }
                instruction.Immediate = targetStart - (start + next) - 1;
                _program.Code[start + next] = instruction;
            }
        }
        return null;
    }

    /// <summary>The subprogram that an instruction calls or takes the address of; null without a failure for a kfunc, relocated later.</summary>
    public static ObjectFailure? Target(ObjectImage image, CodeFunction function, int index, Instruction instruction, out CodeFunction? target)
    {
        target = null;
        long place;
        if (Find(function.Relocations, index) is { } relocation)
        {
            switch (relocation.Kind)
            {
                case RelocationKind.ExternCall:
                    return null;
                case RelocationKind.Call:
                    place = (long)(relocation.SymbolOffset / Instruction.Size) + instruction.Immediate + 1;
                    break;
                case RelocationKind.FunctionAddress:
                    place = ((long)relocation.SymbolOffset + instruction.Immediate) / Instruction.Size;
                    break;
                default:
                    return Fail(LibbpfErrno.Reloc, $"prog '{function.Name}': unexpected relo for insn #{index}, type {(int)relocation.Kind}");
            }
        }
        else if (instruction.IsFunctionAddress)
        {
            return Fail(LibbpfErrno.Reloc, $"prog '{function.Name}': missing subprog addr relo for insn #{index}");
        }
        else
        {
            place = (long)function.First + index + instruction.Immediate + 1;
        }
        target = image.FindFunction(image.TextIndex, place);
        return target is null ? Fail(LibbpfErrno.Reloc, $"prog '{function.Name}': no .text section found yet sub-program call exists") : null;
    }

    /// <summary>The relocation of an instruction, counted from the function's first.</summary>
    public static Relocation? Find(List<Relocation> relocations, int instruction)
    {
        int low = 0, high = relocations.Count - 1;
        while (low <= high)
        {
            int middle = low + (high - low) / 2;
            if (relocations[middle].Instruction == instruction)
                return relocations[middle];
            if (relocations[middle].Instruction < instruction)
                low = middle + 1;
            else
                high = middle - 1;
        }
        return null;
    }

    private ObjectFailure? AppendInfo(CodeFunction function, int start)
    {
        if (_image.BtfExt is not { } ext)
            return null;
        bool main = start == 0;
        // Once the entry program lacks func_info or line_info, that of its subprograms is left out too.
        if (main || _program.FuncInfos.Count > 0)
        {
            int before = _program.FuncInfos.Count;
            AppendRecords(ext.Functions, function, start, (section, i, at) =>
                _program.FuncInfos.Add(new FuncInfo(at, (int)ext.Functions.Word(section, i, 1))));
            if (_program.FuncInfos.Count == before)
            {
                if (before > 0)
                    return Fail(Errno.ENOENT, $"prog '{function.Name}': missing .BTF.ext function info.");
                _program.Warnings.Add($"prog '{function.Name}': missing .BTF.ext function info for the main program, skipping all of .BTF.ext func info.");
            }
        }
        if (main || _program.LineInfos.Count > 0)
        {
            int before = _program.LineInfos.Count;
            AppendRecords(ext.Lines, function, start, (section, i, at) =>
                _program.LineInfos.Add(new LineInfo(at, ext.Lines.Word(section, i, 1), ext.Lines.Word(section, i, 2), ext.Lines.Word(section, i, 3))));
            if (_program.LineInfos.Count == before)
            {
                if (before > 0)
                    return Fail(Errno.ENOENT, $"prog '{function.Name}': missing .BTF.ext line info.");
                _program.Warnings.Add($"prog '{function.Name}': missing .BTF.ext line info for the main program, skipping all of .BTF.ext line info.");
            }
        }
        return null;
    }

    // Records are in order of instruction, as compilers and the static linker leave them.
    private static void AppendRecords(BtfExtInfo info, CodeFunction function, int start, Action<BtfExtSection, int, int> add)
    {
        foreach (BtfExtSection section in info.Sections)
        {
            if (section.SectionIndex != function.SectionIndex)
                continue;
            int low = 0, high = info.Count(section);
            while (low < high)
            {
                int middle = low + (high - low) / 2;
                if (info.Word(section, middle, 0) / Instruction.Size < function.First)
                    low = middle + 1;
                else
                    high = middle;
            }
            for (int i = low; i < info.Count(section); i++)
            {
                long instruction = info.Word(section, i, 0) / Instruction.Size;
                if (instruction >= (long)function.First + function.Count)
                    break;
                add(section, i, (int)(instruction - function.First) + start);
            }
            return;
        }
    }
}
