using System.Buffers.Binary;
using BpfVerifier.Btf;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>A kernel image opened for reading: memory by address, sections, symbols, types.</summary>
public sealed class KernelFile
{
    private const int MachineOffset = 0x12;
    private const ushort X86_64 = 62;
    private const string BtfSection = ".BTF";

    /// <summary>The section of constants. Linkers mark it writable for the few in it that are set at start.</summary>
    public const string Constants = ".rodata";

    private KernelFile(string name, byte[] elf, ElfMemory memory, List<ElfSection> sections, List<KernelSymbol> kallsyms, byte[] btf, BtfTypes types)
    {
        Name = name;
        Elf = elf;
        Memory = memory;
        Sections = sections;
        Kallsyms = kallsyms;
        Symbols = new SymbolIndex(kallsyms);
        BtfBytes = btf;
        Types = types;
    }

    /// <summary>What to call it in messages.</summary>
    public string Name { get; }
    /// <summary>The uncompressed kernel, an ELF file.</summary>
    public byte[] Elf { get; }
    /// <summary>What it has in memory when it starts.</summary>
    public ElfMemory Memory { get; }
    /// <summary>Its sections.</summary>
    public IReadOnlyList<ElfSection> Sections { get; }
    /// <summary>Its symbols in the order of its own table.</summary>
    public IReadOnlyList<KernelSymbol> Kallsyms { get; }
    /// <summary>Its symbols by name and address.</summary>
    public SymbolIndex Symbols { get; }
    /// <summary>The section <c>.BTF</c>.</summary>
    public byte[] BtfBytes { get; }
    /// <summary>Its types.</summary>
    public BtfTypes Types { get; }

    /// <summary>Opens a <c>vmlinuz</c>, or a <c>vmlinux</c> that is an ELF file.</summary>
    /// <exception cref="IngestException">Damaged, of another architecture, or built without symbols or types.</exception>
    public static KernelFile Open(byte[] image, string name)
    {
        byte[] elf = image.AsSpan().StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F']) ? image : KernelImage.ExtractVmlinux(image, name);
        return Of(elf, name, memory => Image.Kallsyms.Read(elf, memory, name));
    }

    /// <summary>Opens a <c>vmlinux</c> whose symbols are told.</summary>
    /// <exception cref="IngestException">Damaged, of another architecture, or built without types.</exception>
    internal static KernelFile Of(byte[] elf, string name, Func<ElfMemory, List<KernelSymbol>> symbols)
    {
        RequireX86(elf, name);
        var memory = new ElfMemory(elf, name);
        List<ElfSection> sections = ElfSections.All(elf, name);
        byte[] btf = ElfSections.Find(elf, BtfSection, name).ToArray();
        BtfTypes types = KernelTypes.Read(btf, name);
        return new KernelFile(name, elf, memory, sections, symbols(memory), btf, types);
    }

    /// <summary>The section an address lies in, or null.</summary>
    public ElfSection? SectionOf(ulong address)
    {
        foreach (ElfSection section in Sections)
        {
            if (section.IsLoaded && section.Holds(address))
                return section;
        }
        return null;
    }

    private static void RequireX86(ReadOnlySpan<byte> elf, string name)
    {
        if (elf.Length < MachineOffset + 2 || elf[4] != 2 || elf[5] != 1)
            throw new IngestException($"{name}: the kernel inside is not a 64-bit little-endian ELF file");
        ushort machine = BinaryPrimitives.ReadUInt16LittleEndian(elf[MachineOffset..]);
        if (machine != X86_64)
            throw new IngestException($"{name}: the kernel is for another architecture (ELF machine {machine}; only x86-64, {X86_64}, is known)");
    }
}
