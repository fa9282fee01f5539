using BpfVerifier.Analyzers.Kernels;
using BpfVerifier.Analyzers.KernelUse;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Formatting;
using Microsoft.CodeAnalysis.Simplification;

namespace BpfVerifier.Analyzers.Fixes;

/// <summary>What makes a use right: a kernel from a release on, or before it.</summary>
internal readonly record struct Need(KernelNumber Release, bool Before)
{
    /// <summary>What a diagnostic says is needed; null if no kernel would do.</summary>
    public static Need? Of(Diagnostic diagnostic) =>
        diagnostic.Properties.TryGetValue(UseCheck.ReleaseProperty, out string? text) && KernelNumber.TryParse(text, out KernelNumber release)
            ? new Need(release, diagnostic.Properties.ContainsKey(UseCheck.BeforeProperty))
            : null;

    /// <summary>The stricter of two needs of the same direction.</summary>
    public Need With(Need other) => (other.Release > Release) != Before ? other : this;

    /// <summary>The condition in words.</summary>
    public string Guard => $"{(Before ? "!" : "")}Kernel.IsAtLeast({Release.Major}, {Release.Minor})";

    /// <summary>The condition, or its opposite.</summary>
    public ExpressionSyntax Condition(bool holds)
    {
        ExpressionSyntax call = SyntaxFactory.InvocationExpression(
            SyntaxFactory.MemberAccessExpression(
                SyntaxKind.SimpleMemberAccessExpression,
                SyntaxFactory.ParseExpression("global::BpfVerifier.Abi.Kernel").WithAdditionalAnnotations(Simplifier.Annotation),
                SyntaxFactory.IdentifierName("IsAtLeast")),
            SyntaxFactory.ParseArgumentList($"({Release.Major}, {Release.Minor})"));
        return holds != Before ? call : SyntaxFactory.PrefixUnaryExpression(SyntaxKind.LogicalNotExpression, call);
    }

    /// <summary>The attribute's name, without its suffix.</summary>
    public string AttributeName => Before ? "RemovedInKernel" : "SinceKernel";

    public AttributeSyntax Attribute() => SyntaxFactory.Attribute(
        SyntaxFactory.ParseName("global::BpfVerifier.Abi." + AttributeName).WithAdditionalAnnotations(Simplifier.Annotation),
        SyntaxFactory.ParseAttributeArgumentList("(\"" + Release + "\")")!);

    /// <summary><c>if (guard) { statement }</c></summary>
    public StatementSyntax Around(StatementSyntax statement) => SyntaxFactory
        .IfStatement(Condition(true), SyntaxFactory.Block(statement.WithoutLeadingTrivia().WithTrailingTrivia(SyntaxFactory.ElasticLineFeed)))
        .WithLeadingTrivia(statement.GetLeadingTrivia())
        .WithTrailingTrivia(statement.GetTrailingTrivia())
        .WithAdditionalAnnotations(Formatter.Annotation);

    /// <summary><c>if (!guard) throw …;</c></summary>
    public StatementSyntax Throw() => SyntaxFactory
        .IfStatement(
            Condition(false),
            SyntaxFactory.ThrowStatement(SyntaxFactory.ObjectCreationExpression(
                SyntaxFactory.ParseTypeName("global::System.PlatformNotSupportedException").WithAdditionalAnnotations(Simplifier.Annotation),
                SyntaxFactory.ParseArgumentList($"(\"Needs Linux {(Before ? "before " : "")}{Release}{(Before ? "" : " or later")}.\")"),
                null)))
        .WithAdditionalAnnotations(Formatter.Annotation);
}
