using System.Text;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Tests;

public class CatalogTests
{
    [Fact]
    public void The_committed_catalogue_is_what_the_committed_releases_give() =>
        Assert.Equal(File.ReadAllText(Path.Combine(Committed.Directory, "catalog.json")), Encoding.UTF8.GetString(Ingest.Catalog(Committed.Directory)));

    [Fact]
    public void The_order_in_which_releases_are_read_does_not_matter()
    {
        AbiDocument[] releases = [.. Committed.Names.Select(Committed.Abi)];
        Assert.Equal(CatalogBuilder.Build(releases).Write(), CatalogBuilder.Build(Enumerable.Reverse(releases)).Write());
    }

    [Fact]
    public void Releases_are_ordered_as_numbers()
    {
        AbiDocument sample = Committed.Abi("6.12");
        Assert.Equal(["6.2", "6.12", "7.1"], CatalogBuilder.Build([sample, sample with { Release = "7.1" }, sample with { Release = "6.2" }]).Releases);
    }

    [Fact]
    public void Coming_changing_going_and_coming_back_are_told()
    {
        CatalogDocument catalog = CatalogBuilder.Build([Release("1.0", 1), Release("2.0", 2), Release("3.0", null), Release("4.0", 2)]);
        CatalogEntry entry = catalog.Enumerators["BPF_X"];
        Assert.Equal("1.0", entry.Since);
        Assert.Null(entry.Removed);
        Assert.Equal(["2.0", "3.0", "4.0"], entry.Changed!.Keys);
        Assert.Equal(["value 1 -> 2"], entry.Changed["2.0"]);
        Assert.Equal(["removed"], entry.Changed["3.0"]);
        Assert.Equal(["restored"], entry.Changed["4.0"]);
        Assert.Equal(["restored", "value 1 -> 2"], CatalogBuilder.Build([Release("1.0", 1), Release("2.0", null), Release("3.0", 2)]).Enumerators["BPF_X"].Changed!["3.0"]);
        Assert.Equal("3.0", CatalogBuilder.Build([Release("1.0", 1), Release("3.0", null)]).Enumerators["BPF_X"].Removed);
        Assert.Equal("2.0", CatalogBuilder.Build([Release("1.0", null), Release("2.0", 1)]).Enumerators["BPF_X"].Since);
    }

    [Fact]
    public void A_release_without_headers_does_not_say_that_what_only_headers_tell_is_gone()
    {
        AbiDocument first = Release("1.0", 1, Sources.Header) with { Functions = [], Macros = new(StringComparer.Ordinal) { ["BPF_M"] = 7 } };
        AbiDocument unknown = Release("2.0", null);
        AbiDocument third = Release("3.0", 1, Sources.Header) with { Functions = [], Macros = new(StringComparer.Ordinal) { ["BPF_M"] = 8 } };
        CatalogDocument catalog = CatalogBuilder.Build([first, unknown, third]);
        Assert.Equal(("1.0", null, null), (catalog.Enumerators["BPF_X"].Since, catalog.Enumerators["BPF_X"].Removed, catalog.Enumerators["BPF_X"].Changed));
        Assert.Equal(["value 7 -> 8"], catalog.Macros["BPF_M"].Changed!["3.0"]);
        Assert.Null(CatalogBuilder.Build([first, unknown]).Macros["BPF_M"].Removed);
        // A release with headers does say so.
        Assert.Equal("2.0", CatalogBuilder.Build([first, unknown with { Functions = [], Macros = new(StringComparer.Ordinal) }]).Macros["BPF_M"].Removed);
    }

