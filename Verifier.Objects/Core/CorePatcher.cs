namespace BpfVerifier.Objects.Core;

/// <summary>Writes a relocation's value into its instruction.</summary>
internal static class CorePatcher
{
    /// <summary>Helper number of an instruction made invalid: <c>0xbad2310</c>, "bad relo".</summary>
    public const int InvalidHelper = 195896080;

    private const int ClassLd = 0, ClassLdx = 1, ClassSt = 2, ClassStx = 3, ClassAlu = 4, ClassAlu64 = 7;

    /// <summary>Patches instruction <paramref name="index"/> of a function.</summary>
    /// <param name="code">The function's instructions.</param>
    /// <param name="index">The instruction.</param>
    /// <param name="value">What the relocation came to.</param>
    /// <param name="prefix">How messages begin: program and number of the relocation.</param>
    /// <returns>Null, or that the instruction is not what the relocation is for.</returns>
    public static ObjectFailure? Patch(Span<Instruction> code, int index, in CoreValue value, string prefix)
    {
        ref Instruction instruction = ref code[index];
        switch (instruction.Class)
        {
            case ClassAlu or ClassAlu64 when (instruction.Code & 8) == 0:
                if (value.Poison)
                    return Poison(code, index);
                if (value.Validate && (ulong)instruction.Immediate != value.Original)
                    return Fail(Errno.EINVAL, $"{prefix}: unexpected insn #{index} (ALU/ALU64) value: got {instruction.Immediate}, exp {value.Original} -> {value.New}");
                instruction.Immediate = (int)value.New;
                return null;
            case ClassLdx or ClassSt or ClassStx:
                return PatchMemory(code, index, value, prefix);
            case ClassLd:
                return PatchImmediate(code, index, value, prefix);
            default:
                return Fail(Errno.EINVAL, $"{prefix}: trying to relocate unrecognized insn #{index}, code:0x{instruction.Code:x}, src:0x{instruction.Source:x}, dst:0x{instruction.Destination:x}, off:0x{instruction.Offset:x}, imm:0x{instruction.Immediate:x}");
        }
    }

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    private static ObjectFailure? Poison(Span<Instruction> code, int index)
    {
        int count = code[index].IsLoadImm64 ? 2 : 1;
        code.Slice(index, Math.Min(count, code.Length - index)).Fill(Instruction.InvalidCall(InvalidHelper));
        return null;
    }

    private static ObjectFailure? PatchMemory(Span<Instruction> code, int index, in CoreValue value, string prefix)
    {
        ref Instruction instruction = ref code[index];
        string insn = $"{prefix}: insn #{index} (LDX/ST/STX)";
        if (value.Poison)
            return Poison(code, index);
        if (value.Validate && (ulong)instruction.Offset != value.Original)
            return Fail(Errno.EINVAL, $"{prefix}: unexpected insn #{index} (LDX/ST/STX) value: got {instruction.Offset}, exp {value.Original} -> {value.New}");
        if (value.New > (ulong)short.MaxValue)
            return Fail(Errno.ERANGE, $"{insn} value too big: {value.New}");
        if (value.BadMemorySize)
            return Poison(code, index);
        instruction.Offset = (short)value.New;
        if (value.NewSize == value.OriginalSize)
            return null;

        int size = (instruction.Code & 0x18) switch { 0x00 => 4, 0x08 => 2, 0x10 => 1, _ => 8 };
        int encoding = value.NewSize switch { 4 => 0x00, 2 => 0x08, 1 => 0x10, 8 => 0x18, _ => -1 };
        if (size != value.OriginalSize)
            return Fail(Errno.EINVAL, $"{insn} unexpected mem size: got {size}, exp {value.OriginalSize}");
        if (encoding < 0)
            return Fail(Errno.EINVAL, $"{insn} invalid new mem size: {value.NewSize}");
        instruction.Code = (byte)(instruction.Code & ~0x18 | encoding);
        return null;
    }

    private static ObjectFailure? PatchImmediate(Span<Instruction> code, int index, in CoreValue value, string prefix)
    {
        ref Instruction low = ref code[index];
        if (!low.IsLoadImm64 || low.Source != 0 || low.Offset != 0 || index + 1 >= code.Length
            || code[index + 1] is not { Code: 0, Registers: 0, Offset: 0 })
            return Fail(Errno.EINVAL, $"{prefix}: insn #{index} (LDIMM64) has unexpected form");
        if (value.Poison)
            return Poison(code, index);
        ref Instruction high = ref code[index + 1];
        ulong immediate = (uint)low.Immediate | (ulong)(uint)high.Immediate << 32;
        if (value.Validate && immediate != value.Original)
            return Fail(Errno.EINVAL, $"{prefix}: unexpected insn #{index} (LDIMM64) value: got {immediate}, exp {value.Original} -> {value.New}");
        low.Immediate = (int)value.New;
        high.Immediate = (int)(value.New >> 32);
        return null;
    }
}
