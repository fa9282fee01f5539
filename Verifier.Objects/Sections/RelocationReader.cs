using BpfVerifier.Btf;
using BpfVerifier.Objects.Elf;
using BpfVerifier.Objects.Maps;

namespace BpfVerifier.Objects.Sections;

/// <summary>Reads the relocations of code, of <c>.maps</c> and of struct_ops data.</summary>
internal sealed class RelocationReader
{
    private readonly ObjectImage _image;
    private readonly ElfFile _elf;
    private readonly Dictionary<int, int> _externBySymbol = [];
    private readonly Dictionary<(int Section, ulong Offset), int> _declared = [];
    private readonly Dictionary<int, int> _dataBySection = [];

    private RelocationReader(ObjectImage image)
    {
        _image = image;
        _elf = image.Elf;
        for (int i = 0; i < image.Externs.Count; i++)
            _externBySymbol.TryAdd(image.Externs[i].SymbolIndex, i);
        for (int i = 0; i < image.Maps.Count; i++)
        {
            MapSpec map = image.Maps[i];
            if (map.Origin == MapOrigin.Declared)
                _declared.TryAdd((map.SectionIndex, map.SectionOffset), i);
            else if (map.IsInternal && map.Origin != MapOrigin.Kconfig)
                _dataBySection.TryAdd(map.SectionIndex, i);
        }
    }

    public static ObjectFailure? Read(ObjectImage image)
    {
        var reader = new RelocationReader(image);
        foreach (ElfSection section in image.Elf.Sections)
        {
            if (image.Role(section.Index) != SectionRole.Relocations)
                continue;
            int target = (int)section.Info;
            ObjectFailure? failure = image.Role(target) == SectionRole.StructOps ? reader.ReadStructOps(section, target)
                : target == image.BtfMapsIndex ? reader.ReadMaps(section)
                : reader.ReadCode(section, target);
            if (failure is not null)
                return failure;
        }
        foreach (CodeFunction function in image.Functions)
        {
            function.Relocations.Sort(static (a, b) => a.Instruction != b.Instruction
                ? a.Instruction.CompareTo(b.Instruction)
                : a.Kind.CompareTo(b.Kind));
        }
        return null;
    }

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    private ObjectFailure? ReadCode(ElfSection section, int target)
    {
        if (!_elf.TryData(_elf.Sections[target], out ReadOnlyMemory<byte> code))
            return Fail(LibbpfErrno.Format, $"elf: failed to get section({target}) {_elf.SectionName(target)} data");
        List<ElfRelocation> relocations = _elf.Relocations(section);
        for (int i = 0; i < relocations.Count; i++)
        {
            ElfRelocation relocation = relocations[i];
            if (relocation.SymbolIndex >= _elf.SymbolCount)
                return Fail(LibbpfErrno.Format, $"sec '{section.Name}': symbol #{relocation.SymbolIndex} not found for relo #{i}");
            ElfSymbol symbol = _elf.Symbol((int)relocation.SymbolIndex);
            if (symbol.SectionIndex >= _elf.Sections.Count)
                return Fail(LibbpfErrno.Format, $"sec '{section.Name}': corrupted symbol #{relocation.SymbolIndex} pointing to invalid section #{symbol.SectionIndex} for relo #{i}");
            if (relocation.Offset % Instruction.Size != 0 || relocation.Offset >= (ulong)code.Length)
                return Fail(LibbpfErrno.Format, $"sec '{section.Name}': invalid offset 0x{relocation.Offset:x} for relo #{i}");
            int index = (int)(relocation.Offset / Instruction.Size);
            string name = (symbol.Type == ElfSymbol.TypeSection && symbol.NameOffset == 0 ? _elf.SectionName(symbol.SectionIndex) : _elf.SymbolName(symbol)) ?? "<?";
            // No function there: a weak one that another object's took the place of.
            if (_image.FindFunction(target, index) is { } function && Record(function, index - function.First, name, symbol, relocation) is { } failure)
                return failure;
        }
        return null;
    }

