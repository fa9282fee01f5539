using System.Xml.Linq;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Xunit;

namespace BpfVerifier.Surface.Tests;

/// <summary>The verifier is a leaf, and the façade its only door.</summary>
public class ArchitectureTests
{
    private static readonly Repository s_repository = Repository.Find(AppContext.BaseDirectory);

    /// <summary>What a release's tables, a profile and the assembly's resources are called: behind the façade.</summary>
    private static readonly HashSet<string> s_behindTheFacade =
    [
        "Abi", "HelperTable", "ContextTable", "BtfSets", "BtfSet", "ModifyReturn", "StructOpsTable", "RawTracepoints", "KfuncTable", "MapStructs", "ReleaseKernel",
        "KernelProfile", "KernelSymbols", "Assembly", "File", "Environment",
    ];

    /// <summary>The assembly's own door puts a profile behind the façade, and reads the profile's data.</summary>
    private static readonly string[] s_doors = ["Kernel/", "ReleaseVerifier.cs"];

    private static IEnumerable<string> RoundTheFacade(string file, SyntaxNode root) =>
        s_doors.Any(door => file.StartsWith(door, StringComparison.Ordinal)) ? [] :
        root.DescendantNodes().OfType<IdentifierNameSyntax>()
            .Where(name => s_behindTheFacade.Contains(name.Identifier.Text))
            // AttachType.ModifyReturn is a number of the façade.
            .Where(name => name.Parent is not MemberAccessExpressionSyntax member || member.Name != name)
            .Select(name => $"{file}: {name.Parent}");

    [Fact]
    public void No_folder_of_the_runtime_reaches_round_the_facade() =>
        Assert.Empty(RuntimeReader.Sources(s_repository.Runtime).SelectMany(source => RoundTheFacade(source.File, source.Root)));

    [Theory]
    [InlineData("int n = HelperTable.Name(1);", 1)]
    [InlineData("bool b = BtfSets.BpfLsmHooks.Contains(x);", 1)]
    [InlineData("Run(new ReleaseKernel(profile));", 1)]
    [InlineData("bool b = type == AttachType.ModifyReturn;", 0)]
    [InlineData("bool b = Kernel.MayModifyReturn(x);", 0)]
    public void Reaching_round_it_would_be_found(string code, int count)
    {
        SyntaxNode root = CSharpSyntaxTree.ParseText($"class Planted {{ void M() {{ {code} }} }}").GetRoot();
        Assert.Equal(count, RoundTheFacade("Calls/Planted.cs", root).Count());
        Assert.Empty(RoundTheFacade("Kernel/Planted.cs", root));
    }

    [Fact]
    public void Facade_has_no_member_that_nobody_asks()
    {
        IReadOnlyList<(string, SyntaxNode)> sources = RuntimeReader.Sources(s_repository.Runtime);
        IEnumerable<string> used = RuntimeReader.Read(s_repository.Runtime, Catalog.Read(s_repository.CatalogFile)).Where(use => use.Kind == "facade").Select(use => use.Name["IKernel.".Length..]);
        Assert.Empty(RuntimeReader.FacadeMembers(sources).Except(used));
    }

    /// <summary>Shipped projects and what each may reference, lowest first; the runtime stands in Release.props.</summary>
    private static readonly Dictionary<string, string[]> s_mayReference = new()
    {
        ["Verifier.Btf"] = [],
        ["Verifier.Abstractions"] = ["Verifier.Btf"],
        ["Verifier.Objects"] = ["Verifier.Btf", "Verifier.Abstractions"],
        ["Verifier.Runtime"] = ["Verifier.Abstractions"],
        ["Verifier.Host"] = ["Verifier.Abstractions", "Verifier.Objects"],
        ["Verifier.Live"] = ["Verifier.Btf", "Verifier.Abstractions", "Verifier.Objects"],
    };

    public static TheoryData<string> Layers() => [.. s_mayReference.Keys];

    [Theory]
    [MemberData(nameof(Layers))]
    public void Project_references_only_what_is_below_it(string project)
    {
        string folder = Path.Combine(s_repository.Root, project);
        string[] files = [.. Directory.EnumerateFiles(folder, "*.csproj"), .. Directory.EnumerateFiles(folder, "*.props")];
        IEnumerable<string> references = files.SelectMany(file => XDocument.Load(file).Descendants("ProjectReference"))
            // Generators and analyzers are part of compiling, and what has no output assembly is only built.
            .Where(reference => (string?)reference.Attribute("ReferenceOutputAssembly") != "false")
            .Select(reference => Path.GetFileNameWithoutExtension(((string)reference.Attribute("Include")!).Replace('\\', '/')));
        Assert.NotEmpty(files);
        Assert.Empty(references.Except(s_mayReference[project]));
    }

    [Fact]
    public void Nothing_shipped_uses_what_the_runtime_defines()
    {
        // Only its tests, and the probes that look into it, are compiled against a release.
        string[] shipped = [.. Directory.EnumerateDirectories(s_repository.Root).Select(folder => Path.GetFileName(folder)!)
            .Where(name => Directory.EnumerateFiles(Path.Combine(s_repository.Root, name), "*.csproj").Any())];
        Assert.Contains("Verifier.Cli", shipped);
        foreach (string project in shipped)
        {
            string folder = Path.Combine(s_repository.Root, project);
            foreach ((string file, SyntaxNode root) in RuntimeReader.Sources(folder))
                Assert.DoesNotContain(root.DescendantNodes().OfType<QualifiedNameSyntax>(), name => name.ToString().StartsWith("BpfVerifier.Runtime", StringComparison.Ordinal) || name.ToString().StartsWith("BpfVerifier.Linux", StringComparison.Ordinal));
            foreach (string file in Directory.EnumerateFiles(folder, "*.csproj"))
                Assert.DoesNotContain(XDocument.Load(file).Descendants("ProjectReference"),
                    reference => ((string)reference.Attribute("Include")!).Contains("kernel-headers", StringComparison.Ordinal) && (string?)reference.Attribute("ReferenceOutputAssembly") != "false");
        }
    }
}
