using BpfVerifier.Objects.Core;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>An entry program with the subprograms it reaches appended.</summary>
internal sealed class LinkedProgram
{
    public List<Instruction> Code { get; } = [];
    /// <summary>Where each function begins, in the order appended; the entry program is the first, at 0.</summary>
    public List<(CodeFunction Function, int Start)> Functions { get; } = [];
    public List<FuncInfo> FuncInfos { get; } = [];
    public List<LineInfo> LineInfos { get; } = [];
    public List<string> Warnings { get; } = [];

    private readonly Dictionary<CodeFunction, int> _starts = [];

    public bool TryStart(CodeFunction function, out int start) => _starts.TryGetValue(function, out start);

    public int Append(CodeFunction function, ReadOnlySpan<Instruction> code)
    {
        int start = Code.Count;
        Code.AddRange(code);
        Functions.Add((function, start));
        _starts[function] = start;
        return start;
    }

    /// <summary>The CO-RE relocation of an instruction, if it had one.</summary>
    public CoreRelocation? CoreRelocation(CodeImage image, int instruction)
    {
        for (int i = Functions.Count - 1; i >= 0; i--)
        {
            if (Functions[i].Start <= instruction)
                return image.CoreRelocations(Functions[i].Function).TryGetValue(instruction - Functions[i].Start, out CoreRelocation found) ? found : null;
        }
        return null;
    }
}