    [Fact]
    public void A_release_whose_image_was_not_read_does_not_say_that_what_only_images_tell_is_gone_or_came()
    {
        AbiDocument first = Committed.Abi("6.12") with { Release = "1.0" }, third = Committed.Abi("6.12") with { Release = "3.0" };
        AbiDocument unknown = Committed.Abi("6.12") with { Release = "2.0", ProgramTypes = null, Protos = null, Kfuncs = null, KfuncPrototypes = null, BtfSets = null, StructOps = null, Gates = null, RawTracepoints = null };
        CatalogDocument catalog = CatalogBuilder.Build([first, unknown, third]);
        Assert.All(catalog.Kfuncs.Values.Concat(catalog.Helpers.Values).Concat(catalog.ProgramTypes.Values).Concat(catalog.Gates.Values), entry => Assert.Equal(("1.0", null, null), (entry.Since, entry.Removed, entry.Changed)));
        Assert.Contains("XDP", catalog.Helpers["redirect_map"].Has!);
        // Nothing is known of who could call it first.
        Assert.Null(CatalogBuilder.Build([unknown]).Helpers["redirect_map"].Has);

        ReleaseDrift drift = ReleaseDrift.Between(first, unknown);
        Assert.Equal(["kfuncs", "context accesses", "struct_ops members", "LSM hooks", "raw tracepoints"], drift.Sections.Where(s => !s.IsKnown).Select(s => s.Title));
        Assert.All(drift.Sections, section => Assert.Empty(section.Entries));
        Assert.Contains("\n  kfuncs: unknown, since not both kernels' images were read\n", drift.Text(), StringComparison.Ordinal);
    }

    [Fact]
    public void A_release_of_which_only_headers_for_user_space_are_known_does_not_say_that_the_rest_is_gone()
    {
        AbiDocument first = Committed.Abi("6.12") with { Release = "1.0" };
        AbiDocument uapi = first with
        {
            Release = "2.0",
            Functions = null,
            Enums = new(first.Enums.Where(e => first.Uapi!.Enums.Contains(e.Key)).ToDictionary(e => e.Key, e => e.Value with { Source = Sources.Header }), StringComparer.Ordinal),
            Structs = new(first.Structs.Where(e => first.Uapi!.Structs.Contains(e.Key)).ToDictionary(e => e.Key, e => e.Value with { Source = Sources.Header }), StringComparer.Ordinal),
            Macros = new(first.Macros!.Where(m => first.Uapi!.Macros.Contains(m.Key)).ToDictionary(m => m.Key, m => m.Value), StringComparer.Ordinal),
        };
        Assert.True(first.HasTypes && !uapi.HasTypes && uapi.Enums.Count > 60 && uapi.Structs.Count > 50);
        CatalogDocument alone = CatalogBuilder.Build([first]), catalog = CatalogBuilder.Build([first, uapi]);
        Assert.Equal(["1.0"], catalog.Headers);
        // As if it had told everything and nothing were different.
        Assert.Equal((alone with { Releases = catalog.Releases }).Write(), catalog.Write());
    }

    [Fact]
    public void What_only_headers_tell_is_marked_and_releases_with_headers_are_listed()
    {
        AbiDocument first = Release("1.0", 1, Sources.Header) with { Functions = [], Macros = new(StringComparer.Ordinal) { ["BPF_M"] = 7 } };
        CatalogDocument catalog = CatalogBuilder.Build([first, Release("2.0", null)]);
        Assert.Equal(["1.0"], catalog.Headers);
        Assert.True(catalog.Enumerators["BPF_X"].HeadersOnly && catalog.Macros["BPF_M"].HeadersOnly);
        Assert.False(CatalogBuilder.Build([Release("1.0", 1)]).Enumerators["BPF_X"].HeadersOnly);
    }

