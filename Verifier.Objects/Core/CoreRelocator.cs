using BpfVerifier.Btf;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Core;

/// <summary>Applies an object's CO-RE relocations for one kernel.</summary>
internal sealed class CoreRelocator
{
    private readonly ObjectImage _image;
    private readonly BtfTypes _local;
    private readonly CodeImage _code;
    private readonly CoreResolver _resolver;

    private CoreRelocator(ObjectImage image, BtfTypes kernel, CodeImage code, CoreTypeComparer comparer)
    {
        _image = image;
        _local = image.Btf!;
        _code = code;
        _resolver = new CoreResolver(_local, kernel, comparer);
    }

    /// <summary>Relocates the functions that <paramref name="wanted"/> selects, in the order of their records.</summary>
    public static ObjectFailure? Apply(ObjectImage image, BtfTypes kernel, CodeImage code, CoreTypeComparer comparer, Func<CodeFunction, bool> wanted) =>
        image.BtfExt is { } ext && image.Btf is not null ? new CoreRelocator(image, kernel, code, comparer).Apply(ext.CoreRelocations, wanted) : null;

    private ObjectFailure? Apply(BtfExtInfo info, Func<CodeFunction, bool> wanted)
    {
        foreach (BtfExtSection section in info.Sections)
        {
            if (_local.StringBytes(section.SectionNameOffset).IsEmpty)
                return Fail(Errno.EINVAL, "failed to perform CO-RE relocations: -EINVAL");
            for (int i = 0; i < info.Count(section); i++)
            {
                uint offset = info.Word(section, i, 0);
                if (offset % Instruction.Size != 0)
                    return Fail(Errno.EINVAL, "failed to perform CO-RE relocations: -EINVAL");
                int index = (int)(offset / Instruction.Size);
                // No function there: a weak one that another object's took the place of.
                if (_image.FindFunction(section.SectionIndex, index) is not { } function || !wanted(function))
                    continue;
                var relocation = new CoreRelocation((int)info.Word(section, i, 1), info.Word(section, i, 2), (CoreKind)info.Word(section, i, 3));
                if (Apply(function, index - function.First, i, relocation) is { } failure)
                    return failure;
            }
        }
        return null;
    }

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    private ObjectFailure? Apply(CodeFunction function, int index, int number, CoreRelocation relocation)
    {
        string prefix = $"prog '{function.Name}': relo #{number}";
        Span<Instruction> code = _code.Of(function);
        if (code[index].IsLoadImm64 && index + 1 >= code.Length)
            return Fail(Errno.EINVAL, $"{prefix}: insn #{index} (LDIMM64) is truncated");
        if (!_local.IsValid(relocation.TypeId))
            return Fail(Errno.EINVAL, $"{prefix}: failed to relocate: -EINVAL");
        _code.NoteCore(function, index, relocation);
        if (_resolver.Resolve(relocation, prefix, index + function.First, out CoreValue value) is { } failure)
            return failure;
        return CorePatcher.Patch(code, index, value, prefix);
    }
}
