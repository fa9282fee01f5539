using BpfVerifier.Generator.Emit;
using BpfVerifier.Generator.Input;
using BpfVerifier.Generator.Model;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Generator.Bindings;

/// <summary>
/// Makes the C# bindings of <c>BpfVerifier.Abi</c> out of the catalogue: an additional file with <c>KernelAbi="bindings"</c>.
/// </summary>
[Generator(LanguageNames.CSharp)]
public sealed class BindingsGenerator : IIncrementalGenerator
{
    /// <inheritdoc/>
    public void Initialize(IncrementalGeneratorInitializationContext context)
    {
        IncrementalValuesProvider<Parsed<BindingsModel>> parsed = InputFile.Provide(context)
            .Where(file => file.Kind == InputFile.Bindings)
            .Select((file, _) => BindingsReader.Read(file))
            .WithTrackingName(TrackingNames.Bindings);
        context.RegisterSourceOutput(parsed, (output, result) =>
        {
            foreach (DiagnosticInfo diagnostic in result.Diagnostics)
                output.ReportDiagnostic(diagnostic.ToDiagnostic());
            if (result.Value is not { } model)
                return;
            output.AddSource("Enums.g.cs", ConstantsEmitter.EmitEnums(model));
            output.AddSource("Bpf.g.cs", ConstantsEmitter.EmitConstants(model));
            output.AddSource("Structs.g.cs", StructsEmitter.Emit(model));
            output.AddSource("Helpers.g.cs", FunctionsEmitter.EmitHelpers(model));
            output.AddSource("Kfuncs.g.cs", FunctionsEmitter.EmitKfuncs(model));
            output.AddSource("Releases.g.cs", FunctionsEmitter.EmitReleases(model));
        });
    }

    /// <summary>A file of the bindings' namespace. Names are the kernel's, in its spelling.</summary>
    internal static CodeWriter File()
    {
        CodeWriter code = CodeWriter.ForFile("catalog.json");
        return code.Line("namespace BpfVerifier.Abi;").Line();
    }
}
