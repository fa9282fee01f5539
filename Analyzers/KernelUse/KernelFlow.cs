using BpfVerifier.Analyzers.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;
using Microsoft.CodeAnalysis.Operations;

namespace BpfVerifier.Analyzers.KernelUse;

/// <summary>
/// Follows which target kernels can come by each operation of a member: forward over the control flow graph, narrowed at conditions that ask for
/// the kernel. Lambdas are entered with what is known where they are made, local functions with what is known where they are used: the kernel
/// does not change while a process runs.
/// </summary>
internal sealed class KernelFlow(Guards guards, CancellationToken cancellation)
{
    private readonly Dictionary<ControlFlowGraph, KernelSet> _entries = [];
    private readonly Dictionary<ControlFlowGraph, FlowState?[]> _solved = [];
    private readonly Queue<ControlFlowGraph> _pending = new();
    private HashSet<ISymbol> _untracked = [];

    /// <summary>Solves <paramref name="root"/>, entered by <paramref name="entry"/>, and calls <paramref name="visit"/> for every operation that is reached.</summary>
    public void Run(ControlFlowGraph root, KernelSet entry, Action<IOperation, FlowState> visit)
    {
        _untracked = WrittenElsewhere(root);
        Enter(root, entry);
        // Entries only grow, so this ends.
        while (_pending.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            ControlFlowGraph graph = _pending.Dequeue();
            FlowState?[] states = Solve(graph, _entries[graph]);
            _solved[graph] = states;
            Walk(graph, states, (operation, state) => EnterNested(graph, operation, state));
        }
        foreach (KeyValuePair<ControlFlowGraph, FlowState?[]> solved in _solved)
            Walk(solved.Key, solved.Value, visit);
    }

    private void Enter(ControlFlowGraph graph, KernelSet entry)
    {
        bool known = _entries.TryGetValue(graph, out KernelSet before);
        if (known && entry.IsSubsetOf(before))
            return;
        _entries[graph] = before | entry;
        if (!_pending.Contains(graph))
            _pending.Enqueue(graph);
    }

    private void EnterNested(ControlFlowGraph graph, IOperation operation, FlowState state)
    {
        switch (operation)
        {
            case IFlowAnonymousFunctionOperation lambda:
                Enter(graph.GetAnonymousFunctionControlFlowGraph(lambda, cancellation), state.Reach);
                break;
            case IInvocationOperation { TargetMethod.MethodKind: MethodKind.LocalFunction } call:
                Enter(graph.GetLocalFunctionControlFlowGraphInScope(call.TargetMethod.OriginalDefinition, cancellation), state.Reach);
                break;
            case IMethodReferenceOperation { Method.MethodKind: MethodKind.LocalFunction } reference:
                Enter(graph.GetLocalFunctionControlFlowGraphInScope(reference.Method.OriginalDefinition, cancellation), state.Reach);
                break;
        }
    }

    /// <summary>The state at the start of each block; null for those nothing reaches.</summary>
    private FlowState?[] Solve(ControlFlowGraph graph, KernelSet entry)
    {
        var states = new FlowState?[graph.Blocks.Length];
        var work = new SortedSet<int>();
        Flow(graph.Blocks[0], FlowState.At(entry));
        while (work.Count > 0)
        {
            cancellation.ThrowIfCancellationRequested();
            BasicBlock block = graph.Blocks[work.Min];
            work.Remove(block.Ordinal);
            FlowState end = states[block.Ordinal]!;
            foreach (IOperation operation in block.Operations)
                end = Pass(operation, end, null);
            if (block.BranchValue is { } value)
                end = Pass(value, end, null);
            if (block.ConditionKind == ControlFlowConditionKind.None)
            {
                Flow(block.FallThroughSuccessor?.Destination, end);
                continue;
            }
            Truth truth = guards.Evaluate(block.BranchValue, end);
            if (block.ConditionKind == ControlFlowConditionKind.WhenFalse)
                truth = !truth;
            Flow(block.ConditionalSuccessor?.Destination, end.Narrow(truth.True));
            Flow(block.FallThroughSuccessor?.Destination, end.Narrow(truth.False));
        }
        return states;

        void Flow(BasicBlock? to, FlowState state)
        {
            if (to is null || state.Reach.IsEmpty)
                return;
            FlowState? before = states[to.Ordinal];
            FlowState after = before is null ? state : before.Join(state);
            if (before is not null && after.Equals(before))
                return;
            states[to.Ordinal] = after;
            work.Add(to.Ordinal);
            // Whatever is in a try can throw: its handlers are reached by all that reach it.
            for (ControlFlowRegion? region = to.EnclosingRegion; region is not null; region = region.EnclosingRegion)
            {
                if (region.Kind != ControlFlowRegionKind.Try)
                    continue;
                foreach (ControlFlowRegion handler in region.EnclosingRegion!.NestedRegions)
                {
                    if (handler != region)
                        Flow(graph.Blocks[handler.FirstBlockOrdinal], FlowState.At(after.Reach));
                }
            }
        }
    }

