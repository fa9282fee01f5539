using System.Text;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Facts;
using BpfVerifier.HeaderIngest.Headers;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>Facts, manual, BTF spelling and the cross-check.</summary>
public class SourcesTests
{
    private const string Facts = """
        {"release": "9.9",
         "helpers": {"XDP": {"one": "bpf_one_proto"}},
         "helper_ids": {"unspec": 0, "one": 1},
         "protos": {"bpf_one_proto": {"func": "bpf_one", "ret": "RET_PTR_TO_BTF_ID_OR_NULL", "ret_btf": ["0xdead", null], "gpl_only": 1, "pkt_access": 0,
           "args": ["ARG_PTR_TO_BTF_ID btf_id=None", "ARG_PTR_TO_BTF_ID btf_id=path"], "might_sleep": 0, "_raw": {}}},
         "verifier_ops": {"XDP": {"sym": "xdp_verifier_ops", "get_func_proto": ["xdp_func_proto"], "gen_prologue": 0}},
         "kfuncs": {"XDP": [{"set": "s", "filter": null, "set8_flags": 1, "kfuncs": {"bpf_k": ["ACQUIRE"]}}],
                    "struct_ops": [{"set": ["bpf_tcp_congestion_ops"], "filter": "f", "set8_flags": null, "kfuncs": null}]},
         "ctx": {"XDP": {"4:2:r": ["PTR_TO_PACKET", 8]}}}
        """;

    [Fact]
    public void Facts_are_read_with_their_oddities_made_plain()
    {
        KernelFacts facts = Read(Facts);
        ProtoInfo proto = facts.Protos["bpf_one_proto"];
        Assert.Equal("POISON", proto.RetBtf);
        Assert.Equal(["ARG_PTR_TO_BTF_ID btf_id=POISON", "ARG_PTR_TO_BTF_ID btf_id=path"], proto.Args);
        Assert.Equal((0, null, null), (proto.MightSleep, proto.AllowFastcall, proto.Allowed));
        Assert.Equal(["one"], facts.HelperIds.Keys);
        Assert.Equal(["get_func_proto"], facts.Callbacks["XDP"].Keys);
        Assert.Equal(["XDP"], facts.Kfuncs.Keys);
        Assert.Equal([new ContextAccess('r', 4, 2, "PTR_TO_PACKET", 8)], facts.Context["XDP"]);
    }

    [Fact]
    public void Facts_of_another_release_are_refused() =>
        Assert.Contains("holds facts of release 9.9, not of 9.8", Assert.Throws<IngestException>(() => KernelFacts.Parse(Encoding.UTF8.GetBytes(Facts), "9.8", "f")).Message, StringComparison.Ordinal);

    [Fact]
    public void Facts_cut_anywhere_are_refused()
    {
        for (int length = 0; length < Facts.Length; length++)
            Assert.Throws<IngestException>(() => Read(Facts[..length]));
    }

    [Fact]
    public void Facts_of_another_form_are_refused()
    {
        foreach (string key in (string[])["release", "helpers", "helper_ids", "protos", "verifier_ops", "kfuncs", "ctx", "func", "sym", "set"])
            Assert.Throws<IngestException>(() => Read(Facts.Replace($"\"{key}\":", $"\"{key}_\":", StringComparison.Ordinal)));
        Assert.Throws<IngestException>(() => Read(Facts.Replace("\"4:2:r\"", "\"4:r\"", StringComparison.Ordinal)));
        Assert.Throws<IngestException>(() => Read(Facts.Replace("\"4:2:r\"", "\"x:2:r\"", StringComparison.Ordinal)));
    }

    [Fact]
    public void The_manual_gives_prototypes_and_not_descriptions()
    {
        var manual = new SortedDictionary<string, string>(StringComparer.Ordinal);
        HelperManual.Parse("""
            /* Start of BPF helper function descriptions:
             *
             * void *bpf_first(struct bpf_map *map, const void *key)
             * 	Description
             * 		Some words about bpf_first() and bpf_other(x).
             * 	Return
             * 		Something.
             *
             * long bpf_second(const char *fmt, u32 fmt_size, ...)
             * struct udp6_sock *bpf_third(void *sk)
             * 		int bpf_indented(void)
             * int something_else(void)
             */
            """, manual);
        Assert.Equal(
            [("first", "void *bpf_first(struct bpf_map *map, const void *key)"), ("second", "long bpf_second(const char *fmt, u32 fmt_size, ...)"), ("third", "struct udp6_sock *bpf_third(void *sk)")],
            manual.Select(p => (p.Key, p.Value)));
    }

