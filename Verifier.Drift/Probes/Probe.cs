using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Probes;

/// <summary>What a kernel has of a thing, before kernels are compared with each other.</summary>
/// <param name="Status">Present, absent or unknown.</param>
/// <param name="Impact">What that means.</param>
/// <param name="Detail">More, for people.</param>
/// <param name="Print">What is compared between kernels that have it; empty when there is nothing to compare.</param>
/// <param name="Programs">Programs concerned; empty for all.</param>
internal sealed record Finding(DriftStatus Status, DriftImpact Impact, string Detail, string Print, IReadOnlyList<string> Programs)
{
    /// <summary>Why facts of a kernel's image are not known.</summary>
    public const string WithoutImage = "this kernel's facts were read without its image";

    public static Finding Present(string print = "") => new(DriftStatus.Present, DriftImpact.None, "", print, []);

    public static Finding Absent(string detail, DriftImpact impact = DriftImpact.Breaks) => new(DriftStatus.Absent, impact, detail, "", []);

    public static Finding Unknown(string detail) => new(DriftStatus.Unknown, DriftImpact.None, detail, "", []);
}

/// <summary>A thing an object needs and the way to look for it.</summary>
/// <param name="Subject">What kind of thing.</param>
/// <param name="Name">Its name.</param>
/// <param name="Question">See <see cref="DriftItem.Question"/>.</param>
/// <param name="Uses">Where it is needed.</param>
/// <param name="On">Looks for it in a kernel.</param>
internal sealed record Probe(DriftSubject Subject, string Name, string Question, IReadOnlyList<RequirementUse> Uses, Func<KernelView, Finding> On)
{
    /// <summary>What a difference between two kernels that both have it means.</summary>
    public DriftImpact ChangeImpact { get; init; } = DriftImpact.Differs;

    /// <summary>What it means that programs are accepted without it, in place of <see cref="DriftImpact.Breaks"/>: instructions that need it are not
    /// reached. Null where acceptance says nothing, as of what a program attaches to.</summary>
    public DriftImpact? ImpactWhenAccepted { get; init; }
}
