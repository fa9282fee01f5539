using System.Collections.Concurrent;
using BpfVerifier.Btf;
using BpfVerifier.Objects.Elf;

namespace BpfVerifier.Objects.Sections;

/// <summary>What a section of the file is used for.</summary>
internal enum SectionRole
{
    None,
    Data,
    ReadOnlyData,
    Bss,
    PerCpu,
    StructOps,
    Relocations,
}

/// <summary>A function of the object: an entry program, or a subprogram when it lies in <c>.text</c>.</summary>
internal sealed class CodeFunction
{
    public required string Name { get; init; }
    public required int SectionIndex { get; init; }
    /// <summary>Section name without a leading ?.</summary>
    public required string SectionName { get; init; }
    /// <summary>First instruction, counted from the start of the section.</summary>
    public required int First { get; init; }
    public required int Count { get; init; }
    public required bool IsGlobal { get; init; }
    /// <summary>A global function with hidden visibility: its BTF is marked static, so that the verifier sees it in its caller's context.</summary>
    public required bool IsHidden { get; init; }
    public required bool IsSubprogram { get; init; }
    public required bool AutoLoad { get; init; }
    public SectionRule? Rule { get; set; }
    /// <summary>In order of instruction, which is counted from <see cref="First"/>.</summary>
    public List<Relocation> Relocations { get; } = [];

    public ProgramType Type => Rule?.Type ?? ProgramType.Unspec;
    public AttachType AttachType => Rule?.AttachType ?? default;
}

/// <summary>What a relocated instruction refers to.</summary>
internal enum RelocationKind
{
    Map,
    Call,
    Data,
    ExternLoad,
    ExternCall,
    FunctionAddress,
    JumpTable,
}

/// <summary>One relocated instruction.</summary>
/// <param name="Instruction">Counted from the function's first.</param>
/// <param name="Kind">What it refers to.</param>
/// <param name="Target">Index of the map or extern; unused for calls, function addresses and jump tables.</param>
/// <param name="SymbolOffset">Bytes from the start of the symbol's section.</param>
/// <param name="SymbolSize">The symbol's size, for jump tables.</param>
internal readonly record struct Relocation(int Instruction, RelocationKind Kind, int Target, ulong SymbolOffset, ulong SymbolSize = 0);

/// <summary>A symbol the object declares and the kernel or its configuration defines.</summary>
internal sealed class ExternSymbol
{
    public required string Name { get; init; }
    public required int SymbolIndex { get; init; }
    public required int BtfId { get; init; }
    public required bool IsWeak { get; init; }
    /// <summary>True for a variable in <c>.kconfig</c>, false for a kernel symbol.</summary>
    public required bool IsConfig { get; init; }
    /// <summary>Type of a kernel symbol below modifiers, 0 for untyped ones; a prototype for functions.</summary>
    public int TypeId { get; init; }
    public bool IsFunction { get; init; }
    public KconfigType ConfigType { get; init; }
    public bool IsSigned { get; init; }
    public int Size { get; init; }
    public int Alignment { get; init; }
    /// <summary>Offset in the <c>.kconfig</c> map.</summary>
    public int DataOffset { get; set; }
}

/// <summary>How the value of a configuration variable is stored.</summary>
internal enum KconfigType
{
    Unknown,
    Char,
    Bool,
    Int,
    Tristate,
    CharArray,
}

/// <summary>All that is in an object, before any kernel is known. Built once by <see cref="ObjectReader"/>, never changed afterwards.</summary>
internal sealed class ObjectImage(string name, ElfFile elf)
{
    /// <summary>File name as given, for messages.</summary>
    public string Path { get; } = name;
    /// <summary>libbpf's object name: the file name up to its first dot, at most 15 characters.</summary>
    public string Name { get; } = ShortName(name);
    public ElfFile Elf { get; } = elf;
    public string License { get; set; } = "";
    public BtfTypes? Btf { get; set; }
    public BtfExt? BtfExt { get; set; }
    /// <summary>Entry programs and subprograms by section, then by place.</summary>
    public List<CodeFunction> Functions { get; } = [];
    public List<Maps.MapSpec> Maps { get; } = [];
    public List<ExternSymbol> Externs { get; } = [];
    public Dictionary<int, SectionRole> Roles { get; } = [];
    public int TextIndex { get; set; } = -1;
    public int BtfMapsIndex { get; set; } = -1;
    public int BtfMapsTypeId { get; set; }
    public int ArenaIndex { get; set; } = -1;
    public int ArenaMap { get; set; } = -1;
    public int ArenaSize { get; set; }
    public int JumpTablesIndex { get; set; } = -1;
    public ReadOnlyMemory<byte> JumpTables { get; set; }
    public int KconfigMap { get; set; } = -1;
    public bool HasStructOps { get; set; }
    /// <summary>The types as kernels with the same features get them, and what those say against them; filled as programs are prepared.</summary>
    public ConcurrentDictionary<int, (BtfTypes Types, string Complaint)> SanitizedBtf { get; } = new();
    /// <summary>Warnings that stop nothing.</summary>
    public List<string> Warnings { get; } = [];

    private static string ShortName(string path)
    {
        string file = path[(path.LastIndexOf('/') + 1)..];
        int dot = file.IndexOf('.', StringComparison.Ordinal);
        if (dot >= 0)
            file = file[..dot];
        return file.Length > 15 ? file[..15] : file;
    }

    public SectionRole Role(int section) => Roles.GetValueOrDefault(section);

    /// <summary>The function that holds an instruction of a section, or null.</summary>
    public CodeFunction? FindFunction(int section, long instruction)
    {
        int low = 0, high = Functions.Count - 1;
        while (low < high)
        {
            int middle = low + (high - low + 1) / 2;
            CodeFunction candidate = Functions[middle];
            if (candidate.SectionIndex < section || candidate.SectionIndex == section && candidate.First <= instruction)
                low = middle;
            else
                high = middle - 1;
        }
        return Functions.Count > 0 && Functions[low] is var found && found.SectionIndex == section
            && instruction >= found.First && instruction < (long)found.First + found.Count ? found : null;
    }

    public CodeFunction? FindProgram(string name) => Functions.Find(f => !f.IsSubprogram && f.Name == name);

    /// <summary>A function's instructions as the compiler left them.</summary>
    public ReadOnlySpan<byte> Code(CodeFunction function) =>
        Elf.Section(function.SectionIndex) is { } section && Elf.TryData(section, out ReadOnlyMemory<byte> data)
            ? data.Span.Slice(function.First * Instruction.Size, function.Count * Instruction.Size)
            : default;
}
