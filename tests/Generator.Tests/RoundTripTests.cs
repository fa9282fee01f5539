using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;

namespace BpfVerifier.Generator.Tests;

/// <summary>What the compiled tables of each committed release answer is what its abi.json says, read by other means.</summary>
public class RoundTripTests
{
    private static readonly ConcurrentDictionary<string, (EmittedAssembly Emitted, JsonElement Abi)> s_loaded = new();

    public static TheoryData<string> Releases => [.. RepositoryFiles.Releases];

    internal static (EmittedAssembly Emitted, JsonElement Abi) Load(string release) => s_loaded.GetOrAdd(release, name => (
        new EmittedAssembly(RepositoryFiles.Inputs(name)),
        JsonDocument.Parse(File.ReadAllText(RepositoryFiles.Release(name))).RootElement));

    [Fact]
    public void The_releases_are_there() => Assert.Superset(
        new HashSet<string> { "5.10", "6.1", "6.12", "6.16", "6.17", "6.18", "6.19", "7.0", "7.1", "7.2", "7.3" }, RepositoryFiles.Releases.ToHashSet());

    [Theory]
    [MemberData(nameof(Releases))]
    public void Helpers(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        var expected = new List<string>();
        foreach (JsonProperty type in abi.GetProperty("programTypes").EnumerateObject())
        {
            if (type.Value.GetProperty("helpers").ValueKind == JsonValueKind.Null)
                continue;
            expected.Add($"{type.Value.GetProperty("id")} known");
            foreach (JsonProperty use in type.Value.GetProperty("helpers").EnumerateObject())
            {
                int id = abi.GetProperty("helpers").GetProperty(use.Name).GetProperty("id").GetInt32();
                expected.Add($"{type.Value.GetProperty("id")} {id} {Proto(abi, use.Value.GetString()!)}");
            }
        }
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), emitted.Ask<List<string>>("Helpers").Select(Fold).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Helpers_under_a_condition(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        JsonElement attachTypes = abi.GetProperty("enums").GetProperty("bpf_attach_type").GetProperty("values");
        var expected = new HashSet<string>();
        foreach (JsonElement type in abi.GetProperty("programTypes").EnumerateObject().Select(t => t.Value))
        {
            if (type.GetProperty("helpers").ValueKind == JsonValueKind.Null || !type.TryGetProperty("varies", out JsonElement varies))
                continue;
            foreach (JsonElement item in varies.EnumerateArray())
            {
                if (!item.TryGetProperty("helpers", out JsonElement helpers) || helpers.ValueKind == JsonValueKind.Null)
                    continue;
                foreach (string when in item.GetProperty("when").EnumerateArray().Select(w => w.GetString()!))
                    foreach (JsonProperty helper in helpers.EnumerateObject())
                        foreach (string condition in Conditions(when, attachTypes))
                            expected.Add($"{type.GetProperty("id")} {condition} {abi.GetProperty("helpers").GetProperty(helper.Name).GetProperty("id")} {helper.Value.GetString()}");
            }
        }
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), emitted.Ask<List<string>>("HelperVariations").Order(StringComparer.Ordinal));
    }

    /// <summary>A condition as the probe names it. What a loader without CAP_SYS_ADMIN loses, each loader loses that lacks another capability too.</summary>
    private static IEnumerable<string> Conditions(string when, JsonElement attachTypes) => when.Split(' ') switch
    {
        ["attach", var name] => [$"attach {attachTypes.GetProperty("BPF_" + name)}"],
        ["without", "BPF"] => ["without 1"],
        ["without", "PERFMON"] => ["without 2"],
        ["without", "NET_ADMIN"] => ["without 4"],
        ["without", "SYS_ADMIN"] => ["without 1", "without 2", "without 4", "without 8"],
        ["sleepable"] => ["sleepable"],
        _ => [],
    };

    [Theory]
    [MemberData(nameof(Releases))]
    public void Helper_names(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        Dictionary<int, string> names = abi.GetProperty("helpers").EnumerateObject().ToDictionary(h => h.Value.GetProperty("id").GetInt32(), h => "bpf_" + h.Name);
        names[0] = "bpf_unspec";
        int count = abi.GetProperty("enums").GetProperty("bpf_func_id").GetProperty("values").GetProperty("__BPF_FUNC_MAX_ID").GetInt32();
        Assert.Equal(count, emitted.Constant("Abi", "HelperCount"));
        Assert.Equal(Enumerable.Range(-1, count + 3).Select(i => names.GetValueOrDefault(i, "unknown")), emitted.Ask<List<string>>("HelperNames"));
        // Every release knows the numbers of all.
        Assert.Equal(1, emitted.Constant("HelperId", "MapLookupElem"));
        Assert.Equal(211, emitted.Constant("HelperId", "CgrpStorageDelete"));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Context_accesses(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        var expected = new List<string>();
        foreach (JsonElement type in abi.GetProperty("programTypes").EnumerateObject().Select(t => t.Value))
        {
            JsonElement runs = type.GetProperty("ctx");
            if (runs.ValueKind == JsonValueKind.Null)
                continue;
            expected.Add($"{type.GetProperty("id")} known");
            foreach (JsonElement[] run in runs.EnumerateArray().Select(r => r.EnumerateArray().ToArray()))
            {
                string yields = RegType(abi, run[5].GetString()!), access = run[0].GetString() == "r" ? "Read" : "Write";
                for (int off = run[1].GetInt32(); off < run[2].GetInt32(); off += run[4].GetInt32())
                    expected.Add($"{type.GetProperty("id")} {access} {off} {run[3]} {yields} {run[6]}");
            }
        }
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Select(Fold).Order(StringComparer.Ordinal), emitted.Ask<List<string>>("Contexts").Select(Fold).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Kfuncs(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        var common = new HashSet<string>();
        var names = new SortedSet<string>(StringComparer.Ordinal);
        int compared = 0;
        foreach (JsonProperty type in abi.GetProperty("kfuncs").EnumerateObject().OrderBy(t => t.Name != "UNSPEC"))
        {
            int id = type.Name == "UNSPEC" ? 0 : abi.GetProperty("programTypes").GetProperty(type.Name).GetProperty("id").GetInt32();
            // A kfunc may be registered by several sets: any of their answers is right.
            var registered = new Dictionary<string, List<string>>();
            foreach (JsonElement set in type.Value.EnumerateArray())
            {
                foreach (JsonProperty kfunc in set.GetProperty("kfuncs").EnumerateObject())
                {
                    names.Add(kfunc.Name);
                    string flags = Fold(string.Join(", ", kfunc.Value.EnumerateArray().Select(f => f.GetString()).Order(StringComparer.Ordinal)));
                    if (!registered.TryGetValue(kfunc.Name, out List<string>? answers))
                        registered.Add(kfunc.Name, answers = []);
                    answers.Add($"{(flags.Length == 0 ? "none" : flags)} [{set.GetProperty("filter")}]");
                }
            }
            foreach ((string name, List<string> answers) in registered)
            {
                string? actual = emitted.Ask<string?>("Kfunc", id, name);
                Assert.NotNull(actual);
                Assert.NotNull(emitted.Ask<string?>("AnyKfunc", name));
                if (id == 0)
                    common.Add(name);
                else if (common.Contains(name))
                    continue;
                compared++;
                Assert.Contains(Sorted(actual), answers);
            }
        }
        // 5.10 is older than kfuncs.
        Assert.InRange(compared, release == "5.10" ? 0 : 40, int.MaxValue);
        Assert.Equal(names, emitted.Ask<List<string>>("KfuncNames"));
        Assert.Null(emitted.Ask<string?>("Kfunc", 6, "bpf_no_such_kfunc"));
        Assert.Null(emitted.Ask<string?>("AnyKfunc", ""));
        // Types that register nothing and share no hook have the common ones only, as have numbers that are no types.
        foreach (int type in new[] { -1, 16, 63 })
            Assert.All(names, name => Assert.Equal(common.Contains(name), emitted.Ask<string?>("Kfunc", type, name) is not null));

        static string Sorted(string answer)
        {
            string flags = answer[..answer.IndexOf(" [", StringComparison.Ordinal)];
            return Fold(string.Join(", ", flags.Split(", ").Select(Fold).Order(StringComparer.Ordinal))) + answer[flags.Length..];
        }
    }

    [Theory]
    [InlineData("6.1", 29, "bpf_task_acquire", false)]
    [InlineData("6.1", 26, "bpf_get_task_exe_file", false)]
    [InlineData("6.1", 29, "bpf_verify_pkcs7_signature", true)]
    [InlineData("6.1", 5, "bpf_verify_pkcs7_signature", false)]
    [InlineData("6.12", 29, "bpf_task_acquire", true)]
    [InlineData("6.12", 26, "bpf_get_task_exe_file", true)]
    [InlineData("6.12", 5, "bpf_task_acquire", true)]
    [InlineData("6.12", 17, "bpf_task_acquire", false)]
    [InlineData("6.12", 9, "bpf_dynptr_from_skb", true)]
    [InlineData("6.12", 12, "bpf_dynptr_from_skb", true)]
    public void Kfuncs_are_shared_by_the_types_of_a_hook(string release, int type, string kfunc, bool expected) =>
        Assert.Equal(expected, Load(release).Emitted.Ask<string?>("Kfunc", type, kfunc) is not null);

    [Theory]
    [MemberData(nameof(Releases))]
    public void Kinds_and_identity(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        string Ids(IEnumerable<int> ids) => string.Join(' ', ids.Distinct().Order());
        IEnumerable<int> Values(string name, string prefix) => abi.GetProperty("enums").GetProperty(name).GetProperty("values").EnumerateObject()
            .Where(v => v.Name.StartsWith(prefix, StringComparison.Ordinal)).Select(v => v.Value.GetInt32());
        IEnumerable<int> programs = abi.GetProperty("programTypes").EnumerateObject().Select(t => t.Value)
            .Where(t => t.GetProperty("verifier_ops").ValueKind == JsonValueKind.String).Select(t => t.GetProperty("id").GetInt32());
        Assert.Equal(
            $"{Ids(programs)}|{Ids(Values("bpf_map_type", "BPF_MAP_TYPE_").Where(v => v != 0))}|{Ids(Values("bpf_attach_type", "BPF_"))}",
            emitted.Ask<string>("Kinds"));

        Assert.Equal(release, emitted.Constant("Abi", "Release"));
        Assert.Equal(abi.GetProperty("version").GetString(), emitted.Constant("Abi", "Version"));
        Assert.Equal(abi.GetProperty("abi").GetString(), emitted.Constant("Abi", "KernelAbi"));
        VerifierReleaseAttribute attribute = Assert.Single(emitted.Assembly.GetCustomAttributes(false).OfType<VerifierReleaseAttribute>());
        Assert.Equal(release, attribute.Release);
        Assert.Equal("BpfVerifier.Linux.V" + release.Replace('.', '_'), attribute.Verifier.Namespace);
        var verifier = (IVerifier)Activator.CreateInstance(attribute.Verifier)!;
        Assert.Equal(abi.GetProperty("version").GetString(), verifier.Release.ToString());
        Assert.Equal(["LinuxVerifier", "Probe"], emitted.Assembly.GetExportedTypes().Select(t => t.Name).Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Sets_of_the_image(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        string Property(string set) => string.Concat(set.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
        var sets = abi.GetProperty("btfSets").EnumerateObject().ToDictionary(s => Property(s.Name), s => s.Value.EnumerateArray().Select(n => n.GetString()!).ToHashSet());
        HashSet<string> names = [.. sets.Values.SelectMany(n => n), "", "bpf_lsm_no_such_hook"];
        List<string> properties = emitted.Ask<List<string>>("SetProperties");
        Assert.Contains("SleepableLsmHooks", properties);
        foreach (string property in properties)
        {
            HashSet<string> expected = sets.GetValueOrDefault(property) ?? sets.GetValueOrDefault("Btf" + property) ?? [];
            Assert.Equal(expected.Count, emitted.Ask<int>("SizeOfSet", property));
            Assert.All(names, name => Assert.Equal(expected.Contains(name), emitted.Ask<bool>("InSet", property, name)));
        }
        JsonElement modify = abi.GetProperty("modifyReturn");
        foreach (string name in names.Concat(modify.EnumerateObject().Select(f => f.Name)))
        {
            bool allowed = modify.TryGetProperty(name, out JsonElement flags);
            Assert.Equal($"{allowed} {allowed && flags.GetArrayLength() > 0}", emitted.Ask<string>("ModifyReturnOf", name));
        }
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Raw_tracepoints(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        JsonElement templates = abi.GetProperty("rawTracepoints"), nulls = abi.GetProperty("rawTracepointNullArgs");
        string[] names = [.. templates.EnumerateObject().Concat(nulls.EnumerateObject()).Select(t => t.Name), "", "no_such_tracepoint"];
        Assert.InRange(names.Length, 600, int.MaxValue);
        foreach (string name in names)
        {
            Assert.Equal(templates.TryGetProperty(name, out JsonElement template) ? template.GetString() : null, emitted.Ask<string?>("TemplateOf", name));
            Assert.Equal(nulls.TryGetProperty(name, out JsonElement mask) ? mask.GetUInt64() : 0, emitted.Ask<ulong>("NullArguments", name));
        }
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Struct_ops(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        var expected = new List<string>();
        foreach (JsonProperty ops in abi.GetProperty("structOps").EnumerateObject())
        {
            JsonElement value = ops.Value;
            expected.Add($"{ops.Name} {value.GetProperty("verifier_ops")} {value.GetProperty("reads").GetBoolean()} "
                + string.Join('|', value.GetProperty("refusals").EnumerateArray().Select(r => r.GetString())));
            foreach (JsonProperty member in value.GetProperty("members").EnumerateObject())
            {
                expected.Add($"{ops.Name}.{member.Name} {member.Value.GetProperty("stub").GetString()} {member.Value.GetProperty("refused")} {member.Value.GetProperty("refused_sleepable")}");
                string[] withheld = value.GetProperty("withheld").TryGetProperty(member.Name, out JsonElement names) ? [.. names.EnumerateArray().Select(n => n.GetString()!)] : [];
                expected.AddRange(value.GetProperty("helpers").EnumerateObject().Where(h => !withheld.Contains(h.Name))
                    .Select(h => $"{ops.Name}.{member.Name} {abi.GetProperty("helpers").GetProperty(h.Name).GetProperty("id")} {h.Value.GetString()}"));
            }
            expected.AddRange(value.GetProperty("stores").EnumerateObject().Select(s => $"{ops.Name} {s.Name} "
                + (s.Value.ValueKind == JsonValueKind.Null ? "any" : string.Join(',', s.Value.EnumerateArray().SelectMany(r => r.EnumerateArray())))));
        }
        Assert.NotEmpty(expected);
        Assert.Equal(expected.Order(StringComparer.Ordinal), emitted.Ask<List<string>>("StructOps").Order(StringComparer.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Callbacks_of_program_types(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        foreach (JsonElement type in abi.GetProperty("programTypes").EnumerateObject().Select(t => t.Value))
        {
            JsonElement ops = type.GetProperty("ops");
            string expected = $"{ops.TryGetProperty("convert_ctx_access", out _)} {ops.TryGetProperty("btf_struct_access", out _)}";
            Assert.Equal(expected, emitted.Ask<string>("ContextOps", type.GetProperty("id").GetInt32()));
        }
        Assert.Equal("False False", emitted.Ask<string>("ContextOps", -1));
        Assert.Equal("False False", emitted.Ask<string>("ContextOps", 63));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Constants(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        int compared = 0;
        foreach (JsonProperty value in abi.GetProperty("enums").EnumerateObject().SelectMany(e => e.Value.GetProperty("values").EnumerateObject())
            .Where(v => v.Name.StartsWith("BPF_", StringComparison.Ordinal) || v.Name.StartsWith("XDP_", StringComparison.Ordinal)))
        {
            Assert.Equal(value.Value.GetRawText(), Convert.ToString(emitted.Constant("Uapi", value.Name), CultureInfo.InvariantCulture));
            compared++;
        }
        Assert.InRange(compared, 490, int.MaxValue);
        // Macros are known to releases with headers only; the numbers are everyone's.
        Assert.Equal(1, emitted.Constant("Uapi", "BPF_F_STRICT_ALIGNMENT"));
        Assert.Equal(128, emitted.Constant("Uapi", "BPF_F_TEST_REG_INVARIANTS"));
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Layouts(string release)
    {
        (EmittedAssembly emitted, JsonElement abi) = Load(release);
        JsonElement sock = abi.GetProperty("structs").GetProperty("bpf_sock");
        Assert.Equal(sock.GetProperty("size").GetInt32(), emitted.Constant("KernelStruct+BpfSock", "Size"));
        foreach (JsonElement member in sock.GetProperty("members").EnumerateArray())
        {
            string name = string.Concat(member[0].GetString()!.Split('_').Select(part => char.ToUpperInvariant(part[0]) + part[1..]));
            Assert.Equal(member[1].GetInt32() / 8, emitted.Constant("KernelStruct+BpfSock", name));
        }
    }

    // "PtrToMapKey", "PTR_TO_MAP_KEY" → "ptrtomapkey", within a line of other text.
    private static string Fold(string text) => text.Replace("_", "", StringComparison.Ordinal).ToLowerInvariant();

    private static string Proto(JsonElement abi, string symbol)
    {
        JsonElement proto = abi.GetProperty("protos").GetProperty(symbol);
        string Text(string name) => proto.TryGetProperty(name, out JsonElement value) ? value.ToString() : "";
        bool Flag(string name) => proto.TryGetProperty(name, out JsonElement value) && value.GetInt32() != 0;
        IEnumerable<string> args = proto.GetProperty("args").EnumerateArray().Select(a => Arg(abi, a.GetString()!)).Concat(Enumerable.Repeat("dontcare,0,0,", 5)).Take(5);
        return Fold($"{symbol} {Text("func")} {Type(abi, "bpf_return_type", "RET_", Text("ret"))},{Text("ret_btf")} [{Text("allowed")}] "
            + $"{Flag("gpl_only")} {Flag("pkt_access")} {Flag("might_sleep")} {Flag("allow_fastcall")} {string.Join(';', args)}");
    }

    private static string Arg(JsonElement abi, string text)
    {
        string[] parts = text.Split(' ');
        string size = parts.SingleOrDefault(p => p.StartsWith("size=", StringComparison.Ordinal))?[5..] ?? "0";
        string btf = parts.SingleOrDefault(p => p.StartsWith("btf_id=", StringComparison.Ordinal))?[7..] ?? "";
        return $"{Type(abi, "bpf_arg_type", "ARG_", parts[0])},{size},{btf}";
    }

    private static string RegType(JsonElement abi, string text)
    {
        string type = Type(abi, "bpf_reg_type", "", text).Replace("ptrto", "", StringComparison.Ordinal);
        return type.Replace("notinit", "scalar", StringComparison.Ordinal).Replace("scalarvalue", "scalar", StringComparison.Ordinal);
    }

    // By the release's own numbers. The runtime gives each modifier the kernel's newest bit, so flags compare as numbers;
    // only what was renamed on the way needs a word.
    private static string Type(JsonElement abi, string enumeration, string prefix, string text)
    {
        if (!abi.GetProperty("enums").TryGetProperty("bpf_type_flag", out JsonElement flagsOf))
            return Older(prefix, text);
        JsonElement kinds = abi.GetProperty("enums").GetProperty(enumeration).GetProperty("values"), flags = flagsOf.GetProperty("values");
        uint bits = 0;
        foreach (string part in text.Split('|'))
            bits |= kinds.TryGetProperty(part, out JsonElement value) ? value.GetUInt32() : flags.GetProperty(part).GetUInt32();
        string kind = Fold(kinds.EnumerateObject().First(k => k.Value.GetUInt32() == (bits & 0xff)).Name[prefix.Length..]);
        kind = (prefix, kind) switch
        {
            ("ARG_", "ptrtoallocmem") => "ptrtoringbufmem",
            ("ARG_", "ptrtokptr") => "kptrxchgdest",
            ("RET_", "ptrtoallocmem") => "ptrtomem",
            ("ARG_", "memsize") => "constsize",
            ("ARG_", "memsizeorzero") => "constsizeorzero",
            _ => kind,
        };
        return $"{kind},{bits >> 8}";
    }

    // 5.10 has no modifiers: its composites by what later releases compose them of (1: may be null, 2: read-only,
    // 128: not initialized).
    private static string Older(string prefix, string text) => (prefix, text) switch
    {
        ("ARG_", "ARG_PTR_TO_UNINIT_MAP_VALUE") => "ptrtomapvalue,128",
        ("ARG_", "ARG_PTR_TO_UNINIT_MEM") => "ptrtomem,128",
        ("ARG_", "ARG_PTR_TO_ALLOC_MEM") => "ptrtoringbufmem,0",
        ("RET_", "RET_PTR_TO_ALLOC_MEM_OR_NULL") => "ptrtomem,1",
        ("", "PTR_TO_RDONLY_BUF") => "buf,2",
        _ => text.EndsWith("_OR_NULL", StringComparison.Ordinal) ? Fold(text[prefix.Length..^8]) + ",1" : Fold(text[prefix.Length..]) + ",0",
    };
}
