namespace BpfVerifier.Objects.Sections;

/// <summary>What a section's name says beyond program and attach type.</summary>
[Flags]
internal enum SectionFlags
{
    None = 0,
    /// <summary>The program is loaded with BPF_F_SLEEPABLE.</summary>
    Sleepable = 1,
    /// <summary>The program is loaded with BPF_F_XDP_HAS_FRAGS.</summary>
    XdpFrags = 2,
    /// <summary>What follows the slash names a type or function of the kernel, whose BTF id is needed to load.</summary>
    AttachBtf = 4,
    /// <summary>Loaded for multi-uprobe links where the kernel has them.</summary>
    Usdt = 8,
}

/// <summary>One line of libbpf's table of section names (libbpf 1.7).</summary>
/// <param name="Pattern">The name; a final + allows a slash and more after it.</param>
/// <param name="Type">Program type.</param>
/// <param name="AttachType">The <c>expected_attach_type</c>, 0 when there is none.</param>
/// <param name="Flags">See <see cref="SectionFlags"/>.</param>
internal sealed record SectionRule(string Pattern, ProgramType Type, AttachType AttachType = default, SectionFlags Flags = SectionFlags.None)
{
    /// <summary>The rule a section name falls under, null when libbpf cannot tell its program type. A leading ? must be gone.</summary>
    public static SectionRule? Find(string sectionName)
    {
        foreach (SectionRule rule in s_rules)
        {
            if (rule.Matches(sectionName))
                return rule;
        }
        return null;
    }

    private bool Matches(string name)
    {
        if (!Pattern.EndsWith('+'))
            return name == Pattern;
        int length = Pattern.Length - 1;
        return name.AsSpan().StartsWith(Pattern.AsSpan(0, length), StringComparison.Ordinal) && (name.Length == length || name[length] == '/');
    }

