namespace BpfVerifier.HeaderIngest.Image;

/// <summary>A symbol of the kernel, as a line of /proc/kallsyms without address randomization.</summary>
/// <param name="Name">Name; not unique.</param>
/// <param name="Address">Address; an offset within a CPU's area for per-CPU variables of the releases that number them so (to 6.15).</param>
public readonly record struct KernelSymbol(string Name, ulong Address);
