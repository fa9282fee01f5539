using BpfVerifier.Objects.Core;

namespace BpfVerifier.Objects.Sections;

/// <summary>The object's code as one preparation changes it: section by section, copied when first touched.</summary>
internal sealed class CodeImage(ObjectImage image)
{
    private readonly Dictionary<int, Instruction[]> _sections = [];
    private readonly Dictionary<CodeFunction, Dictionary<int, CoreRelocation>> _core = [];

    /// <summary>A function's instructions, to be read and patched in place.</summary>
    public Span<Instruction> Of(CodeFunction function)
    {
        if (!_sections.TryGetValue(function.SectionIndex, out Instruction[]? section))
        {
            ReadOnlyMemory<byte> data = default;
            if (image.Elf.Section(function.SectionIndex) is { } found)
                image.Elf.TryData(found, out data);
            _sections[function.SectionIndex] = section = Instruction.Read(data.Span);
        }
        return section.AsSpan(function.First, function.Count);
    }

    /// <summary>Remembers that an instruction carries a CO-RE relocation, for messages about one that was made invalid.</summary>
    public void NoteCore(CodeFunction function, int index, CoreRelocation relocation)
    {
        if (!_core.TryGetValue(function, out Dictionary<int, CoreRelocation>? relocations))
            _core[function] = relocations = [];
        relocations.TryAdd(index, relocation);
    }

    public IReadOnlyDictionary<int, CoreRelocation> CoreRelocations(CodeFunction function) =>
        _core.TryGetValue(function, out Dictionary<int, CoreRelocation>? relocations) ? relocations : new Dictionary<int, CoreRelocation>();
}
