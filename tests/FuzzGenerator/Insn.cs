using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>An instruction whose jump names the instruction it goes to, so that others can come and go around it.</summary>
internal sealed class Insn
{
    /// <summary>Opcode.</summary>
    public byte Code { get; set; }
    /// <summary>Destination register, 0 to 15.</summary>
    public byte Dst { get; set; }
    /// <summary>Source register, 0 to 15.</summary>
    public byte Src { get; set; }
    /// <summary>The offset field; of a jump with a <see cref="Target"/> it is filled in.</summary>
    public short Off { get; set; }
    /// <summary>The immediate field.</summary>
    public int Imm { get; set; }
    /// <summary>Upper half of a 64-bit immediate.</summary>
    public int High { get; set; }
    /// <summary>Where a jump, call of a subprogram or load of a function's address goes; null when it goes nowhere in the program.</summary>
    public Insn? Target { get; set; }
    /// <summary>The map a 64-bit load loads.</summary>
    public MapReference? Map { get; set; }
    /// <summary>The kernel function a call calls, or null.</summary>
    public string? Kfunc { get; set; }
    /// <summary>The kernel variable a 64-bit load loads, or null.</summary>
    public string? Ksym { get; set; }
    /// <summary>Type of the function that begins here in the program's types; 0 when none does.</summary>
    public int FunctionType { get; set; }

    /// <summary>Takes the place of two.</summary>
    public bool Wide => Code == Op.LoadImm64;

    /// <summary>Instruction slots it takes.</summary>
    public int Slots => Wide ? 2 : 1;

    private int Class => Code & 7;

    /// <summary>A jump, conditional or not.</summary>
    public bool Jumps => Class is Op.Jmp or Op.Jmp32 && (Code & 0xf0) is not (0x80 or 0x90);

    /// <summary>A jump whose distance stands in the immediate.</summary>
    public bool JumpsFar => Code == (Op.Jmp32 | Op.Ja);

    /// <summary>A jump on a condition.</summary>
    public bool Branches => Jumps && (Code & 0xf0) is not (Op.Ja or Op.MayGoto);

    /// <summary>A call of a subprogram, or a load of a function's address.</summary>
    public bool NamesFunction => (Code == (Op.Jmp | Op.Call) && Src == 1) || (Wide && Src == 4);

    /// <summary>Reads or writes memory through a register.</summary>
    public bool Accesses => Class is 1 or 2 or 3;
}
