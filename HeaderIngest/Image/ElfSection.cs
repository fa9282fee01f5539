namespace BpfVerifier.HeaderIngest.Image;

/// <summary>A section of a kernel.</summary>
/// <param name="Name">Name.</param>
/// <param name="Address">Where it is linked to run; 0 when it is not loaded.</param>
/// <param name="Offset">Where its contents lie in the file.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="Flags">SHF_WRITE 1, SHF_ALLOC 2, SHF_EXECINSTR 4.</param>
/// <param name="HasContents">False for what is cleared at start (<c>.bss</c>).</param>
public readonly record struct ElfSection(string Name, ulong Address, int Offset, ulong Size, ulong Flags, bool HasContents)
{
    /// <summary>Part of the running kernel.</summary>
    public bool IsLoaded => (Flags & 2) != 0;
    /// <summary>Holds code.</summary>
    public bool IsCode => IsLoaded && (Flags & 4) != 0;
    /// <summary>May change while the kernel runs.</summary>
    public bool IsWritable => IsLoaded && (Flags & 1) != 0;

    /// <summary>Whether an address lies in it.</summary>
    public bool Holds(ulong address) => address >= Address && address - Address < Size;
}