    [Fact]
    public void BTF_types_are_spelled_as_C_does()
    {
        var builder = new BtfBuilder();
        int u8 = builder.AddInt("unsigned char", 1), wide = builder.AddInt("long unsigned int", 8), alias = builder.AddTypedef("u8", u8);
        int constant = builder.AddReference(BtfKind.Const, alias), pointer = builder.AddPtr(constant), fixedPointer = builder.AddReference(BtfKind.Const, pointer);
        int inner = builder.AddArray(alias, wide, 4), outer = builder.AddArray(inner, wide, 2), open = builder.AddArray(alias, wide, 0);
        int pointers = builder.AddArray(pointer, wide, 3), toArray = builder.AddPtr(outer), voidPointer = builder.AddPtr(0);
        int loop = builder.AddPtr(builder.NextId);
        BtfTypes types = builder.Build();
        Assert.Equal(
            ["unsigned long", "u8", "const u8", "const u8 *", "const u8 *const", "u8[2][4]", "u8[]", "const u8 *[3]", "u8 (*)[2][4]", "void *", "void"],
            ((int[])[wide, alias, constant, pointer, fixedPointer, outer, open, pointers, toArray, voidPointer, 0]).Select(id => BtfSpelling.Of(types, id)));
        Assert.StartsWith("void", BtfSpelling.Of(types, loop), StringComparison.Ordinal);
    }

    [Fact]
    public void Pointers_to_functions_of_a_kernel_are_spelled_as_C_does() =>
        Assert.Equal("long (*)(struct bpf_map *, void *, void *, u64)", Committed.Abi("6.12").Structs["bpf_map_ops"].Members.Single(m => m.Name == "map_update_elem").Type);

    [Fact]
    public void A_conflict_names_both_sources_and_what_each_says()
    {
        var check = new CrossCheck();
        var members = new List<StructMember> { new("a", 0, 32, "int"), new("b", 32, 32, "int") };
        check.Same("s", new StructInfo(Sources.Header, "struct", 8, members), new StructInfo(Sources.Btf, "struct", 16, [members[0] with { Type = "u32" }, members[1] with { Offset = 64 }]));
        check.Same("enum e", new EnumInfo(Sources.Header, new(StringComparer.Ordinal) { ["ONE"] = 1, ["TWO"] = 2 }), new EnumInfo(Sources.Btf, new(StringComparer.Ordinal) { ["ONE"] = 1 }));
        Assert.Equal(
            [
                "size of struct s: 8 by the headers, 16 by the kernel's BTF",
                "bit offset of b in struct s: 32 by the headers, 64 by the kernel's BTF",
                "TWO of enum e: 2 by the headers, none by the kernel's BTF",
            ],
            check.Conflicts);
        Assert.Equal(7, check.Compared);
        Assert.Contains("the sources disagree (3)", Assert.Throws<IngestException>(check.ThrowIfAny).Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Agreement_is_silent()
    {
        var check = new CrossCheck();
        StructInfo info = Committed.Abi("6.12").Structs["bpf_reg_state"];
        check.Same("bpf_reg_state", info, info with { Source = Sources.Btf });
        check.ThrowIfAny();
        Assert.True(check.Compared > 50);
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void The_rules_for_releases_without_headers_cover_what_headers_and_BTF_both_know(string release)
    {
        AbiDocument abi = Committed.Abi(release);
        Assert.All(abi.Structs.Where(s => s.Value.Source == Sources.Both), s => Assert.True(Selection.OfType(s.Key), s.Key));
        Assert.All(abi.Enums.Where(e => e.Value.Source == Sources.Both), e => Assert.True(e.Key[0] == '@' ? Selection.OfAnonymousEnum(e.Key[1..]) : Selection.OfType(e.Key), e.Key));
    }

    private static KernelFacts Read(string text) => KernelFacts.Parse(Encoding.UTF8.GetBytes(text), "9.9", "facts");
}
