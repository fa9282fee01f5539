using BpfVerifier.Btf;
using BpfVerifier.Objects.Elf;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Externs;

/// <summary>Finds the object's externs and turns their BTF into what a kernel accepts: allocated variables in sections with a size.</summary>
internal static class ExternReader
{
    // Far above any kernel's configuration; the values are held in memory for each kernel.
    private const int MaxConfigSize = 16 << 20;

    private const int MaxAlignment = 8;

    public static ObjectFailure? Read(ObjectImage image)
    {
        if (image.Elf.SymbolTable is not { EntrySize: ElfFile.SymbolSize })
            return new ObjectFailure(Verdict.Unreadable, LibbpfErrno.Format, $"elf: symbol table of {image.Path} is malformed");
        var sections = SectionsOfVariables(image.Btf);
        int configSection = 0, symbolSection = 0;
        for (int i = 0; i < image.Elf.SymbolCount; i++)
        {
            ElfSymbol symbol = image.Elf.Symbol(i);
            if (!symbol.IsExtern || image.Elf.SymbolName(symbol) is not { Length: > 0 } name)
                continue;
            if (ReadOne(image, i, symbol, name, sections, ref configSection, ref symbolSection) is { } failure)
                return failure;
        }
        if (image.Externs.Count == 0)
            return null;
        Sort(image.Externs);
        return Rewrite(image, configSection, symbolSection);
    }

    private static Dictionary<int, int> SectionsOfVariables(BtfTypes? btf)
    {
        var sections = new Dictionary<int, int>();
        for (int id = 1; btf is not null && id < btf.Count; id++)
        {
            BtfType type = btf[id];
            for (int i = 0; type.Kind == BtfKind.DataSec && i < type.VLen; i++)
                sections.TryAdd(type.Variable(i).TypeId, id);
        }
        return sections;
    }

    private static int FindType(BtfTypes? btf, string name)
    {
        if (btf is null)
            return -(int)Errno.ESRCH;
        foreach (int id in btf.FindAll(name))
        {
            BtfType type = btf[id];
            if (type.Kind is BtfKind.Var or BtfKind.Func)
                return type.Linkage == BtfLinkage.Extern ? id : -(int)Errno.EINVAL;
        }
        return -(int)Errno.ENOENT;
    }

    private static ObjectFailure? ReadOne(
        ObjectImage image, int index, in ElfSymbol symbol, string name, Dictionary<int, int> sections, ref int configSection, ref int symbolSection)
    {
        int id = FindType(image.Btf, name);
        if (id <= 0)
            return ObjectFailure.LoadFailed((Errno)(-id), $"failed to find BTF for extern '{name}': {id}");
        BtfTypes btf = image.Btf!;
        if (!sections.TryGetValue(id, out int sectionId))
            return ObjectFailure.LoadFailed(Errno.ENOENT, $"failed to find BTF for extern '{name}' [{id}] section: -2");
        BtfType type = btf[id];
        bool weak = symbol.Binding == ElfSymbol.BindWeak;
        switch (btf[sectionId].Name)
        {
            case ".kconfig":
                configSection = sectionId;
                if (type.Kind == BtfKind.Func)
                    return ObjectFailure.LoadFailed(Errno.EOPNOTSUPP, $"extern function {name} is unsupported under .kconfig section");
                if (!btf.TryResolveSize(type.TypeId, out long size) || size is 0 or > int.MaxValue)
                    return ObjectFailure.LoadFailed(Errno.EINVAL, $"failed to resolve size of extern (kcfg) '{name}': {(size == 0 ? 0 : -(int)Errno.EINVAL)}");
                int alignment = AlignmentOf(btf, type.TypeId, 0);
                if (alignment <= 0)
                    return ObjectFailure.LoadFailed(Errno.EINVAL, $"failed to determine alignment of extern (kcfg) '{name}': {alignment}");
                KconfigType config = ConfigType(btf, type.TypeId, out bool signed);
                if (config == KconfigType.Unknown)
                    return ObjectFailure.LoadFailed(Errno.EOPNOTSUPP, $"extern (kcfg) '{name}': type is unsupported");
                image.Externs.Add(new ExternSymbol
                {
                    Name = name, SymbolIndex = index, BtfId = id, IsWeak = weak, IsConfig = true,
                    ConfigType = config, IsSigned = signed, Size = (int)size, Alignment = alignment,
                });
                return null;
            case ".ksyms":
                symbolSection = sectionId;
                image.Externs.Add(new ExternSymbol
                {
                    Name = name, SymbolIndex = index, BtfId = id, IsWeak = weak, IsConfig = false,
                    TypeId = btf.SkipModifiersAndTypedefs(type.TypeId), IsFunction = type.Kind == BtfKind.Func,
                });
                return null;
            case var other:
                return ObjectFailure.LoadFailed(Errno.EOPNOTSUPP, $"unrecognized extern section '{other}'");
        }
    }

