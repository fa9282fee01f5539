using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;
using BpfVerifier.Btf;

namespace BpfVerifier.LoadScripts;

/// <summary>Turns a load script into the program it loads, for one kernel.</summary>
public static class ScriptProgram
{
    private const int InsnSize = 8;
    private const byte LoadImm64 = 0x18;
    private const int PseudoMapFd = 1, PseudoMapValue = 2, PseudoMapIdx = 5, PseudoMapIdxValue = 6, PseudoBtfId = 3, PseudoKfuncCall = 2;

    /// <summary>The program as <paramref name="profile"/>'s kernel would get it; false when a map, type or name it needs is not to be had.</summary>
    /// <param name="script">The script.</param>
    /// <param name="profile">The kernel whose types and symbols are named.</param>
    /// <param name="program">The program.</param>
    /// <param name="problem">In the words of the oracle's guest program.</param>
    public static bool TryMake(LoadScript script, KernelProfile profile, [NotNullWhen(true)] out BpfProgram? program, out string problem)
    {
        ArgumentNullException.ThrowIfNull(script);
        ArgumentNullException.ThrowIfNull(profile);
        program = null;
        problem = "";
        if (!TryMaps(script, out BpfMap[] maps, out BtfTypes? types, ref problem))
            return false;
        byte[] insns = (byte[])script.Instructions.Clone();
        HideDescriptors(script, insns);
        foreach (MapReference reference in script.MapReferences)
        {
            if ((uint)reference.Map >= (uint)maps.Length || !Has(insns, reference.Instruction))
                return Fail($"no map {reference.Map}", out problem);
            int source = reference.ByIndex
                ? reference.Value ? PseudoMapIdxValue : PseudoMapIdx
                : reference.Value ? PseudoMapValue : PseudoMapFd;
            Set(insns, reference.Instruction, source, reference.Map);
        }
        foreach (NameReference kfunc in script.Kfuncs)
        {
            if (!TryFind(profile, kfunc.Name, BtfKind.Func, out int id) || !Has(insns, kfunc.Instruction))
                return Fail(NoType(kfunc.Name), out problem);
            Set(insns, kfunc.Instruction, PseudoKfuncCall, id);
        }
        foreach (NameReference symbol in script.Ksyms)
        {
            if (!TryFind(profile, symbol.Name, BtfKind.Var, out int id) || !Has(insns, symbol.Instruction))
                return Fail(NoType(symbol.Name), out problem);
            Set(insns, symbol.Instruction, PseudoBtfId, id);
        }
        int attachId = 0;
        if (script.Attach is { } target && !TryFind(profile, target, BtfKind.Func, out attachId))
            return Fail(NoType(target), out problem);

        program = new BpfProgram
        {
            Name = script.Name,
            Type = script.Type,
            ExpectedAttachType = script.AttachType,
            Flags = script.Flags,
            License = script.License,
            Instructions = insns,
            Maps = maps,
            HasFdArray = script.MapReferences.Any(r => r.ByIndex),
            Btf = types,
            FuncInfos = Records(script.FuncInfo, script.FuncInfoSize, 8, r => new FuncInfo(Word(r, 0), Word(r, 4))),
            LineInfos = Records(script.LineInfo, script.LineInfoSize, 16, r => new LineInfo(Word(r, 0), (uint)Word(r, 4), (uint)Word(r, 8), (uint)Word(r, 12))),
            CoreRelocations = Records(script.CoreRelocations, script.CoreRelocationSize, 16, r => new CoreRelo((uint)Word(r, 0), Word(r, 4), (uint)Word(r, 8), Word(r, 12))),
            AttachBtfId = attachId,
            AttachTargetName = script.Attach,
        };
        return true;
    }

