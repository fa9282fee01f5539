using BpfVerifier.HeaderIngest.CSource;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>Prototypes and kfuncs out of C.</summary>
public sealed class SourceReaderTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private SourceFacts Read(string text, string config = "")
    {
        _folder.Config(config);
        _folder.Add("part/Makefile", "obj-y += a.o common.o\n");
        _folder.Add("part/a.c", "#include <linux/bpf.h>\n#define NULL ((void *)0)\nu64 bpf_x(u64 a);\nbool may_call(const void *prog);\n" + text);
        return SourceReader.Read(_folder.Tree());
    }

    [LibClangFact]
    public void A_prototype_has_what_its_initialisers_say()
    {
        SourceFacts facts = Read("""
            struct thing { u64 a, b, c; };
            BTF_ID_LIST(own_ids)
            BTF_ID(struct, task_struct)
            BTF_ID_UNUSED
            BTF_ID(struct, file)
            static const struct bpf_func_proto bpf_x_proto = {
                .func = bpf_x, .gpl_only = 1, .ret_type = RET_PTR_TO_BTF_ID | PTR_MAYBE_NULL, .ret_btf_id = &own_ids[0],
                .arg1_type = ARG_PTR_TO_BTF_ID, .arg1_btf_id = &own_ids[ARG_PTR_TO_MEM],
                .arg2_type = ARG_PTR_TO_MEM | MEM_RDONLY, .arg3_type = ARG_PTR_TO_BTF_ID, .arg3_btf_id = ((void *)(0xeUL + 5)),
                .arg4_type = ARG_ANYTHING, .allowed = may_call,
            };
            const struct bpf_func_proto bpf_size_proto = { .func = NULL, .ret_type = RET_VOID, .arg1_type = ARG_PTR_TO_FIXED_SIZE_MEM, .arg1_size = sizeof(struct thing), .might_sleep = 1 };
            const void *use(void) { return &bpf_x_proto; }
            """);
        Assert.Empty(facts.Errors);
        Assert.Equal(["bpf_x_proto", "bpf_size_proto"], facts.Protos.Select(p => p.Name));
        ProtoInfo x = facts.Protos[0].Info, size = facts.Protos[1].Info;
        Assert.Equal(("bpf_x", "RET_PTR_TO_BTF_ID|PTR_MAYBE_NULL", "task_struct", 1, 0, 0, null, "may_call"), (x.Func, x.Ret, x.RetBtf, x.GplOnly, x.PktAccess, x.MightSleep, x.AllowFastcall, x.Allowed));
        Assert.Equal(["ARG_PTR_TO_BTF_ID btf_id=file", "ARG_PTR_TO_MEM|MEM_RDONLY", "ARG_PTR_TO_BTF_ID btf_id=POISON", "ARG_ANYTHING"], x.Args);
        Assert.Equal(("", "RET_VOID", null, 1, null), (size.Func, size.Ret, size.RetBtf, size.MightSleep, size.Allowed));
        Assert.Equal(["ARG_PTR_TO_FIXED_SIZE_MEM size=24"], size.Args);
        Assert.Equal((new SourcePlace("part/a.c", 10), false), (facts.Protos[0].Place, facts.Protos[0].Unused));
        Assert.All(facts.Protos, p => Assert.Empty(p.Unparsed));
    }

    [LibClangFact]
    public void Lists_of_other_files_are_found_and_their_macros_expanded()
    {
        _folder.Add("part/common.c", """
            #include <linux/bpf.h>
            #define EACH TYPE(sock) TYPE(socket)
            #define TYPE(name) BTF_ID(struct, name)
            BTF_ID_LIST_GLOBAL(common_ids, 2)
            EACH
            BTF_ID_LIST_GLOBAL_SINGLE(single_id, struct, seq_file)
            """);
        SourceFacts facts = Read("extern u32 single_id[];\nconst struct bpf_func_proto bpf_x_proto = { .func = bpf_x, .arg1_type = ARG_PTR_TO_BTF_ID, .arg1_btf_id = &common_ids[1], .arg2_type = ARG_PTR_TO_BTF_ID, .arg2_btf_id = single_id };");
        Assert.Equal(["ARG_PTR_TO_BTF_ID btf_id=socket", "ARG_PTR_TO_BTF_ID btf_id=seq_file"], facts.Protos.Single().Info.Args);
        Assert.Equal(2, facts.Files);
    }

    [LibClangFact]
    public void What_the_text_does_not_give_is_told()
    {
        SourceFacts facts = Read("""
            static u32 id_of_start;
            u64 number(void);
            static const struct bpf_func_proto bpf_x_proto = { .func = bpf_x, .arg1_type = ARG_PTR_TO_BTF_ID, .arg1_btf_id = &id_of_start };
            static const struct bpf_func_proto bpf_y_proto = { bpf_x };
            """);
        Assert.Equal(["arg1_btf_id leads to id_of_start, which is no list of BTF ids"], facts.Protos[0].Unparsed);
        Assert.Equal(["ARG_PTR_TO_BTF_ID btf_id=?"], facts.Protos[0].Info.Args);
        Assert.Equal(["1 initialisers without a member's name"], facts.Protos[1].Unparsed);
        Assert.All(facts.Protos, p => Assert.True(p.Unused));
    }

    [LibClangFact]
    public void Sets_of_kfuncs_have_their_flags_filters_and_program_types()
    {
        SourceFacts facts = Read("""
            #define KF_ONE (1 << 0)
            #define KF_TWO (1 << 1)
            BTF_KFUNCS_START(first_set)
            BTF_ID_FLAGS(func, bpf_plain)
            BTF_ID_FLAGS(func, bpf_both, KF_ONE | KF_TWO)
            BTF_KFUNCS_END(first_set)
            BTF_SET8_START(second_set)
            BTF_ID_FLAGS(func, bpf_two, KF_TWO)
            BTF_SET8_END(second_set)
            int filter(int x);
            static const struct btf_kfunc_id_set first = { .owner = NULL, .set = &first_set };
            static const struct btf_kfunc_id_set second = { .set = &second_set, .filter = filter };
            static int start(int n)
            {
                int ret = register_btf_kfunc_id_set(BPF_PROG_TYPE_UNSPEC, &first);
                return ret ?: register_btf_kfunc_id_set(BPF_PROG_TYPE_XDP, &second);
            }
            BTF_SET_START(plain_set)
            BTF_ID(func, hook)
            BTF_SET_END(plain_set)
            int more(void) { return register_btf_fmodret_id_set(&first); }
            """);
        Assert.Empty(facts.Errors);
        Assert.Equal(["first_set: bpf_both 3, bpf_plain 0", "second_set: bpf_two 2", "plain_set: hook 0"], facts.Sets.Select(s => $"{s.Name}: {string.Join(", ", s.Members.Select(k => $"{k.Key} {k.Value}"))}"));
        Assert.Equal([false, false, true], facts.Sets.Select(s => s.IsPlain));
        Assert.Equal(["first_set"], facts.ModifyReturn);
        Assert.Equal([("UNSPEC", "first_set", null, 19), ("XDP", "second_set", "filter", 20)], facts.Registrations.Select(r => (r.ProgramType, r.Set, r.Filter, r.Place.Line)));
        Assert.Empty(facts.Unparsed);
        Assert.Empty(facts.LeftOut);
    }

    [LibClangFact]
    public void What_the_configuration_leaves_out_is_told_with_the_reason()
    {
        const string text = """
            #ifdef CONFIG_ONE
            static const struct bpf_func_proto bpf_one_proto = { .func = bpf_x };
            #endif
            BTF_KFUNCS_START(set)
            BTF_KFUNCS_END(set)
            static const struct btf_kfunc_id_set registered = { .set = &set };
            #ifdef CONFIG_ONE
            #define ONE 1
            #else
            #define ONE 0
            #endif
            static int start(int ret)
            {
                if (ret || !ONE)
                    return ret;
                return register_btf_kfunc_id_set(BPF_PROG_TYPE_XDP, &registered);
            }
            /* static const struct bpf_func_proto bpf_comment_proto = { */
            """;
        SourceFacts facts = Read(text);
        Assert.Empty(facts.Protos);
        Assert.Empty(facts.Registrations);
        Assert.Equal(
            [
                "registration of set for XDP (part/a.c:20): the condition of line 18 is constant in this configuration",
                "prototype bpf_one_proto (part/a.c:6): '#ifdef CONFIG_ONE' (part/a.c:5) leaves it out",
            ],
            facts.LeftOut.Select(l => $"{l.What} ({l.Place}): {l.Reason}"));
        Assert.Empty(facts.Unparsed);
        SourceFacts with = Read(text, "#define CONFIG_ONE 1\n");
        Assert.Equal((1, 1, 0), (with.Protos.Count, with.Registrations.Count, with.LeftOut.Count));
    }

    [LibClangFact]
    public void A_file_that_is_not_built_or_not_taken_in_is_told_with_the_reason()
    {
        const string proto = "static const struct bpf_func_proto bpf_y_proto = { .func = 0 };\n";
        _folder.Add("other/Makefile", "obj-$(CONFIG_M) += b.o\nobj-y += all.o\n");
        _folder.Add("other/b.c", proto);
        _folder.Add("other/all.c", "#include <linux/bpf.h>\n#ifdef CONFIG_ONE\n#include \"c.c\"\n#endif\n");
        _folder.Add("other/c.c", proto);
        SourceFacts facts = Read("", "#define CONFIG_M_MODULE 1\n");
        Assert.Empty(facts.Protos);
        Assert.Equal(
            [
                "prototype bpf_y_proto (other/b.c:1): the file is not in the image: built as a module (CONFIG_M=m)",
                "prototype bpf_y_proto (other/c.c:1): '#ifdef CONFIG_ONE' (other/all.c:2) leaves it out",
            ],
            facts.LeftOut.Select(l => $"{l.What} ({l.Place}): {l.Reason}"));
    }

    [LibClangFact]
    public void What_cannot_be_understood_is_not_lost()
    {
        _folder.Add("other/b.c", "static const struct bpf_func_proto bpf_y_proto = { .func = 0 };\n");
        SourceFacts facts = Read("""
            static struct bpf_func_proto bpf_changing_proto = { .func = bpf_x };
            int variable;
            int start(int n) { return register_btf_kfunc_id_set(variable, NULL); }
            const struct bpf_func_proto bpf_x_proto = { .func = bpf_gone };
            """);
        Assert.Equal(
            [
                "prototype bpf_y_proto (other/b.c:1): no list in other/Makefile names b.o",
                "registration at part/a.c:7: program type or set is no constant",
                "prototype bpf_changing_proto (part/a.c:5) was not found in what libclang parsed",
                "prototype bpf_x_proto (part/a.c:8) was not found in what libclang parsed",
            ],
            facts.Unparsed);
        Assert.Contains("undeclared identifier 'bpf_gone'", Assert.Single(facts.Errors), StringComparison.Ordinal);
    }
}
