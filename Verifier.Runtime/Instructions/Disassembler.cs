namespace BpfVerifier.Runtime;

/// <summary>Writes instructions the way the release's kernel prints them in its log (kernel/bpf/disasm.c).</summary>
internal sealed class Disassembler(VerifierLog log, Changes changes, bool allowPtrLeaks, IKernel kernel, Func<Insn, string?> kfuncName)
{
    // Where a kernel would print the address of a map, a map's value or a variable, there is none to print here. An
    // address of the usual width keeps the columns behind it as they are in a kernel's log.
    private const ulong AddressBase = 0xffff_8880_0000_0000;

    private static readonly string[] s_alu =
        ["+=", "-=", "*=", "/=", "|=", "&=", "<<=", ">>=", "neg", "%=", "^=", "=", "s>>=", "endian", "(null)", "(null)"];

    private static readonly string[] s_jump =
        ["jmp", "==", ">", ">=", "&", "!=", "s>", "s>=", "call", "exit", "<", "<=", "s<", "s<=", "(null)", "(null)"];

    private static readonly string[] s_class = ["ld", "ldx", "st", "stx", "alu", "jmp", "jmp32", "alu64"];

    /// <summary>Writes instruction <paramref name="index"/> and a newline; a 64-bit load takes its upper half from the next slot.</summary>
    public void Write(ReadOnlySpan<Insn> insns, int index)
    {
        Insn insn = insns[index];
        switch (insn.Class)
        {
            case Opcode.Alu or Opcode.Alu64:
                WriteAlu(insn);
                break;
            case Opcode.Stx:
                WriteStoreRegister(insn);
                break;
            case Opcode.St when insn.Mode == Opcode.Mem:
                log.Write($"({insn.Code:x2}) *({SizeName(insn)} *)(r{insn.Dst} {Signed(insn.Off)}) = {insn.Imm}\n");
                break;
            case Opcode.St when insn.Mode == 0xc0:
                log.Write($"({insn.Code:x2}) nospec\n");
                break;
            case Opcode.St:
                log.Write($"BUG_st_{insn.Code:x2}\n");
                break;
            case Opcode.Ldx:
                WriteLoad(insn);
                break;
            case Opcode.Ld:
                WriteLegacyLoad(insn, index + 1 < insns.Length ? insns[index + 1].Imm : 0);
                break;
            default:
                WriteJump(insn);
                break;
        }
    }

    private void WriteAlu(Insn insn)
    {
        char width = insn.Class == Opcode.Alu ? 'w' : 'r';
        switch (insn.Op)
        {
            case Opcode.End when insn.Class == Opcode.Alu:
                log.Write($"({insn.Code:x2}) r{insn.Dst} = {(insn.Source == Opcode.X ? "be" : "le")}{insn.Imm} r{insn.Dst}\n");
                return;
            case Opcode.End when changes.DisassemblesSignExtension:
                log.Write($"({insn.Code:x2}) r{insn.Dst} = bswap{insn.Imm} r{insn.Dst}\n");
                return;
            case Opcode.End:
                log.Write($"BUG_alu64_{insn.Code:x2}\n");
                return;
            case Opcode.Neg:
                log.Write($"({insn.Code:x2}) {width}{insn.Dst} = -{width}{insn.Dst}\n");
                return;
        }

        if (changes.DisassemblesAddressSpaceCast && insn.Code == (Opcode.Alu64 | Opcode.Mov | Opcode.X) && insn.Off is 1 or -1)
        {
            if (insn.Off == 1)
                log.Write($"({insn.Code:x2}) r{insn.Dst} = addr_space_cast(r{insn.Src}, {(uint)insn.Imm >> 16}, {(ushort)insn.Imm})\n");
            else
                log.Write($"({insn.Code:x2}) r{insn.Dst} = &(void __percpu *)(r{insn.Src})\n");
            return;
        }

        string operation = s_alu[insn.Op >> 4];
        if (changes.DisassemblesSignExtension && insn.Off == 1)
        {
            if (insn.Op == Opcode.Div)
                operation = "s/=";
            else if (insn.Op == Opcode.Mod)
                operation = "s%=";
        }

        if (insn.Source == Opcode.X)
            log.Write($"({insn.Code:x2}) {width}{insn.Dst} {operation} {SignExtension(insn)}{width}{insn.Src}\n");
        else
            log.Write($"({insn.Code:x2}) {width}{insn.Dst} {operation} {insn.Imm}\n");
    }

    private string SignExtension(Insn insn) => changes.DisassemblesSignExtension && insn.Op == Opcode.Mov
        ? insn.Off switch { 8 => "(s8)", 16 => "(s16)", 32 => "(s32)", _ => "" }
        : "";

