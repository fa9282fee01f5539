using System.Globalization;

namespace BpfVerifier.Runtime;

/// <summary>Names of types as messages and states print them.</summary>
internal sealed partial class Verification
{
    // Prefix and suffix combinations met are few; each is built once.
    private readonly Dictionary<uint, string> _regTypeNames = [];

    /// <summary>A register type's name: <c>scalar</c>, <c>map_value_or_null</c>, <c>rcu_ptr_</c> (a struct name follows).</summary>
    public string RegTypeStr(RegType type)
    {
        if (type.Flags == 0)
            return KindName(type.Kind);
        if (!_regTypeNames.TryGetValue(type.Bits, out string? name))
        {
            string suffix = !type.MaybeNull ? "" : type.Kind == RegKind.BtfId ? "or_null_" : "_or_null";
            name = TypePrefix(type) + KindName(type.Kind) + suffix;
            _regTypeNames.Add(type.Bits, name);
        }
        return name;
    }

    private string TypePrefix(RegType type)
    {
        string all = "";
        string last = "";
        Add(TypeFlags.ReadOnly, "rdonly_");
        Add(TypeFlags.RingBuf, Changes.LogNamesRingBufMemory ? "ringbuf_" : "alloc_");
        Add(TypeFlags.User, "user_");
        Add(TypeFlags.PerCpu, "percpu_");
        if (Changes.LogCombinesTypePrefixes)
            Add(TypeFlags.Rcu, "rcu_");
        Add(TypeFlags.Untrusted, "untrusted_");
        if (Changes.LogCombinesTypePrefixes)
            Add(TypeFlags.Trusted, "trusted_");
        return Changes.LogCombinesTypePrefixes ? all : last;

        void Add(TypeFlags flag, string prefix)
        {
            if (!type.Has(flag))
                return;
            all += prefix;
            last = prefix;
        }
    }

    private string KindName(RegKind kind) => kind switch
    {
        RegKind.NotInit => "?",
        RegKind.Scalar => Changes.ScalarsNamed ? "scalar" : "inv",
        RegKind.Ctx => "ctx",
        RegKind.ConstMap => "map_ptr",
        RegKind.MapValue => "map_value",
        RegKind.MapKey => "map_key",
        RegKind.Stack => "fp",
        RegKind.PacketMeta => "pkt_meta",
        RegKind.Packet => "pkt",
        RegKind.PacketEnd => "pkt_end",
        RegKind.FlowKeys => "flow_keys",
        RegKind.Socket => "sock",
        RegKind.SockCommon => "sock_common",
        RegKind.TcpSock => "tcp_sock",
        RegKind.TpBuffer => "tp_buffer",
        RegKind.XdpSock => "xdp_sock",
        RegKind.BtfId => "ptr_",
        RegKind.Mem => "mem",
        RegKind.Arena => "arena",
        RegKind.Buf => "buf",
        RegKind.Func => "func",
        RegKind.Insn => "insn",
        RegKind.ConstDynptr => "dynptr_ptr",
        _ => "(null)",
    };

    public static string DynptrTypeStr(DynptrKind kind) => kind switch
    {
        DynptrKind.Local => "local",
        DynptrKind.RingBuf => "ringbuf",
        DynptrKind.Skb => "skb",
        DynptrKind.Xdp => "xdp",
        DynptrKind.SkbMeta => "skb_meta",
        DynptrKind.File => "file",
        DynptrKind.Invalid => "<invalid>",
        _ => "<unknown>",
    };

    /// <summary>An open-coded iterator's name: its struct's without <c>bpf_iter_</c>.</summary>
    public string IterTypeStr(BtfOwner owner, int btfId)
    {
        const string prefix = "bpf_iter_";
        if (owner == BtfOwner.None || btfId == 0)
            return "<invalid>";
        string name = Types(owner)[btfId].Name;
        return name.Length >= prefix.Length ? name[prefix.Length..] : "";
    }

    public static string IterStateStr(IterState state) => state switch
    {
        IterState.Active => "active",
        IterState.Drained => "drained",
        IterState.Invalid => "<invalid>",
        _ => "<unknown>",
    };

    /// <summary>A tnum as messages print it.</summary>
    public string TnumStr(Tnum tnum) => Changes.NegativeOffsetsDecimal && tnum.IsConst && (long)tnum.Value is < 0 and > -32769
        ? ((long)tnum.Value).ToString(CultureInfo.InvariantCulture)
        : LogNumbers.Format(tnum, Changes.LogCompactRegisters);

    /// <summary>A map's name as the kernel keeps it: 15 characters. The template of inner maps has none.</summary>
    public ReadOnlySpan<char> KernelMapName(MapInfo map)
    {
        if (!Program.Maps.Contains(map.Map))
            return "";
        ReadOnlySpan<char> name = map.Map.Name;
        return name.Length > 15 ? name[..15] : name;
    }
}
