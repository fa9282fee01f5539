using System.Buffers.Binary;
using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>The instructions of a load script as a list that can be changed; offsets are worked out again when it is written.</summary>
internal sealed class Listing
{
    private const int InsnSize = 8;

    private readonly LoadScript _script;

    private Listing(LoadScript script, List<Insn> instructions)
    {
        _script = script;
        Instructions = instructions;
    }

    /// <summary>The instructions, each 64-bit load as one.</summary>
    public List<Insn> Instructions { get; }

    /// <summary>Puts instructions into a script that has all but these.</summary>
    public static LoadScript Write(LoadScript script, List<Insn> instructions) => new Listing(script, instructions).ToScript();

    /// <summary>Reads a script. A jump to outside the program keeps its offset as it is.</summary>
    public static Listing Read(LoadScript script)
    {
        ReadOnlySpan<byte> bytes = script.Instructions;
        int slots = bytes.Length / InsnSize;
        var at = new Insn?[slots];
        List<Insn> all = [];
        for (int i = 0; i < slots; i++)
        {
            ReadOnlySpan<byte> raw = bytes.Slice(i * InsnSize, InsnSize);
            var insn = new Insn
            {
                Code = raw[0], Dst = (byte)(raw[1] & 0xf), Src = (byte)(raw[1] >> 4),
                Off = BinaryPrimitives.ReadInt16LittleEndian(raw[2..]), Imm = BinaryPrimitives.ReadInt32LittleEndian(raw[4..]),
            };
            at[i] = insn;
            all.Add(insn);
            if (insn.Wide && i + 1 < slots)
                insn.High = BinaryPrimitives.ReadInt32LittleEndian(bytes[((++i * InsnSize) + 4)..]);
        }
        foreach (MapReference map in script.MapReferences)
            if (at[map.Instruction] is { } insn)
                insn.Map = map;
        foreach (NameReference kfunc in script.Kfuncs)
            if (at[kfunc.Instruction] is { } insn)
                insn.Kfunc = kfunc.Name;
        foreach (NameReference symbol in script.Ksyms)
            if (at[symbol.Instruction] is { } insn)
                insn.Ksym = symbol.Name;
        for (int i = 0; i < slots; i++)
        {
            if (at[i] is not { } insn || !(insn.Jumps || insn.NamesFunction))
                continue;
            long target = i + 1L + (insn.Jumps && !insn.JumpsFar ? insn.Off : insn.Imm);
            insn.Target = target >= 0 && target < slots ? at[target] : null;
        }
        for (int i = 0; script.FuncInfoSize >= 8 && i + script.FuncInfoSize <= script.FuncInfo.Length; i += script.FuncInfoSize)
        {
            int start = BinaryPrimitives.ReadInt32LittleEndian(script.FuncInfo.AsSpan(i));
            if ((uint)start < (uint)slots && at[start] is { } insn)
                insn.FunctionType = BinaryPrimitives.ReadInt32LittleEndian(script.FuncInfo.AsSpan(i + 4));
        }
        return new Listing(script, all);
    }

    /// <summary>Takes an instruction out; what went to it goes to the one after it.</summary>
    public void Remove(int index)
    {
        Insn gone = Instructions[index];
        Insn? next = index + 1 < Instructions.Count ? Instructions[index + 1] : null;
        foreach (Insn insn in Instructions)
            if (insn.Target == gone)
                insn.Target = next;
        if (next is not null && next.FunctionType == 0)
            next.FunctionType = gone.FunctionType;
        Instructions.RemoveAt(index);
    }

    /// <summary>The script with these instructions. Line info is left out: it names places that may be gone.</summary>
    public LoadScript ToScript()
    {
        Dictionary<Insn, int> places = [];
        int slots = 0;
        foreach (Insn insn in Instructions)
        {
            places.Add(insn, slots);
            slots += insn.Slots;
        }
        byte[] bytes = new byte[slots * InsnSize];
        List<MapReference> maps = [];
        List<NameReference> kfuncs = [], ksyms = [];
        List<byte> functions = [];
        foreach (Insn insn in Instructions)
        {
            int at = places[insn];
            short offset = insn.Off;
            int immediate = insn.Imm;
            if (insn.Target is { } target)
            {
                int distance = places[target] - at - 1;
                if (insn.Jumps && !insn.JumpsFar)
                    offset = (short)distance;
                else
                    immediate = distance;
            }
            Span<byte> raw = bytes.AsSpan(at * InsnSize);
            raw[0] = insn.Code;
            raw[1] = (byte)(insn.Dst | (insn.Src << 4));
            BinaryPrimitives.WriteInt16LittleEndian(raw[2..], offset);
            BinaryPrimitives.WriteInt32LittleEndian(raw[4..], immediate);
            if (insn.Wide)
                BinaryPrimitives.WriteInt32LittleEndian(raw[12..], insn.High);
            if (insn.Wide && insn.Map is { } map)
                maps.Add(map with { Instruction = at });
            if (insn.Kfunc is { } kfunc)
                kfuncs.Add(new NameReference(at, kfunc));
            if (insn.Wide && insn.Ksym is { } symbol)
                ksyms.Add(new NameReference(at, symbol));
            if (insn.FunctionType != 0)
                functions.AddRange([.. BitConverter.GetBytes(at), .. BitConverter.GetBytes(insn.FunctionType)]);
        }
        return _script with
        {
            Instructions = bytes, MapReferences = maps, Kfuncs = kfuncs, Ksyms = ksyms,
            FuncInfoSize = functions.Count > 0 ? 8 : 0, FuncInfo = [.. functions], LineInfoSize = 0, LineInfo = [],
        };
    }
}
