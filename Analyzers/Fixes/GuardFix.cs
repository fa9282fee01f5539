using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace BpfVerifier.Analyzers.Fixes;

/// <summary>Puts a guard around the statement of a use, or in front of it where something declared or returned there is needed behind it.</summary>
internal static class GuardFix
{
    /// <summary>The statement; null where the use is in no statement of its function.</summary>
    public static StatementSyntax? Place(SyntaxNode use)
    {
        foreach (SyntaxNode node in use.AncestorsAndSelf())
        {
            if (node is StatementSyntax statement and not BlockSyntax)
                return statement is LocalFunctionStatementSyntax || (MustStay(statement) && !CanPrecede(statement)) ? null : statement;
            if (node is AnonymousFunctionExpressionSyntax or ArrowExpressionClauseSyntax or MemberDeclarationSyntax)
                return null;
        }
        return null;
    }

    public static void Apply(SyntaxEditor editor, StatementSyntax statement, Need need)
    {
        if (!MustStay(statement))
        {
            editor.ReplaceNode(statement, (current, _) => need.Around((StatementSyntax)current));
            return;
        }
        StatementSyntax guard = need.Throw().WithLeadingTrivia(statement.GetLeadingTrivia());
        if (statement.Parent is GlobalStatementSyntax global)
            editor.InsertBefore(global, SyntaxFactory.GlobalStatement(guard));
        else
            editor.InsertBefore(statement, guard);
    }

    // Put into a block, what it declares would not be seen behind it, and what it returns not be returned.
    private static bool MustStay(StatementSyntax statement) => statement is LocalDeclarationStatementSyntax || statement.DescendantNodesAndSelf(n => n is not AnonymousFunctionExpressionSyntax)
        .Any(n => n is ReturnStatementSyntax { Expression: not null } or SingleVariableDesignationSyntax or YieldStatementSyntax or LabeledStatementSyntax);

    private static bool CanPrecede(StatementSyntax statement) => statement.Parent is BlockSyntax or SwitchSectionSyntax or GlobalStatementSyntax;
}
