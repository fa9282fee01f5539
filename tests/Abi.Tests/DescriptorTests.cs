using System.Reflection;
using System.Runtime.CompilerServices;
using System.Text.Json;

namespace BpfVerifier.Abi.Tests;

/// <summary>Descriptors beside the facts of each release.</summary>
public class DescriptorTests
{
    public static TheoryData<string> Releases { get; } = new(Life.Releases.Select(r => r.ToString()));

    private static readonly HashSet<bpf_prog_type> s_notJudged = [.. typeof(Helpers).GetCustomAttribute<NotJudgedForAttribute>()!.ProgramTypes];

    [Theory]
    [MemberData(nameof(Releases))]
    public void Helpers_are_offered_to_whom_the_release_offers_them(string release)
    {
        JsonElement abi = Abi(release);
        Version version = Version.Parse(release);
        PropertyInfo[] helpers = [.. typeof(Helpers).GetProperties().Where(h => Life.IsIn(h, version))];
        Assert.Equal(abi.GetProperty("helpers").EnumerateObject().Select(h => "bpf_" + h.Name).Order(StringComparer.Ordinal), helpers.Select(h => h.Name).Order(StringComparer.Ordinal));
        foreach (PropertyInfo helper in helpers)
        {
            var descriptor = (HelperDescriptor)helper.GetValue(null)!;
            Assert.Equal((helper.Name, abi.GetProperty("helpers").GetProperty(helper.Name["bpf_".Length..]).GetProperty("id").GetInt32()), (descriptor.Name, descriptor.Id));
            IEnumerable<bpf_prog_type> expected = abi.GetProperty("programTypes").EnumerateObject()
                .Where(t => t.Value.GetProperty("helpers") is { ValueKind: JsonValueKind.Object } table && table.TryGetProperty(helper.Name["bpf_".Length..], out _))
                .Select(t => ProgramType(t.Name)).Order();
            Assert.Equal(expected, Life.OfferedTo(helper, version));
        }
    }

    [Theory]
    [MemberData(nameof(Releases))]
    public void Kfuncs_are_offered_to_whom_they_are_registered_for(string release)
    {
        JsonElement abi = Abi(release);
        Version version = Version.Parse(release);
        Dictionary<string, PropertyInfo> kfuncs = typeof(Kfuncs).GetProperties().Where(k => Life.IsIn(k, version)).ToDictionary(k => k.Name, StringComparer.Ordinal);
        var registered = abi.GetProperty("kfuncs").EnumerateObject()
            .SelectMany(t => t.Value.EnumerateArray().SelectMany(s => s.GetProperty("kfuncs").EnumerateObject().Select(k => (Type: t.Name, Kfunc: k.Name)))).ToList();
        Assert.Equal(registered.Select(r => r.Kfunc).Distinct().Order(StringComparer.Ordinal), kfuncs.Keys.Order(StringComparer.Ordinal));
        bpf_prog_type[] all = [.. abi.GetProperty("programTypes").EnumerateObject().Select(t => ProgramType(t.Name))];
        foreach (var of in registered.GroupBy(r => r.Kfunc))
        {
            SortedSet<bpf_prog_type> offered = Life.OfferedTo(kfuncs[of.Key], version);
            Assert.Empty(of.SelectMany(r => r.Type == "UNSPEC" ? all : [ProgramType(r.Type)]).Except(offered));
            Assert.Empty(offered.Except(all));
        }
    }

    [Fact]
    public void Tracing_kfuncs_are_those_of_lsm_programs_too()
    {
        PropertyInfo kfunc = typeof(Kfuncs).GetProperty(nameof(Kfuncs.bpf_get_file_xattr))!;
        Assert.Contains(bpf_prog_type.BPF_PROG_TYPE_LSM, Life.OfferedTo(kfunc, new Version(6, 12)));
        Assert.DoesNotContain(bpf_prog_type.BPF_PROG_TYPE_XDP, Life.OfferedTo(kfunc, new Version(7, 3)));
    }

    [Fact]
    public void Program_types_that_something_else_decides_for_are_not_judged()
    {
        Assert.Contains(bpf_prog_type.BPF_PROG_TYPE_EXT, s_notJudged);
        Assert.Contains(bpf_prog_type.BPF_PROG_TYPE_STRUCT_OPS, s_notJudged);
        Assert.DoesNotContain(bpf_prog_type.BPF_PROG_TYPE_XDP, s_notJudged);
        Assert.Equal([bpf_prog_type.BPF_PROG_TYPE_EXT], typeof(Kfuncs).GetCustomAttribute<NotJudgedForAttribute>()!.ProgramTypes);
    }

    [Fact]
    public void A_kfunc_that_came_back_is_not_there_in_between()
    {
        PropertyInfo kfunc = typeof(Kfuncs).GetProperty(nameof(Kfuncs.bpf_stream_vprintk))!;
        Assert.Equal("6.17,7.0,7.1,7.2,7.3", string.Join(',', Life.Releases.Where(r => Life.IsIn(kfunc, r))));
    }

    [Fact]
    public void A_symbol_says_between_which_releases_it_came()
    {
        SinceKernelAttribute loop = typeof(Helpers).GetProperty(nameof(Helpers.bpf_loop))!.GetCustomAttribute<SinceKernelAttribute>()!;
        Assert.Equal(("6.1", "5.10", false), (loop.Release, loop.After, loop.OrEarlier));
        SinceKernelAttribute oldest = typeof(Helpers).GetProperty(nameof(Helpers.bpf_map_lookup_elem))!.GetCustomAttribute<SinceKernelAttribute>()!;
        Assert.Equal(("5.10", null, true), (oldest.Release, oldest.After, oldest.OrEarlier));
        // Only headers tell of it, and there are none of the releases between.
        SinceKernelAttribute macro = typeof(Bpf).GetField(nameof(Bpf.BPF_LOAD_ACQ))!.GetCustomAttribute<SinceKernelAttribute>()!;
        Assert.Equal(("7.2", "6.12"), (macro.Release, macro.After));
    }

    [Fact]
    public void A_macro_that_became_an_enumerator_did_not_go() => Assert.All(Life.Releases, r => Assert.True(Life.IsIn(typeof(Bpf).GetField(nameof(Bpf.BTF_KIND_ARRAY))!, r)));

    [Fact]
    public void Calls_are_the_instructions_the_kernel_takes()
    {
        Assert.Equal([0x85, 0, 0, 0, 1, 0, 0, 0], Bytes(Helpers.bpf_map_lookup_elem.Call()));
        Assert.Equal([0x85, 0, 0, 0, 1, 0, 0, 0], Bytes(Helpers.bpf_map_lookup_elem.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP)));
        Assert.Equal([0x85, 0x20, 3, 0, 0x39, 0x30, 0, 0], Bytes(Kfuncs.bpf_obj_new_impl.CallFrom(bpf_prog_type.BPF_PROG_TYPE_XDP, 12345, 3)));
    }

    private static byte[] Bytes(bpf_insn instruction) => System.Runtime.InteropServices.MemoryMarshal.AsBytes(new ReadOnlySpan<bpf_insn>(ref Unsafe.AsRef(in instruction))).ToArray();

    private static bpf_prog_type ProgramType(string name) => Enum.Parse<bpf_prog_type>("BPF_PROG_TYPE_" + name);

    private static JsonElement Abi(string release) =>
        JsonDocument.Parse(File.ReadAllText(Path.Combine(AppContext.BaseDirectory, "kernel-headers", release, "abi.json"))).RootElement;
}
