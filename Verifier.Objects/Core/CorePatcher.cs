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
    /// <param name="failure">Set when the instruction is not what the relocation is for.</param>
    /// <returns>True when the instruction was made invalid.</returns>
    public static bool Patch(Span<Instruction> code, int index, in CoreValue value, string prefix, out ObjectFailure? failure)
    {
        ref Instruction instruction = ref code[index];
        failure = null;
        switch (instruction.Class)
        {
            case ClassAlu or ClassAlu64 when (instruction.Code & 8) == 0:
                if (value.Poison)
                    return Poison(code, index);
                if (value.Validate && (ulong)instruction.Immediate != value.Original)
                    failure = Unexpected("ALU/ALU64", $"{instruction.Immediate}", value);
                else
                    instruction.Immediate = (int)value.New;
                return false;
            case ClassLdx or ClassSt or ClassStx:
                return PatchMemory(code, index, value, prefix, out failure);
            case ClassLd:
                return PatchImmediate(code, index, value, prefix, out failure);
            default:
                failure = ObjectFailure.LoadFailed(Errno.EINVAL, $"{prefix}: trying to relocate unrecognized insn #{index}, code:0x{instruction.Code:x}, src:0x{instruction.Source:x}, dst:0x{instruction.Destination:x}, off:0x{instruction.Offset:x}, imm:0x{instruction.Immediate:x}");
                return false;
        }

        ObjectFailure Unexpected(string kind, string got, in CoreValue v) =>
            ObjectFailure.LoadFailed(Errno.EINVAL, $"{prefix}: unexpected insn #{index} ({kind}) value: got {got}, exp {v.Original} -> {v.New}");
    }

    private static bool Poison(Span<Instruction> code, int index)
    {
        int count = code[index].IsLoadImm64 ? 2 : 1;
        code.Slice(index, Math.Min(count, code.Length - index)).Fill(Instruction.InvalidCall(InvalidHelper));
        return true;
    }

    private static bool PatchMemory(Span<Instruction> code, int index, in CoreValue value, string prefix, out ObjectFailure? failure)
    {
        ref Instruction instruction = ref code[index];
        string insn = $"{prefix}: insn #{index} (LDX/ST/STX)";
        failure = null;
        if (value.Poison)
            return Poison(code, index);
        if (value.Validate && (ulong)instruction.Offset != value.Original)
            failure = ObjectFailure.LoadFailed(Errno.EINVAL, $"{prefix}: unexpected insn #{index} (LDX/ST/STX) value: got {instruction.Offset}, exp {value.Original} -> {value.New}");
        else if (value.New > (ulong)short.MaxValue)
            failure = ObjectFailure.LoadFailed(Errno.ERANGE, $"{insn} value too big: {value.New}");
        if (failure is not null)
            return false;
        if (value.BadMemorySize)
            return Poison(code, index);
        instruction.Offset = (short)value.New;
        if (value.NewSize == value.OriginalSize)
            return false;

        int size = (instruction.Code & 0x18) switch { 0x00 => 4, 0x08 => 2, 0x10 => 1, _ => 8 };
        int encoding = value.NewSize switch { 4 => 0x00, 2 => 0x08, 1 => 0x10, 8 => 0x18, _ => -1 };
        if (size != value.OriginalSize)
            failure = ObjectFailure.LoadFailed(Errno.EINVAL, $"{insn} unexpected mem size: got {size}, exp {value.OriginalSize}");
        else if (encoding < 0)
            failure = ObjectFailure.LoadFailed(Errno.EINVAL, $"{insn} invalid new mem size: {value.NewSize}");
        else
            instruction.Code = (byte)(instruction.Code & ~0x18 | encoding);
        return false;
    }

    private static bool PatchImmediate(Span<Instruction> code, int index, in CoreValue value, string prefix, out ObjectFailure? failure)
    {
        ref Instruction low = ref code[index];
        failure = null;
        if (!low.IsLoadImm64 || low.Source != 0 || low.Offset != 0 || index + 1 >= code.Length
            || code[index + 1] is not { Code: 0, Registers: 0, Offset: 0 })
        {
            failure = ObjectFailure.LoadFailed(Errno.EINVAL, $"{prefix}: insn #{index} (LDIMM64) has unexpected form");
            return false;
        }
        if (value.Poison)
            return Poison(code, index);
        ref Instruction high = ref code[index + 1];
        ulong immediate = (uint)low.Immediate | (ulong)(uint)high.Immediate << 32;
        if (value.Validate && immediate != value.Original)
        {
            failure = ObjectFailure.LoadFailed(Errno.EINVAL, $"{prefix}: unexpected insn #{index} (LDIMM64) value: got {immediate}, exp {value.Original} -> {value.New}");
            return false;
        }
        low.Immediate = (int)value.New;
        high.Immediate = (int)(value.New >> 32);
        return false;
    }
}
