namespace BpfVerifier.Generator;

/// <summary>Names of the generator's steps, for tests of what an edit makes run again.</summary>
public static class TrackingNames
{
    /// <summary>Additional files with KernelAbi metadata.</summary>
    public const string Files = nameof(Files);
    /// <summary>abi.json, read.</summary>
    public const string Release = nameof(Release);
    /// <summary>catalog.json, read.</summary>
    public const string Catalog = nameof(Catalog);
    /// <summary>A ledger file, read.</summary>
    public const string Ledger = nameof(Ledger);
    /// <summary>kernel-types.json, read.</summary>
    public const string Types = nameof(Types);
    /// <summary>Complaints about the set of files.</summary>
    public const string FileSet = nameof(FileSet);
    /// <summary>The release's name and the kinds of things it has.</summary>
    public const string Identity = nameof(Identity);
    /// <summary>Helpers of the release.</summary>
    public const string Helpers = nameof(Helpers);
    /// <summary>Helpers of the release and the catalogue.</summary>
    public const string HelperIds = nameof(HelperIds);
    /// <summary>Context rules of the release.</summary>
    public const string Contexts = nameof(Contexts);
    /// <summary>kfuncs of the release.</summary>
    public const string Kfuncs = nameof(Kfuncs);
    /// <summary>Sets and tracepoints of the release.</summary>
    public const string Image = nameof(Image);
    /// <summary>Structs that struct_ops programs implement.</summary>
    public const string StructOps = nameof(StructOps);
    /// <summary>Constants of the release and the catalogue.</summary>
    public const string Constants = nameof(Constants);
    /// <summary>Kernel types and their layout in the release.</summary>
    public const string Structs = nameof(Structs);
    /// <summary>Symbols of the release.</summary>
    public const string Symbols = nameof(Symbols);
    /// <summary>The ledger as the release sees it.</summary>
    public const string Changes = nameof(Changes);

    /// <summary>What user space may use.</summary>
    public const string Bindings = nameof(Bindings);

    /// <summary>All of them that a release's tables go through.</summary>
    public static IReadOnlyList<string> All { get; } =
    [
        Files, Release, Catalog, Ledger, Types, FileSet, Identity, Helpers, HelperIds, Contexts, Kfuncs, Image, StructOps, Constants, Structs, Symbols, Changes,
    ];
}
