namespace BpfVerifier.Abi;

/// <summary>A helper function.</summary>
/// <param name="Id">Its number in <see cref="bpf_func_id"/>.</param>
/// <param name="Name">Its name, with <c>bpf_</c>.</param>
/// <param name="Prototype">Its prototype in C as the newest release documents it, or null.</param>
public readonly record struct HelperDescriptor(int Id, string Name, string? Prototype)
{
    /// <summary>The instruction that calls it.</summary>
    public bpf_insn Call() => new() { code = Bpf.BPF_JMP | Bpf.BPF_CALL, imm = Id };

    /// <summary>The instruction that calls it, in a program of type <paramref name="programType"/>: the analyzer tells where a target kernel does not offer it to them.</summary>
    public bpf_insn CallFrom(bpf_prog_type programType)
    {
        _ = programType;
        return Call();
    }
}

/// <summary>A kernel function that programs may call.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Prototype">Its prototype in C in the newest release that has it, without names, or null.</param>
public readonly record struct KfuncDescriptor(string Name, string? Prototype)
{
    /// <summary>The instruction that calls it.</summary>
    /// <param name="btfId">Its number in the kernel's BTF, or in that of its module.</param>
    /// <param name="moduleIndex">0 for the kernel itself, or the index of the module's BTF in the program's descriptors.</param>
    public bpf_insn Call(int btfId, short moduleIndex = 0) =>
        new() { code = Bpf.BPF_JMP | Bpf.BPF_CALL, src_reg = Bpf.BPF_PSEUDO_KFUNC_CALL, off = moduleIndex, imm = btfId };

    /// <summary>The instruction that calls it, in a program of type <paramref name="programType"/>: the analyzer tells where a target kernel does not offer it to them.</summary>
    /// <param name="programType">Type of the program.</param>
    /// <param name="btfId">Its number in the kernel's BTF, or in that of its module.</param>
    /// <param name="moduleIndex">0 for the kernel itself, or the index of the module's BTF in the program's descriptors.</param>
    public bpf_insn CallFrom(bpf_prog_type programType, int btfId, short moduleIndex = 0)
    {
        _ = programType;
        return Call(btfId, moduleIndex);
    }
}
