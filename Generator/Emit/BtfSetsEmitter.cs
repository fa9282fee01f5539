using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>BtfSets</c>: the kernel's sets of BTF ids that the verifier asks, as names; <c>ModifyReturn</c>; <c>Gates</c>.</summary>
internal static class BtfSetsEmitter
{
    /// <summary>Sets the verifier asks: every release has the property, and one without the set an empty one.</summary>
    private static readonly string[] s_asked =
    [
        "bool_lsm_hooks", "bpf_lsm_current_hooks", "bpf_lsm_disabled_hooks", "bpf_lsm_hooks", "bpf_lsm_locked_sockopt_hooks",
        "bpf_lsm_unlocked_sockopt_hooks", "btf_allowlist_d_path", "btf_id_deny", "noreturn_deny", "qdisc_common_kfunc_set", "qdisc_dequeue_kfunc_set", "qdisc_enqueue_kfunc_set", "rcu_protected_types",
        "sleepable_lsm_hooks", "untrusted_lsm_hooks",
    ];

    public static string Emit(ImageModel image)
    {
        CodeWriter code = CodeWriter.ForRuntime("abi.json");
        code.Lines("""
            /// <summary>Names, by which the kernel means the types and functions of its BTF that are called so.</summary>
            internal sealed class BtfSet
            {
                private readonly string[] _names;

                public BtfSet(ReadOnlySpan<byte> names) => _names = Tables.Lines(names);

                /// <summary>How many there are; 0 where the release has no such set.</summary>
                public int Count => _names.Length;

                public bool Contains(string name) => Array.BinarySearch(_names, name, StringComparer.Ordinal) >= 0;
            }
            """).Line();
        code.Summary("The kernel's sets of BTF ids by their symbols. A set the release has not is empty.");
        code.Open("internal static class BtfSets");
        foreach (string set in s_asked)
        {
            string name = Identifier.Pascal(set), field = "s_" + char.ToLowerInvariant(name[0]) + name.Substring(1);
            code.Line("private static BtfSet? " + field + ";");
            code.Summary(set).Line("public static BtfSet " + name + " => " + field + " ??= new BtfSet(" + name + "Text);").Line();
        }
        foreach (string set in s_asked)
        {
            // Some were called btf_… at first (5.10).
            EquatableArray<string> names = (image.Sets.FirstOrDefault(s => s.Name == set) ?? image.Sets.FirstOrDefault(s => s.Name == "btf_" + set))?.Names ?? default;
            code.Text(Identifier.Pascal(set) + "Text", names).Line();
        }
        code.Close().Line();
        code.Summary("Functions besides those called security_ whose result fmod_ret programs may change.");
        code.Open("internal static class ModifyReturn");
        code.Lines("""
            private static BtfSet? s_names;
            private static BtfSet? s_sleepable;

            public static bool Allows(string function) => (s_names ??= new BtfSet(NameText)).Contains(function);

            /// <summary>Programs attached there may sleep.</summary>
            public static bool MaySleep(string function) => (s_sleepable ??= new BtfSet(SleepableText)).Contains(function);
            """).Line();
        code.Text("NameText", image.ModifyReturn.Select(f => f.Name)).Line();
        code.Text("SleepableText", image.ModifyReturn.Where(f => f.Sleepable).Select(f => f.Name));
        code.Close().Line();
        code.Summary("What configuration and compiler to machine code let the verifier allow, by the kernel's names.");
        code.Open("internal static class Gates");
        code.Lines("""
            private static BtfSet? s_open;

            public static bool IsOpen(string name) => (s_open ??= new BtfSet(OpenText)).Contains(name);
            """).Line();
        code.Text("OpenText", image.Gates);
        return code.Close().ToString();
    }
}
