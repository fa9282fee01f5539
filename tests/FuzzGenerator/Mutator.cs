using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>Changes a thing or two of a program, so that it comes to lie near what is accepted.</summary>
internal sealed class Mutator(SeededRandom random)
{
    /// <summary>The program with one to three changes.</summary>
    public LoadScript Mutate(LoadScript script)
    {
        Listing listing = Listing.Read(script);
        int changes = random.Below(10) switch { < 6 => 1, < 9 => 2, _ => 3 };
        LoadScript changed = script;
        for (int i = 0; i < changes; i++)
        {
            if (random.Percent(8))
                changed = ChangeMap(changed);
            else
                ChangeInstruction(listing.Instructions, listing);
        }
        return listing.ToScript() with { Maps = changed.Maps };
    }

    private LoadScript ChangeMap(LoadScript script)
    {
        if (script.Maps.Count == 0)
            return script;
        ScriptMap[] maps = [.. script.Maps];
        int at = random.Below(maps.Length);
        ScriptMap map = maps[at];
        if (map.Type is MapType.Array or MapType.Hash or MapType.LruHash or MapType.PerCpuArray or MapType.PerCpuHash or MapType.Queue && map.Initial is null)
            maps[at] = random.Percent(60) || map.KeySize is 0 || map.Type is MapType.Array or MapType.PerCpuArray
                ? map with { ValueSize = (uint)Math.Max(1, (int)map.ValueSize + random.Pick([-8, -4, -1, 1, 4])) }
                : map with { KeySize = map.KeySize + (uint)random.Pick([1, 4]) };
        return script with { Maps = maps };
    }

    private void ChangeInstruction(List<Insn> code, Listing listing)
    {
        int at = random.Below(code.Count);
        // a loop without its end is walked a million instructions long
        if (LeadsBack(code, at) && random.Percent(90))
            return;
        Insn insn = code[at];
        switch (random.Below(16))
        {
            case 0 or 1:
                DropCheck(code, listing, at);
                break;
            case 2 when code.Count > 2:
                listing.Remove(at);
                break;
            case 3:
                Nearby(code, at, i => i is { Wide: false } && !i.NamesFunction, i => i.Dst = Register());
                break;
            case 4:
                Nearby(code, at, i => (i.Code & 7) is Op.Ldx or Op.Stx || ((i.Code & 7) >= Op.Alu && (i.Code & Op.Reg) != 0), i => i.Src = Register());
                break;
            case 5 or 6:
                Nearby(code, at, UsesImmediate, i => i.Imm = Tweaked(i.Imm));
                break;
            case 7 or 8:
                Nearby(code, at, i => i.Accesses, i => i.Off = (short)(i.Off + random.Pick([-8, -4, -2, -1, 1, 2, 4, 8, 16, -256, 512])));
                break;
            case 9:
                Nearby(code, at, i => i.Accesses, i => i.Code = (byte)((i.Code & ~0x18) | Op.Size(random.Pick(Op.Widths))));
                break;
            case 10:
                Nearby(code, at, i => (i.Code & 7) is Op.Alu or Op.Alu64, i => i.Code = (byte)(random.Percent(30) ? i.Code ^ 3 : (i.Code & 0xf) | random.Pick(Op.Arithmetic)));
                break;
            case 11:
                Nearby(code, at, i => i.Branches, i => i.Code = (byte)(random.Percent(30) ? i.Code ^ 3 : (i.Code & 0xf) | random.Pick(Op.Conditions)));
                break;
            case 12:
                Nearby(code, at, i => i.Jumps, i => i.Target = random.Percent(80) ? code[Math.Min(code.Count - 1, code.IndexOf(i) + random.Below(8))] : random.Pick(code));
                break;
            case 13:
                code.Insert(random.Below(code.Count), new Insn { Code = insn.Code, Dst = insn.Dst, Src = insn.Src, Off = insn.Off, Imm = insn.Imm, High = insn.High, Map = insn.Map, Target = insn.Target });
                break;
            case 14 when at + 1 < code.Count:
                (code[at], code[at + 1]) = (code[at + 1], code[at]);
                break;
            case 15:
                Odd(insn);
                break;
        }
    }

    private static bool LeadsBack(List<Insn> code, int at)
    {
        for (int i = at; i < Math.Min(at + 2, code.Count); i++)
            if (code[i] is { Jumps: true, Target: { } target } && code.IndexOf(target) <= i)
                return true;
        return false;
    }

    private void DropCheck(List<Insn> code, Listing listing, int from)
    {
        int at = code.FindIndex(from, i => i.Branches);
        if (at >= 0 && LeadsBack(code, at))
            return;
        if (at >= 0)
            listing.Remove(at);
    }

    /// <summary>Changes the first fitting instruction from a place on.</summary>
    private static void Nearby(List<Insn> code, int from, Predicate<Insn> fits, Action<Insn> change)
    {
        int at = code.FindIndex(from, fits);
        if (at >= 0 && !LeadsBack(code, at))
            change(code[at]);
    }

    private static bool UsesImmediate(Insn insn) =>
        (insn.Code & 7) == Op.St || ((insn.Code & 7) >= Op.Alu && (insn.Code & Op.Reg) == 0 && !insn.NamesFunction && insn.Code is not ((Op.Jmp | Op.Exit) or Op.Jmp));

    private byte Register() => (byte)random.Below(random.Percent(97) ? 11 : 16);

    private int Tweaked(int value) => random.Below(5) switch
    {
        0 => value + 1,
        1 => value - 1,
        2 => value ^ (1 << random.Below(32)),
        3 => -value,
        _ => random.Immediate(),
    };

    /// <summary>Something a compiler would not write.</summary>
    private void Odd(Insn insn)
    {
        switch (random.Below(5))
        {
            case 0:
                insn.Code = (byte)random.Bits();
                insn.Target = null;
                break;
            case 1:
                insn.Code ^= (byte)(1 << random.Below(8));
                break;
            case 2 when insn.Code == (Op.Jmp | Op.Call):
                insn.Imm = random.Below(212);
                break;
            case 3:
                insn.Off = (short)random.Bits();
                break;
            default:
                insn.Imm = (int)random.Bits();
                break;
        }
    }
}
