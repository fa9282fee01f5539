using System.Reflection;

namespace BpfVerifier.Abi.Tests;

/// <summary>What the attributes of a symbol say of a release.</summary>
internal static class Life
{
    public static Version[] Releases { get; } =
        [.. typeof(bpf_attr).Assembly.GetCustomAttribute<KernelCatalogAttribute>()!.Releases.Select(Version.Parse)];

    /// <summary>Whether the symbol is there, given that what it belongs to is.</summary>
    public static bool IsIn(MemberInfo symbol, Version release)
    {
        var events = symbol.GetCustomAttributes<SinceKernelAttribute>().Select(a => (At: Version.Parse(a.Release), There: true))
            .Concat(symbol.GetCustomAttributes<RemovedInKernelAttribute>().Select(a => (At: Version.Parse(a.Release), There: false)))
            .OrderBy(e => e.At).ToList();
        bool there = events.Count == 0 || !events[0].There;
        foreach ((Version at, bool now) in events.Where(e => e.At <= release))
            there = now;
        return there;
    }

    /// <summary>The first change after a release whose text starts so, as the text of its old value; null where nothing changed since.</summary>
    public static string? Before(MemberInfo symbol, Version release, string what) => symbol.GetCustomAttributes<ChangedInKernelAttribute>()
        .Where(c => Version.Parse(c.Release) > release)
        .OrderBy(c => Version.Parse(c.Release))
        .SelectMany(c => c.What.Split("; "))
        .FirstOrDefault(c => c.StartsWith(what + " ", StringComparison.Ordinal)) is { } text
            ? text[(what.Length + 1)..text.IndexOf(" ->", StringComparison.Ordinal)]
            : null;

    /// <summary>The program types that may call it.</summary>
    public static SortedSet<bpf_prog_type> OfferedTo(MemberInfo function, Version release)
    {
        var events = function.GetCustomAttributes<OfferedToAttribute>().Select(a => (At: Version.Parse(a.Release), Types: a.ProgramTypes, Offered: true))
            .Concat(function.GetCustomAttributes<WithdrawnFromAttribute>().Select(a => (At: Version.Parse(a.Release), Types: a.ProgramTypes, Offered: false)));
        var types = new SortedSet<bpf_prog_type>();
        foreach (var (_, changed, offered) in events.Where(e => e.At <= release).OrderBy(e => e.At))
        {
            if (offered)
                types.UnionWith(changed);
            else
                types.ExceptWith(changed);
        }
        return types;
    }
}
