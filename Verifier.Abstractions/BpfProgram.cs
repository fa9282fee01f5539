using BpfVerifier.Btf;

namespace BpfVerifier;

/// <summary>A program exactly as it would be handed to BPF_PROG_LOAD: relocated, CO-RE applied, subprograms appended.</summary>
/// <remarks>
/// File descriptors are replaced by indices: the <c>imm</c> of a <c>BPF_PSEUDO_MAP_FD</c> or <c>BPF_PSEUDO_MAP_VALUE</c>
/// 64-bit load is an index into <see cref="Maps"/>; so is that of their forms by index, <c>BPF_PSEUDO_MAP_IDX</c> and
/// <c>BPF_PSEUDO_MAP_IDX_VALUE</c>, when <see cref="HasFdArray"/>. <c>BPF_PSEUDO_BTF_ID</c> and kfunc calls carry BTF ids of the kernel
/// the program was prepared for. A descriptor written in the source stands as its complement (<c>~fd</c>), which is no index.
/// </remarks>
public sealed class BpfProgram
{
    /// <summary>The program's name (its entry function).</summary>
    public required string Name { get; init; }
    /// <summary>Section the entry function lies in, for diagnostics.</summary>
    public string SectionName { get; init; } = "";
    /// <summary>Program type.</summary>
    public required ProgramType Type { get; init; }
    /// <summary>The <c>expected_attach_type</c> attribute.</summary>
    public AttachType ExpectedAttachType { get; init; }
    /// <summary>The <c>prog_flags</c> attribute, <c>BPF_F_*</c>.</summary>
    public uint Flags { get; init; }
    /// <summary>License string.</summary>
    public string License { get; init; } = "";
    /// <summary>Instructions, 8 bytes each, little-endian, in the kernel's <c>struct bpf_insn</c> layout.</summary>
    public required ReadOnlyMemory<byte> Instructions { get; init; }
    /// <summary>Maps the instructions refer to.</summary>
    public IReadOnlyList<BpfMap> Maps { get; init; } = [];
    /// <summary>The <c>fd_array</c> attribute is given, and holds the descriptors of <see cref="Maps"/> in their order.</summary>
    public bool HasFdArray { get; init; }
    /// <summary>The program's own types, or null when it was built without BTF.</summary>
    public BtfTypes? Btf { get; init; }
    /// <summary>func_info: where each subprogram begins and its BTF type, ascending by instruction.</summary>
    public IReadOnlyList<FuncInfo> FuncInfos { get; init; } = [];
    /// <summary>line_info: source line of instructions, ascending by instruction.</summary>
    public IReadOnlyList<LineInfo> LineInfos { get; init; } = [];
    /// <summary>core_relo: relocations left to the kernel, as light skeletons do; loaders such as libbpf apply them themselves and leave none.</summary>
    public IReadOnlyList<CoreRelo> CoreRelocations { get; init; } = [];
    /// <summary>BTF id of the attach target in the kernel (or in <see cref="AttachProgram"/>'s BTF), 0 if none.</summary>
    public int AttachBtfId { get; init; }
    /// <summary>Name of the attach target, for diagnostics.</summary>
    public string? AttachTargetName { get; init; }
    /// <summary>The BPF program that is replaced or traced (freplace, fentry on a program); null for kernel targets.</summary>
    public BpfProgram? AttachProgram { get; init; }
}

/// <summary>One func_info record.</summary>
/// <param name="InstructionOffset">Index of the subprogram's first instruction.</param>
/// <param name="TypeId">BTF_KIND_FUNC id in the program's BTF.</param>
public readonly record struct FuncInfo(int InstructionOffset, int TypeId);

/// <summary>One core_relo record (<c>struct bpf_core_relo</c>).</summary>
/// <param name="ByteOffset">Where the instruction begins, in bytes.</param>
/// <param name="TypeId">The root type in the program's BTF.</param>
/// <param name="AccessOffset">String offset of the access path in the program's BTF.</param>
/// <param name="Kind"><c>enum bpf_core_relo_kind</c>.</param>
public readonly record struct CoreRelo(uint ByteOffset, int TypeId, uint AccessOffset, int Kind);

/// <summary>One line_info record.</summary>
/// <param name="InstructionOffset">Index of the instruction.</param>
/// <param name="FileNameOffset">String offset of the file name in the program's BTF.</param>
/// <param name="LineOffset">String offset of the source text in the program's BTF.</param>
/// <param name="LineColumn">Line in the upper 22 bits, column in the lower 10.</param>
public readonly record struct LineInfo(int InstructionOffset, uint FileNameOffset, uint LineOffset, uint LineColumn)
{
    /// <summary>Line number, from 1.</summary>
    public int Line => (int)(LineColumn >> 10);
    /// <summary>Column, from 1; 0 when unknown.</summary>
    public int Column => (int)(LineColumn & 0x3ff);
}
