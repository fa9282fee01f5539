using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfVerifier.Analyzers;

/// <summary>Which changes must be on where an operation is reached: conditions around it, and early exits before it.</summary>
/// <param name="changes">The type whose properties are changes.</param>
internal sealed class ChangeGuards(INamedTypeSymbol changes)
{
    private readonly List<IPropertySymbol> _found = [];

    /// <summary>The changes, within the function the operation stands in.</summary>
    /// <param name="operation">The operation.</param>
    /// <param name="function">The local function it stands in; null in a member's own code. What is passed as a delegate counts to where that is made.</param>
    public IReadOnlyList<IPropertySymbol> Of(IOperation operation, out IMethodSymbol? function)
    {
        function = null;
        for (IOperation at = operation; at.Parent is { } parent; at = parent)
        {
            if (parent is ILocalFunctionOperation local)
            {
                // It runs where it is called, not where it stands.
                function = local.Symbol;
                break;
            }
            Look(parent, at);
        }
        return _found;
    }

    private void Look(IOperation parent, IOperation at)
    {
        switch (parent)
        {
            case IConditionalOperation branch when at == branch.WhenTrue:
                Collect(branch.Condition, wanted: true);
                break;
            case IConditionalOperation branch when at == branch.WhenFalse:
                Collect(branch.Condition, wanted: false);
                break;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd } both when at == both.RightOperand:
                Collect(both.LeftOperand, wanted: true);
                break;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalOr } either when at == either.RightOperand:
                Collect(either.LeftOperand, wanted: false);
                break;
            case ISwitchExpressionArmOperation { Guard: { } guard } arm when at == arm.Value:
                Collect(guard, wanted: true);
                break;
            case ISwitchCaseOperation { Clauses.Length: 1 } section when section.Body.Contains(at):
                if (section.Clauses[0] is IPatternCaseClauseOperation { Guard: { } condition })
                    Collect(condition, wanted: true);
                break;
            case IWhileLoopOperation { ConditionIsTop: true, Condition: { } until } loop when at == loop.Body:
                Collect(until, wanted: true);
                break;
            case IBlockOperation block:
                foreach (IConditionalOperation before in block.Operations.TakeWhile(o => o != at).OfType<IConditionalOperation>())
                    if (before.WhenFalse is null && Leaves(before.WhenTrue))
                        Collect(before.Condition, wanted: false);
                break;
        }
    }

    /// <summary>Changes that are on whenever the condition has this value.</summary>
    private void Collect(IOperation condition, bool wanted)
    {
        switch (condition)
        {
            case IPropertyReferenceOperation { Property: { } property } when wanted && SymbolEqualityComparer.Default.Equals(property.ContainingType, changes):
                _found.Add(property);
                break;
            case IUnaryOperation { OperatorKind: UnaryOperatorKind.Not } not:
                Collect(not.Operand, !wanted);
                break;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalAnd } both when wanted:
                Collect(both.LeftOperand, wanted);
                Collect(both.RightOperand, wanted);
                break;
            case IBinaryOperation { OperatorKind: BinaryOperatorKind.ConditionalOr } either when !wanted:
                Collect(either.LeftOperand, wanted);
                Collect(either.RightOperand, wanted);
                break;
        }
    }

    private static bool Leaves(IOperation statement) => statement switch
    {
        IBlockOperation { Operations.Length: > 0 } block => Leaves(block.Operations[block.Operations.Length - 1]),
        IReturnOperation or IBranchOperation => true,
        IExpressionStatementOperation { Operation: IThrowOperation } or IThrowOperation => true,
        _ => false,
    };
}
