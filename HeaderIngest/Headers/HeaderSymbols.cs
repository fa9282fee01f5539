using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>What the BPF headers of one kernel declare.</summary>
public sealed record HeaderSymbols
{
    /// <summary>Only headers for user space were read: of the kernel's own macros, functions and types nothing is known.</summary>
    public bool OnlyUapi { get; init; }

    /// <summary>Enumerations by name, or <c>@FIRST_ENUMERATOR</c>.</summary>
    public SortedDictionary<string, EnumInfo> Enums { get; } = new(StringComparer.Ordinal);
    /// <summary>Structures and unions by name.</summary>
    public SortedDictionary<string, StructInfo> Structs { get; } = new(StringComparer.Ordinal);
    /// <summary>Functions by name.</summary>
    public SortedDictionary<string, FunctionInfo> Functions { get; } = new(StringComparer.Ordinal);
    /// <summary>Object-like macros that have an integer value.</summary>
    public SortedDictionary<string, Int128> Macros { get; } = new(StringComparer.Ordinal);
    /// <summary>Names of those that user space may use.</summary>
    public UapiNames Uapi { get; } = new();
    /// <summary>Prototypes of the helper manual by helper name without <c>bpf_</c>.</summary>
    public SortedDictionary<string, string> Manual { get; } = new(StringComparer.Ordinal);
}
