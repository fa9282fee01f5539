using System.Globalization;

namespace BpfVerifier.Live;

/// <summary>Reads the text of /proc/kallsyms.</summary>
internal static class Kallsyms
{
    /// <summary>The symbols of the kernel and its modules; null when no address is shown, as to processes without privilege.</summary>
    /// <param name="text">Lines of address, kind, name and perhaps a module in brackets.</param>
    public static KernelSymbols? Read(string text) =>
        Lines(text) is { } symbols ? KernelSymbols.From(symbols.Select(s => (s.Name, s.Address))) : null;

    /// <summary>The same symbols, each with its module in brackets, or with null for the kernel proper.</summary>
    public static List<(string Name, ulong Address, string? Module)>? Lines(string text)
    {
        var symbols = new List<(string, ulong, string?)>();
        bool shown = false;
        foreach (ReadOnlySpan<char> line in text.AsSpan().EnumerateLines())
        {
            // "ffffffff81000000 T _stext", "ffffffffc0001000 t name\t[module]"
            int space = line.IndexOf(' ');
            if (space <= 0 || line.Length < space + 4 || line[space + 2] != ' '
                || !ulong.TryParse(line[..space], NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture, out ulong address))
                continue;
            ReadOnlySpan<char> name = line[(space + 3)..];
            int tab = name.IndexOf('\t');
            ReadOnlySpan<char> module = tab < 0 ? default : name[(tab + 1)..];
            // Programs that are loaded, and trampolines, are no part of the kernel.
            if (module is "[bpf]" || module.StartsWith("[__builtin__", StringComparison.Ordinal))
                continue;
            symbols.Add(((tab < 0 ? name : name[..tab]).ToString(), address, tab < 0 ? null : module.ToString()));
            // Some symbols of per-CPU data are at 0 on purpose.
            shown |= address != 0;
        }
        return shown ? symbols : null;
    }
}