    private void WriteStoreRegister(Insn insn)
    {
        string size = SizeName(insn);
        if (insn.Mode == Opcode.Mem)
        {
            log.Write($"({insn.Code:x2}) *({size} *)(r{insn.Dst} {Signed(insn.Off)}) = r{insn.Src}\n");
            return;
        }

        if (insn.Mode == Opcode.Atomic)
        {
            string width = insn.Size == Opcode.Dw ? "64" : "";
            switch (insn.Imm)
            {
                case Opcode.Add or Opcode.And or Opcode.Or or Opcode.Xor:
                    log.Write($"({insn.Code:x2}) lock *({size} *)(r{insn.Dst} {Signed(insn.Off)}) {s_alu[insn.Imm >> 4]} r{insn.Src}\n");
                    return;
                case Opcode.Add | Opcode.Fetch or Opcode.And | Opcode.Fetch or Opcode.Or | Opcode.Fetch or Opcode.Xor | Opcode.Fetch:
                    log.Write($"({insn.Code:x2}) r{insn.Src} = atomic{width}_fetch_{FetchName(insn.Imm)}(({size} *)(r{insn.Dst} {Signed(insn.Off)}), r{insn.Src})\n");
                    return;
                case Opcode.Cmpxchg:
                    log.Write($"({insn.Code:x2}) r0 = atomic{width}_cmpxchg(({size} *)(r{insn.Dst} {Signed(insn.Off)}), r0, r{insn.Src})\n");
                    return;
                case Opcode.Xchg:
                    log.Write($"({insn.Code:x2}) r{insn.Src} = atomic{width}_xchg(({size} *)(r{insn.Dst} {Signed(insn.Off)}), r{insn.Src})\n");
                    return;
                case Opcode.LoadAcquire when changes.LoadAcquireStoreRelease:
                    log.Write($"({insn.Code:x2}) r{insn.Dst} = load_acquire(({size} *)(r{insn.Src} {Signed(insn.Off)}))\n");
                    return;
                case Opcode.StoreRelease when changes.LoadAcquireStoreRelease:
                    log.Write($"({insn.Code:x2}) store_release(({size} *)(r{insn.Dst} {Signed(insn.Off)}), r{insn.Src})\n");
                    return;
            }
        }

        log.Write($"BUG_{insn.Code:x2}\n");
    }

    private static string FetchName(int imm) => (imm & 0xf0) switch
    {
        Opcode.And => "and",
        Opcode.Or => "or",
        Opcode.Xor => "xor",
        _ => "add",
    };

    private void WriteLoad(Insn insn)
    {
        bool signExtends = insn.Mode == Opcode.Memsx && changes.DisassemblesSignExtension;
        if (insn.Mode != Opcode.Mem && !signExtends)
        {
            log.Write($"BUG_ldx_{insn.Code:x2}\n");
            return;
        }

        string size = signExtends
            ? insn.Size switch { Opcode.W => "s32", Opcode.H => "s16", Opcode.B => "s8", _ => "(null)" }
            : SizeName(insn);
        log.Write($"({insn.Code:x2}) r{insn.Dst} = *({size} *)(r{insn.Src} {Signed(insn.Off)})\n");
    }

    private void WriteLegacyLoad(Insn insn, int upper)
    {
        if (insn.Mode == Opcode.Abs)
        {
            log.Write($"({insn.Code:x2}) r0 = *({SizeName(insn)} *)skb[{insn.Imm}]\n");
        }
        else if (insn.Mode == Opcode.Ind)
        {
            log.Write($"({insn.Code:x2}) r0 = *({SizeName(insn)} *)skb[r{insn.Src} + {insn.Imm}]\n");
        }
        else if (insn.IsLdImm64)
        {
            ulong value = ((ulong)(uint)upper << 32) | (uint)insn.Imm;
            if (!allowPtrLeaks && IsHiddenAddress(insn.Src))
                value = 0;
            else if (insn.Src is not (0 or Pseudo.Func))
                value = AddressBase + (uint)insn.Imm;
            log.Write($"({insn.Code:x2}) r{insn.Dst} = 0x{value:x}\n");
        }
        else
        {
            log.Write($"BUG_ld_{insn.Code:x2}\n");
        }
    }

    /// <summary>The loaded value is a kernel address once maps are resolved, and unprivileged readers must not see it.</summary>
    private bool IsHiddenAddress(int source) => source is Pseudo.MapFd or Pseudo.MapValue
        || (changes.DisassemblerHidesAllAddresses && source is Pseudo.MapIdx or Pseudo.MapIdxValue or Pseudo.BtfId);

    private void WriteJump(Insn insn)
    {
        char width = insn.Class == Opcode.Jmp32 ? 'w' : 'r';
        if (insn.Op == Opcode.Call)
            WriteCall(insn);
        else if (insn.Code == (Opcode.Jmp | Opcode.Ja))
            log.Write($"({insn.Code:x2}) goto pc{Signed(insn.Off)}\n");
        else if (insn.IsMayGoto && changes.MayGoto)
            log.Write($"({insn.Code:x2}) may_goto pc{Signed(insn.Off)}\n");
        else if (insn.Code == (Opcode.Jmp32 | Opcode.Ja) && changes.DisassemblesSignExtension)
            log.Write($"({insn.Code:x2}) gotol pc{Signed(insn.Imm)}\n");
        else if (insn.Code == (Opcode.Jmp | Opcode.Exit))
            log.Write($"({insn.Code:x2}) exit\n");
        else if (insn.Source == Opcode.X)
            log.Write($"({insn.Code:x2}) if {width}{insn.Dst} {s_jump[insn.Op >> 4]} {width}{insn.Src} goto pc{Signed(insn.Off)}\n");
        else
            log.Write($"({insn.Code:x2}) if {width}{insn.Dst} {s_jump[insn.Op >> 4]} 0x{insn.Imm:x} goto pc{Signed(insn.Off)}\n");
    }

    private void WriteCall(Insn insn)
    {
        if (insn.Src == Pseudo.Call)
        {
            log.Write($"({insn.Code:x2}) call pc{Signed(insn.Imm)}\n");
            return;
        }

        string? name = insn.Src switch
        {
            0 => kernel.HelperName(insn.Imm),
            Pseudo.KfuncCall => kfuncName(insn) ?? "kernel-function",
            _ => "unknown",
        };
        log.Write($"({insn.Code:x2}) call {name}#{insn.Imm}\n");
    }

    private static string SizeName(Insn insn) => insn.Size switch
    {
        Opcode.W => "u32",
        Opcode.H => "u16",
        Opcode.B => "u8",
        _ => "u64",
    };

    /// <summary>A number that always carries its sign.</summary>
    private static SignedNumber Signed(int value) => new(value);
}