    private static bool TryMaps(LoadScript script, out BpfMap[] maps, out BtfTypes? types, ref string problem)
    {
        maps = new BpfMap[script.Maps.Count];
        types = null;
        Dictionary<byte[], BtfTypes> parsed = [];
        if (script.Btf is not null && !TryTypes(script.Btf, parsed, out types))
            return Fail("BPF_BTF_LOAD failed", out problem);
        for (int i = 0; i < maps.Length; i++)
        {
            ScriptMap map = script.Maps[i];
            BtfTypes? mapTypes = null;
            if (map.Btf is not null && !TryTypes(map.Btf, parsed, out mapTypes))
                return Fail("BPF_BTF_LOAD failed", out problem);
            maps[i] = new BpfMap
            {
                Name = map.Name,
                Type = map.Type,
                KeySize = map.KeySize,
                ValueSize = map.ValueSize,
                MaxEntries = map.MaxEntries,
                Flags = map.Flags,
                Extra = map.Extra,
                Inner = map.Inner is { } inner && inner < i ? maps[inner] : null,
                Btf = mapTypes,
                KeyTypeId = map.KeyTypeId,
                ValueTypeId = map.ValueTypeId,
                Frozen = map.Freeze,
                InitialValue = map.Initial ?? default(ReadOnlyMemory<byte>),
            };
        }
        return true;
    }

    private static bool TryTypes(byte[] data, Dictionary<byte[], BtfTypes> parsed, [NotNullWhen(true)] out BtfTypes? types)
    {
        if (parsed.TryGetValue(data, out types))
            return true;
        if (!BtfTypes.TryParse(data, null, out types, out _))
            return false;
        parsed.Add(data, types);
        return true;
    }

    /// <summary>A descriptor the script wrote itself is no map: the program carries its complement, which is no index.</summary>
    private static void HideDescriptors(LoadScript script, byte[] insns)
    {
        HashSet<int> maps = [.. script.MapReferences.Select(r => r.Instruction)];
        for (int i = 0; Has(insns, i); i++)
        {
            Span<byte> insn = insns.AsSpan(i * InsnSize, InsnSize);
            if (insn[0] != LoadImm64)
                continue;
            if (insn[1] >> 4 is PseudoMapFd or PseudoMapValue && !maps.Contains(i) && Word(insn, 4) is >= 0 and var descriptor)
                BinaryPrimitives.WriteInt32LittleEndian(insn[4..], ~descriptor);
            i++;
        }
    }

    /// <summary>The guest program's words, which leave the kind out.</summary>
    private static string NoType(string name) => $"the kernel has no type {name[(name.IndexOf(':', StringComparison.Ordinal) + 1)..]}";

    private static bool TryFind(KernelProfile profile, string name, BtfKind kind, out int id)
    {
        foreach ((string prefix, BtfKind named) in s_kinds)
        {
            if (!name.StartsWith(prefix, StringComparison.Ordinal))
                continue;
            name = name[prefix.Length..];
            kind = named;
            break;
        }
        id = profile.Types.Find(name, kind);
        return id > 0;
    }

    private static readonly (string Prefix, BtfKind Kind)[] s_kinds =
        [("func:", BtfKind.Func), ("struct:", BtfKind.Struct), ("typedef:", BtfKind.Typedef), ("var:", BtfKind.Var)];

    private static T[] Records<T>(byte[] data, int size, int known, Func<byte[], T> read) =>
        size < known ? [] : [.. data.Chunk(size).Where(r => r.Length == size).Select(read)];

    private static int Word(ReadOnlySpan<byte> record, int at) => BinaryPrimitives.ReadInt32LittleEndian(record[at..]);

    private static bool Has(byte[] insns, int index) => (uint)index < (uint)(insns.Length / InsnSize);

    private static void Set(byte[] insns, int index, int source, int immediate)
    {
        Span<byte> insn = insns.AsSpan(index * InsnSize, InsnSize);
        insn[1] = (byte)((insn[1] & 0xf) | (source << 4));
        BinaryPrimitives.WriteInt32LittleEndian(insn[4..], immediate);
    }

    private static bool Fail(string what, out string problem)
    {
        problem = what;
        return false;
    }
}