    [Fact]
    public void What_user_space_may_use_is_the_union_of_all_releases_as_the_newest_has_it()
    {
        AbiDocument Uapi(string release, bool headers, Dictionary<string, EnumInfo> enums, StructInfo layout) => Release(release, null) with
        {
            Enums = new(Release(release, null).Enums.Concat(enums).ToDictionary(), StringComparer.Ordinal),
            Structs = new(StringComparer.Ordinal) { ["s"] = layout, ["internal"] = layout },
            Macros = headers ? new(StringComparer.Ordinal) { ["BPF_M"] = 1, ["INTERNAL"] = 1 } : null,
            Uapi = headers ? new UapiNames { Enums = ["@A", "e"], Structs = ["s"], Macros = ["BPF_M"] } : null,
        };
        static EnumInfo Enum(params string[] names) => new(Sources.Btf, new(names.Select((n, i) => KeyValuePair.Create(n, (Int128)i)), StringComparer.Ordinal));
        var old = new StructInfo(Sources.Btf, "struct", 8, [new("gone", 0, 32, "__u32"), new("kept", 32, 32, "__u32")]);
        var young = new StructInfo(Sources.Btf, "struct", 16, [new("kept", 0, 64, "__u64"), new("came", 64, 64, "__u64")]);

        CatalogDocument catalog = CatalogBuilder.Build(
        [
            Uapi("1.0", true, new() { ["@A"] = Enum("A", "MOVED", "WENT") }, old),
            Uapi("2.0", false, new() { ["@A"] = Enum("A"), ["e"] = Enum("B", "MOVED") }, young),
        ]);

        Assert.Equal(["@A", "e"], catalog.UapiEnums.Keys);
        Assert.Equal(["A", "WENT"], catalog.UapiEnums["@A"]);
        Assert.Equal(["B", "MOVED"], catalog.UapiEnums["e"]);
        CatalogStruct layout = Assert.Single(catalog.UapiStructs).Value;
        Assert.Equal(("struct", 16), (layout.Kind, layout.Size));
        Assert.Equal(["kept", "came", "gone"], layout.Members.Select(m => m.Name));
        Assert.Equal(("__u64", 0), (layout.Members[0].Type, layout.Members[0].Offset));
        Assert.True(catalog.Macros["BPF_M"].Uapi);
        Assert.False(catalog.Macros["INTERNAL"].Uapi);
    }

    [Fact]
    public void Helpers_and_kfuncs_say_what_they_have_in_their_first_release()
    {
        CatalogDocument catalog = CatalogBuilder.Build([Committed.Abi("6.12"), Committed.Abi("7.3")]);
        AbiDocument first = Committed.Abi("6.12");
        Assert.Equal(first.ProgramTypes!.Where(t => t.Value.Helpers?.ContainsKey("redirect_map") == true).Select(t => t.Key), catalog.Helpers["redirect_map"].Has);
        Assert.Equal(Committed.Abi("7.3").Helpers["redirect_map"].C, catalog.Helpers["redirect_map"].C);
        Assert.Contains("KF_ACQUIRE", catalog.Kfuncs["bpf_cpumask_create"].Has!);
        Assert.Null(catalog.Structs["bpf_attr"].Has);
    }

    [Fact]
    public void A_program_type_that_gains_or_loses_a_helper_is_told()
    {
        AbiDocument before = Committed.Abi("6.12"), after = Committed.Abi("6.12") with { Release = "9.9" };
        after.ProgramTypes!["XDP"].Helpers!.Remove("map_lookup_elem");
        after.ProgramTypes!["XDP"].Helpers!.Add("bind", "bpf_bind_proto");
        CatalogDocument catalog = CatalogBuilder.Build([before, after]);
        Assert.Equal(["-XDP"], catalog.Helpers["map_lookup_elem"].Changed!["9.9"]);
        Assert.Equal(["+XDP"], catalog.Helpers["bind"].Changed!["9.9"]);
        Assert.Null(catalog.Helpers["tail_call"].Changed);
    }

    // A release with one enumeration more than 6.12's, if value is not null.
    private static AbiDocument Release(string name, int? value, string source = Sources.Btf)
    {
        AbiDocument release = Committed.Abi("6.12") with { Release = name, Macros = null, Uapi = null, Functions = null };
        if (value is { } number)
            release.Enums.Add("bpf_test", new EnumInfo(source, new(StringComparer.Ordinal) { ["BPF_X"] = number }));
        return release;
    }
}