    private ObjectFailure? Record(CodeFunction function, int index, string symbolName, in ElfSymbol symbol, in ElfRelocation relocation)
    {
        Instruction instruction = Instruction.Read(_image.Code(function).Slice(index * Instruction.Size, Instruction.Size))[0];
        string prog = $"prog '{function.Name}'";
        if (!instruction.IsCall && !instruction.IsLoadImm64)
            return Fail(LibbpfErrno.Reloc, $"{prog}: invalid relo against '{symbolName}' for insns[{index}].code 0x{instruction.Code:x}");
        if (symbol.IsExtern)
        {
            if (!_externBySymbol.TryGetValue((int)relocation.SymbolIndex, out int found))
                return Fail(LibbpfErrno.Reloc, $"{prog}: extern relo failed to find extern for '{symbolName}' ({relocation.SymbolIndex})");
            function.Relocations.Add(new Relocation(index, instruction.IsCall ? RelocationKind.ExternCall : RelocationKind.ExternLoad, found, 0));
            return null;
        }
        int section = symbol.SectionIndex;
        string sectionName = _elf.SectionName(section);
        if (instruction.IsCall)
        {
            if (instruction.Source != Instruction.PseudoCall)
                return Fail(LibbpfErrno.Reloc, $"{prog}: incorrect bpf_call opcode");
            if (section == 0 || section != _image.TextIndex)
                return Fail(LibbpfErrno.Reloc, $"{prog}: bad call relo against '{symbolName}' in section '{sectionName}'");
            if (symbol.Value % Instruction.Size != 0)
                return Fail(LibbpfErrno.Reloc, $"{prog}: bad call relo against '{symbolName}' at offset {symbol.Value}");
            function.Relocations.Add(new Relocation(index, RelocationKind.Call, -1, symbol.Value));
            return null;
        }
        if (section is 0 or >= ElfSymbol.SectionReserved)
            return Fail(LibbpfErrno.Reloc, $"{prog}: invalid relo against '{symbolName}' in special section 0x{section:x}; forgot to initialize global var?..");
        if (IsSubprogram(symbol))
        {
            if (symbol.Value % Instruction.Size != 0 || instruction.Immediate % Instruction.Size != 0)
                return Fail(LibbpfErrno.Reloc, $"{prog}: bad subprog addr relo against '{symbolName}' at offset {symbol.Value}+{instruction.Immediate}");
            function.Relocations.Add(new Relocation(index, RelocationKind.FunctionAddress, -1, symbol.Value));
            return null;
        }
        if (section == _image.ArenaIndex)
        {
            if (_image.ArenaMap < 0)
                return Fail(LibbpfErrno.Reloc, $"{prog}: bad arena data relocation at insn {index}, no arena maps defined");
            function.Relocations.Add(new Relocation(index, RelocationKind.Data, _image.ArenaMap, symbol.Value));
            return null;
        }
        if (section == _image.JumpTablesIndex)
        {
            function.Relocations.Add(new Relocation(index, RelocationKind.JumpTable, -1, symbol.Value, symbol.Size));
            return null;
        }
        return RecordMap(function, index, symbolName, sectionName, symbol);
    }

    private ObjectFailure? RecordMap(CodeFunction function, int index, string symbolName, string sectionName, in ElfSymbol symbol)
    {
        int section = symbol.SectionIndex;
        string prog = $"prog '{function.Name}'";
        int map;
        if (_image.Role(section) is not (SectionRole.Data or SectionRole.ReadOnlyData or SectionRole.Bss or SectionRole.PerCpu))
        {
            // A relocation against the symbol table's own section would mean the configuration map; no compiler makes one.
            if (section != _image.BtfMapsIndex)
                return Fail(LibbpfErrno.Reloc, $"{prog}: bad map relo against '{symbolName}' in section '{sectionName}'");
            if (!_declared.TryGetValue((section, symbol.Value), out map))
                return Fail(LibbpfErrno.Reloc, $"{prog}: map relo failed to find map for section '{sectionName}', off {symbol.Value}");
            function.Relocations.Add(new Relocation(index, RelocationKind.Map, map, 0));
            return null;
        }
        if (!_dataBySection.TryGetValue(section, out map))
            return Fail(LibbpfErrno.Reloc, $"{prog}: data relo failed to find map for section '{sectionName}'");
        function.Relocations.Add(new Relocation(index, RelocationKind.Data, map, symbol.Value));
        return null;
    }

    private bool IsSubprogram(in ElfSymbol symbol) =>
        symbol.SectionIndex == _image.TextIndex
        && (symbol is { Binding: ElfSymbol.BindLocal, Type: ElfSymbol.TypeSection } || symbol.Binding != ElfSymbol.BindLocal && symbol.Type == ElfSymbol.TypeFunc);

    /// <summary>The map of a section whose declaration covers an offset; maps of a section are sorted and do not overlap.</summary>
    private MapSpec? MapAt(List<MapSpec> maps, ulong offset, ulong size)
    {
        int low = 0, high = maps.Count - 1;
        while (low < high)
        {
            int middle = low + (high - low + 1) / 2;
            if (maps[middle].SectionOffset <= offset)
                low = middle;
            else
                high = middle - 1;
        }
        return maps.Count > 0 && maps[low].SectionOffset <= offset && offset - maps[low].SectionOffset + size <= maps[low].SectionSize ? maps[low] : null;
    }

