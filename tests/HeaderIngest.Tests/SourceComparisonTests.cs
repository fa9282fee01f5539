using BpfVerifier.HeaderIngest.CSource;
using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Restore;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>What C says beside what the image says.</summary>
public class SourceComparisonTests
{
    private static readonly SourcePlace s_place = new("part/a.c", 7);

    private static ProtoInfo Info(string func, params string[] args) => new() { Func = func, Ret = "RET_INTEGER", Args = [.. args], MightSleep = 0 };

    private static SourceFacts Source(params (string Name, ProtoInfo Info, bool Unused)[] protos)
    {
        var facts = new SourceFacts();
        facts.Protos.AddRange(protos.Select(p => new SourceProto(p.Name, s_place, p.Info, [], p.Unused)));
        return facts;
    }

    private static KernelFacts Image((string Name, ProtoInfo Info)[] protos, params (string Type, KfuncSet Set)[] sets) => new()
    {
        HelperIds = new(StringComparer.Ordinal),
        Protos = new(protos.ToDictionary(p => p.Name, p => p.Info), StringComparer.Ordinal),
        Helpers = new(StringComparer.Ordinal),
        VerifierOps = new(StringComparer.Ordinal),
        Callbacks = new(StringComparer.Ordinal),
        Kfuncs = new(sets.GroupBy(s => s.Type).ToDictionary(g => g.Key, g => g.Select(s => s.Set).ToList()), StringComparer.Ordinal),
        Context = new(StringComparer.Ordinal),
    };

    private static SourceReport Report(SourceFacts source, KernelFacts image, SortedDictionary<string, SortedSet<string>>? sets = null, SortedDictionary<string, List<string>>? modifyReturn = null) =>
        SourceCheck.Report(source, SourceComparison.Compare(source, image, sets ?? [], modifyReturn ?? [], name => !name.Contains("gone", StringComparison.Ordinal)), TimeSpan.Zero);

    private static SourceSet Set(string name, bool plain, params (string Member, uint Flags)[] members) =>
        new(name, s_place, plain, new(members.ToDictionary(m => m.Member, m => m.Flags), StringComparer.Ordinal));

    [Fact]
    public void Prototypes_that_share_a_name_are_paired_by_what_they_say()
    {
        SourceReport report = Report(
            Source(("p", Info("one"), false), ("p", Info("two"), false), ("q", Info("three", "ARG_PTR_TO_BTF_ID btf_id=?"), false)),
            Image([("p", Info("two")), ("p@ffffffff82000000", Info("one")), ("q", Info("three", "ARG_PTR_TO_BTF_ID btf_id=tcp_sock"))]));
        Assert.Equal("source: prototypes: 3 compared, 3 equal, 0 different; 0 only in C, 0 only in the image; unexplained: 0", report.Summary[1]);
        Assert.Empty(report.Unexplained);
    }

