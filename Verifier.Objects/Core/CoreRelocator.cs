using BpfVerifier.Btf;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Core;

/// <summary>Applies an object's CO-RE relocations for one kernel.</summary>
internal sealed class CoreRelocator
{
    private readonly ObjectImage _image;
    private readonly BtfTypes _local;
    private readonly BtfTypes _kernel;
    private readonly CodeImage _code;
    private readonly CoreTypeComparer _comparer;
    private readonly CoreMatcher _matcher;
    private readonly Dictionary<int, List<int>> _candidates = [];

    private CoreRelocator(ObjectImage image, BtfTypes kernel, CodeImage code, CoreTypeComparer comparer)
    {
        _image = image;
        _local = image.Btf!;
        _kernel = kernel;
        _code = code;
        _comparer = comparer;
        _matcher = new CoreMatcher(comparer);
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
        if (Resolve(relocation, prefix, index + function.First, out CoreValue value) is { } failure)
            return failure;
        return CorePatcher.Patch(code, index, value, prefix);
    }

    private ObjectFailure? Resolve(CoreRelocation relocation, string prefix, int index, out CoreValue value)
    {
        value = default;
        BtfType type = _local[relocation.TypeId];
        if (relocation.Kind != CoreKind.TypeIdLocal && type.NameBytes.IsEmpty)
            return Fail(Errno.EINVAL, $"{prefix}: target candidate search failed for [{type.Id}] {BtfNames.Kind(type.Kind)} {type.Name}: -22");
        if (CoreSpec.TryParse(_local, relocation, out Errno parse) is not { } local)
        {
            string name = type.NameBytes.IsEmpty ? "<anon>" : type.Name;
            return Fail(Errno.EINVAL, $"{prefix}: parsing [{type.Id}] {BtfNames.Kind(type.Kind)} {name} + {_local.String(relocation.AccessOffset)} failed: {-(int)parse}");
        }
        if (relocation.Kind == CoreKind.TypeIdLocal)
        {
            value = new CoreValue { Original = (ulong)local.RootId, New = (ulong)local.RootId };
            return null;
        }
        return MatchCandidates(local, Candidates(type), prefix, index, ref value);
    }

    private List<int> Candidates(BtfType type)
    {
        if (!_candidates.TryGetValue(type.Id, out List<int>? candidates))
            _candidates[type.Id] = candidates = CoreCandidates.Of(_kernel).Find(type);
        return candidates;
    }

    // All candidates that match must agree. Those that do not are dropped for later relocations of the same type, as in libbpf.
    private ObjectFailure? MatchCandidates(CoreSpec local, List<int> candidates, string prefix, int index, ref CoreValue value)
    {
        CoreSpec? target = null;
        var kept = new List<int>();
        for (int i = 0; i < candidates.Count; i++)
        {
            CoreMatch match = _matcher.Match(local, _kernel, candidates[i], out CoreSpec found);
            if (match == CoreMatch.No)
                continue;
            if (match != CoreMatch.Yes)
            {
                Errno why = match == CoreMatch.TooDeep ? Errno.E2BIG : Errno.EINVAL;
                return Fail(why, $"{prefix}: error matching candidate #{i} {found}: {-(int)why}");
            }
            if (CoreValue.Calculate(local, found, out CoreValue candidate) is var errno and not Errno.None)
                return Unresolvable(local, prefix, index, errno);
            if (target is null)
            {
                target = found;
                value = candidate;
            }
            else if (found.BitOffset != target.BitOffset)
            {
                return Fail(Errno.EINVAL, $"{prefix}: field offset ambiguity: {found.BitOffset} != {target.BitOffset}");
            }
            else if (candidate.Poison != value.Poison || candidate.New != value.New)
            {
                return Fail(Errno.EINVAL, $"{prefix}: relocation decision ambiguity: {Decision(candidate)} {candidate.New} != {Decision(value)} {value.New}");
            }
            kept.Add(candidates[i]);
        }
        if (target is null)
            return CoreValue.Calculate(local, null, out value) is var failed and not Errno.None ? Unresolvable(local, prefix, index, failed) : null;
        candidates.Clear();
        candidates.AddRange(kept);
        return null;
    }

    private static string Decision(in CoreValue value) => value.Poison ? "failure" : "success";

    private static ObjectFailure Unresolvable(CoreSpec local, string prefix, int index, Errno errno)
    {
        string program = prefix[..prefix.LastIndexOf(": relo", StringComparison.Ordinal)];
        return Fail(errno, errno switch
        {
            Errno.EOPNOTSUPP => $"{prefix}: unrecognized CO-RE relocation {local.Kind.Text()} ({(uint)local.Kind}) at insn #{index}",
            Errno.E2BIG => $"{program}: relo {(uint)local.Kind} at insn #{index} can't be satisfied for bitfield",
            _ when local.Steps.Count > 0 && !local.Steps[^1].IsNamed => $"{program}: relo {(uint)local.Kind} at insn #{index} can't be applied to array access",
            _ => $"{prefix}: failed to relocate: {LibbpfErrno.Text(errno)}",
        });
    }
}
