using BpfVerifier.Btf;
using BpfVerifier.Objects.Core;

namespace BpfVerifier.Objects;

/// <summary>What a CO-RE relocation asks of the kernel's types.</summary>
public enum CoreQuestion
{
    /// <summary>Where a field is; a load or store.</summary>
    FieldOffset,
    /// <summary>Bytes of a field.</summary>
    FieldSize,
    /// <summary>Whether a field exists.</summary>
    FieldExists,
    /// <summary>Whether a field is signed.</summary>
    FieldSigned,
    /// <summary>How a bitfield is shifted out of the load.</summary>
    FieldShift,
    /// <summary>The BTF id of a type.</summary>
    TypeId,
    /// <summary>Whether a type exists, or one that matches.</summary>
    TypeExists,
    /// <summary>Bytes of a type.</summary>
    TypeSize,
    /// <summary>Whether an enumerator exists.</summary>
    EnumeratorExists,
    /// <summary>The value of an enumerator.</summary>
    EnumeratorValue,
}

/// <summary>What a relocation does on one kernel.</summary>
public enum CoreEffect
{
    /// <summary>The instruction stays what the compiler wrote.</summary>
    Unchanged,
    /// <summary>The instruction gets the kernel's value.</summary>
    Adjusted,
    /// <summary>The kernel does not have it, and the instruction is told so: a test gets 0.</summary>
    AnsweredNo,
    /// <summary>The kernel does not have it, and the instruction is made invalid: a program that can reach it is refused.</summary>
    Invalid,
    /// <summary>The object cannot be loaded.</summary>
    Failed,
}

/// <summary>What a relocation comes to on one kernel.</summary>
/// <param name="Effect">What is done to the instruction.</param>
/// <param name="Compiled">The value the compiler wrote.</param>
/// <param name="Kernel">The kernel's value.</param>
/// <param name="CompiledSize">Bytes of the field in the object, 0 where it is of no matter.</param>
/// <param name="KernelSize">Bytes of the field in the kernel, likewise.</param>
/// <param name="Message">Why the object cannot be loaded, else empty.</param>
public readonly record struct CoreOutcome(CoreEffect Effect, ulong Compiled, ulong Kernel, uint CompiledSize, uint KernelSize, string Message);

/// <summary>A type, field or enumerator of the kernel that the object is relocated to.</summary>
public sealed record CoreRequirement : ObjectRequirement
{
    private readonly BtfTypes _local;
    private readonly CoreRelocation _relocation;
    // Two: a 64-bit load takes two places.
    private readonly Instruction[] _instructions;

    internal CoreRequirement(BtfTypes local, CoreRelocation relocation, CoreSpec spec, Instruction[] instructions, IReadOnlyList<RequirementUse> uses)
        : base(spec.CName, uses)
    {
        _local = local;
        _relocation = relocation;
        _instructions = instructions;
    }

    /// <summary>What is asked.</summary>
    public CoreQuestion Question => _relocation.Kind switch
    {
        CoreKind.FieldByteOffset => CoreQuestion.FieldOffset,
        CoreKind.FieldByteSize => CoreQuestion.FieldSize,
        CoreKind.FieldExists => CoreQuestion.FieldExists,
        CoreKind.FieldSigned => CoreQuestion.FieldSigned,
        CoreKind.FieldLeftShift or CoreKind.FieldRightShift => CoreQuestion.FieldShift,
        CoreKind.TypeExists or CoreKind.TypeMatches => CoreQuestion.TypeExists,
        CoreKind.TypeSize => CoreQuestion.TypeSize,
        CoreKind.EnumeratorExists => CoreQuestion.EnumeratorExists,
        CoreKind.EnumeratorValue => CoreQuestion.EnumeratorValue,
        _ => CoreQuestion.TypeId,
    };

    /// <summary>Does what libbpf does with the first instruction that asks this.</summary>
    /// <param name="kernel">The kernel's types.</param>
    public CoreOutcome On(BtfTypes kernel)
    {
        var code = (Instruction[])_instructions.Clone();
        ObjectFailure? failure = new CoreResolver(_local, kernel, new CoreTypeComparer()).Resolve(_relocation, Name, 0, out CoreValue value)
            ?? CorePatcher.Patch(code, 0, value, Name);
        CoreEffect effect = failure is not null ? CoreEffect.Failed
            : code[0].IsCall && code[0].Immediate == CorePatcher.InvalidHelper ? CoreEffect.Invalid
            : IsAbsent(value) ? CoreEffect.AnsweredNo
            : value.New != value.Original || value.NewSize != value.OriginalSize ? CoreEffect.Adjusted
            : CoreEffect.Unchanged;
        return new CoreOutcome(effect, value.Original, value.New, value.OriginalSize, value.NewSize, failure?.Message ?? "");
    }

    // Tests and sizes of types that are not there are answered with 0; nothing that is there has that value.
    private bool IsAbsent(in CoreValue value) =>
        value.New == 0 && Question is CoreQuestion.FieldExists or CoreQuestion.TypeExists or CoreQuestion.EnumeratorExists or CoreQuestion.TypeSize or CoreQuestion.TypeId;
}
