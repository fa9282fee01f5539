namespace BpfVerifier.Runtime;

/// <summary>Source lines from line_info in the log.</summary>
internal sealed partial class Verification
{
    /// <summary>Longest piece of text the kernel formats at once; what is longer is cut.</summary>
    private const int MaxLogPiece = 1023;

    /// <summary>line_info once <see cref="CheckBtfInfo"/> has accepted it; until then nothing is looked up in it.</summary>
    private IReadOnlyList<LineInfo> _lineInfos = [];
    private int _prevLineInfo = -1;

    /// <summary>Forgets which source line was printed last: each function that is verified on its own begins anew.</summary>
    public void ResetLineInfo() => _prevLineInfo = -1;

    /// <summary>Index of the line_info record that covers an instruction, or -1.</summary>
    public int FindLineInfo(int insnIdx)
    {
        if (_lineInfos.Count == 0 || (uint)insnIdx >= (uint)Insns.Length)
            return -1;
        int low = 0;
        int high = _lineInfos.Count - 1;
        while (low < high)
        {
            int middle = low + ((high - low + 1) / 2);
            if (_lineInfos[middle].InstructionOffset <= insnIdx)
                low = middle;
            else
                high = middle - 1;
        }
        return low;
    }

    /// <summary>Prints the source line of an instruction after <paramref name="prefix"/>, unless it was the last one printed.</summary>
    public void VerboseLinfo(int insnIdx, string prefix)
    {
        // Source lines belong to the instructions around them; level 0 keeps messages only.
        if (!Log.Verbose)
            return;
        int index = FindLineInfo(insnIdx);
        if (index < 0 || index == _prevLineInfo)
            return;
        LineInfo line = _lineInfos[index];
        if (Changes.LogSkipsRepeatedSourceLines && _prevLineInfo >= 0)
        {
            LineInfo previous = _lineInfos[_prevLineInfo];
            if (previous.FileNameOffset == line.FileNameOffset && previous.Line == line.Line)
                return;
        }

        Log.Write(prefix);
        WriteSourceText(line);
        _prevLineInfo = index;
    }

    private void WriteSourceText(LineInfo line)
    {
        string text = ProgramTypes!.String(line.LineOffset).TrimStart(' ', '\t', '\n', '\v', '\f', '\r');
        if (!Changes.LogSourceFileAndLine)
        {
            Log.Write(Cut(text));
            Log.Write('\n');
            return;
        }
        string file = ProgramTypes.String(line.FileNameOffset);
        Log.Write(Cut(text));
        Log.Write($" @ {file.AsSpan(file.LastIndexOf('/') + 1)}:{line.Line}\n");

        static ReadOnlySpan<char> Cut(string text) => text.Length > MaxLogPiece ? text.AsSpan(0, MaxLogPiece) : text;
    }
}
