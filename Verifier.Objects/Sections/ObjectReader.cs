using BpfVerifier.Btf;
using BpfVerifier.Objects.Elf;
using BpfVerifier.Objects.Externs;
using BpfVerifier.Objects.Maps;

namespace BpfVerifier.Objects.Sections;

/// <summary>Reads an object's sections in libbpf's order: programs and types first, then externs, maps and relocations.</summary>
internal sealed class ObjectReader
{
    private const string StructOps = ".struct_ops", StructOpsLink = ".struct_ops.link";

    private readonly ObjectImage _image;
    private readonly ElfFile _elf;
    private readonly ILookup<int, ElfSymbol> _functions;
    private ReadOnlyMemory<byte>? _btf;
    private ReadOnlyMemory<byte>? _btfExt;

    private ObjectReader(ObjectImage image)
    {
        _image = image;
        _elf = image.Elf;
        _functions = _elf.Functions();
    }

    /// <summary>Reads the sections; null when all is well. What was read before a failure stays in the image.</summary>
    public static ObjectFailure? Read(ObjectImage image, ObjectOptions options) => new ObjectReader(image).Read(options);

    private ObjectFailure? Read(ObjectOptions options)
    {
        ObjectFailure? failure = ReadSections();
        // Sorted and typed even after a failure, so that a listing of the programs can be given with it.
        var sorted = _image.Functions.OrderBy(f => f.SectionIndex).ThenBy(f => f.First).ToList();
        _image.Functions.Clear();
        _image.Functions.AddRange(sorted);
        foreach (CodeFunction function in _image.Functions)
            function.Rule = SectionRule.Find(function.SectionName);
        return failure
            ?? ReadBtf()
            ?? ExternReader.Read(_image)
            ?? DataSectionFixup.Apply(_image)
            ?? MapReader.Read(_image, options.RelaxedMaps)
            ?? RelocationReader.Read(_image);
    }

    private ObjectFailure? ReadSections()
    {
        for (int index = 1; index < _elf.Sections.Count; index++)
        {
            ElfSection section = _elf.Sections[index];
            if (IsIgnored(section))
                continue;
            if (!_elf.TryData(section, out ReadOnlyMemory<byte> data))
                return new ObjectFailure(Verdict.Unreadable, LibbpfErrno.Format, $"elf: failed to get section({index}) {section.Name} data from {_image.Path}: truncated file");
            if (ReadSection(section, data) is { } failure)
                return failure;
        }
        uint strings = _elf.SymbolTable!.Link;
        return strings == 0 || strings >= _elf.Sections.Count
            ? new ObjectFailure(Verdict.Unreadable, LibbpfErrno.Format, $"elf: symbol strings section missing or invalid in {_image.Path}")
            : null;
    }

    private static bool IsIgnored(ElfSection section)
    {
        string name = section.Name;
        if (section.Type is ElfSection.StrTab or ElfSection.LlvmAddrSig
            || section is { Type: ElfSection.ProgBits, Size: 0, Name: ".text" }
            || name.StartsWith(".debug_", StringComparison.Ordinal))
            return true;
        return name.StartsWith(".rel", StringComparison.Ordinal)
            && (name.AsSpan(4).StartsWith(".debug_", StringComparison.Ordinal) || name is ".rel.BTF" or ".rel.BTF.ext");
    }

    private static bool IsOrUnder(string name, string section) =>
        name == section || name.StartsWith(section + ".", StringComparison.Ordinal);

    private ObjectFailure? ReadSection(ElfSection section, ReadOnlyMemory<byte> data)
    {
        string name = section.Name;
        switch (name)
        {
            case "license":
                ReadLicense(data.Span);
                return null;
            case "version":
                return data.Length == 4 ? null : ObjectFailure.LoadFailed(LibbpfErrno.Format, $"invalid kver section in {_image.Path}");
            case "maps":
                return ObjectFailure.LoadFailed(Errno.EOPNOTSUPP, "elf: legacy map definitions in 'maps' section are not supported by libbpf v1.0+");
            case ".maps":
                _image.BtfMapsIndex = section.Index;
                return null;
            case ".BTF" or ".BTF.ext":
                if (section.Type != ElfSection.ProgBits)
                    return new ObjectFailure(Verdict.Unreadable, LibbpfErrno.Format, $"elf: section {name} of {_image.Path} has no data");
                if (name == ".BTF")
                    _btf = data;
                else
                    _btfExt = data;
                return null;
        }
        switch (section.Type)
        {
            case ElfSection.ProgBits when section.Size > 0:
                return section.IsExecutable ? ReadFunctions(section, data) : ReadData(section, data);
            case ElfSection.Rel:
                return ReadRelocationSection(section);
            case ElfSection.NoBits when IsOrUnder(name, ".bss"):
                _image.Roles[section.Index] = SectionRole.Bss;
                return null;
            default:
                return null;
        }
    }

    private void ReadLicense(ReadOnlySpan<byte> data)
    {
        // libbpf keeps 63 characters.
        ReadOnlySpan<byte> text = data[..Math.Min(data.Length, 63)];
        int end = text.IndexOf((byte)0);
        _image.License = System.Text.Encoding.UTF8.GetString(end < 0 ? text : text[..end]);
    }