    private static int AlignmentOf(BtfTypes btf, int id, int depth)
    {
        BtfType type = btf[id];
        if (depth > 32)
            return 0;
        switch (type.Kind)
        {
            case BtfKind.Int or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Float:
                return Math.Min(MaxAlignment, type.Size);
            case BtfKind.Ptr:
                return MaxAlignment;
            case BtfKind.Typedef or BtfKind.Volatile or BtfKind.Const or BtfKind.Restrict or BtfKind.TypeTag:
                return AlignmentOf(btf, type.TypeId, depth + 1);
            case BtfKind.Array:
                return AlignmentOf(btf, type.ElementTypeId, depth + 1);
            default:
                // Structs are no type a configuration variable can have; the type check that follows says so.
                return type.IsStruct ? 1 : 0;
        }
    }

    private static KconfigType ConfigType(BtfTypes btf, int id, out bool signed)
    {
        BtfType type = btf[btf.SkipModifiersAndTypedefs(id)];
        signed = false;
        switch (type.Kind)
        {
            case BtfKind.Int:
                if (type.IntEncoding.HasFlag(BtfIntEncoding.Bool))
                    return type.Size == 1 ? KconfigType.Bool : KconfigType.Unknown;
                signed = type.IntEncoding.HasFlag(BtfIntEncoding.Signed);
                return type.Size switch { 1 => KconfigType.Char, 2 or 4 or 8 => KconfigType.Int, _ => KconfigType.Unknown };
            case BtfKind.Enum when type.Size == 4 && type.Name == "libbpf_tristate":
            case BtfKind.Enum64 when type.Name == "libbpf_tristate":
                return KconfigType.Tristate;
            case BtfKind.Array when type.Length > 0:
                BtfType element = btf[btf.SkipModifiersAndTypedefs(type.ElementTypeId)];
                return element is { Kind: BtfKind.Int, Size: 1 } && !element.IntEncoding.HasFlag(BtfIntEncoding.Bool)
                    ? KconfigType.CharArray
                    : KconfigType.Unknown;
            default:
                return KconfigType.Unknown;
        }
    }

    // Configuration variables first, widest alignment first, then by size and name: that order gives their places in the map.
    private static void Sort(List<ExternSymbol> externs) => externs.Sort(static (a, b) =>
    {
        if (a.IsConfig != b.IsConfig)
            return a.IsConfig ? -1 : 1;
        if (a.IsConfig && a.Alignment != b.Alignment)
            return b.Alignment.CompareTo(a.Alignment);
        if (a.IsConfig && a.Size != b.Size)
            return a.Size.CompareTo(b.Size);
        int byName = string.CompareOrdinal(a.Name, b.Name);
        return byName != 0 ? byName : a.SymbolIndex.CompareTo(b.SymbolIndex);
    });

