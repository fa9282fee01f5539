using BpfVerifier.Analyzers.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfVerifier.Analyzers.KernelUse;

/// <summary>Tells on which target kernels a condition is true.</summary>
internal sealed class Guards(KnownSymbols known, TargetKernels targets)
{
    /// <summary>Nothing is known.</summary>
    public Truth Unknown { get; } = new(targets.All, targets.All);

    /// <summary>What a condition says, given what is known of locals and captured values.</summary>
    public Truth Evaluate(IOperation? condition, FlowState state)
    {
        // Conversions and operators that people define may say anything.
        if (condition?.Type?.SpecialType != SpecialType.System_Boolean)
            return Unknown;
        if (condition.ConstantValue is { HasValue: true, Value: bool constant })
            return constant ? new(targets.All, KernelSet.Empty) : new(KernelSet.Empty, targets.All);
        return condition switch
        {
            IInvocationOperation call => OfGuard(call) ?? Unknown,
            IPropertyReferenceOperation or IFieldReferenceOperation => OfGuard(condition) ?? Unknown,
            ILocalReferenceOperation local => state.ValueOf(local.Local) ?? Unknown,
            IFlowCaptureReferenceOperation capture => state.ValueOf(capture.Id) ?? Unknown,
            IParenthesizedOperation inner => Evaluate(inner.Operand, state),
            IConversionOperation { OperatorMethod: null } inner => Evaluate(inner.Operand, state),
            IUnaryOperation { OperatorKind: UnaryOperatorKind.Not, OperatorMethod: null } not => !Evaluate(not.Operand, state),
            IBinaryOperation { OperatorMethod: null } binary => OfBinary(binary, state),
            IIsPatternOperation pattern => OfPattern(pattern.Pattern, Evaluate(pattern.Value, state)),
            ISimpleAssignmentOperation assignment => Evaluate(assignment.Value, state),
            _ => Unknown,
        };
    }

    /// <summary>What a guard says: <c>Kernel.IsAtLeast</c> with constants, or a member with <c>[KernelGuard]</c>. Null for anything else.</summary>
    public Truth? OfGuard(IOperation operation) => operation switch
    {
        IInvocationOperation call => OfIsAtLeast(call) ?? OfGuardMember(call.TargetMethod),
        IPropertyReferenceOperation property => OfGuardMember(property.Property),
        IFieldReferenceOperation field => OfGuardMember(field.Field),
        _ => null,
    };

    /// <summary>The release that <c>Kernel.IsAtLeast</c> is asked for; null if it is another call, or the numbers are not constant.</summary>
    public KernelNumber? AskedFor(IInvocationOperation call)
    {
        if (call.TargetMethod is not { Name: "IsAtLeast", Parameters.Length: 2 } method || !SymbolEqualityComparer.Default.Equals(method.ContainingType, known.Kernel))
            return null;
        int?[] numbers = new int?[2];
        foreach (IArgumentOperation argument in call.Arguments)
        {
            if (argument.Parameter is { Ordinal: < 2 } parameter && argument.Value.ConstantValue is { HasValue: true, Value: int number })
                numbers[parameter.Ordinal] = number;
        }
        return numbers[0] is { } major && numbers[1] is { } minor ? new KernelNumber(major, minor) : null;
    }

    private Truth? OfIsAtLeast(IInvocationOperation call)
    {
        if (AskedFor(call) is not { } release)
            return null;
        KernelSet at = targets.Where(k => k >= release);
        return new Truth(at, targets.All - at);
    }

    // That it is true says which kernel it is; that it is false may have another reason.
    private Truth? OfGuardMember(ISymbol member)
    {
        foreach (AttributeData attribute in member.GetAttributes())
        {
            if (!KnownSymbols.Is(attribute, known.Guard) || attribute.ConstructorArguments.Length != 1 || !KernelNumber.TryParse(attribute.ConstructorArguments[0].Value as string, out KernelNumber release))
                continue;
            bool ends = KernelNumber.TryParse(attribute.NamedArguments.FirstOrDefault(a => a.Key == "Before").Value.Value as string, out KernelNumber before);
            return new Truth(targets.Where(k => k >= release && (!ends || k < before)), targets.All);
        }
        return null;
    }

    private Truth OfBinary(IBinaryOperation binary, FlowState state) => binary.OperatorKind switch
    {
        BinaryOperatorKind.And or BinaryOperatorKind.ConditionalAnd => Evaluate(binary.LeftOperand, state) & Evaluate(binary.RightOperand, state),
        BinaryOperatorKind.Or or BinaryOperatorKind.ConditionalOr => Evaluate(binary.LeftOperand, state) | Evaluate(binary.RightOperand, state),
        BinaryOperatorKind.Equals => OfComparison(binary, state),
        BinaryOperatorKind.NotEquals or BinaryOperatorKind.ExclusiveOr => !OfComparison(binary, state),
        _ => Unknown,
    };

    private Truth OfComparison(IBinaryOperation binary, FlowState state)
    {
        if (binary.LeftOperand.Type?.SpecialType != SpecialType.System_Boolean || binary.RightOperand.Type?.SpecialType != SpecialType.System_Boolean)
            return Unknown;
        Truth left = Evaluate(binary.LeftOperand, state), right = Evaluate(binary.RightOperand, state);
        return (left & right) | (!left & !right);
    }

    private Truth OfPattern(IPatternOperation pattern, Truth value) => pattern switch
    {
        IConstantPatternOperation { Value.ConstantValue: { HasValue: true, Value: bool expected } } => expected ? value : !value,
        INegatedPatternOperation not => !OfPattern(not.Pattern, value),
        IBinaryPatternOperation { OperatorKind: BinaryOperatorKind.Or } either => OfPattern(either.LeftPattern, value) | OfPattern(either.RightPattern, value),
        IBinaryPatternOperation both => OfPattern(both.LeftPattern, value) & OfPattern(both.RightPattern, value),
        IDiscardPatternOperation => new(targets.All, KernelSet.Empty),
        _ => Unknown,
    };
}
