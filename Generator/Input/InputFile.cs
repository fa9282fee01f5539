using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace BpfVerifier.Generator.Input;

/// <summary>An additional file that carries <c>KernelAbi</c> metadata. Equal to another with the same path, kind and text.</summary>
internal sealed class InputFile(string path, string kind, SourceText? text) : IEquatable<InputFile>
{
    public const string Release = "release", Catalog = "catalog", Ledger = "ledger", Types = "types", Bindings = "bindings";

    private const string Metadata = "build_metadata.AdditionalFiles.KernelAbi";

    /// <summary>The additional files that carry the metadata.</summary>
    public static IncrementalValuesProvider<InputFile> Provide(IncrementalGeneratorInitializationContext context) =>
        context.AdditionalTextsProvider
            .Combine(context.AnalyzerConfigOptionsProvider)
            .Select((pair, cancellation) => Read(pair.Left, pair.Right, cancellation))
            .WithTrackingName(TrackingNames.Files)
            .Where(file => file is not null)
            .Select((file, _) => file!);

    private static InputFile? Read(AdditionalText file, AnalyzerConfigOptionsProvider options, CancellationToken cancellation) =>
        options.GetOptions(file).TryGetValue(Metadata, out string? kind) && kind.Length > 0
            ? new InputFile(file.Path, kind, file.GetText(cancellation))
            : null;

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
