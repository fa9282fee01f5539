using System.Buffers.Binary;

namespace BpfVerifier.Objects;

/// <summary>One BPF instruction, taken apart as far as loading needs.</summary>
internal struct Instruction
{
    public const int Size = 8;
    public const byte Call = 0x85, LoadImm64 = 0x18;
    // Kinds of 64-bit loads and calls, told apart by the source register.
    public const int PseudoMapFd = 1, PseudoMapValue = 2, PseudoBtfId = 3, PseudoFunc = 4;
    public const int PseudoCall = 1, PseudoKfuncCall = 2;

    public byte Code;
    public byte Registers;
    public short Offset;
    public int Immediate;

    public readonly int Destination => Registers & 0xf;

    public int Source
    {
        readonly get => Registers >> 4;
        set => Registers = (byte)(Registers & 0xf | value << 4);
    }

    public readonly int Class => Code & 7;
    public readonly bool IsLoadImm64 => Code == LoadImm64;
    public readonly bool IsCall => Code == Call;
    public readonly bool IsSubprogramCall => Code == Call && Source == PseudoCall && Destination == 0 && Offset == 0;
    public readonly bool IsFunctionAddress => Code == LoadImm64 && Source == PseudoFunc;

    public static Instruction[] Read(ReadOnlySpan<byte> bytes)
    {
        var instructions = new Instruction[bytes.Length / Size];
        for (int i = 0; i < instructions.Length; i++)
        {
            ReadOnlySpan<byte> one = bytes.Slice(i * Size, Size);
            instructions[i] = new Instruction
            {
                Code = one[0],
                Registers = one[1],
                Offset = BinaryPrimitives.ReadInt16LittleEndian(one[2..]),
                Immediate = BinaryPrimitives.ReadInt32LittleEndian(one[4..]),
            };
        }
        return instructions;
    }

    public static byte[] Write(ReadOnlySpan<Instruction> instructions)
    {
        byte[] bytes = new byte[instructions.Length * Size];
        for (int i = 0; i < instructions.Length; i++)
        {
            Span<byte> one = bytes.AsSpan(i * Size, Size);
            one[0] = instructions[i].Code;
            one[1] = instructions[i].Registers;
            BinaryPrimitives.WriteInt16LittleEndian(one[2..], instructions[i].Offset);
            BinaryPrimitives.WriteInt32LittleEndian(one[4..], instructions[i].Immediate);
        }
        return bytes;
    }

    /// <summary>A call of a helper that does not exist: what a verifier complains of only when the code is reachable.</summary>
    public static Instruction InvalidCall(int helper) => new() { Code = Call, Immediate = helper };
}
