using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>What docs/abi-json.md promises of the committed files.</summary>
public class AbiFileTests
{
    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Reading_and_writing_again_gives_the_same_bytes(string release) =>
        Assert.Equal(Committed.Text(release, "abi.json"), AbiJson.Write(Committed.Abi(release)));

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Writing_does_not_depend_on_the_culture(string release)
    {
        CultureInfo before = CultureInfo.CurrentCulture;
        try
        {
            // InvariantGlobalization knows no other culture, but a made one will do.
            var odd = (CultureInfo)CultureInfo.InvariantCulture.Clone();
            odd.NumberFormat.NegativeSign = "minus ";
            odd.NumberFormat.NumberDecimalSeparator = ",";
            CultureInfo.CurrentCulture = odd;
            Assert.Equal(Committed.Text(release, "abi.json"), AbiJson.Write(Committed.Abi(release)));
        }
        finally
        {
            CultureInfo.CurrentCulture = before;
        }
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Files_have_no_carriage_return_and_no_path(string release)
    {
        foreach (string file in (string[])["abi.json", "release.json", $"BpfVerifier.Linux.{release}.csproj"])
        {
            string text = Committed.Text(release, file);
            Assert.DoesNotContain('\r', text);
            Assert.EndsWith("\n", text, StringComparison.Ordinal);
            Assert.DoesNotContain("\"/", text, StringComparison.Ordinal);
            Assert.DoesNotContain("://", text, StringComparison.Ordinal);
        }
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Enums_and_structs_that_BTF_gives_are_those_of_the_committed_BTF(string release)
    {
        AbiDocument abi = Committed.Abi(release);
        var btf = new BtfSymbols(Committed.Btf(release));
        int compared = 0;
        foreach ((string name, EnumInfo info) in abi.Enums.Where(e => e.Value.Source != Sources.Header))
        {
            // BTF without BTF_KIND_ENUM64 (5.10) keeps the low half of long values.
            bool cut = btf.HasShortValues(btf.Enums[name]);
            Assert.Equal(btf.Enum(btf.Enums[name]).Values, info.Values.Select(v => KeyValuePair.Create(v.Key, cut && v.Value > uint.MaxValue ? (uint)v.Value : v.Value)));
            compared++;
        }
        foreach ((string name, StructInfo info) in abi.Structs.Where(s => s.Value.Source != Sources.Header))
        {
            StructInfo compiled = btf.Struct(btf.Structs[name]);
            Assert.Equal((compiled.Kind, compiled.Size), (info.Kind, info.Size));
            Assert.Equal(compiled.Members, info.Members);
            compared++;
        }
        Assert.True(compared > 270, $"only {compared} compared");
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Every_name_a_section_uses_is_defined_in_another(string release)
    {
        AbiDocument abi = Committed.Abi(release);
        OrderedDictionary<string, Int128> ids = abi.Enums["bpf_func_id"].Values, types = abi.Enums["bpf_prog_type"].Values, attachTypes = abi.Enums["bpf_attach_type"].Values, registers = abi.Enums["bpf_reg_type"].Values;
        Assert.All(abi.Helpers, h => Assert.Equal(ids["BPF_FUNC_" + h.Key], h.Value.Id));
        Assert.All(abi.ProgramTypes!, t => Assert.Equal(types["BPF_PROG_TYPE_" + t.Key], t.Value.Id));
        foreach (ProgramTypeInfo type in abi.ProgramTypes!.Values)
        {
            Assert.All(type.Helpers ?? [], h => Assert.True(abi.Helpers.ContainsKey(h.Key) && abi.Protos!.ContainsKey(h.Value), h.Key));
            foreach (ContextRun run in (type.Ctx ?? []).Concat((type.Varies ?? []).SelectMany(v => v.Ctx ?? [])))
            {
                Assert.True(registers.ContainsKey(run.RegisterType.Split('|')[0]), run.RegisterType);
                Assert.Equal(run.RegisterType.StartsWith("PTR_TO_BTF_ID", StringComparison.Ordinal), run.KernelType is not null);
                Assert.True(run.KernelType is null || Committed.Btf(release).Find(run.KernelType, BtfKind.Struct) > 0, run.KernelType);
            }
            foreach (ProgramTypeVariation variation in type.Varies ?? [])
            {
                Assert.NotEmpty(variation.When);
                Assert.All(variation.When.Where(w => w.StartsWith("attach ", StringComparison.Ordinal)), w => Assert.True(attachTypes.ContainsKey("BPF_" + w["attach ".Length..]), w));
                Assert.All(variation.Helpers ?? [], h => Assert.True(abi.Helpers.ContainsKey(h.Key) && (h.Value is null || abi.Protos!.ContainsKey(h.Value)), h.Key));
                Assert.All(variation.Helpers ?? [], h => Assert.NotEqual(type.Helpers!.GetValueOrDefault(h.Key), h.Value));
            }
        }
        Assert.All(abi.Kfuncs!.Keys, type => Assert.True(types.ContainsKey("BPF_PROG_TYPE_" + type), type));
        Assert.All(abi.Kfuncs!.Values.SelectMany(sets => sets).SelectMany(set => set.Kfuncs.Keys), name => Assert.True(abi.KfuncPrototypes!.ContainsKey(name), name));
        HashSet<string> words = [.. abi.Enums["bpf_arg_type"].Values.Keys, .. abi.Enums["bpf_return_type"].Values.Keys, .. abi.Enums.GetValueOrDefault("bpf_type_flag")?.Values.Keys ?? Enumerable.Empty<string>()];
        foreach ((string name, ProtoInfo proto) in abi.Protos!)
        {
            Assert.InRange(proto.Args.Count, 0, 5);
            foreach (string part in proto.Args.Append(proto.Ret).SelectMany(a => a.Split(' ')[0].Split('|')))
                Assert.True(words.Contains(part), $"{part} of {name}");
        }
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Kernel_types_that_prototypes_name_exist_in_BTF(string release)
    {
        BtfTypes types = Committed.Btf(release);
        var named = Committed.Abi(release).Protos!.Values
            .SelectMany(p => p.Args.Where(a => a.Contains(" btf_id=", StringComparison.Ordinal)).Select(a => a.Split('=')[1]).Append(p.RetBtf))
            .OfType<string>().Where(name => name != "POISON").Distinct().ToList();
        Assert.NotEmpty(named);
        Assert.All(named, name => Assert.True(types.Find(name) > 0, name));
        // The image itself has 0 there: the kernel fills it in while it boots.
        Assert.Equal("ARG_PTR_TO_BTF_ID btf_id=tcp_sock", Committed.Abi(release).Protos!["bpf_tcp_send_ack_proto"].Args[0]);
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Release_record_fits_the_other_files_and_the_pinned_packages(string release)
    {
        JsonElement record = JsonDocument.Parse(Committed.Text(release, "release.json")).RootElement;
        AbiDocument abi = Committed.Abi(release);
        ReleasePackages packages = KnownReleases.Find(release);
        byte[] btf = Committed.BtfBytes(release);
        Assert.Equal((abi.Release, abi.Version, abi.Abi), (release, record.GetProperty("version").GetString(), record.GetProperty("abi").GetString()));
        Assert.Equal(packages.Abi, abi.Abi);
        Assert.Equal(btf.Length, record.GetProperty("btf").GetProperty("size").GetInt32());
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(btf)), record.GetProperty("btf").GetProperty("sha256").GetString());
        Assert.Equal(packages.Sha256, record.GetProperty("image").GetProperty("sha256").GetString());
        Assert.Equal(packages.Version, record.GetProperty("image").GetProperty("version").GetString());
        bool known = packages.Headers.Length > 0;
        Assert.Equal(known, record.GetProperty("headers").ValueKind == JsonValueKind.Object);
        string[] unknown = [.. record.GetProperty("unknown").EnumerateArray().Select(e => e.GetString()!)];
        Assert.Equal(known ? [] : ["functions", "helpers.c", "macros", "uapi"], unknown.Where(u => !u.Contains(' ', StringComparison.Ordinal)));
        // What iterators may call depends on what they iterate over.
        Assert.All(unknown.Where(u => u.Contains(' ', StringComparison.Ordinal)), u => Assert.EndsWith(" (attach TRACE_ITER): depends on the variable targets", u, StringComparison.Ordinal));
        Assert.Equal(known, abi.Macros is not null && abi.Uapi is not null && abi.Functions is not null && abi.Helpers.Values.All(h => h.C is not null));
        Assert.Equal(!known, abi.Macros is null && abi.Uapi is null && abi.Functions is null && abi.Helpers.Values.All(h => h.C is null));
    }

    [Fact]
    public void Macros_of_the_headers_have_values_of_either_sign_and_full_width()
    {
        var document = Committed.Abi("6.12") with { Macros = new(StringComparer.Ordinal) { ["LOW"] = long.MinValue, ["HIGH"] = ulong.MaxValue } };
        AbiDocument again = AbiJson.Read(AbiJson.Write(document), "test");
        Assert.Equal(long.MinValue, again.Macros!["LOW"]);
        Assert.Equal(ulong.MaxValue, again.Macros!["HIGH"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("[]")]
    [InlineData("{}")]
    [InlineData("{\"schema\": 2, \"release\": \"6.12\"}")]
    [InlineData("null")]
    public void Anything_else_is_refused_by_name(string text) =>
        Assert.StartsWith("some.json: ", Assert.Throws<InvalidDataException>(() => AbiJson.Read(text, "some.json")).Message, StringComparison.Ordinal);

    [Fact]
    public void A_damaged_member_or_run_is_refused()
    {
        string text = Committed.Text("6.12", "abi.json");
        foreach ((string from, string to) in ((string, string)[])[("[\"len\",0,32,\"__u32\"]", "[\"len\",0,32]"), ("[\"r\",0,", "[\"x\",0,"), ("\"flexible\"", "\"other\"")])
        {
            Assert.Contains(from, text, StringComparison.Ordinal);
            Assert.Throws<InvalidDataException>(() => AbiJson.Read(text.Replace(from, to, StringComparison.Ordinal), "test"));
        }
    }
}
