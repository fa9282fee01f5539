namespace BpfVerifier.Abi;

/// <summary>Linux has it from this release on. On a member of yours: it is only called there.</summary>
/// <param name="release">Mainline release, for instance <c>"6.12"</c>.</param>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true, Inherited = false)]
public sealed class SinceKernelAttribute(string release) : Attribute
{
    /// <summary>The first release known to have it.</summary>
    public string Release { get; } = release;

    /// <summary>The last release known to lack it. Of releases between the two nobody looked. Null: it came exactly in <see cref="Release"/>.</summary>
    public string? After { get; init; }

    /// <summary><see cref="Release"/> is the oldest that was looked at: it may be older.</summary>
    public bool OrEarlier { get; init; }
}

/// <summary>Linux no longer has it from this release on. Behind an earlier removal, <see cref="SinceKernelAttribute"/> may say that it came back.</summary>
/// <param name="release">Mainline release, for instance <c>"6.13"</c>.</param>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true, Inherited = false)]
public sealed class RemovedInKernelAttribute(string release) : Attribute
{
    /// <summary>The first release known to lack it.</summary>
    public string Release { get; } = release;

    /// <summary>The last release known to have had it. Null: it went exactly in <see cref="Release"/>.</summary>
    public string? After { get; init; }
}

/// <summary>It is different from this release on.</summary>
/// <param name="release">Mainline release, for instance <c>"6.10"</c>.</param>
/// <param name="what">What is different, as <c>"value 3 -> 4"</c>.</param>
[AttributeUsage(AttributeTargets.All, AllowMultiple = true, Inherited = false)]
public sealed class ChangedInKernelAttribute(string release, string what) : Attribute
{
    /// <summary>The first release known to have the new form.</summary>
    public string Release { get; } = release;

    /// <summary>What is different.</summary>
    public string What { get; } = what;

    /// <summary>The last release known to have had the old form. Null: it changed exactly in <see cref="Release"/>.</summary>
    public string? After { get; init; }
}

/// <summary>A bool that is only true on Linux <paramref name="release"/> or later, because it asks for the release or tries the thing out.</summary>
/// <remarks>That it is false says nothing.</remarks>
/// <param name="release">Mainline release, for instance <c>"6.12"</c>.</param>
[AttributeUsage(AttributeTargets.Method | AttributeTargets.Property | AttributeTargets.Field, AllowMultiple = false, Inherited = false)]
public sealed class KernelGuardAttribute(string release) : Attribute
{
    /// <summary>First release it is true on.</summary>
    public string Release { get; } = release;

    /// <summary>First release it is no longer true on, or null.</summary>
    public string? Before { get; init; }
}

/// <summary>The releases that the attributes of an assembly were made from, oldest first.</summary>
/// <param name="releases">Mainline releases.</param>
[AttributeUsage(AttributeTargets.Assembly)]
public sealed class KernelCatalogAttribute(params string[] releases) : Attribute
{
    /// <summary>The releases.</summary>
    public IReadOnlyList<string> Releases { get; } = releases;
}
