using System.Collections.Immutable;
using BpfVerifier.Analyzers.Kernels;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.FlowAnalysis;

namespace BpfVerifier.Analyzers.KernelUse;

/// <summary>What is known at a place: the kernels that can come by, and what locals say of them.</summary>
/// <param name="Reach">The kernels.</param>
/// <param name="Values">Truth of locals (<see cref="ILocalSymbol"/>) and captured values (<see cref="CaptureId"/>); what is absent may be anything.</param>
internal sealed record FlowState(KernelSet Reach, ImmutableDictionary<object, Truth> Values)
{
    public static FlowState At(KernelSet reach) => new(reach, ImmutableDictionary<object, Truth>.Empty);

    public Truth? ValueOf(object variable) => Values.TryGetValue(variable, out Truth value) ? value : null;

    public FlowState Set(object variable, Truth value) => this with { Values = Values.SetItem(variable, value.On(Reach)) };

    public FlowState Forget(object variable) => this with { Values = Values.Remove(variable) };

    public FlowState Narrow(KernelSet kernels) => this with { Reach = Reach & kernels };

    /// <summary>What holds when one comes from either side.</summary>
    public FlowState Join(FlowState other)
    {
        ImmutableDictionary<object, Truth>.Builder values = Values.ToBuilder();
        foreach (KeyValuePair<object, Truth> value in Values)
        {
            if (other.Values.TryGetValue(value.Key, out Truth there))
                values[value.Key] = value.Value.Join(there);
            else
                values.Remove(value.Key);
        }
        return new FlowState(Reach | other.Reach, values.ToImmutable());
    }

    public bool Equals(FlowState? other) =>
        other is not null && Reach == other.Reach && Values.Count == other.Values.Count
        && Values.All(v => other.Values.TryGetValue(v.Key, out Truth there) && there == v.Value);

    public override int GetHashCode() => Reach.GetHashCode();
}
