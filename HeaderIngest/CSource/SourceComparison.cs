using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>A thing that C and the image do not say the same of.</summary>
/// <param name="What">The thing and what each says.</param>
/// <param name="Explanation">Why both are right, or null when nobody knows.</param>
public sealed record SourceDifference(string What, string? Explanation);

/// <summary>How the two readings of one kind of thing agree.</summary>
/// <param name="Name">What they are, in the plural.</param>
/// <param name="Equal">Number that is the same in both.</param>
/// <param name="Different">Those of which the two say different things.</param>
/// <param name="OnlyInSource">Those the image does not have.</param>
/// <param name="OnlyInImage">Those the C files do not have.</param>
public sealed record SourceAgreement(string Name, int Equal, List<SourceDifference> Different, List<SourceDifference> OnlyInSource, List<SourceDifference> OnlyInImage)
{
    /// <summary>Number that both have.</summary>
    public int Compared => Equal + Different.Count;

    /// <summary>Every difference.</summary>
    public IEnumerable<SourceDifference> Differences => [.. Different, .. OnlyInSource, .. OnlyInImage];
}

/// <summary>Compares what the C files of a kernel say with what was read from its image.</summary>
public static class SourceComparison
{
    private const string Absent = "the image has nothing of this name, and an empty place in its set";

    /// <summary>Prototypes, kfuncs of registered sets, registrations, and the sets that are not of kfuncs.</summary>
    /// <param name="source">Of the C files.</param>
    /// <param name="image">Of the image.</param>
    /// <param name="sets">Its sets without flags.</param>
    /// <param name="modifyReturn">Its functions that fmod_ret programs may change.</param>
    /// <param name="hasType">Whether its BTF has something of a name.</param>
    public static List<SourceAgreement> Compare(
        SourceFacts source, KernelFacts image, SortedDictionary<string, SortedSet<string>> sets, SortedDictionary<string, List<string>> modifyReturn, Func<string, bool> hasType) =>
        [Protos(source, image), Kfuncs(source, image, hasType), Registrations(source, image), Sets(source, sets, hasType), ModifyReturn(source, modifyReturn, hasType)];

