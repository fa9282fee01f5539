using System.Runtime.CompilerServices;
using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Kernel;

/// <summary>What libbpf would find out of a kernel by probing, read from the kernel's own types where they tell, else from its release.</summary>
internal sealed class KernelFacts
{
    private static readonly ConditionalWeakTable<BtfTypes, Enums> s_enums = [];

    private readonly Enums _enums;

    public KernelFacts(BtfTypes types, KernelRelease release)
    {
        Types = types;
        Release = release;
        _enums = s_enums.GetValue(types, static t => new Enums(t));
    }

    public BtfTypes Types { get; }

    public KernelRelease Release { get; }

    private bool Since(int major, int minor) => Release.Branch >= new KernelRelease(major, minor);

    /// <summary>False when a creation flag has no name in the kernel, which then refuses the map whatever its type.</summary>
    public bool HasMapFlags(uint flags) => (flags & ~_enums.Flags("BPF_F_NO_PREALLOC")) == 0;

    public bool HasMapType(MapType type) => _enums.Has("bpf_map_type", (long)type) ?? true;

    /// <summary>Bytes of a struct of the kernel, 0 when its types lack it.</summary>
    public uint StructSize(string name) => Types.Find(name, BtfKind.Struct) is > 0 and var id ? (uint)Types[id].Size : 0;

    private bool HasHelper(string name, int major, int minor) => _enums.HasName("bpf_func_id", name) ?? Since(major, minor);

    /// <summary>bpf_probe_read_kernel() and its relatives; before, bpf_probe_read() stands in for them.</summary>
    public bool ProbeReadKernel => HasHelper("BPF_FUNC_probe_read_kernel", 5, 5);
    public bool AttachCookie => HasHelper("BPF_FUNC_get_attach_cookie", 5, 15);

    /// <summary>Multi-uprobe links whose process filter works, which is what libbpf asks before it uses them for USDT.</summary>
    public bool UprobeMultiLink => (_enums.HasName("bpf_attach_type", "BPF_TRACE_UPROBE_MULTI") ?? Since(6, 6))
        && (Since(6, 10) || Release is { Major: 6, Minor: 9, Patch: >= 4 } or { Major: 6, Minor: 6, Patch: >= 33 });

    public bool BtfFloat => Since(5, 13);
    public bool BtfDeclTag => Since(5, 16);
    public bool BtfTypeTag => Since(5, 17);
    public bool BtfEnum64 => Since(6, 0);
    /// <summary>Names of data sections may begin with a question mark.</summary>
    public bool BtfQuestionMark => Since(6, 9);
    /// <summary>Names of types may hold dots, as Rust's do (6.4, and stable releases before it).</summary>
    public bool DotsInNames => Since(6, 1);
    /// <summary>Types may have more than 65535 members.</summary>
    public bool LongBtfTypes => Since(7, 0);
    /// <summary>The kernel itself understands the arg:ctx declaration tag.</summary>
    public bool ContextArgumentTag => Since(6, 8);
    /// <summary>Addresses in a map may lie anywhere in it: globals can be put at the end of an arena.</summary>
    public bool FullRangeMapAddresses => Since(7, 0);
    /// <summary>Per-CPU arrays can hold global variables.</summary>
    public bool PerCpuData => Types.Find("percpu_array_map_direct_value_addr", BtfKind.Func) > 0;
    /// <summary>Hash maps take a described value with an undescribed key.</summary>
    public bool HashWithoutKeyType => Types.Find("htab_map_check_btf", BtfKind.Func) > 0;

    /// <summary>The number in the layout of the KERNEL_VERSION macro.</summary>
    public uint VersionCode => (uint)Release.Major << 16 | (uint)Release.Minor << 8 | (uint)Math.Min(Release.Patch ?? 0, 255);

    /// <summary>A struct_ops map may be attached by a link. The flag's enumeration has no name; the kernel function that updates such links came with it.</summary>
    public bool StructOpsLinks => Types.Find("bpf_struct_ops_link_create", BtfKind.Func) > 0;
    /// <summary>A key for what depends on nothing but the features that change an object's types.</summary>
    public int TypeFeatures => (BtfFloat ? 1 : 0) | (BtfDeclTag ? 2 : 0) | (BtfTypeTag ? 4 : 0) | (BtfEnum64 ? 8 : 0) | (BtfQuestionMark ? 16 : 0)
        | (DotsInNames ? 32 : 0) | (LongBtfTypes ? 64 : 0);

    private sealed class Enums(BtfTypes types)
    {
        private readonly Dictionary<string, Dictionary<string, long>?> _byName = new(StringComparer.Ordinal);
        private readonly Lock _lock = new();

        public bool? HasName(string name, string enumerator) => Get(name)?.ContainsKey(enumerator);

        public bool? Has(string name, long value) => Get(name)?.ContainsValue(value);

        /// <summary>All bits of the nameless enumeration which begins with that flag; all there are when the types have none.</summary>
        public uint Flags(string first)
        {
            lock (_lock)
                return _flags ??= Read(first);
        }

        private uint? _flags;

        private uint Read(string first)
        {
            for (int id = 1; id < types.Count; id++)
            {
                BtfType type = types[id];
                if (type.Kind != BtfKind.Enum || type.NameOffset != 0 || type.VLen == 0 || type.Enumerator(0).Name != first)
                    continue;
                uint all = 0;
                for (int i = 0; i < type.VLen; i++)
                    all |= (uint)type.Enumerator(i).Value;
                return all;
            }
            return uint.MaxValue;
        }

        private Dictionary<string, long>? Get(string name)
        {
            lock (_lock)
            {
                if (_byName.TryGetValue(name, out Dictionary<string, long>? known))
                    return known;
                int id = types.Find(name, BtfKind.Enum);
                if (id < 0)
                    return _byName[name] = null;
                var values = new Dictionary<string, long>(StringComparer.Ordinal);
                for (int i = 0; i < types[id].VLen; i++)
                {
                    BtfEnumerator one = types[id].Enumerator(i);
                    // Ends of the list carry names like __MAX_BPF_PROG_TYPE.
                    if (!one.Name.Contains("MAX_BPF", StringComparison.Ordinal))
                        values[one.Name] = one.Value;
                }
                return _byName[name] = values;
            }
        }
    }
}
