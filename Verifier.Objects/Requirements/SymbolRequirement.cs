using BpfVerifier.Btf;
using BpfVerifier.Objects.Core;
using BpfVerifier.Objects.Externs;
using BpfVerifier.Objects.Kernel;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects;

/// <summary>A kernel function or variable that the object declares as <c>__ksym</c>.</summary>
public sealed record SymbolRequirement : ObjectRequirement
{
    private readonly ObjectImage _image;
    private readonly int _index;

    internal SymbolRequirement(ObjectImage image, int index, IReadOnlyList<RequirementUse> uses) : base(BtfNames.Essential(image.Externs[index].Name), uses)
    {
        _image = image;
        _index = index;
    }

    /// <summary>A function that is called: a kfunc.</summary>
    public bool IsFunction => _image.Externs[_index].IsFunction;

    /// <summary>Declared without a type: any symbol of that name will do.</summary>
    public bool IsUntyped => _image.Externs[_index].TypeId == 0;

    /// <summary>Declared <c>__weak</c>: a kernel without it is well too.</summary>
    public bool IsWeak => _image.Externs[_index].IsWeak;

    /// <summary>Looks a typed symbol up as libbpf does.</summary>
    /// <param name="kernel">The kernel's types.</param>
    /// <param name="release">Its release.</param>
    /// <param name="complaint">What libbpf says of a symbol that is missing or of another type; empty for a weak one it leaves out silently.</param>
    /// <returns>Whether the kernel has it with a compatible type.</returns>
    public bool IsFoundIn(BtfTypes kernel, KernelRelease release, out string complaint)
    {
        var values = new ExternValues(_image);
        ObjectFailure? failure = IsUntyped ? null : ExternResolver.Find(_image, new KernelFacts(kernel, release), new CoreTypeComparer(), values, _index);
        complaint = failure?.Message ?? "";
        return values.IsSet(_index);
    }
}