    private static SourceAgreement Protos(SourceFacts source, KernelFacts image)
    {
        var agreement = new SourceAgreement("prototypes", 0, [], [], []);
        int equal = 0;
        // A name that several files have for themselves has an address behind it in the image.
        ILookup<string, KeyValuePair<string, ProtoInfo>> compiled = image.Protos.ToLookup(p => p.Key.Split('@')[0], StringComparer.Ordinal);
        ILookup<string, SourceProto> written = source.Protos.ToLookup(p => p.Name, StringComparer.Ordinal);
        foreach (string name in compiled.Select(g => g.Key).Union(written.Select(g => g.Key), StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            List<KeyValuePair<string, ProtoInfo>> left = [.. compiled[name]];
            var unmatched = new List<SourceProto>();
            foreach (SourceProto proto in written[name])
            {
                if (left.FindIndex(c => Differences(proto.Info, c.Value).Count == 0) is >= 0 and var same)
                {
                    left.RemoveAt(same);
                    equal++;
                }
                else
                {
                    unmatched.Add(proto);
                }
            }
            foreach (SourceProto proto in unmatched)
            {
                if (left.Count == 0)
                {
                    agreement.OnlyInSource.Add(new($"{name} ({proto.Place})", proto.Unused ? "nothing in its file refers to it, so the compiler leaves it out" : null));
                    continue;
                }
                agreement.Different.Add(new($"{name} ({proto.Place}): {string.Join(", ", Differences(proto.Info, left[0].Value))}", null));
                left.RemoveAt(0);
            }
            agreement.OnlyInImage.AddRange(left.Select(c => new SourceDifference(c.Key, null)));
        }
        return agreement with { Equal = equal };
    }

    private static List<string> Differences(ProtoInfo written, ProtoInfo compiled)
    {
        var differences = new List<string>();
        void Same<T>(string what, T one, T other)
        {
            if (!EqualityComparer<T>.Default.Equals(one, other))
                differences.Add(FormattableString.Invariant($"{what} {Text(one)} in C, {Text(other)} in the image"));
        }
        Same("func", written.Func, compiled.Func);
        Same("ret_type", written.Ret, compiled.Ret);
        if (written.RetBtf != ProtoText.UnknownType)
            Same("ret_btf_id", written.RetBtf, compiled.RetBtf);
        for (int i = 0; i < Math.Max(written.Args.Count, compiled.Args.Count); i++)
        {
            string? one = written.Args.ElementAtOrDefault(i), other = compiled.Args.ElementAtOrDefault(i);
            if (one is not null && other is not null && one.EndsWith("btf_id=" + ProtoText.UnknownType, StringComparison.Ordinal))
                (one, other) = (one.Split(' ')[0], other.Split(' ')[0]);
            Same(FormattableString.Invariant($"arg{i + 1}"), one, other);
        }
        Same("gpl_only", written.GplOnly, compiled.GplOnly);
        Same("pkt_access", written.PktAccess, compiled.PktAccess);
        Same("might_sleep", written.MightSleep, compiled.MightSleep);
        Same("allow_fastcall", written.AllowFastcall, compiled.AllowFastcall);
        Same("allowed", written.Allowed, compiled.Allowed);
        return differences;

        static string Text<T>(T value) => FormattableString.Invariant($"{value}") is { Length: > 0 } text ? text : "none";
    }

    private static SourceAgreement Kfuncs(SourceFacts source, KernelFacts image, Func<string, bool> hasType)
    {
        HashSet<string> registered = [.. source.Registrations.Select(r => r.Set)];
        var written = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (SourceSet set in source.Sets.Where(s => registered.Contains(s.Name)))
        {
            foreach ((string kfunc, uint flags) in set.Members)
                written[$"{kfunc} of {set.Name}"] = Text(KfuncFlags.Names(flags, kfunc));
        }
        var compiled = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (KfuncSet set in image.Kfuncs.Values.SelectMany(sets => sets))
        {
            foreach ((string kfunc, List<string> flags) in set.Kfuncs)
                compiled[$"{kfunc} of {set.Set}"] = Text(flags);
        }
        return Pairs("kfuncs", written, compiled, key => hasType(key.Split(' ')[0]) ? null : Absent);
    }

    private static string Text(List<string> flags) => flags.Count == 0 ? "no flags" : string.Join('|', flags);

    private static SourceAgreement Sets(SourceFacts source, SortedDictionary<string, SortedSet<string>> sets, Func<string, bool> hasType)
    {
        Dictionary<string, string> written = source.Sets.Where(s => s.IsPlain).SelectMany(s => s.Members.Keys.Where(m => m.Length > 0).Select(m => $"{m} of {s.Name}")).Distinct().ToDictionary(m => m, _ => "member", StringComparer.Ordinal);
        Dictionary<string, string> compiled = sets.SelectMany(s => s.Value.Select(m => $"{m} of {s.Key}")).ToDictionary(m => m, _ => "member", StringComparer.Ordinal);
        return Pairs("members of sets without flags", written, compiled, key => hasType(key.Split(' ')[0]) ? null : Absent);
    }

    private static SourceAgreement ModifyReturn(SourceFacts source, SortedDictionary<string, List<string>> modifyReturn, Func<string, bool> hasType)
    {
        var written = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach ((string name, uint flags) in source.Sets.Where(s => source.ModifyReturn.Contains(s.Name)).SelectMany(s => s.Members))
            written[name] = Text(KfuncFlags.Names(flags, name));
        return Pairs("functions for fmod_ret", written, modifyReturn.ToDictionary(f => f.Key, f => Text(f.Value), StringComparer.Ordinal), key => hasType(key) ? null : Absent);
    }

    private static SourceAgreement Registrations(SourceFacts source, KernelFacts image)
    {
        Dictionary<string, string> written = source.Registrations.DistinctBy(r => (r.ProgramType, r.Set)).ToDictionary(r => $"{r.Set} for {r.ProgramType}", r => Text(r.Filter), StringComparer.Ordinal);
        Dictionary<string, string> compiled = image.Kfuncs.SelectMany(t => t.Value.Select(s => (Key: $"{s.Set} for {t.Key}", s.Filter))).DistinctBy(s => s.Key).ToDictionary(s => s.Key, s => Text(s.Filter), StringComparer.Ordinal);
        return Pairs("registrations", written, compiled, _ => null);

        static string Text(string? filter) => filter is null ? "no filter" : "filter " + filter;
    }

    private static SourceAgreement Pairs(string name, Dictionary<string, string> written, Dictionary<string, string> compiled, Func<string, string?> explain)
    {
        var agreement = new SourceAgreement(name, 0, [], [], []);
        int equal = 0;
        foreach (string key in written.Keys.Union(compiled.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string? one = written.GetValueOrDefault(key), other = compiled.GetValueOrDefault(key);
            if (one == other)
                equal++;
            else if (other is null)
                agreement.OnlyInSource.Add(new SourceDifference($"{key} ({one})", explain(key)));
            else if (one is null)
                agreement.OnlyInImage.Add(new SourceDifference($"{key} ({other})", null));
            else
                agreement.Different.Add(new SourceDifference($"{key}: {one} in C, {other} in the image", null));
        }
        return agreement with { Equal = equal };
    }
}
