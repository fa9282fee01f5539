using BpfVerifier.Analyzers.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace BpfVerifier.Analyzers.Fixes;

/// <summary>Puts <c>[SinceKernel]</c> or <c>[RemovedInKernel]</c> on the member of a use, or makes the one that is there stricter.</summary>
internal static class AnnotationFix
{
    /// <summary>The member; null for statements outside of one.</summary>
    public static MemberDeclarationSyntax? Place(SyntaxNode use) => use.AncestorsAndSelf().OfType<MemberDeclarationSyntax>().FirstOrDefault() is { } member and not GlobalStatementSyntax and not BaseNamespaceDeclarationSyntax
        ? member
        : null;

    /// <summary>Its name, for people.</summary>
    public static string Name(MemberDeclarationSyntax member) => member switch
    {
        MethodDeclarationSyntax method => method.Identifier.Text,
        PropertyDeclarationSyntax property => property.Identifier.Text,
        EventDeclarationSyntax named => named.Identifier.Text,
        ConstructorDeclarationSyntax constructor => constructor.Identifier.Text,
        BaseTypeDeclarationSyntax type => type.Identifier.Text,
        BaseFieldDeclarationSyntax field => field.Declaration.Variables[0].Identifier.Text,
        EnumMemberDeclarationSyntax value => value.Identifier.Text,
        IndexerDeclarationSyntax => "this[]",
        _ => "member",
    };

    public static void Apply(SyntaxEditor editor, SyntaxNode member, Need need) => editor.ReplaceNode(member, (current, generator) =>
    {
        AttributeSyntax? there = ((MemberDeclarationSyntax)current).AttributeLists.SelectMany(l => l.Attributes).FirstOrDefault(a => IsNamed(a.Name, need.AttributeName) && ReleaseOf(a) is not null);
        if (there is null)
            return generator.AddAttributes(current, need.Attribute());
        Need stricter = need.With(new Need(ReleaseOf(there)!.Value, need.Before));
        return current.ReplaceNode(there.ArgumentList!.Arguments[0].Expression, SyntaxFactory.LiteralExpression(SyntaxKind.StringLiteralExpression, SyntaxFactory.Literal(stricter.Release.ToString())));
    });

    private static bool IsNamed(NameSyntax name, string expected)
    {
        string last = name switch { QualifiedNameSyntax qualified => qualified.Right.Identifier.Text, AliasQualifiedNameSyntax alias => alias.Name.Identifier.Text, SimpleNameSyntax simple => simple.Identifier.Text, _ => "" };
        return last == expected || last == expected + "Attribute";
    }

    private static KernelNumber? ReleaseOf(AttributeSyntax attribute) =>
        attribute.ArgumentList is { Arguments.Count: > 0 } list && list.Arguments[0].Expression is LiteralExpressionSyntax literal && KernelNumber.TryParse(literal.Token.ValueText, out KernelNumber release)
            ? release
            : null;
}
