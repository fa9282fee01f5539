namespace BpfVerifier.Generator.Model;

/// <summary>A member of a struct that struct_ops programs implement; error numbers are 0 where a program may be attached.</summary>
internal readonly record struct StructOpsMember(string Name, string? Stub, int Refused, int RefusedSleepable);

/// <summary>A helper by number and the symbol of its prototype.</summary>
internal readonly record struct NamedProto(int HelperId, string Symbol);

/// <summary>A member and a helper it may not call.</summary>
internal readonly record struct WithheldHelper(string Member, int HelperId);

/// <summary>Stores that are allowed into a kernel type: triples of first offset, last offset and end of the field; null where the type decides.</summary>
internal sealed record StoresModel(string Type, EquatableArray<int>? Runs);

/// <summary>A struct that struct_ops programs may implement.</summary>
internal sealed record StructOpsModel(
    string Name,
    string VerifierOps,
    EquatableArray<StructOpsMember> Members,
    EquatableArray<NamedProto> Helpers,
    EquatableArray<WithheldHelper> Withheld,
    EquatableArray<StoresModel> Stores,
    EquatableArray<string> Refusals,
    bool GuardsReads);

/// <summary>All of a release.</summary>
internal sealed record StructOpsTableModel(EquatableArray<StructOpsModel> All);
