using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;

namespace BpfVerifier.Surface;

/// <summary>
/// Finds in the sources what the runtime takes from a kernel. Constants leave no trace in a compiled assembly, so the
/// sources are read; names of the generated tables are used for nothing else, which <c>ArchitectureTests</c> checks.
/// </summary>
internal static class RuntimeReader
{
    /// <summary>Members of the types' class that answer questions; the receiver may be the kernel's types or the program's.</summary>
    private static readonly HashSet<string> s_typeQuestions = ["Find", "FindAll", "IsValid", "SkipModifiersAndTypedefs", "SkipModifiers", "TryResolveSize"];

    /// <summary>Folders whose text is what a log says, not what a kernel is asked.</summary>
    private static readonly string[] s_textFolders = ["Logging/"];

    /// <summary>Where the façade itself stands: what implements it does not use it.</summary>
    private const string Facade = "Kernel/";

    public static IReadOnlyList<SurfaceUse> Read(string runtime, Catalog catalog)
    {
        var uses = new List<SurfaceUse>();
        IReadOnlyList<(string File, SyntaxNode Root)> sources = Sources(runtime);
        HashSet<string> members = FacadeMembers(sources);
        foreach ((string file, SyntaxNode root) in sources)
            foreach (SyntaxNode node in root.DescendantNodes())
                uses.AddRange(Of(node, file, members, catalog));
        return [.. uses.DistinctBy(use => (use.Kind, use.Name, use.File))];
    }

    /// <summary>The sources, by path within the runtime.</summary>
    public static IReadOnlyList<(string File, SyntaxNode Root)> Sources(string runtime) =>
    [
        .. Directory.EnumerateFiles(runtime, "*.cs", SearchOption.AllDirectories)
            .Select(path => (File: Path.GetRelativePath(runtime, path).Replace('\\', '/'), Path: path))
            .Where(source => !source.File.StartsWith("obj/", StringComparison.Ordinal) && !source.File.StartsWith("bin/", StringComparison.Ordinal))
            .OrderBy(source => source.File, StringComparer.Ordinal)
            .Select(source => (source.File, CSharpSyntaxTree.ParseText(File.ReadAllText(source.Path)).GetRoot())),
    ];

    /// <summary>Names of the members of the façade's interface.</summary>
    public static HashSet<string> FacadeMembers(IEnumerable<(string File, SyntaxNode Root)> sources) =>
    [
        .. sources.SelectMany(source => source.Root.DescendantNodes()).OfType<InterfaceDeclarationSyntax>().Single(type => type.Identifier.Text == "IKernel")
            .Members.Select(member => member is MethodDeclarationSyntax method ? method.Identifier.Text : ((PropertyDeclarationSyntax)member).Identifier.Text),
    ];

    private static IEnumerable<SurfaceUse> Of(SyntaxNode node, string file, HashSet<string> members, Catalog catalog)
    {
        switch (node)
        {
            case MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "Kernel" or "kernel" } } asked
                when members.Contains(asked.Name.Identifier.Text) && !file.StartsWith(Facade, StringComparison.Ordinal):
                yield return Everywhere("facade", "IKernel." + asked.Name.Identifier.Text, file);
                break;
            case MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "KernelSet" or "KernelGate" } kind } set:
                if (!file.StartsWith(Facade, StringComparison.Ordinal))
                    yield return Everywhere(kind.Identifier.Text == "KernelSet" ? "set" : "gate", set.Name.Identifier.Text, file);
                break;
            case MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax owner } constant when Kind(owner.Identifier.Text) is { } kind:
                if (catalog.OfCode(kind, constant.Name.Identifier.Text) is { } number)
                    yield return Symbol(number, file);
                break;
            // "x is A.B" alone is read as a type.
            case QualifiedNameSyntax { Left: IdentifierNameSyntax owner } constant when Kind(owner.Identifier.Text) is { } kind:
                if (catalog.OfCode(kind, constant.Right.Identifier.Text) is { } compared)
                    yield return Symbol(compared, file);
                break;
            case MemberAccessExpressionSyntax { Expression: MemberAccessExpressionSyntax { Expression: IdentifierNameSyntax { Identifier.Text: "KernelStruct" }, Name: var type } } member:
                if (catalog.OfCode("type", type.Identifier.Text) is { } holder)
                    yield return Symbol(holder with { Kind = "member", Name = $"{holder.Name}.{member.Name.Identifier.Text}" }, file);
                break;
            case InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax call } when s_typeQuestions.Contains(call.Name.Identifier.Text) && call.Expression is not LiteralExpressionSyntax:
                if (!call.Expression.ToString().StartsWith("Kernel.", StringComparison.Ordinal) && call.Expression.ToString() is not ("MapStructs" or "HelperTable" or "StructOpsTable"))
                    yield return Everywhere("types", "BtfTypes." + call.Name.Identifier.Text, file);
                break;
            case LiteralExpressionSyntax literal when literal.IsKind(SyntaxKind.StringLiteralExpression) && !s_textFolders.Any(folder => file.StartsWith(folder, StringComparison.Ordinal)):
                if (catalog.OfName(literal.Token.ValueText) is { } named)
                    yield return Symbol(named, file);
                else if (IsName(literal))
                    yield return Everywhere("name", literal.Token.ValueText, file);
                break;
        }
    }

    /// <summary>What the members of a class of numbers are.</summary>
    private static string? Kind(string owner) => owner switch
    {
        "HelperId" => "helper",
        "Uapi" => "number",
        "ProgramType" => "program type",
        "MapType" => "map type",
        "AttachType" => "attach type",
        _ => null,
    };

    /// <summary>Text that is looked up, or compared with a name of the kernel's, as it stands: what the catalogue does not list.</summary>
    private static bool IsName(LiteralExpressionSyntax literal) =>
        literal.Parent is ConstantPatternSyntax or CaseSwitchLabelSyntax or BinaryExpressionSyntax { RawKind: (int)SyntaxKind.EqualsExpression or (int)SyntaxKind.NotEqualsExpression } && literal.Token.ValueText.Length > 2
            && literal.Token.ValueText.All(c => char.IsAsciiLetterLower(c) || char.IsAsciiDigit(c) || c == '_')
        || literal.Parent is ArgumentSyntax { Parent.Parent: InvocationExpressionSyntax { Expression: MemberAccessExpressionSyntax call } } && call.Name.Identifier.Text is "Find" or "FindAll" or "HelperPrototype"
        || literal.Token.ValueText is ['b', 'p', 'f', '_', .. { Length: > 0 } rest] && rest.EndsWith("_proto", StringComparison.Ordinal);

    private static SurfaceUse Everywhere(string kind, string name, string file) => new(kind, name, file, _ => true);

    private static SurfaceUse Symbol(Catalog.Symbol symbol, string file) => new(symbol.Kind, symbol.Name, file, symbol.IsIn);
}