    private ObjectFailure? ReadMaps(ElfSection section)
    {
        BtfTypes? btf = _image.Btf;
        if (btf is null || _image.BtfMapsTypeId == 0)
            return Fail(Errno.EINVAL, ".maps relo: no types of maps");
        var maps = _image.Maps.Where(m => m.Origin == MapOrigin.Declared).OrderBy(m => m.SectionOffset).ToList();
        var names = new HashSet<string>(_image.Maps.Select(m => m.Name), StringComparer.Ordinal);
        List<ElfRelocation> relocations = _elf.Relocations(section);
        for (int i = 0; i < relocations.Count; i++)
        {
            ElfRelocation relocation = relocations[i];
            if (relocation.SymbolIndex >= _elf.SymbolCount)
                return Fail(LibbpfErrno.Format, $".maps relo #{i}: symbol {relocation.SymbolIndex:x} not found");
            ElfSymbol symbol = _elf.Symbol((int)relocation.SymbolIndex);
            string name = _elf.SymbolName(symbol) ?? "<?>";
            if (MapAt(maps, relocation.Offset, 8) is not { } map)
                return Fail(Errno.EINVAL, $".maps relo #{i}: cannot find map '{name}' at rel->r_offset {relocation.Offset}");
            if (map.IsMapInMap)
            {
                if (symbol.SectionIndex != _image.BtfMapsIndex)
                    return Fail(LibbpfErrno.Reloc, $".maps relo #{i}: '{name}' isn't a BTF-defined map");
                if (map is { Type: MapType.HashOfMaps, KeySize: not 4 })
                    return Fail(Errno.EINVAL, $".maps relo #{i}: hash-of-maps '{map.Name}' should have key size 4.");
                if (!names.Contains(name))
                    return Fail(Errno.ESRCH, $".maps relo #{i}: '{name}' isn't a valid map reference");
            }
            else if (map.Type == MapType.ProgArray)
            {
                if (_image.FindProgram(name) is not { } program)
                    return Fail(Errno.ESRCH, $".maps relo #{i}: '{name}' isn't a valid program reference");
                if (program.SectionIndex != symbol.SectionIndex || (ulong)program.First * Instruction.Size != symbol.Value)
                    return Fail(LibbpfErrno.Reloc, $".maps relo #{i}: '{name}' isn't an entry-point program");
            }
            else
            {
                return Fail(Errno.EINVAL, $".maps relo #{i}: map '{map.Name}' takes no initial values");
            }
        }
        return null;
    }

    private ObjectFailure? ReadStructOps(ElfSection section, int target)
    {
        BtfTypes btf = _image.Btf!;
        var maps = _image.Maps.Where(m => m.Origin == MapOrigin.StructOps && m.SectionIndex == target).OrderBy(m => m.SectionOffset).ToList();
        var members = new Dictionary<int, Dictionary<ulong, int>>();
        foreach (ElfRelocation relocation in _elf.Relocations(section))
        {
            if (relocation.SymbolIndex >= _elf.SymbolCount)
                return Fail(LibbpfErrno.Format, $"struct_ops reloc: symbol {relocation.SymbolIndex:x} not found");
            ElfSymbol symbol = _elf.Symbol((int)relocation.SymbolIndex);
            if (MapAt(maps, relocation.Offset, 1) is not { } map)
                return Fail(Errno.EINVAL, $"struct_ops reloc: cannot find map at rel->r_offset {relocation.Offset}");
            if (symbol.SectionIndex >= ElfSymbol.SectionReserved)
                return Fail(LibbpfErrno.Reloc, $"struct_ops reloc {map.Name}: rel->r_offset {relocation.Offset} shdr_idx {symbol.SectionIndex} unsupported non-static function");
            if (symbol.Value % Instruction.Size != 0)
                return Fail(LibbpfErrno.Format, $"struct_ops reloc {map.Name}: invalid target program offset {symbol.Value}");
            ulong offset = relocation.Offset - map.SectionOffset;
            BtfType type = btf[map.StructOps!.TypeId];
            if (!members.TryGetValue(type.Id, out Dictionary<ulong, int>? byOffset))
                members[type.Id] = byOffset = MembersByOffset(type);
            if (!byOffset.TryGetValue(offset * 8, out int member))
                return Fail(Errno.EINVAL, $"struct_ops reloc {map.Name}: cannot find member at moff {offset}");
            string name = type.Member(member).Name;
            BtfType pointer = btf[btf.SkipModifiersAndTypedefs(type.Member(member).TypeId)];
            if (pointer.Kind != BtfKind.Ptr || btf[btf.SkipModifiersAndTypedefs(pointer.TypeId)].Kind != BtfKind.FuncProto)
                return Fail(Errno.EINVAL, $"struct_ops reloc {map.Name}: cannot relocate non func ptr {name}");
            if (_image.FindFunction(symbol.SectionIndex, (long)(symbol.Value / Instruction.Size)) is not { } program)
                return Fail(Errno.EINVAL, $"struct_ops reloc {map.Name}: cannot find prog at shdr_idx {symbol.SectionIndex} to relocate func ptr {name}");
            if (program.Type != ProgramType.StructOps)
                return Fail(Errno.EINVAL, $"struct_ops reloc {map.Name}: prog {program.Name} is not struct_ops BPF program");
            map.StructOps.Programs[member] = program;
        }
        return null;
    }

    private static Dictionary<ulong, int> MembersByOffset(BtfType type)
    {
        var members = new Dictionary<ulong, int>();
        for (int i = 0; i < type.VLen; i++)
            members.TryAdd(type.Member(i).BitOffset, i);
        return members;
    }
}
