namespace BpfVerifier.HeaderIngest.Image;

/// <summary>A kernel's symbols by name and by address.</summary>
public sealed class SymbolIndex
{
    private readonly KernelSymbol[] _ordered;
    private readonly Dictionary<string, List<ulong>> _byName = new(StringComparer.Ordinal);

    /// <summary>Over symbols in the order of the kernel's own table, which those of one address keep.</summary>
    public SymbolIndex(IEnumerable<KernelSymbol> symbols)
    {
        _ordered = [.. symbols.OrderBy(s => s.Address)];
        foreach (KernelSymbol symbol in _ordered)
        {
            if (!_byName.TryGetValue(symbol.Name, out List<ulong>? addresses))
                _byName.Add(symbol.Name, addresses = []);
            addresses.Add(symbol.Address);
        }
    }

    /// <summary>Every symbol, by address.</summary>
    public IReadOnlyList<KernelSymbol> Ordered => _ordered;

    /// <summary>Every address of that name, lowest first; static functions may share one.</summary>
    public IReadOnlyList<ulong> AddressesOf(string name) => _byName.TryGetValue(name, out List<ulong>? addresses) ? addresses : [];

    /// <summary>The lowest address of that name; false when the kernel has none.</summary>
    public bool TryFind(string name, out ulong address)
    {
        IReadOnlyList<ulong> found = AddressesOf(name);
        address = found.Count > 0 ? found[0] : 0;
        return found.Count > 0;
    }

    /// <summary>Names at exactly that address, in the order of the kernel's table.</summary>
    public IEnumerable<string> NamesAt(ulong address)
    {
        for (int i = FirstNotBelow(address); i < _ordered.Length && _ordered[i].Address == address; i++)
            yield return _ordered[i].Name;
    }

    /// <summary>The first name at exactly that address, or null.</summary>
    public string? NameAt(ulong address) => NamesAt(address).FirstOrDefault();

    /// <summary>The last symbol at or below an address, which is the function or variable it lies in; null below all.</summary>
    public KernelSymbol? Near(ulong address)
    {
        int i = address == ulong.MaxValue ? _ordered.Length : FirstNotBelow(address + 1);
        return i > 0 ? _ordered[i - 1] : null;
    }

    /// <summary>The lowest address of a symbol above an address, where what starts there must end; null above all.</summary>
    public ulong? Next(ulong address)
    {
        int i = address == ulong.MaxValue ? _ordered.Length : FirstNotBelow(address + 1);
        return i < _ordered.Length ? _ordered[i].Address : null;
    }

    /// <summary>An address as <c>symbol+0x10</c>.</summary>
    public string Describe(ulong address) => Near(address) is { } near && address - near.Address < 1 << 20
        ? address == near.Address ? near.Name : $"{near.Name}+0x{address - near.Address:x}"
        : $"0x{address:x}";

    private int FirstNotBelow(ulong address)
    {
        int low = 0, high = _ordered.Length;
        while (low < high)
        {
            int middle = (low + high) / 2;
            if (_ordered[middle].Address < address)
                low = middle + 1;
            else
                high = middle;
        }
        return low;
    }
}
