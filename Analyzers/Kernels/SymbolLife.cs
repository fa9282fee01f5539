using System.Collections.Immutable;

namespace BpfVerifier.Analyzers.Kernels;

/// <summary>Something that happened to a symbol.</summary>
/// <param name="Release">The first release known in which it had.</param>
/// <param name="After">The last release known in which it had not; null: none nearer than the one before.</param>
/// <param name="OrEarlier">It may have happened before the oldest release looked at.</param>
internal readonly record struct Moment(KernelNumber Release, KernelNumber? After, bool OrEarlier)
{
    /// <summary>Whether it had happened in a kernel; null if nobody knows.</summary>
    public bool? HadHappened(KernelNumber kernel) =>
        kernel >= Release ? true : OrEarlier || (After is { } after && kernel > after) ? null : false;

    /// <summary>In words: <c>6.12</c>, <c>6.12 (6.1 is older)</c>.</summary>
    public override string ToString() => OrEarlier ? $"{Release} or earlier" : After is { } after && after.Next < Release ? $"{Release} (not in {after}; between them unknown)" : Release.ToString();
}

/// <summary>It came, or it went.</summary>
internal readonly record struct Presence(Moment At, bool Comes);

/// <summary>It changed.</summary>
internal readonly record struct Change(Moment At, string What);

/// <summary>It was offered to, or withdrawn from, a program type.</summary>
internal readonly record struct Offer(Moment At, bool Offered, ImmutableArray<long> ProgramTypes);

/// <summary>What the attributes of a symbol say, and of what it belongs to.</summary>
internal sealed record SymbolLife(ImmutableArray<Presence> Presences, ImmutableArray<Change> Changes, ImmutableArray<Offer> Offers)
{
    /// <summary>Whether a kernel has it, given that it has what it belongs to; null if nobody knows.</summary>
    public bool? IsIn(KernelNumber kernel) => State(Presences.Select(p => (p.At, p.Comes)), kernel, first: Presences.Length == 0 || !Presences[0].Comes);

    /// <summary>Whether programs of a type may call it; null if nobody knows.</summary>
    public bool? IsOffered(KernelNumber kernel, long programType) =>
        State(Offers.Where(o => o.ProgramTypes.Contains(programType)).Select(o => (o.At, o.Offered)), kernel, first: false);

    /// <summary>When it came for the last time; null if it always was.</summary>
    public Moment? Came => Presences.Where(p => p.Comes).Select(p => (Moment?)p.At).LastOrDefault();

    /// <summary>When it went for the last time, if it did not come back.</summary>
    public Moment? Went => Presences.Length > 0 && !Presences[Presences.Length - 1].Comes ? Presences[Presences.Length - 1].At : null;

    private static bool? State(IEnumerable<(Moment At, bool State)> events, KernelNumber kernel, bool first)
    {
        bool state = first;
        foreach ((Moment at, bool then) in events)
        {
            switch (at.HadHappened(kernel))
            {
                case null:
                    return null;
                case false:
                    return state;
                default:
                    state = then;
                    break;
            }
        }
        return state;
    }
}
