using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Headers;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Abi;

/// <summary>Joins what headers, BTF and facts say of one kernel, and refuses when two of them disagree.</summary>
public static class AbiBuilder
{
    private const string HelperPrefix = "BPF_FUNC_", ProgramTypePrefix = "BPF_PROG_TYPE_";

    /// <summary>The document for one release.</summary>
    /// <param name="release">Mainline release.</param>
    /// <param name="version">With patch level.</param>
    /// <param name="abi">What <c>uname -r</c> prints.</param>
    /// <param name="btf">The kernel's types, or null where nothing had them.</param>
    /// <param name="facts">What the image's own functions say, or null where there was no image.</param>
    /// <param name="headers">What its headers declare, or null where none are known.</param>
    /// <param name="tables">Tables of the image, or null where there was none.</param>
    /// <param name="check">Notes every comparison.</param>
    /// <exception cref="IngestException">Two sources disagree; the message names both.</exception>
    public static AbiDocument Build(string release, string version, string abi, BtfSymbols? btf, KernelFacts? facts, HeaderSymbols? headers, KernelTables? tables, CrossCheck check)
    {
        SortedDictionary<string, EnumInfo> enums = Enums(btf, headers, check);
        SortedDictionary<string, StructInfo> structs = Structs(btf, headers, check);
        var document = new AbiDocument
        {
            Release = release,
            Version = version,
            Abi = abi,
            Enums = enums,
            Macros = headers?.Macros,
            Structs = structs,
            Uapi = headers?.Uapi,
            Functions = headers is { OnlyUapi: false } ? headers.Functions : null,
            Helpers = Helpers(enums, facts, headers, check),
            Protos = facts?.Protos,
            ProgramTypes = facts is null ? null : ProgramTypes(enums, facts, check),
            Kfuncs = facts?.Kfuncs,
            KfuncPrototypes = btf is null || facts is null ? null : KfuncPrototypes(btf, facts, check),
            StructOps = facts?.StructOps,
            Gates = facts?.Gates,
            BtfSets = tables?.Sets(),
            ModifyReturn = tables?.ModifyReturn(),
            RawTracepointNullArgs = tables?.RawTracepointNullArgs(),
            RawTracepoints = tables?.RawTracepoints(),
        };
        // Flags of kfuncs are macros: neither image nor BTF names them.
        foreach ((string flag, Int128 value) in headers?.Macros.Where(m => m.Key.StartsWith(KfuncFlags.Prefix, StringComparison.Ordinal)) ?? [])
            check.Same<Int128>($"macro {flag}", "the headers", value, "the names of flags here", KfuncFlags.All.TryGetValue(flag, out uint bit) ? bit : null);
        check.ThrowIfAny();
        return document;
    }

    private static SortedDictionary<string, EnumInfo> Enums(BtfSymbols? btf, HeaderSymbols? headers, CrossCheck check)
    {
        if (btf is null)
            return headers?.Enums ?? throw new ArgumentException("neither types nor headers", nameof(btf));
        var enums = new SortedDictionary<string, EnumInfo>(StringComparer.Ordinal);
        foreach ((string name, int id) in btf.Enums)
        {
            if (name[0] == '@' ? Selection.OfAnonymousEnum(name[1..]) : Selection.OfType(name))
                enums.Add(name, btf.Enum(id));
        }
        foreach ((string name, EnumInfo declared) in headers?.Enums ?? [])
        {
            if (!btf.Enums.TryGetValue(name, out int id))
            {
                enums.Add(name, declared);
                continue;
            }
            EnumInfo compiled = btf.Enum(id);
            if (btf.HasShortValues(id) && declared.Values.Values.Any(IsLong))
            {
                check.Same($"enum {name}", declared with { Values = new(declared.Values.Select(v => KeyValuePair.Create(v.Key, IsLong(v.Value) ? (uint)v.Value : v.Value)), StringComparer.Ordinal) }, compiled);
                enums[name] = declared with { Source = Sources.Both };
                continue;
            }
            check.Same($"enum {name}", declared, compiled);
            enums[name] = compiled with { Source = Sources.Both };
        }
        return enums;
    }

    // What BTF without BTF_KIND_ENUM64 (5.10) keeps only the low half of.
    private static bool IsLong(Int128 value) => value < int.MinValue || value > uint.MaxValue;

