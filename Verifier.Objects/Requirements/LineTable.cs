using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Requirements;

/// <summary>The C lines of an object's instructions, from its line_info.</summary>
internal sealed class LineTable(ObjectImage image)
{
    private readonly Dictionary<int, BtfExtSection> _sections = Sections(image);

    private static Dictionary<int, BtfExtSection> Sections(ObjectImage image)
    {
        var sections = new Dictionary<int, BtfExtSection>();
        foreach (BtfExtSection section in image.BtfExt?.Lines.Sections ?? [])
            sections.TryAdd(section.SectionIndex, section);
        return sections;
    }

    /// <summary>The line of an instruction counted from its section's start: that of the last record at or before it; null when there is none.</summary>
    public SourceLine? Find(int sectionIndex, int instruction)
    {
        if (image.Btf is not { } btf || image.BtfExt?.Lines is not { } lines || !_sections.TryGetValue(sectionIndex, out BtfExtSection? section))
            return null;
        int low = 0, high = lines.Count(section);
        while (low < high)
        {
            int middle = low + (high - low) / 2;
            if (lines.Word(section, middle, 0) / Instruction.Size <= instruction)
                low = middle + 1;
            else
                high = middle;
        }
        if (low == 0)
            return null;
        var line = new LineInfo(0, lines.Word(section, low - 1, 1), lines.Word(section, low - 1, 2), lines.Word(section, low - 1, 3));
        return new SourceLine(btf.String(line.FileNameOffset), line.Line, line.Column, btf.String(line.LineOffset));
    }
}
