namespace BpfVerifier.Objects;

/// <summary>A place in an object where something of the kernel is needed.</summary>
/// <param name="Program">The entry program that needs it, itself or through a subprogram.</param>
/// <param name="Source">The C line, null when the object has no line information for it.</param>
public sealed record RequirementUse(ObjectProgram Program, SourceLine? Source);

/// <summary>Something an object asks of the kernel it is loaded into.</summary>
/// <param name="Name">Its name, as C writes it.</param>
/// <param name="Uses">Where, the first place of each entry program that reaches it; empty for a map that no program uses.</param>
public abstract record ObjectRequirement(string Name, IReadOnlyList<RequirementUse> Uses);

/// <summary>A program type, its attach type, and what the program attaches to.</summary>
/// <param name="Program">The program.</param>
/// <param name="Uses">The line its function begins on.</param>
public sealed record ProgramRequirement(ObjectProgram Program, IReadOnlyList<RequirementUse> Uses) : ObjectRequirement(Program.Name, Uses);

/// <summary>A map's type.</summary>
/// <param name="Map">The map.</param>
/// <param name="Uses">First uses of it.</param>
public sealed record MapRequirement(ObjectMap Map, IReadOnlyList<RequirementUse> Uses) : ObjectRequirement(Map.Name, Uses);

/// <summary>A helper that is called.</summary>
/// <param name="Id">Its number in <c>enum bpf_func_id</c>; names are the kernel's to know.</param>
/// <param name="Uses">First calls of it.</param>
public sealed record HelperRequirement(int Id, IReadOnlyList<RequirementUse> Uses)
    : ObjectRequirement(string.Create(System.Globalization.CultureInfo.InvariantCulture, $"#{Id}"), Uses);

/// <summary>A configuration variable, or one of libbpf's own in <c>.kconfig</c>.</summary>
/// <param name="Name">Its name, <c>CONFIG_HZ</c>.</param>
/// <param name="IsWeak">Zero will do.</param>
/// <param name="Uses">First uses of it.</param>
public sealed record ConfigRequirement(string Name, bool IsWeak, IReadOnlyList<RequirementUse> Uses) : ObjectRequirement(Name, Uses);

/// <summary>A kernel structure that struct_ops programs implement, or a member of it.</summary>
/// <param name="TypeName">The structure's name in the kernel.</param>
/// <param name="Member">The member the object sets, null for the structure itself.</param>
/// <param name="Uses">The programs that implement it.</param>
public sealed record StructOpsRequirement(string TypeName, string? Member, IReadOnlyList<RequirementUse> Uses)
    : ObjectRequirement(Member is null ? TypeName : $"{TypeName}.{Member}", Uses);
