using BpfVerifier.Btf;
using BpfVerifier.Objects.Elf;

namespace BpfVerifier.Objects.Sections;

/// <summary>Completes the DATASEC types that clang leaves without sizes and offsets from the ELF symbols, and sorts their variables.</summary>
internal static class DataSectionFixup
{
    public static ObjectFailure? Apply(ObjectImage image)
    {
        if (image.Btf is not { } btf)
            return null;
        BtfBuilder? edits = null;
        Dictionary<string, ElfSymbol>? variables = null;
        for (int id = 1; id < btf.Count; id++)
        {
            BtfType section = btf[id];
            if (section.Kind != BtfKind.DataSec)
                continue;
            edits ??= BtfBuilder.From(btf);
            variables ??= VariableSymbols(image.Elf);
            if (Apply(image, section, edits, variables) is { } failure)
                return failure;
        }
        if (edits is null)
            return null;
        if (!BtfTypes.TryParse(edits.ToArray(), null, out BtfTypes? types, out string error))
            return ObjectFailure.LoadFailed(Errno.EINVAL, error);
        image.Btf = types;
        return null;
    }

    private static Dictionary<string, ElfSymbol> VariableSymbols(ElfFile elf)
    {
        var symbols = new Dictionary<string, ElfSymbol>(StringComparer.Ordinal);
        for (int i = 0; i < elf.SymbolCount; i++)
        {
            ElfSymbol symbol = elf.Symbol(i);
            if (symbol.Type == ElfSymbol.TypeObject && symbol.Binding != ElfSymbol.BindLocal && elf.SymbolName(symbol) is { } name)
                symbols.TryAdd(name, symbol);
        }
        return symbols;
    }

    private static ObjectFailure? Apply(ObjectImage image, BtfType section, BtfBuilder edits, Dictionary<string, ElfSymbol> symbols)
    {
        string name = section.Name;
        var variables = new BtfSectionVariable[section.VLen];
        for (int i = 0; i < variables.Length; i++)
            variables[i] = section.Variable(i);
        // Sections of externs were completed when the externs were read.
        if (name is not (".kconfig" or ".ksyms"))
        {
            bool offsets = section.SizeOrType == 0;
            if (offsets)
            {
                uint size = image.Elf.FindSection(name) is { } elfSection ? (uint)elfSection.Size : 0;
                if (size == 0)
                    return ObjectFailure.LoadFailed(Errno.ENOENT, $"sec '{name}': failed to determine size from ELF: size 0, err -ENOENT");
                edits.SetWord(section.Id, 2, size);
            }
            for (int i = 0; i < variables.Length; i++)
            {
                BtfType variable = section.Owner[variables[i].TypeId];
                if (variable.Kind != BtfKind.Var)
                    return ObjectFailure.LoadFailed(Errno.EINVAL, $"sec '{name}': unexpected non-VAR type found");
                if (variable.Linkage is BtfLinkage.Static or BtfLinkage.Extern)
                    continue;
                if (variable.NameBytes.Length > ElfFile.LongestName || !symbols.TryGetValue(variable.Name, out ElfSymbol symbol))
                    return ObjectFailure.LoadFailed(Errno.ENOENT, $"sec '{name}': failed to find ELF symbol for VAR '{variable.Name}'");
                if (offsets)
                    variables[i] = variables[i] with { Offset = (uint)symbol.Value };
                if (symbol.IsHidden)
                    edits.SetWord(variable.Id, 3, (uint)BtfLinkage.Static);
            }
        }
        BtfSectionVariable[] sorted = [.. variables.OrderBy(v => v.Offset)];
        for (int i = 0; i < sorted.Length; i++)
        {
            edits.SetWord(section.Id, 3 + i * 3, (uint)sorted[i].TypeId);
            edits.SetWord(section.Id, 4 + i * 3, sorted[i].Offset);
            edits.SetWord(section.Id, 5 + i * 3, sorted[i].Size);
        }
        return null;
    }
}