    private static SortedDictionary<string, StructInfo> Structs(BtfSymbols? btf, HeaderSymbols? headers, CrossCheck check)
    {
        if (btf is null)
            return headers?.Structs ?? throw new ArgumentException("neither types nor headers", nameof(btf));
        var structs = new SortedDictionary<string, StructInfo>(StringComparer.Ordinal);
        foreach ((string name, int id) in btf.Structs)
        {
            if (Selection.OfType(name))
                structs.Add(name, btf.Struct(id));
        }
        foreach ((string name, StructInfo declared) in headers?.Structs ?? [])
        {
            if (!btf.Structs.TryGetValue(name, out int id))
            {
                structs.Add(name, declared);
                continue;
            }
            StructInfo compiled = btf.Struct(id);
            check.Same(name, declared, compiled);
            structs[name] = compiled with { Source = Sources.Both };
        }
        return structs;
    }

    private static SortedDictionary<string, HelperInfo> Helpers(SortedDictionary<string, EnumInfo> enums, KernelFacts? facts, HeaderSymbols? headers, CrossCheck check)
    {
        var helpers = new SortedDictionary<string, HelperInfo>(StringComparer.Ordinal);
        foreach ((string name, int id) in Enumerators(enums, "bpf_func_id", HelperPrefix, name => name is "unspec"))
        {
            helpers.Add(name, new HelperInfo(id, headers?.Manual.GetValueOrDefault(name)));
            if (facts is not null)
                check.Same<int>($"number of helper {name}", "BTF enum bpf_func_id", id, "facts", facts.HelperIds.TryGetValue(name, out int other) ? other : null);
        }
        foreach ((string name, int id) in facts?.HelperIds.Where(h => !helpers.ContainsKey(h.Key)) ?? [])
            check.Same<int>($"helper {name}", "BTF enum bpf_func_id", null, "facts", id);
        return helpers;
    }

    private static SortedDictionary<string, ProgramTypeInfo> ProgramTypes(SortedDictionary<string, EnumInfo> enums, KernelFacts facts, CrossCheck check)
    {
        var types = new SortedDictionary<string, ProgramTypeInfo>(StringComparer.Ordinal);
        foreach ((string name, int id) in Enumerators(enums, "bpf_prog_type", ProgramTypePrefix, name => name is "UNSPEC"))
        {
            string? ops = facts.VerifierOps.GetValueOrDefault(name);
            types.Add(name, new ProgramTypeInfo
            {
                Id = id,
                VerifierOps = ops,
                Ops = facts.Callbacks.GetValueOrDefault(name) ?? new(StringComparer.Ordinal),
                // A type this kernel was built without can call nothing and has no context.
                Helpers = facts.Helpers.GetValueOrDefault(name) ?? (ops is null ? new(StringComparer.Ordinal) : null),
                Ctx = facts.Context.TryGetValue(name, out List<ContextAccess>? accesses) ? ContextRuns.Fold(accesses) : ops is null ? [] : null,
                Varies = facts.Varies?.GetValueOrDefault(name) is { Count: > 0 } varies ? ProgramTypeVariation.Join(varies.Values) : null,
            });
        }
        foreach (string name in facts.VerifierOps.Keys.Concat(facts.Kfuncs.Keys).Where(name => name != "UNSPEC" && !types.ContainsKey(name)).Distinct())
            check.Missing($"program type {name}", "facts", "BTF enum bpf_prog_type");
        foreach ((string type, SortedDictionary<string, string> helpers) in facts.Helpers)
        {
            foreach ((string helper, string proto) in helpers.Where(h => !facts.Protos.ContainsKey(h.Value)))
                check.Missing($"prototype {proto} of helper {helper} for {type}", "facts (helpers)", "facts (protos)");
        }
        return types;
    }

    private static SortedDictionary<string, FunctionInfo> KfuncPrototypes(BtfSymbols btf, KernelFacts facts, CrossCheck check)
    {
        var prototypes = new SortedDictionary<string, FunctionInfo>(StringComparer.Ordinal);
        foreach (string name in facts.Kfuncs.Values.SelectMany(sets => sets).SelectMany(set => set.Kfuncs.Keys).Distinct())
        {
            if (btf.Function(name) is { } function)
                prototypes.Add(name, function);
            else
                check.Missing($"kfunc {name}", "facts", "BTF");
        }
        return prototypes;
    }

    // Enumerators that stand for things: not the __MAX ones that count them. An alias does not hide the first name.
    private static IEnumerable<(string Name, int Id)> Enumerators(SortedDictionary<string, EnumInfo> enums, string name, string prefix, Func<string, bool> leaveOut)
    {
        if (!enums.TryGetValue(name, out EnumInfo? info))
            throw new IngestException($"neither the kernel's types nor its headers have enum {name}");
        foreach ((string enumerator, Int128 value) in info.Values)
        {
            if (enumerator.StartsWith(prefix, StringComparison.Ordinal) && !leaveOut(enumerator[prefix.Length..]))
                yield return (enumerator[prefix.Length..], (int)value);
        }
    }
}
