using System.Buffers.Binary;
using BpfVerifier.Objects.Externs;
using BpfVerifier.Objects.Kernel;
using BpfVerifier.Objects.Maps;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>Writes map indices, addresses of global data and kernel symbols into a linked program.</summary>
internal sealed class DataRelocator(ObjectImage image, LinkedProgram program, ExternValues externs, KernelFacts kernel, Func<int, bool> isCreated)
{
    /// <summary>Helper number of a load of a map that was not created, plus the map's index.</summary>
    public const int MissingMap = 2001000000;
    /// <summary>Helper number of a call of a kfunc the kernel does not have, plus the extern's index.</summary>
    public const int MissingKfunc = 2002000000;

    // struct bpf_insn_array_value: original, translated and jitted place of an instruction, and padding.
    private const int JumpEntrySize = 16;

    /// <summary>Maps of jump tables, whose indices follow the object's own.</summary>
    public List<BpfMap> JumpTables { get; } = [];

    private readonly Dictionary<ulong, int> _jumpTables = [];

    public ObjectFailure? Apply()
    {
        HideDescriptors();
        foreach ((CodeFunction function, int start) in program.Functions)
        {
            foreach (Relocation relocation in function.Relocations)
            {
                if (Apply(relocation, function, start + relocation.Instruction) is { } failure)
                    return failure;
            }
        }
        return null;
    }

    // A load the compiler gave a descriptor of its own refers to none of the object's maps, though its number may look like an index.
    private void HideDescriptors()
    {
        int limit = MapLimit;
        for (int i = 0; i < program.Code.Count; i++)
        {
            Instruction load = program.Code[i];
            if (!load.IsLoadImm64)
                continue;
            if (load.Source is Instruction.PseudoMapFd or Instruction.PseudoMapValue && load.Immediate >= 0 && load.Immediate < limit)
            {
                load.Immediate = ~load.Immediate;
                program.Code[i] = load;
            }
            i++;
        }
    }

    // The object's maps, and at most one jump table for each relocation against their section.
    private int MapLimit => image.Maps.Count + program.Functions.Sum(f => f.Function.Relocations.Count(r => r.Kind == RelocationKind.JumpTable));

    private ObjectFailure? Apply(Relocation relocation, CodeFunction function, int index)
    {
        Instruction first = program.Code[index];
        if (relocation.Kind == RelocationKind.ExternCall)
        {
            program.Code[index] = CallKfunc(first, relocation.Target);
            return null;
        }
        if (relocation.Kind is RelocationKind.Call or RelocationKind.FunctionAddress)
            return null;
        if (index + 1 >= program.Code.Count)
            return ObjectFailure.LoadFailed(Errno.EINVAL, $"prog '{function.Name}': relo for insn #{relocation.Instruction}: bad insn");
        Instruction second = program.Code[index + 1];
        switch (relocation.Kind)
        {
            case RelocationKind.Map:
                first.Source = Instruction.PseudoMapFd;
                first.Immediate = relocation.Target;
                break;
            case RelocationKind.Data:
                second.Immediate = first.Immediate + (int)relocation.SymbolOffset;
                if (relocation.Target == image.ArenaMap)
                    second.Immediate += ArenaOffset();
                first.Source = Instruction.PseudoMapValue;
                first.Immediate = relocation.Target;
                break;
            case RelocationKind.ExternLoad:
                LoadExtern(ref first, ref second, relocation.Target);
                break;
            case RelocationKind.JumpTable:
                if (JumpTable(relocation, index, out int map) is { } failure)
                    return failure;
                first.Source = Instruction.PseudoMapValue;
                first.Immediate = map;
                first.Offset = 0;
                break;
        }
        if (relocation.Kind is RelocationKind.Map or RelocationKind.Data && !isCreated(relocation.Target))
            first = second = Instruction.InvalidCall(MissingMap + relocation.Target);
        program.Code[index] = first;
        program.Code[index + 1] = second;
        return null;
    }

    private Instruction CallKfunc(Instruction call, int index)
    {
        if (!externs.IsSet(index))
            return Instruction.InvalidCall(MissingKfunc + index);
        call.Source = Instruction.PseudoKfuncCall;
        call.Immediate = externs.BtfId(index);
        call.Offset = 0;
        return call;
    }

    private void LoadExtern(ref Instruction first, ref Instruction second, int index)
    {
        ExternSymbol symbol = image.Externs[index];
        if (symbol.IsConfig)
        {
            first.Source = Instruction.PseudoMapValue;
            first.Immediate = image.KconfigMap;
            second.Immediate = symbol.DataOffset;
        }
        else if (symbol.TypeId != 0 && externs.IsSet(index))
        {
            first.Source = Instruction.PseudoBtfId;
            first.Immediate = externs.BtfId(index);
            second.Immediate = 0;
        }
        else
        {
            first.Immediate = (int)externs.Address(index);
            second.Immediate = (int)(externs.Address(index) >> 32);
        }
    }

    // Globals lie at the end of an arena, so that its first page stays free to catch null pointers, where the kernel can address it.
    private int ArenaOffset()
    {
        long size = 4096L * image.Maps[image.ArenaMap].MaxEntries;
        return kernel.FullRangeMapAddresses ? (int)(size - (image.ArenaSize + 4095L) / 4096 * 4096) : 0;
    }

    private ObjectFailure? JumpTable(Relocation relocation, int instruction, out int map)
    {
        if (_jumpTables.TryGetValue(relocation.SymbolOffset, out map))
            return null;
        ulong offset = relocation.SymbolOffset, size = relocation.SymbolSize;
        if (offset % 8 != 0)
            return Fail($"jumptable start {offset} should be multiple of 8");
        if (size % 8 != 0)
            return Fail($"jumptable size {size} should be multiple of 8");
        if (size > (ulong)image.JumpTables.Length || offset > (ulong)image.JumpTables.Length - size)
            return Fail($"jumptables_data size is {image.JumpTables.Length}, trying to access {offset + size}");
        // Entries are offsets in the function's section; the kernel wants them from the start of the program.
        (CodeFunction owner, int start) = program.Functions.FindLast(f => f.Start <= instruction);
        ReadOnlySpan<byte> table = image.JumpTables.Span.Slice((int)offset, (int)size);
        byte[] content = new byte[table.Length / 8 * JumpEntrySize];
        for (int i = 0; i < table.Length / 8; i++)
        {
            long place = (long)(BinaryPrimitives.ReadUInt64LittleEndian(table[(i * 8)..]) / Instruction.Size) - owner.First + start;
            if (place is < 0 or > uint.MaxValue)
                return Fail($"invalid jump table value 0x{BinaryPrimitives.ReadUInt64LittleEndian(table[(i * 8)..]):x} at offset {offset + (ulong)i * 8}");
            BinaryPrimitives.WriteUInt32LittleEndian(content.AsSpan(i * JumpEntrySize), (uint)place);
        }
        map = image.Maps.Count + JumpTables.Count;
        _jumpTables[offset] = map;
        JumpTables.Add(new BpfMap
        {
            Name = ".jumptables",
            Type = MapType.InsnArray,
            KeySize = 4,
            ValueSize = JumpEntrySize,
            MaxEntries = (uint)(size / 8),
            Frozen = true,
            InitialValue = content,
        });
        return kernel.HasMapType(MapType.InsnArray)
            ? null
            : new ObjectFailure(Verdict.Unsupported, Errno.EINVAL, "map '.jumptables': failed to create: -EINVAL");

        static ObjectFailure Fail(string what) => ObjectFailure.LoadFailed(Errno.EINVAL, $"map '.jumptables': {what}");
    }
}