    private ObjectFailure? ReadData(ElfSection section, ReadOnlyMemory<byte> data)
    {
        string name = section.Name;
        if (IsOrUnder(name, ".data"))
            _image.Roles[section.Index] = SectionRole.Data;
        else if (IsOrUnder(name, ".rodata"))
            _image.Roles[section.Index] = SectionRole.ReadOnlyData;
        else if (IsOrUnder(name, ".percpu"))
            _image.Roles[section.Index] = SectionRole.PerCpu;
        else if (name.TrimStart('?') is StructOps or StructOpsLink && name.LastIndexOf('?') <= 0)
        {
            _image.Roles[section.Index] = SectionRole.StructOps;
            _image.HasStructOps = true;
        }
        else if (name == ".addr_space.1")
        {
            _image.ArenaIndex = section.Index;
            _image.ArenaSize = data.Length;
        }
        else if (name == ".jumptables")
        {
            _image.JumpTablesIndex = section.Index;
            _image.JumpTables = data;
        }
        return null;
    }

    private ObjectFailure? ReadRelocationSection(ElfSection section)
    {
        if (section.EntrySize != ElfFile.RelocationSize || section.Info >= _elf.Sections.Count)
            return new ObjectFailure(Verdict.Unreadable, LibbpfErrno.Format, $"elf: relocation section({section.Index}) {section.Name} of {_image.Path} is malformed");
        bool wanted = _elf.Sections[(int)section.Info].IsExecutable
            || section.Name is ".rel" + StructOps or ".rel" + StructOpsLink or ".rel?" + StructOps or ".rel?" + StructOpsLink or ".rel.maps";
        if (wanted)
            _image.Roles[section.Index] = SectionRole.Relocations;
        return null;
    }

    private ObjectFailure? ReadFunctions(ElfSection section, ReadOnlyMemory<byte> code)
    {
        if (section.Name == ".text")
            _image.TextIndex = section.Index;
        bool text = section.Name == ".text";
        foreach (ElfSymbol symbol in _functions[section.Index])
        {
            if (_elf.SymbolName(symbol) is not { } name)
                return ObjectFailure.LoadFailed(LibbpfErrno.Format, $"sec '{section.Name}': failed to get symbol name for offset {symbol.Value}");
            ulong end = symbol.Value + symbol.Size;
            if (end > (ulong)code.Length || end < symbol.Value)
                return ObjectFailure.LoadFailed(LibbpfErrno.Format, $"sec '{section.Name}': program at offset {symbol.Value} crosses section boundary");
            if (!text && symbol.Binding == ElfSymbol.BindLocal)
                return ObjectFailure.LoadFailed(Errno.EOPNOTSUPP, $"sec '{section.Name}': program '{name}' is static and not supported");
            if (symbol.Size == 0 || symbol.Size % Instruction.Size != 0 || symbol.Value % Instruction.Size != 0)
                return ObjectFailure.LoadFailed(Errno.EINVAL, $"sec '{section.Name}': corrupted program '{name}', offset {symbol.Value}, size {symbol.Size}");
            bool optional = section.Name.StartsWith('?');
            bool global = symbol.Binding != ElfSymbol.BindLocal;
            _image.Functions.Add(new CodeFunction
            {
                Name = name,
                SectionIndex = section.Index,
                SectionName = optional ? section.Name[1..] : section.Name,
                First = (int)(symbol.Value / Instruction.Size),
                Count = (int)(symbol.Size / Instruction.Size),
                IsGlobal = global,
                IsHidden = global && symbol.IsHidden,
                IsSubprogram = text,
                AutoLoad = !optional,
            });
        }
        return null;
    }

    private ObjectFailure? ReadBtf()
    {
        string error = "";
        Errno errno = Errno.ENOENT;
        if (_btf is { } data)
        {
            if (BtfTypes.TryParse(data, null, out BtfTypes? types, out error))
            {
                _image.Btf = types;
                errno = Errno.None;
            }
            else
            {
                errno = Errno.EINVAL;
                _image.Warnings.Add(error);
                _image.Warnings.Add($"Error loading ELF section .BTF: {LibbpfErrno.Text(errno)}.");
            }
        }
        if (_btfExt is { } ext && _image.Btf is { } btf)
        {
            _image.BtfExt = BtfExt.TryParse(ext, offset => btf.String(offset) is { Length: > 0 } name ? _elf.FindSection(name)?.Index ?? 0 : 0);
            if (_image.BtfExt is null)
            {
                errno = Errno.EINVAL;
                _image.Warnings.Add($"Error loading ELF section .BTF.ext: {LibbpfErrno.Text(errno)}. Ignored and continue.");
            }
        }
        if (errno == Errno.None || _image.BtfMapsIndex < 0 && !_image.HasStructOps)
            return null;
        return ObjectFailure.LoadFailed(errno, "BTF is required, but is missing or corrupted." + (error.Length > 0 ? $" ({error})" : ""));
    }
}
