using BpfVerifier.Objects;

namespace BpfVerifier.Drift;

/// <summary>What kind of thing an object needs.</summary>
public enum DriftSubject
{
    /// <summary>A program type.</summary>
    ProgramType,
    /// <summary>An expected attach type.</summary>
    AttachType,
    /// <summary>A function, tracepoint, LSM hook, iterator or system call a program attaches to.</summary>
    AttachTarget,
    /// <summary>A map type.</summary>
    MapType,
    /// <summary>A structure that struct_ops programs implement, or a member of it.</summary>
    StructOps,
    /// <summary>A helper.</summary>
    Helper,
    /// <summary>A kfunc.</summary>
    Kfunc,
    /// <summary>A variable or untyped symbol of the kernel.</summary>
    Symbol,
    /// <summary>A configuration variable.</summary>
    Config,
    /// <summary>A type, field or enumerator found by CO-RE.</summary>
    Core,
}

/// <summary>Whether a kernel has a thing.</summary>
public enum DriftStatus
{
    /// <summary>As the nearest older kernel asked that has it, or the first that has it.</summary>
    Present,
    /// <summary>There, and different from that kernel.</summary>
    Changed,
    /// <summary>Not there.</summary>
    Absent,
    /// <summary>Nothing tells.</summary>
    Unknown,
}

/// <summary>What that means to the object.</summary>
public enum DriftImpact
{
    /// <summary>Nothing.</summary>
    None,
    /// <summary>The loader, a weak declaration or a test in the program makes up for it.</summary>
    MadeUpFor,
    /// <summary>It still loads, and may mean something else: arguments of a function it attaches to.</summary>
    Differs,
    /// <summary>Programs that need it do not load there, or cannot be attached.</summary>
    Breaks,
}

/// <summary>What one kernel has of a thing.</summary>
/// <param name="Kernel">The kernel's name.</param>
/// <param name="Status">Whether it has it.</param>
/// <param name="Impact">What that means.</param>
/// <param name="Detail">More, for people: <c>since 6.1</c>, <c>offset 96 -> 104</c>; may be empty.</param>
/// <param name="Programs">Names of the programs concerned; empty when all that use it are.</param>
public sealed record DriftAnswer(string Kernel, DriftStatus Status, DriftImpact Impact, string Detail, IReadOnlyList<string> Programs);

/// <summary>A thing an object needs.</summary>
/// <param name="Subject">What kind of thing.</param>
/// <param name="Name">Its name.</param>
/// <param name="Question">For CO-RE what is asked of it, for an attach target what it is; else empty.</param>
/// <param name="Uses">Where it is needed.</param>
/// <param name="Answers">One a kernel, in the order the kernels were given.</param>
public sealed record DriftItem(DriftSubject Subject, string Name, string Question, IReadOnlyList<RequirementUse> Uses, IReadOnlyList<DriftAnswer> Answers)
{
    /// <summary>The heaviest meaning on any kernel.</summary>
    public DriftImpact Impact => Answers.Count == 0 ? DriftImpact.None : Answers.Max(a => a.Impact);
}

/// <summary>One program's verdict on one kernel.</summary>
/// <param name="Program">The program.</param>
/// <param name="Kernel">The kernel's name.</param>
/// <param name="Result">What its loader and verifier say.</param>
public sealed record DriftVerdict(ObjectProgram Program, string Kernel, VerificationResult Result);

/// <summary>An object compared with kernels.</summary>
/// <param name="Object">The object; <see cref="BpfObject.Failure"/> says why there are no items when it cannot be opened.</param>
/// <param name="Kernels">Names of the kernels, in the order asked.</param>
/// <param name="Items">What it needs, by subject.</param>
/// <param name="Verdicts">Those that were worked out; all of them only if that was asked for.</param>
public sealed record ObjectDrift(BpfObject Object, IReadOnlyList<string> Kernels, IReadOnlyList<DriftItem> Items, IReadOnlyList<DriftVerdict> Verdicts)
{
    /// <summary>The heaviest meaning of any item.</summary>
    public DriftImpact Impact => Items.Count == 0 ? DriftImpact.None : Items.Max(i => i.Impact);
}