    [Fact]
    public void Every_difference_of_a_prototype_is_named()
    {
        ProtoInfo c = Info("one", "ARG_ANYTHING") with { GplOnly = 1, RetBtf = "sock", Allowed = "may" };
        ProtoInfo image = Info("two", "ARG_ANYTHING", "ARG_PTR_TO_MEM") with { MightSleep = 1, PktAccess = 1, Ret = "RET_VOID" };
        SourceReport report = Report(Source(("p", c, false)), Image([("p", image)]));
        Assert.Equal(
            ["prototypes: p (part/a.c:7): func one in C, two in the image, ret_type RET_INTEGER in C, RET_VOID in the image, ret_btf_id sock in C, none in the image, "
                + "arg2 none in C, ARG_PTR_TO_MEM in the image, gpl_only 1 in C, 0 in the image, pkt_access 0 in C, 1 in the image, might_sleep 0 in C, 1 in the image, allowed may in C, none in the image"],
            report.Unexplained);
        Assert.Contains("(1)", Assert.Throws<IngestException>(report.ThrowIfAny).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void A_prototype_that_only_one_has_is_unexplained_unless_nothing_refers_to_it()
    {
        SourceReport report = Report(Source(("only_c", Info("one"), false), ("unused", Info("two"), true)), Image([("only_image", Info("three"))]));
        Assert.Equal(["prototypes: only_c (part/a.c:7)", "prototypes: only_image"], report.Unexplained);
        Assert.Contains("prototypes: unused (part/a.c:7): nothing in its file refers to it, so the compiler leaves it out", report.Details);
    }

    [Fact]
    public void Kfuncs_and_registrations_are_compared_with_flags_and_filters()
    {
        var source = new SourceFacts();
        source.Sets.Add(Set("set", false, ("bpf_same", 1), ("bpf_flags", 2), ("bpf_gone", 0), ("bpf_c", 0)));
        source.Sets.Add(Set("unregistered", false, ("bpf_other", 1)));
        source.Registrations.Add(new SourceRegistration("XDP", "set", "filter", s_place));
        source.Registrations.Add(new SourceRegistration("LSM", "set", null, s_place));
        var set = new KfuncSet("set", "filter", new(StringComparer.Ordinal) { ["bpf_same"] = ["ACQUIRE"], ["bpf_flags"] = [], ["bpf_image"] = [] });
        SourceReport report = Report(source, Image([], ("XDP", set), ("TRACING", set)));
        Assert.Equal(
            [
                "kfuncs: bpf_flags of set: RELEASE in C, no flags in the image",
                "kfuncs: bpf_c of set (no flags)",
                "kfuncs: bpf_image of set (no flags)",
                "registrations: set for LSM (no filter)",
                "registrations: set for TRACING (filter filter)",
            ],
            report.Unexplained);
        Assert.Contains("kfuncs: bpf_gone of set (no flags): the image has nothing of this name, and an empty place in its set", report.Details);
        Assert.Equal("source: registrations: 1 compared, 1 equal, 0 different; 1 only in C, 1 only in the image; unexplained: 2", report.Summary[3]);
    }

    [Fact]
    public void Sets_without_flags_and_functions_for_fmod_ret_are_compared()
    {
        var source = new SourceFacts();
        source.Sets.Add(Set("hooks", true, ("bpf_lsm_a", 0), ("bpf_lsm_b", 0), ("gone", 0), ("", 0)));
        source.Sets.Add(Set("changeable", false, ("one", 0), ("two", 32)));
        source.ModifyReturn.Add("changeable");
        SourceReport report = Report(source, Image([]), new() { ["hooks"] = ["bpf_lsm_a", "bpf_lsm_c"] }, new() { ["one"] = [], ["two"] = [] });
        Assert.Equal(
            [
                "members of sets without flags: bpf_lsm_b of hooks (member)",
                "members of sets without flags: bpf_lsm_c of hooks (member)",
                "functions for fmod_ret: two: SLEEPABLE in C, no flags in the image",
            ],
            report.Unexplained);
        Assert.Equal("source: functions for fmod_ret: 2 compared, 1 equal, 1 different; 0 only in C, 0 only in the image; unexplained: 1", report.Summary[5]);
    }

    [Fact]
    public void What_was_not_understood_and_what_does_not_compile_fails_the_check()
    {
        var source = new SourceFacts();
        source.Unparsed.Add("prototype p");
        source.Errors.Add("a.c:1: error");
        Assert.Equal(["prototype p", "a.c:1: error"], Report(source, Image([])).Unexplained);
    }

    [Theory]
    [InlineData("net/core/filter.c", true)]
    [InlineData("net/core/Makefile", true)]
    [InlineData("net/core/README", false)]
    [InlineData("arch/x86/include/asm/page.h", true)]
    [InlineData("arch/x86/mm/fault.c", false)]
    [InlineData("arch/arm/include/asm/page.h", false)]
    [InlineData("tools/lib/bpf/relo_core.h", true)]
    [InlineData("tools/lib/bpf/libbpf.c", false)]
    [InlineData("samples/bpf/x.c", false)]
    [InlineData("drivers/base/power/power.h", true)]
    [InlineData("drivers/base/power/wakeup.c", false)]
    [InlineData("drivers/base/power/bpf.c", true)]
    [InlineData("Makefile", true)]
    public void Of_a_source_package_what_can_matter_is_unpacked(string path, bool wanted) =>
        Assert.Equal(wanted, SourceArchive.IsWanted(path, () => path.EndsWith("bpf.c", StringComparison.Ordinal) ? "  register_btf_kfunc_id_set("u8.ToArray() : "int x;"u8.ToArray()));
}
