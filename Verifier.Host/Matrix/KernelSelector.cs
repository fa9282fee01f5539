namespace BpfVerifier.Host;

/// <summary>A kernel as users name it: <c>6.12</c>, <c>6.12.30</c>, <c>6.12+modular</c>.</summary>
/// <param name="Name">As it was written.</param>
/// <param name="Release">Release, with patch level if one was given.</param>
/// <param name="Flavor">Stock unless <c>+modular</c> was written.</param>
public sealed record KernelSelector(string Name, KernelRelease Release, KernelFlavor Flavor)
{
    private const string ModularSuffix = "+modular";

    /// <summary>Reads a list separated by commas or semicolons; <c>5.10-6.12</c> stands for those releases and all available ones between, <c>all</c> for all.</summary>
    /// <param name="text">What the user wrote.</param>
    /// <param name="available">Releases that can be loaded.</param>
    /// <param name="selectors">The kernels, in the order written, without repetitions.</param>
    /// <returns>Null, or what is wrong with the text and what was perhaps meant.</returns>
    public static string? Parse(string text, IReadOnlyCollection<KernelRelease> available, out IReadOnlyList<KernelSelector> selectors)
    {
        var found = new List<KernelSelector>();
        selectors = found;
        foreach (string part in text.Split([',', ';'], StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            bool modular = part.EndsWith(ModularSuffix, StringComparison.Ordinal);
            string name = modular ? part[..^ModularSuffix.Length] : part;
            KernelFlavor flavor = modular ? KernelFlavor.Modular : KernelFlavor.Stock;
            if (name == "all")
            {
                foreach (KernelRelease release in available)
                    Add(new KernelSelector(release.ToString(), release, flavor));
                continue;
            }
            int dash = name.IndexOf('-', StringComparison.Ordinal);
            if (dash > 0)
            {
                if (!TryFind(name[..dash], out KernelRelease first))
                    return Unknown(part, name[..dash], available);
                if (!TryFind(name[(dash + 1)..], out KernelRelease last))
                    return Unknown(part, name[(dash + 1)..], available);
                if (last < first)
                    return $"the range '{part}' ends before it begins";
                foreach (KernelRelease release in available.Where(r => r >= first.Branch && r <= last.Branch))
                    Add(new KernelSelector(modular ? release + ModularSuffix : release.ToString(), release, flavor));
                continue;
            }
            if (!TryFind(name, out KernelRelease wanted))
                return Unknown(part, name, available);
            Add(new KernelSelector(part, wanted, flavor));
        }
        return found.Count == 0 ? $"no kernel given; available: {string.Join(", ", available)}, all" : null;

        bool TryFind(string name, out KernelRelease release) =>
            KernelRelease.TryParse(name.StartsWith('v') ? name[1..] : name, out release) && available.Contains(release.Branch);

        void Add(KernelSelector selector)
        {
            if (!found.Any(known => known.Name == selector.Name && known.Flavor == selector.Flavor))
                found.Add(selector);
        }
    }

    private static string Unknown(string part, string name, IReadOnlyCollection<KernelRelease> available) =>
        $"unknown kernel '{part}'{Suggest(name, available)}; available: {string.Join(", ", available)}, all";

    private static string Suggest(string name, IReadOnlyCollection<KernelRelease> available)
    {
        string? best = available.Select(r => r.ToString()).Append("all")
            .Where(candidate => Distance(candidate, name) <= 2)
            .MinBy(candidate => (Distance(candidate, name), candidate.Length));
        return best is null ? "" : $" (did you mean {best}?)";
    }

    /// <summary>Edits (insert, delete, replace) between two short texts.</summary>
    private static int Distance(string a, string b)
    {
        b = b.Length > 32 ? b[..32] : b;
        int[] row = [.. Enumerable.Range(0, b.Length + 1)];
        for (int i = 1; i <= a.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= b.Length; j++)
            {
                int replaced = diagonal + (a[i - 1] == b[j - 1] ? 0 : 1);
                diagonal = row[j];
                row[j] = Math.Min(replaced, Math.Min(row[j], row[j - 1]) + 1);
            }
        }
        return row[b.Length];
    }
}