    private static ObjectFailure? Rewrite(ObjectImage image, int configSection, int symbolSection)
    {
        BtfTypes btf = image.Btf!;
        var byName = new Dictionary<string, ExternSymbol>(StringComparer.Ordinal);
        foreach (ExternSymbol one in image.Externs)
            byName.TryAdd(one.Name, one);
        BtfBuilder edits = BtfBuilder.From(btf);
        if (symbolSection != 0 && RewriteSymbols(btf[symbolSection], byName, edits) is { } failure)
            return failure;
        if (configSection != 0 && RewriteConfig(image, btf[configSection], byName, edits) is { } configFailure)
            return configFailure;
        if (!BtfTypes.TryParse(edits.ToArray(), null, out BtfTypes? types, out string error))
            return ObjectFailure.LoadFailed(Errno.EINVAL, error);
        image.Btf = types;
        return null;
    }

    private static ObjectFailure? RewriteSymbols(BtfType section, Dictionary<string, ExternSymbol> externs, BtfBuilder edits)
    {
        BtfTypes btf = section.Owner;
        int intId = FirstInt32(btf);
        // A section may hold variables only: functions are replaced by one variable made up for all of them.
        int placeholder = 0;
        for (int i = 0; i < section.VLen && placeholder == 0; i++)
        {
            if (btf[section.Variable(i).TypeId].Kind == BtfKind.Func)
                placeholder = edits.AddVar("dummy_ksym", intId, BtfLinkage.Global);
        }
        uint offset = 0;
        for (int i = 0; i < section.VLen; i++, offset += 4)
        {
            BtfSectionVariable place = section.Variable(i);
            BtfType type = btf[place.TypeId];
            if (!externs.ContainsKey(type.Name))
                return ObjectFailure.LoadFailed(Errno.ESRCH, $"failed to find extern definition for BTF {BtfNames.Kind(type.Kind)} '{type.Name}'");
            if (type.Kind == BtfKind.Func)
            {
                BtfType prototype = btf[type.TypeId];
                for (int p = 0; p < prototype.VLen; p++)
                {
                    BtfParam param = prototype.Param(p);
                    if (param.TypeId != 0 && param.NameOffset == 0)
                        edits.SetWord(prototype.Id, 3 + p * 2, edits.AddString("dummy_ksym"));
                }
                edits.SetWord(section.Id, 3 + i * 3, (uint)placeholder);
                edits.SetWord(type.Id, 1, (uint)BtfKind.Func << 24 | (uint)BtfLinkage.Global);
            }
            else if (type.Kind == BtfKind.Var)
            {
                edits.SetWord(type.Id, 2, (uint)intId);
                edits.SetWord(type.Id, 3, (uint)BtfLinkage.Global);
            }
            edits.SetWord(section.Id, 4 + i * 3, offset);
            edits.SetWord(section.Id, 5 + i * 3, 4);
        }
        edits.SetWord(section.Id, 2, offset);
        return null;
    }

    private static int FirstInt32(BtfTypes btf)
    {
        for (int id = 1; id < btf.Count; id++)
        {
            if (btf[id].IntBits == 32)
                return id;
        }
        return 0;
    }

    private static ObjectFailure? RewriteConfig(ObjectImage image, BtfType section, Dictionary<string, ExternSymbol> externs, BtfBuilder edits)
    {
        long end = 0;
        foreach (ExternSymbol one in image.Externs.Where(e => e.IsConfig))
        {
            long start = (end + one.Alignment - 1) / one.Alignment * one.Alignment;
            end = start + one.Size;
            if (end > MaxConfigSize)
                return ObjectFailure.LoadFailed(Errno.ENOMEM, "failed to alloc map '.kconfig' content buffer: -ENOMEM");
            one.DataOffset = (int)start;
        }
        edits.SetWord(section.Id, 2, (uint)end);
        for (int i = 0; i < section.VLen; i++)
        {
            BtfType variable = section.Owner[section.Variable(i).TypeId];
            if (!externs.TryGetValue(variable.Name, out ExternSymbol? found))
                return ObjectFailure.LoadFailed(Errno.ESRCH, $"failed to find extern definition for BTF var '{variable.Name}'");
            if (variable.Kind == BtfKind.Var)
                edits.SetWord(variable.Id, 3, (uint)BtfLinkage.Global);
            edits.SetWord(section.Id, 4 + i * 3, (uint)found.DataOffset);
        }
        return null;
    }
}
