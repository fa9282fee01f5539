using System.Collections.Concurrent;
using System.IO.Compression;
using System.Text;
using BpfVerifier.Btf;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfVerifier.Host.Tests;

/// <summary>A release assembly of a few lines, which names itself in each answer; compiled by the test.</summary>
internal sealed record FakeBuild
{
    private static readonly ConcurrentDictionary<FakeBuild, byte[]> s_compiled = new();

    public string Release { get; init; } = "6.12";
    /// <summary>What each answer's message says.</summary>
    public string Label { get; init; } = "first";
    public int FacadeVersion { get; init; } = Facade.Version;
    public string AssemblyName { get; init; } = "BpfVerifier.Linux.6.12";
    /// <summary>The attribute as it is written in the source; null for that of this façade.</summary>
    public string? Attribute { get; init; }
    /// <summary>Statements run while an answer is made.</summary>
    public string OnVerify { get; init; } = "";
    /// <summary>Members beside those of every build.</summary>
    public string Members { get; init; } = "";
    public string Verdict { get; init; } = "Accepted";

    /// <summary>An attribute that names a verifier.</summary>
    public static string AttributeOf(string type, string release = "6.12", int facadeVersion = Facade.Version) =>
        $"[assembly: BpfVerifier.VerifierRelease(\"{release}\", typeof({type}), {facadeVersion})]";

    public byte[] Bytes() => s_compiled.GetOrAdd(this, build => build.Compile());

    /// <summary>Writes the assembly under the name of its release.</summary>
    public string WriteTo(string folder)
    {
        string path = Path.Combine(folder, $"BpfVerifier.Linux.{Release}.dll");
        File.WriteAllBytes(path, Bytes());
        return path;
    }

    /// <summary>Writes a package with this assembly.</summary>
    public string Pack(string folder, string version, params (string Path, byte[] Content)[] more)
    {
        string id = "BpfVerifier.Linux." + Release, path = Path.Combine(folder, $"{id}.{version}.nupkg");
        byte[] manifest = Encoding.UTF8.GetBytes($"<package xmlns=\"http://schemas.microsoft.com/packaging/2013/05/nuspec.xsd\"><metadata><id>{id}</id><version>{version}</version></metadata></package>");
        using ZipArchive zip = ZipFile.Open(path, ZipArchiveMode.Create);
        foreach ((string name, byte[] content) in (IEnumerable<(string, byte[])>)[(id + ".nuspec", manifest), ($"lib/net10.0/{id}.dll", Bytes()), .. more])
        {
            using Stream entry = zip.CreateEntry(name).Open();
            entry.Write(content);
        }
        return path;
    }

    private byte[] Compile()
    {
        var btf = new BtfBuilder();
        btf.AddInt("int", 4, BtfIntEncoding.Signed);
        string attribute = Attribute ?? AttributeOf("Fake.Verifier", Release, FacadeVersion);
        string source = $$"""
            using System;
            using System.Threading;
            using BpfVerifier;
            using BpfVerifier.Btf;
            {{attribute}}
            namespace Fake
            {
                public sealed class Verifier : IVerifier
                {
                    private static readonly byte[] s_types = Convert.FromBase64String("{{Convert.ToBase64String(btf.ToArray())}}");
                    private static readonly KernelProfile s_profile = Profile();

                    private static KernelProfile Profile()
                    {
                        if (!BtfTypes.TryParse(s_types, null, out BtfTypes types, out string error))
                            throw new InvalidOperationException(error);
                        return new KernelProfile { Release = Own, Types = types };
                    }

                    private static KernelRelease Own => KernelRelease.TryParse("{{Release}}", out KernelRelease release) ? release : default;
                    public KernelRelease Release => Own;
                    public KernelProfile DefaultProfile => s_profile;

                    public VerificationResult Verify(BpfProgram program, KernelProfile profile, VerifierOptions options, CancellationToken cancellation)
                    {
                        {{OnVerify}}
                        return new VerificationResult { Verdict = Verdict.{{Verdict}}, Message = "{{Label}}" };
                    }
                    public System.Collections.Generic.IReadOnlyList<VerifierChange> GetChanges(KernelProfile profile) => [];
                    {{Members}}
                }
            }
            """;
        var compilation = CSharpCompilation.Create(
            AssemblyName,
            [CSharpSyntaxTree.ParseText(source)],
            References(),
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, optimizationLevel: OptimizationLevel.Release, deterministic: true));
        using var assembly = new MemoryStream();
        var emitted = compilation.Emit(assembly);
        return emitted.Success ? assembly.ToArray() : throw new InvalidOperationException(string.Join('\n', emitted.Diagnostics));
    }

    private static IEnumerable<MetadataReference> References() =>
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileName(path) is "System.Runtime.dll" or "System.Private.CoreLib.dll" or "System.Threading.dll" or "System.Runtime.Extensions.dll"
                or "BpfVerifier.Abstractions.dll" or "BpfVerifier.Btf.dll")
            .Select(path => MetadataReference.CreateFromFile(path));
}
