using System.Buffers.Binary;
using System.Text;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A kernel small enough to make here: code, constants, variables, symbols and types.</summary>
internal sealed class SyntheticKernel
{
    public const ulong CodeBase = 0xffffffff81000000, ConstantBase = 0xffffffff82000000, VariableBase = 0xffffffff83000000;
    private const ulong Alloc = 2, Writable = 1, Executable = 4;

    private readonly MemoryStream _code = new(), _constants = new(), _variables = new();

    public BtfBuilder Types { get; } = new();
    public List<KernelSymbol> Symbols { get; } = [];

    /// <summary>Adds a function; its code is a return when none is given.</summary>
    public ulong Function(string name, params byte[] code) => Add(_code, CodeBase, name, code.Length == 0 ? [0xc3] : code);

    /// <summary>Adds a constant.</summary>
    public ulong Constant(string name, byte[] bytes) => Add(_constants, ConstantBase, name, bytes);

    /// <summary>Adds a table of numbers of 8 bytes.</summary>
    public ulong Table(string name, params ulong[] values) => Constant(name, [.. values.SelectMany(BitConverter.GetBytes)]);

    /// <summary>Adds a variable.</summary>
    public ulong Variable(string name, byte[] bytes) => Add(_variables, VariableBase, name, bytes);

    /// <summary>A structure of members that are 8 bytes each, in the order given.</summary>
    public int Words(string name, params string[] members)
    {
        int word = Types.AddInt("unsigned long", 8);
        return Types.AddStruct(BtfKind.Struct, name, 8 * members.Length, [.. members.Select((m, i) => new BtfNewMember(m, word, (uint)(64 * i)))]);
    }

    public KernelFile Build() => KernelFile.Of(Elf(), "synthetic", _ => [.. Symbols]);

    /// <summary>The ELF file: its symbols are not in it.</summary>
    public byte[] Elf(ushort machine = 62, byte[]? btf = null, bool withTypes = true)
    {
        (string Name, ulong Address, ulong Flags, byte[] Contents)[] sections =
        [
            ("", 0, 0, []),
            (".text", CodeBase, Alloc | Executable, _code.ToArray()),
            (".rodata", ConstantBase, Alloc | Writable, _constants.ToArray()),
            (".data", VariableBase, Alloc | Writable, _variables.ToArray()),
            (withTypes ? ".BTF" : ".none", 0, 0, btf ?? Types.ToArray()),
            (".shstrtab", 0, 0, Encoding.ASCII.GetBytes("\0" + string.Join("\0", [".text", ".rodata", ".data", withTypes ? ".BTF" : ".none", ".shstrtab", ""]))),
        ];
        var file = new MemoryStream();
        file.Write(new byte[64]);
        var headers = new MemoryStream();
        var segments = new MemoryStream();
        foreach ((string name, ulong address, ulong flags, byte[] contents) in sections)
        {
            Align(file, 16);
            int offset = (int)file.Length, nameOffset = name.Length == 0 ? 0 : sections[^1].Contents.AsSpan().IndexOf(Encoding.ASCII.GetBytes(name + "\0"));
            file.Write(contents);
            Words(headers, (uint)nameOffset, name.Length == 0 ? 0u : 1u);
            Longs(headers, flags, address, (ulong)offset, (ulong)contents.Length, 0, 0, 0);
            if ((flags & Alloc) == 0)
                continue;
            Words(segments, 1, 7);
            Longs(segments, (ulong)offset, address, address, (ulong)contents.Length, (ulong)contents.Length, 16);
        }
        Align(file, 16);
        long table = file.Length;
        headers.WriteTo(file);
        long programs = file.Length;
        segments.WriteTo(file);
        byte[] elf = file.ToArray();
        ((ReadOnlySpan<byte>)[0x7f, (byte)'E', (byte)'L', (byte)'F', 2, 1, 1]).CopyTo(elf);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x12), machine);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(0x20), (ulong)programs);
        BinaryPrimitives.WriteUInt64LittleEndian(elf.AsSpan(0x28), (ulong)table);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x36), 56);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x38), 3);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x3a), 64);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x3c), (ushort)sections.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(elf.AsSpan(0x3e), (ushort)(sections.Length - 1));
        return elf;
    }

    private ulong Add(MemoryStream section, ulong start, string name, byte[] bytes)
    {
        Align(section, 16);
        ulong address = start + (ulong)section.Length;
        section.Write(bytes);
        Symbols.Add(new KernelSymbol(name, address));
        return address;
    }

    private static void Align(MemoryStream stream, int size)
    {
        while (stream.Length % size != 0)
            stream.WriteByte(0);
    }

    private static void Words(MemoryStream stream, params ReadOnlySpan<uint> values)
    {
        foreach (uint value in values)
            stream.Write(BitConverter.GetBytes(value));
    }

    private static void Longs(MemoryStream stream, params ReadOnlySpan<ulong> values)
    {
        foreach (ulong value in values)
            stream.Write(BitConverter.GetBytes(value));
    }
}
