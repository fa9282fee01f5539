namespace BpfVerifier.Runtime;

/// <summary>A kernel struct whose members struct_ops programs implement: what may be attached where, called and stored.</summary>
internal sealed class StructOps
{
    private HelperProto?[]? _helpers;

    /// <summary>The struct's name.</summary>
    public required string Name { get; init; }
    /// <summary>Symbol of its callbacks.</summary>
    public required string VerifierOps { get; init; }
    /// <summary>Loads from types that nothing may be stored into are refused too.</summary>
    public required bool GuardsReads { get; init; }
    /// <summary>Formats of what is said of a store into another type, at another offset, and beyond the field's end.</summary>
    public required string[] Refusals { get; init; }
    /// <summary>Members that are functions, by name.</summary>
    public required Dictionary<string, StructOpsMember> Members { get; init; }
    /// <summary>Symbols of the prototypes of helpers its programs may call, by number.</summary>
    public required Dictionary<int, string> Protos { get; init; }
    /// <summary>Helpers that programs for a member may not call although others may.</summary>
    public required (string Member, int Helper)[] Withheld { get; init; }
    /// <summary>By kernel type, triples of first offset, last offset and end of a field that may be stored into; null where the walk over the type decides.</summary>
    public required Dictionary<string, int[]?> Stores { get; init; }

    /// <summary>The prototype a helper has for programs of a member, null if they may not call it.</summary>
    public HelperProto? Helper(string member, int helper)
    {
        if (!Protos.TryGetValue(helper, out string? symbol) || Array.IndexOf(Withheld, (member, helper)) >= 0)
            return null;
        HelperProto?[] helpers = _helpers ??= new HelperProto?[Abi.HelperCount];
        return helpers[helper] ??= HelperTable.Find(symbol);
    }
}

/// <summary>A member of a struct that struct_ops programs implement.</summary>
/// <param name="Stub">Function whose parameters' names say which arguments may be null; null where there is none.</param>
/// <param name="Refused">Error number for a program that does not sleep, 0 if it may be attached.</param>
/// <param name="RefusedSleepable">The same for one that sleeps.</param>
internal readonly record struct StructOpsMember(string? Stub, int Refused, int RefusedSleepable);
