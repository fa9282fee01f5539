using System.Reflection;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfVerifier.Host.Tests;

/// <summary>An assembly that carries others as resources.</summary>
internal static class EmbeddedSet
{
    public static Assembly With(string name, byte[] content)
    {
        var compilation = CSharpCompilation.Create("Carrier", references: [MetadataReference.CreateFromFile(typeof(object).Assembly.Location)],
            options: new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary));
        using var assembly = new MemoryStream();
        Xunit.Assert.True(compilation.Emit(assembly, manifestResources: [new ResourceDescription(name, () => new MemoryStream(content), isPublic: true)]).Success);
        return Assembly.Load(assembly.ToArray());
    }
}
