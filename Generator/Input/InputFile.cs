using Microsoft.CodeAnalysis.Text;

namespace BpfVerifier.Generator.Input;

/// <summary>An additional file that carries <c>KernelAbi</c> metadata. Equal to another with the same path, kind and text.</summary>
internal sealed class InputFile(string path, string kind, SourceText? text) : IEquatable<InputFile>
{
    public const string Release = "release", Catalog = "catalog", Ledger = "ledger", Types = "types";

    public string Path { get; } = path;

    /// <summary>The metadata's value: one of the constants above unless the project file has a mistake.</summary>
    public string Kind { get; } = kind;

    /// <summary>Null if the file could not be read.</summary>
    public SourceText? Text { get; } = text;

    public string FileName => System.IO.Path.GetFileName(Path);

    public bool Equals(InputFile? other) =>
        other is not null && Path == other.Path && Kind == other.Kind
        && (ReferenceEquals(Text, other.Text) || (Text is not null && other.Text is not null && Text.ContentEquals(other.Text)));

    public override bool Equals(object? obj) => Equals(obj as InputFile);

    public override int GetHashCode() => unchecked((StringComparer.Ordinal.GetHashCode(Path) * 31) + (Text?.Length ?? 0));
}
