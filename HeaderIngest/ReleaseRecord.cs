using System.Text.Json.Serialization;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest;

/// <summary>Where the facts of one release came from; written as <c>release.json</c>.</summary>
public sealed record ReleaseRecord
{
    /// <summary>Version of the form.</summary>
    public int Schema { get; init; } = 1;
    /// <summary>Mainline release.</summary>
    public required string Release { get; init; }
    /// <summary>Release with patch level.</summary>
    public required string Version { get; init; }
    /// <summary>What <c>uname -r</c> prints.</summary>
    public required string Abi { get; init; }
    /// <summary>What it was made from, for a release that was made from something else than packages.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public List<string>? Sources { get; init; }
    /// <summary>The image; null where there was none.</summary>
    public required ImageRecord? Image { get; init; }
    /// <summary>The configuration the kernel was built with; null where no package has it.</summary>
    public required FileRecord? Config { get; init; }
    /// <summary>The kernel's types; null where nothing had them.</summary>
    public required BtfRecord? Btf { get; init; }
    /// <summary>The kernel's symbols; null where nothing had them.</summary>
    public required SymbolsRecord? Symbols { get; init; }
    /// <summary>The headers; null where none are served.</summary>
    public required HeadersRecord? Headers { get; init; }
    /// <summary>Parts of <c>abi.json</c> nothing told.</summary>
    public required List<string> Unknown { get; init; }

    /// <summary>Text of <c>release.json</c>: one property a line.</summary>
    public string Write() => AbiJson.Write(this, path => path.Length == 0 || path[0] is "image" or "headers" or "unknown");
}

/// <summary>A kernel image.</summary>
/// <param name="Package">Debian package.</param>
/// <param name="Version">Its version.</param>
/// <param name="Suite">Suite that served it.</param>
/// <param name="File">Name of the vmlinuz.</param>
/// <param name="Sha256">Hash of the vmlinuz.</param>
public sealed record ImageRecord(string Package, string Version, string Suite, string File, string Sha256);

/// <summary>A file.</summary>
public sealed record FileRecord(string File, string Sha256);

/// <summary>A <c>.BTF</c> section.</summary>
/// <param name="Size">Size in bytes.</param>
/// <param name="Sha256">Hash of the section.</param>
public sealed record BtfRecord(int Size, string Sha256);

/// <summary>A table of symbols.</summary>
/// <param name="Count">Symbols of the image; the table holds those of one name and address once.</param>
/// <param name="Size">Size of the table in bytes before it is compressed.</param>
/// <param name="Sha256">Hash of the table before it is compressed.</param>
public sealed record SymbolsRecord(int Count, int Size, string Sha256);

/// <summary>Headers and how they were read.</summary>
/// <param name="Packages">The packages; none for a tree.</param>
/// <param name="Autoconf">Hash of <c>generated/autoconf.h</c>, on which layouts depend; null where only headers for user space were read.</param>
/// <param name="Clang">Version of the libclang that parsed them.</param>
public sealed record HeadersRecord(List<PackageRecord> Packages, [property: JsonPropertyName("autoconf_sha256")] string? Autoconf, string Clang);

/// <summary>A Debian package.</summary>
public sealed record PackageRecord(string Package, string Version, string Suite, string Sha256);
