using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Core;

/// <summary>Works out what CO-RE records of an object come to on one kernel.</summary>
internal sealed class CoreResolver(BtfTypes localTypes, BtfTypes kernel, CoreTypeComparer comparer)
{
    private readonly CoreMatcher _matcher = new(comparer);
    private readonly Dictionary<int, List<int>> _candidates = [];

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    /// <summary>What a record comes to.</summary>
    /// <param name="relocation">The record; its type exists.</param>
    /// <param name="prefix">How messages begin: program and number of the record.</param>
    /// <param name="index">The instruction, counted from its section's start, for messages.</param>
    /// <param name="value">What is to be written.</param>
    /// <returns>Null, or why the object cannot be loaded.</returns>
    public ObjectFailure? Resolve(CoreRelocation relocation, string prefix, int index, out CoreValue value)
    {
        value = default;
        BtfType type = localTypes[relocation.TypeId];
        if (relocation.Kind != CoreKind.TypeIdLocal && type.NameBytes.IsEmpty)
            return Fail(Errno.EINVAL, $"{prefix}: target candidate search failed for [{type.Id}] {BtfNames.Kind(type.Kind)} {type.Name}: -22");
        if (CoreSpec.TryParse(localTypes, relocation, out Errno parse) is not { } local)
        {
            string name = type.NameBytes.IsEmpty ? "<anon>" : type.Name;
            return Fail(Errno.EINVAL, $"{prefix}: parsing [{type.Id}] {BtfNames.Kind(type.Kind)} {name} + {localTypes.String(relocation.AccessOffset)} failed: {-(int)parse}");
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
            _candidates[type.Id] = candidates = CoreCandidates.Of(kernel).Find(type);
        return candidates;
    }

    // All candidates that match must agree. Those that do not are dropped for later relocations of the same type, as in libbpf.
    private ObjectFailure? MatchCandidates(CoreSpec local, List<int> candidates, string prefix, int index, ref CoreValue value)
    {
        CoreSpec? target = null;
        var kept = new List<int>();
        for (int i = 0; i < candidates.Count; i++)
        {
            CoreMatch match = _matcher.Match(local, kernel, candidates[i], out CoreSpec found);
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
