using BpfVerifier.Btf;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Reads the types of a kernel, from wherever they come, and refuses what no kernel of x86-64 has.</summary>
public static class KernelTypes
{
    private const string Section = ".BTF";

    /// <summary>Takes a <c>.BTF</c> section: the file itself, or the section of an ELF file.</summary>
    /// <param name="file">Contents.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="IngestException">An ELF file without that section, or damaged.</exception>
    public static byte[] OfFile(byte[] file, string name) =>
        file.AsSpan().StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F']) ? ElfSections.Find(file, Section, name).ToArray() : file;

    /// <summary>Reads the types.</summary>
    /// <param name="btf">A <c>.BTF</c> section.</param>
    /// <param name="name">What to call it in messages.</param>
    /// <exception cref="IngestException">Damaged, leading back to themselves, or not those of a kernel for x86-64.</exception>
    public static BtfTypes Read(byte[] btf, string name)
    {
        if (!BtfTypes.TryParse(btf, null, out BtfTypes? types, out string error))
            throw new IngestException($"{name}: the kernel's BTF cannot be read: {error} (damaged? get the file again)");
        RequireNoCircles(types, name);
        // Every kernel for 64-bit x86 saves the number of a system call under this name.
        if (RecordLayout.Find(types, "pt_regs") is { } registers && !(registers.TryGet("orig_ax", out RecordField saved) && saved.Size == sizeof(ulong)))
            throw new IngestException($"{name}: the types are of a kernel for another architecture (its struct pt_regs has no orig_ax of 8 bytes; only x86-64 is known)");
        return types;
    }

    private enum Mark : byte
    {
        New,
        Open,
        Done,
    }

    // A type that contains itself has no size and no spelling. Through a pointer it may come back to itself, unless there are
    // nothing but pointers on the way.
    private static void RequireNoCircles(BtfTypes types, string name)
    {
        var marks = new Mark[types.Count];
        marks[0] = Mark.Done;
        var path = new Stack<(int Id, int Next)>();
        for (int start = 1; start < types.Count; start++)
        {
            if (marks[start] == Mark.Done)
                continue;
            path.Push((start, 0));
            marks[start] = Mark.Open;
            while (path.TryPop(out (int Id, int Next) at))
            {
                if (Contained(types, types[at.Id], at.Next) is not { } inner)
                {
                    marks[at.Id] = Mark.Done;
                    continue;
                }
                path.Push((at.Id, at.Next + 1));
                if (marks[inner] == Mark.Open)
                {
                    int named = path.Select(step => step.Id).TakeWhile(id => id != inner).Append(inner).FirstOrDefault(id => types[id].Name.Length > 0, inner);
                    throw new IngestException($"{name}: the kernel's BTF cannot be read: type {types[named]} contains itself (damaged? get the file again)");
                }
                if (marks[inner] == Mark.New)
                {
                    marks[inner] = Mark.Open;
                    path.Push((inner, 0));
                }
            }
        }
    }

    // The types a type is made of, one at a time; 0, which stands for void, is made of nothing.
    private static int? Contained(BtfTypes types, BtfType type, int index) => type.Kind switch
    {
        BtfKind.Struct or BtfKind.Union => index < type.VLen ? type.Member(index).TypeId : null,
        BtfKind.DataSec => index < type.VLen ? type.Variable(index).TypeId : null,
        BtfKind.Array => index == 0 ? type.ElementTypeId : null,
        BtfKind.Ptr => index == 0 && types[types.SkipModifiers(type.TypeId)] is { Kind: BtfKind.Ptr } or { IsModifier: true } ? type.TypeId : null,
        BtfKind.Typedef or BtfKind.Const or BtfKind.Volatile or BtfKind.Restrict or BtfKind.TypeTag or BtfKind.Var => index == 0 ? type.TypeId : null,
        _ => null,
    };
}
