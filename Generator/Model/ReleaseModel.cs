namespace BpfVerifier.Generator.Model;

/// <summary>A release's name and level.</summary>
/// <param name="Release">Mainline release, <c>6.12</c>.</param>
/// <param name="Patch">Patch level of the image the facts were read from.</param>
/// <param name="Version">Both, <c>6.12.117</c>.</param>
/// <param name="KernelAbi">What <c>uname -r</c> prints.</param>
/// <param name="Unknown">Facts of the image that nothing told.</param>
internal sealed record ReleaseIdentity(ReleaseNumber Release, int Patch, string Version, string KernelAbi, EquatableArray<string> Unknown);

/// <summary>A name and its number: enumerator, macro, helper.</summary>
internal readonly record struct NamedValue(string Name, Integer Value);

/// <summary>An enumeration; an anonymous one is called <c>@FIRST</c>.</summary>
internal sealed record EnumModel(string Name, EquatableArray<NamedValue> Values);

/// <summary>A member: offset and size in bits.</summary>
internal readonly record struct StructMember(string Name, int Offset, bool IsBitfield);

/// <summary>A structure or union, size in bytes.</summary>
internal sealed record StructModel(string Name, int Size, EquatableArray<StructMember> Members);

/// <summary>Kind and modifiers by the runtime's names: <c>PtrToMem</c>, <c>TypeFlags.ReadOnly | TypeFlags.Write</c> (or empty).</summary>
internal readonly record struct TypeName(string Kind, string Flags);

/// <summary>An argument of a helper.</summary>
/// <param name="Type">What it must be.</param>
/// <param name="Size">Size of fixed-size memory in bytes, else 0.</param>
/// <param name="Btf">Kernel type of a BTF pointer, else null.</param>
internal sealed record ArgModel(TypeName Type, int Size, string? Btf);

/// <summary>A <c>struct bpf_func_proto</c>.</summary>
internal sealed record ProtoModel(string Symbol, string Function, TypeName Return, string? ReturnBtf, EquatableArray<ArgModel> Args, ProtoFlags Flags, string? Allowed);

/// <summary>A prototype's properties; the values are those of the emitted table.</summary>
[Flags]
internal enum ProtoFlags
{
    None = 0,
    GplOnly = 1,
    PacketAccess = 2,
    MightSleep = 4,
    AllowFastcall = 8,
}

/// <summary>A helper a program type may call and the index of the prototype it then has.</summary>
internal readonly record struct HelperUse(int HelperId, int Proto);

/// <summary>Everything of the helper tables.</summary>
/// <param name="Names">Helpers and their numbers, without the prefix <c>bpf_</c>.</param>
/// <param name="Count">One more than the largest number: <c>__BPF_FUNC_MAX_ID</c>.</param>
/// <param name="Protos">Prototypes.</param>
/// <param name="Uses">By program type number, helpers in the order of their numbers; types of which something else decides are left out.</param>
internal sealed record HelperModel(EquatableArray<NamedValue> Names, int Count, EquatableArray<ProtoModel> Protos, EquatableArray<TypeHelpers> Uses);

/// <summary>Helpers a program type may call, and where that is otherwise.</summary>
internal sealed record TypeHelpers(int ProgramType, EquatableArray<HelperUse> Helpers, EquatableArray<HelperVariation> Variations);

/// <summary>What an attach type, sleeping or a missing capability changes; the values are those of the emitted table.</summary>
internal enum HelperCondition
{
    Attach,
    Sleepable,
    WithoutCapability,
}

/// <summary>Under a condition a helper has another prototype, or is not to be had.</summary>
/// <param name="Condition">The condition.</param>
/// <param name="Value">The attach type, or the capability as <c>LoaderCapabilities</c> numbers it.</param>
/// <param name="HelperId">The helper.</param>
/// <param name="Proto">Index of the prototype, -1 for none.</param>
internal readonly record struct HelperVariation(HelperCondition Condition, int Value, int HelperId, int Proto);

/// <summary>A run of context accesses: <paramref name="Size"/> bytes at <paramref name="Offset"/> and every <paramref name="Step"/> on, below <paramref name="End"/>.</summary>
internal readonly record struct ContextRun(bool Write, int Offset, int End, int Size, int Step, TypeName Yields, int FieldSize);

/// <summary>The context of a program type.</summary>
internal sealed record ContextModel(int ProgramType, string Name, EquatableArray<ContextRun> Runs);

/// <summary>A kfunc as one set registers it; flags by the runtime's names.</summary>
internal readonly record struct KfuncModel(string Name, string Flags);

/// <summary>A set of kfuncs registered at a hook, which is called by one of its program types (0: all).</summary>
internal sealed record KfuncSetModel(int Hook, string Set, string? Filter, EquatableArray<KfuncModel> Kfuncs);

/// <summary>Kfuncs by hook, and the hooks of program types that share another's.</summary>
internal sealed record KfuncsModel(EquatableArray<KfuncSetModel> Sets, EquatableArray<HookMember> Members);

/// <summary>A program type whose kfuncs are those of another.</summary>
internal readonly record struct HookMember(int ProgramType, int Hook);

/// <summary>Numbers that exist in this release.</summary>
internal sealed record KindsModel(EquatableArray<int> ProgramTypes, EquatableArray<int> MapTypes, EquatableArray<int> AttachTypes);

/// <summary>What <c>abi.json</c> says, in the parts the outputs are made from.</summary>
internal sealed record ReleaseModel(
    ReleaseIdentity Identity,
    KindsModel Kinds,
    HelperModel Helpers,
    EquatableArray<ContextModel> Contexts,
    EquatableArray<ContextOps> ContextOps,
    KfuncsModel Kfuncs,
    EquatableArray<EnumModel> Enums,
    EquatableArray<NamedValue> Macros,
    EquatableArray<StructModel> Structs,
    ImageModel Image,
    StructOpsTableModel StructOps);
