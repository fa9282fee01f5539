using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>What happened to a symbol.</summary>
internal enum LifeEventKind
{
    /// <summary>It came, or came back.</summary>
    Since,
    /// <summary>It went.</summary>
    Removed,
    /// <summary>It is different from before.</summary>
    Changed,
    /// <summary>More program types may call it.</summary>
    Offered,
    /// <summary>Program types that could call it no longer may.</summary>
    Withdrawn,
}

/// <summary>One event in the life of a symbol.</summary>
/// <param name="Kind">What happened.</param>
/// <param name="Release">The first release looked at in which it had happened.</param>
/// <param name="After">The last release looked at in which it had not, or null where there is none older.</param>
/// <param name="What">What changed, or the program types; empty for the others.</param>
internal sealed record LifeEvent(LifeEventKind Kind, ReleaseNumber Release, ReleaseNumber? After, EquatableArray<string> What);

/// <summary>A number with a name.</summary>
internal sealed record ConstantBinding(string Name, Integer Value, EquatableArray<LifeEvent> Life);

/// <summary>An enumeration; an anonymous one is called <c>@FIRST</c>.</summary>
internal sealed record EnumBinding(string Name, EquatableArray<ConstantBinding> Values);

/// <summary>How a member lies in its type.</summary>
internal enum MemberForm
{
    Plain,
    Bitfield,
    Flexible,
}

/// <summary>A member: offset and size in bits from the start of the outermost type; dots in the name of a member of a member.</summary>
internal sealed record MemberBinding(string Name, int Offset, int Size, string CType, MemberForm Form, EquatableArray<LifeEvent> Life);

/// <summary>A structure or union.</summary>
internal sealed record StructBinding(string Name, bool IsUnion, int Size, EquatableArray<MemberBinding> Members, EquatableArray<LifeEvent> Life);

/// <summary>A helper or a kfunc.</summary>
/// <param name="Name">With <c>bpf_</c> in front for helpers.</param>
/// <param name="Number">A helper's number; null for kfuncs.</param>
/// <param name="Prototype">C prototype, or null where no release tells.</param>
/// <param name="Life">Its life.</param>
internal sealed record FunctionBinding(string Name, Integer? Number, string? Prototype, EquatableArray<LifeEvent> Life);

/// <summary>Everything the bindings are made of.</summary>
/// <param name="Releases">Releases compared, oldest first.</param>
/// <param name="Enums">Enumerations, the named and the anonymous.</param>
/// <param name="Macros">Macros that are no enumerators.</param>
/// <param name="Structs">Structures and unions.</param>
/// <param name="Helpers">Helpers by number.</param>
/// <param name="Kfuncs">kfuncs by name.</param>
/// <param name="NotJudgedForHelpers">Program types of which it is not known which helpers they may call.</param>
/// <param name="NotJudgedForKfuncs">The same for kfuncs.</param>
internal sealed record BindingsModel(
    EquatableArray<ReleaseNumber> Releases,
    EquatableArray<EnumBinding> Enums,
    EquatableArray<ConstantBinding> Macros,
    EquatableArray<StructBinding> Structs,
    EquatableArray<FunctionBinding> Helpers,
    EquatableArray<FunctionBinding> Kfuncs,
    EquatableArray<string> NotJudgedForHelpers,
    EquatableArray<string> NotJudgedForKfuncs);