    private void Walk(ControlFlowGraph graph, FlowState?[] states, Action<IOperation, FlowState> visit)
    {
        foreach (BasicBlock block in graph.Blocks)
        {
            if (states[block.Ordinal] is not { } state)
                continue;
            foreach (IOperation operation in block.Operations)
                state = Pass(operation, state, visit);
            if (block.BranchValue is { } value)
                Pass(value, state, visit);
        }
    }

    /// <summary>What holds after an operation. <paramref name="visit"/> sees it and all in it.</summary>
    private FlowState Pass(IOperation operation, FlowState state, Action<IOperation, FlowState>? visit)
    {
        // Operands come before what is made of them.
        foreach (IOperation child in operation.ChildOperations)
            state = Pass(child, state, visit);
        visit?.Invoke(operation, state);
        switch (operation)
        {
            case IFlowCaptureOperation capture:
                return IsBool(capture.Value) ? state.Set(capture.Id, guards.Evaluate(capture.Value, state)) : state;
            case ISimpleAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } assignment when IsBool(assignment.Target):
                return _untracked.Contains(local) || local.IsRef ? state : state.Set(local, guards.Evaluate(assignment.Value, state));
            case ICompoundAssignmentOperation { Target: ILocalReferenceOperation { Local: var local } } compound when IsBool(compound.Target):
                return Compound(compound, local, state);
            case IDeconstructionAssignmentOperation deconstruction:
                return deconstruction.Target.DescendantsAndSelf().OfType<ILocalReferenceOperation>().Aggregate(state, (s, target) => s.Forget(target.Local));
            case IArgumentOperation { Parameter.RefKind: not RefKind.None, Value: ILocalReferenceOperation { Local: var local } }:
                return state.Forget(local);
            case IArgumentOperation { Parameter: { } parameter } argument when StopsWhen(parameter) is { } stops:
                Truth truth = guards.Evaluate(argument.Value, state);
                return state.Narrow(stops ? truth.False : truth.True);
            case IInvocationOperation call when call.TargetMethod.GetAttributes().Any(a => a.AttributeClass?.Name == "DoesNotReturnAttribute"):
                return state.Narrow(KernelSet.Empty);
            default:
                return state;
        }
    }

    private FlowState Compound(ICompoundAssignmentOperation compound, ILocalSymbol local, FlowState state)
    {
        Truth before = state.ValueOf(local) ?? guards.Unknown, value = guards.Evaluate(compound.Value, state);
        return compound.OperatorKind switch
        {
            _ when _untracked.Contains(local) => state,
            BinaryOperatorKind.And => state.Set(local, before & value),
            BinaryOperatorKind.Or => state.Set(local, before | value),
            _ => state.Forget(local),
        };
    }

    /// <summary>Whether the call does not come back when the argument is true, or false (<c>Debug.Assert</c>); null if it does.</summary>
    private static bool? StopsWhen(IParameterSymbol parameter) => parameter.Type.SpecialType == SpecialType.System_Boolean
        ? parameter.GetAttributes().FirstOrDefault(a => a.AttributeClass?.Name == "DoesNotReturnIfAttribute")?.ConstructorArguments.FirstOrDefault().Value as bool?
        : null;

    private static bool IsBool(IOperation operation) => operation.Type?.SpecialType == SpecialType.System_Boolean;

    /// <summary>Locals whose value cannot be followed: a lambda or local function, or something by reference, may write them.</summary>
    private static HashSet<ISymbol> WrittenElsewhere(ControlFlowGraph root)
    {
        var found = new HashSet<ISymbol>(SymbolEqualityComparer.Default);
        foreach (IOperation operation in root.OriginalOperation.Descendants())
        {
            switch (operation)
            {
                case IAnonymousFunctionOperation or ILocalFunctionOperation:
                    found.UnionWith(operation.Descendants()
                        .Select(o => o switch { IAssignmentOperation a => a.Target, IArgumentOperation { Parameter.RefKind: not RefKind.None } a => a.Value, _ => null })
                        .SelectMany(written => written?.DescendantsAndSelf() ?? [])
                        .OfType<ILocalReferenceOperation>().Select(l => l.Local));
                    break;
                case IVariableDeclaratorOperation { Symbol.IsRef: true }:
                    found.UnionWith(operation.Descendants().OfType<ILocalReferenceOperation>().Select(l => l.Local));
                    break;
                case IAddressOfOperation { Reference: ILocalReferenceOperation pointed }:
                    found.Add(pointed.Local);
                    break;
            }
        }
        return found;
    }
}
