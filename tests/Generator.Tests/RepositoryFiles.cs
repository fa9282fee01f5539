using System.Collections.Immutable;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Generator.Tests;

/// <summary>The committed files the generator is really run on.</summary>
internal static class RepositoryFiles
{
    /// <summary>The repository's folder.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Releases with a folder under kernel-headers.</summary>
    public static string[] Releases { get; } =
    [
        .. Directory.EnumerateFiles(Path.Combine(Root, "kernel-headers"), "abi.json", SearchOption.AllDirectories)
            .Select(f => Path.GetFileName(Path.GetDirectoryName(f)!)).Order(StringComparer.Ordinal),
    ];

    public static string Release(string release) => Path.Combine(Root, "kernel-headers", release, "abi.json");

    /// <summary>What Release.props gives the generator for a release.</summary>
    public static ImmutableArray<AdditionalText> Inputs(string release)
    {
        string changes = Path.Combine(Root, "Verifier.Runtime", "Changes");
        return
        [
            File(Release(release), "release"),
            File(Path.Combine(Root, "kernel-headers", "catalog.json"), "catalog"),
            File(Path.Combine(changes, "kernel-types.json"), "types"),
            .. Directory.EnumerateFiles(changes, "ledger*.json").Order(StringComparer.Ordinal).Select(f => File(f, "ledger")),
        ];

        static InputText File(string path, string kind) => new(path, kind, System.IO.File.ReadAllText(path));
    }

    private static string FindRoot()
    {
        for (DirectoryInfo? folder = new(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (System.IO.File.Exists(Path.Combine(folder.FullName, "Directory.Packages.props")))
                return folder.FullName;
        }
        throw new InvalidOperationException("not inside the repository");
    }
}