    private static readonly SectionRule[] s_rules =
    [
        new("socket", ProgramType.SocketFilter),
        new("sk_reuseport/migrate", ProgramType.SkReusePort, AttachType.SkReuseportSelectOrMigrate),
        new("sk_reuseport", ProgramType.SkReusePort, AttachType.SkReuseportSelect),
        new("kprobe+", ProgramType.Kprobe),
        new("uprobe+", ProgramType.Kprobe),
        new("uprobe.s+", ProgramType.Kprobe, default, SectionFlags.Sleepable),
        new("kretprobe+", ProgramType.Kprobe),
        new("uretprobe+", ProgramType.Kprobe),
        new("uretprobe.s+", ProgramType.Kprobe, default, SectionFlags.Sleepable),
        new("kprobe.multi+", ProgramType.Kprobe, AttachType.TraceKprobeMulti),
        new("kretprobe.multi+", ProgramType.Kprobe, AttachType.TraceKprobeMulti),
        new("kprobe.session+", ProgramType.Kprobe, AttachType.TraceKprobeSession),
        new("uprobe.multi+", ProgramType.Kprobe, AttachType.TraceUprobeMulti),
        new("uretprobe.multi+", ProgramType.Kprobe, AttachType.TraceUprobeMulti),
        new("uprobe.session+", ProgramType.Kprobe, AttachType.TraceUprobeSession),
        new("uprobe.multi.s+", ProgramType.Kprobe, AttachType.TraceUprobeMulti, SectionFlags.Sleepable),
        new("uretprobe.multi.s+", ProgramType.Kprobe, AttachType.TraceUprobeMulti, SectionFlags.Sleepable),
        new("uprobe.session.s+", ProgramType.Kprobe, AttachType.TraceUprobeSession, SectionFlags.Sleepable),
        new("ksyscall+", ProgramType.Kprobe),
        new("kretsyscall+", ProgramType.Kprobe),
        new("usdt+", ProgramType.Kprobe, default, SectionFlags.Usdt),
        new("usdt.s+", ProgramType.Kprobe, default, SectionFlags.Sleepable | SectionFlags.Usdt),
        new("tc/ingress", ProgramType.SchedCls, AttachType.TcxIngress),
        new("tc/egress", ProgramType.SchedCls, AttachType.TcxEgress),
        new("tcx/ingress", ProgramType.SchedCls, AttachType.TcxIngress),
        new("tcx/egress", ProgramType.SchedCls, AttachType.TcxEgress),
        new("tc", ProgramType.SchedCls),
        new("classifier", ProgramType.SchedCls),
        new("action", ProgramType.SchedAct),
        new("netkit/primary", ProgramType.SchedCls, AttachType.NetkitPrimary),
        new("netkit/peer", ProgramType.SchedCls, AttachType.NetkitPeer),
        new("tracepoint+", ProgramType.Tracepoint),
        new("tp+", ProgramType.Tracepoint),
        new("raw_tracepoint+", ProgramType.RawTracepoint),
        new("raw_tp+", ProgramType.RawTracepoint),
        new("raw_tracepoint.w+", ProgramType.RawTracepointWritable),
        new("raw_tp.w+", ProgramType.RawTracepointWritable),
        new("tp_btf+", ProgramType.Tracing, AttachType.TraceRawTp, SectionFlags.AttachBtf),
        new("fentry+", ProgramType.Tracing, AttachType.TraceFentry, SectionFlags.AttachBtf),
        new("fmod_ret+", ProgramType.Tracing, AttachType.ModifyReturn, SectionFlags.AttachBtf),
        new("fexit+", ProgramType.Tracing, AttachType.TraceFexit, SectionFlags.AttachBtf),
        new("fentry.s+", ProgramType.Tracing, AttachType.TraceFentry, SectionFlags.Sleepable | SectionFlags.AttachBtf),
        new("fmod_ret.s+", ProgramType.Tracing, AttachType.ModifyReturn, SectionFlags.Sleepable | SectionFlags.AttachBtf),
        new("fexit.s+", ProgramType.Tracing, AttachType.TraceFexit, SectionFlags.Sleepable | SectionFlags.AttachBtf),
        new("fsession+", ProgramType.Tracing, AttachType.TraceFsession, SectionFlags.AttachBtf),
        new("fsession.s+", ProgramType.Tracing, AttachType.TraceFsession, SectionFlags.Sleepable | SectionFlags.AttachBtf),
        new("freplace+", ProgramType.Ext, default, SectionFlags.AttachBtf),
        new("lsm+", ProgramType.Lsm, AttachType.LsmMac, SectionFlags.AttachBtf),
        new("lsm.s+", ProgramType.Lsm, AttachType.LsmMac, SectionFlags.Sleepable | SectionFlags.AttachBtf),
        new("lsm_cgroup+", ProgramType.Lsm, AttachType.LsmCgroup, SectionFlags.AttachBtf),
        new("iter+", ProgramType.Tracing, AttachType.TraceIter, SectionFlags.AttachBtf),
        new("iter.s+", ProgramType.Tracing, AttachType.TraceIter, SectionFlags.Sleepable | SectionFlags.AttachBtf),
        new("syscall", ProgramType.Syscall, default, SectionFlags.Sleepable),
        new("xdp.frags/devmap", ProgramType.Xdp, AttachType.XdpDevmap, SectionFlags.XdpFrags),
        new("xdp/devmap", ProgramType.Xdp, AttachType.XdpDevmap),
        new("xdp.frags/cpumap", ProgramType.Xdp, AttachType.XdpCpumap, SectionFlags.XdpFrags),
        new("xdp/cpumap", ProgramType.Xdp, AttachType.XdpCpumap),
        new("xdp.frags", ProgramType.Xdp, AttachType.Xdp, SectionFlags.XdpFrags),
        new("xdp", ProgramType.Xdp, AttachType.Xdp),
        new("perf_event", ProgramType.PerfEvent),
        new("lwt_in", ProgramType.LwtIn),
        new("lwt_out", ProgramType.LwtOut),
        new("lwt_xmit", ProgramType.LwtXmit),
        new("lwt_seg6local", ProgramType.LwtSeg6local),
        new("sockops", ProgramType.SockOps, AttachType.CgroupSockOps),
        new("sk_skb/stream_parser", ProgramType.SkSkb, AttachType.SkSkbStreamParser),
        new("sk_skb/stream_verdict", ProgramType.SkSkb, AttachType.SkSkbStreamVerdict),
        new("sk_skb/verdict", ProgramType.SkSkb, AttachType.SkSkbVerdict),
        new("sk_skb", ProgramType.SkSkb),
        new("sk_msg", ProgramType.SkMsg, AttachType.SkMsgVerdict),
        new("lirc_mode2", ProgramType.LircMode2, AttachType.LircMode2),
        new("flow_dissector", ProgramType.FlowDissector, AttachType.FlowDissector),
        new("cgroup_skb/ingress", ProgramType.CgroupSkb, AttachType.CgroupInetIngress),
        new("cgroup_skb/egress", ProgramType.CgroupSkb, AttachType.CgroupInetEgress),
        new("cgroup/skb", ProgramType.CgroupSkb),
        new("cgroup/sock_create", ProgramType.CgroupSock, AttachType.CgroupInetSockCreate),
        new("cgroup/sock_release", ProgramType.CgroupSock, AttachType.CgroupInetSockRelease),
        new("cgroup/sock", ProgramType.CgroupSock, AttachType.CgroupInetSockCreate),
        new("cgroup/post_bind4", ProgramType.CgroupSock, AttachType.CgroupInet4PostBind),
        new("cgroup/post_bind6", ProgramType.CgroupSock, AttachType.CgroupInet6PostBind),
        new("cgroup/bind4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Bind),
        new("cgroup/bind6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Bind),
        new("cgroup/connect4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Connect),
        new("cgroup/connect6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Connect),
        new("cgroup/connect_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixConnect),
        new("cgroup/sendmsg4", ProgramType.CgroupSockAddr, AttachType.CgroupUdp4Sendmsg),
        new("cgroup/sendmsg6", ProgramType.CgroupSockAddr, AttachType.CgroupUdp6Sendmsg),
        new("cgroup/sendmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixSendmsg),
        new("cgroup/recvmsg4", ProgramType.CgroupSockAddr, AttachType.CgroupUdp4Recvmsg),
        new("cgroup/recvmsg6", ProgramType.CgroupSockAddr, AttachType.CgroupUdp6Recvmsg),
        new("cgroup/recvmsg_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixRecvmsg),
        new("cgroup/getpeername4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Getpeername),
        new("cgroup/getpeername6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Getpeername),
        new("cgroup/getpeername_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetpeername),
        new("cgroup/getsockname4", ProgramType.CgroupSockAddr, AttachType.CgroupInet4Getsockname),
        new("cgroup/getsockname6", ProgramType.CgroupSockAddr, AttachType.CgroupInet6Getsockname),
        new("cgroup/getsockname_unix", ProgramType.CgroupSockAddr, AttachType.CgroupUnixGetsockname),
        new("cgroup/sysctl", ProgramType.CgroupSysctl, AttachType.CgroupSysctl),
        new("cgroup/getsockopt", ProgramType.CgroupSockOpt, AttachType.CgroupGetsockopt),
        new("cgroup/setsockopt", ProgramType.CgroupSockOpt, AttachType.CgroupSetsockopt),
        new("cgroup/dev", ProgramType.CgroupDevice, AttachType.CgroupDevice),
        new("struct_ops+", ProgramType.StructOps),
        new("struct_ops.s+", ProgramType.StructOps, default, SectionFlags.Sleepable),
        new("sk_lookup", ProgramType.SkLookup, AttachType.SkLookup),
        new("netfilter", ProgramType.Netfilter, AttachType.Netfilter),
    ];
}
