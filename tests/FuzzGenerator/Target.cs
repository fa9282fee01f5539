namespace BpfVerifier.Fuzz;

/// <summary>A part of a context that programs read or write.</summary>
/// <param name="Offset">First byte.</param>
/// <param name="Size">Bytes.</param>
/// <param name="Writable">May be written as a whole.</param>
internal readonly record struct ContextField(int Offset, int Size, bool Writable = false);

/// <summary>Helpers beyond those every program may call.</summary>
internal enum Family
{
    /// <summary>None.</summary>
    Plain,
    /// <summary>Programs on packets in a <c>__sk_buff</c>.</summary>
    Skb,
    /// <summary>XDP.</summary>
    Xdp,
    /// <summary>Tracing programs.</summary>
    Tracing,
}

/// <summary>A kind of program as far as the generator knows it.</summary>
/// <param name="Type">Program type.</param>
/// <param name="Family">Which helpers.</param>
/// <param name="Fields">Parts of the context.</param>
internal sealed record Target(ProgramType Type, Family Family, IReadOnlyList<ContextField> Fields)
{
    /// <summary>The <c>expected_attach_type</c>.</summary>
    public AttachType AttachType { get; init; }
    /// <summary>Attach target as in load scripts, or null.</summary>
    public string? Attach { get; init; }
    /// <summary>Where the context holds the packet's start, or -1; its end follows.</summary>
    public int Data { get; init; } = -1;
    /// <summary>Bytes of the fields that hold the packet's start and end.</summary>
    public int DataSize { get; init; } = 4;
    /// <summary>Packets may be written.</summary>
    public bool PacketWritable { get; init; }
    /// <summary>BPF_LD_ABS and BPF_LD_IND are to be had.</summary>
    public bool LegacyLoads { get; init; }
    /// <summary>Largest return value; <see cref="int.MaxValue"/> for any.</summary>
    public int MostReturned { get; init; } = int.MaxValue;
    /// <summary>How often it is chosen.</summary>
    public int Weight { get; init; } = 2;

    private static readonly ContextField[] s_skb =
    [
        new(0, 4), new(4, 4), new(8, 4, true), new(12, 4), new(16, 4), new(20, 4), new(24, 4), new(32, 4, true), new(36, 4), new(40, 4),
        new(48, 4, true), new(52, 4, true), new(56, 4, true), new(60, 4, true), new(64, 4, true), new(68, 4),
    ];

    private static readonly ContextField[] s_readOnlySkb =
    [
        new(0, 4), new(4, 4), new(8, 4), new(12, 4), new(16, 4), new(20, 4), new(32, 4), new(36, 4), new(40, 4),
        new(48, 4, true), new(52, 4, true), new(56, 4, true), new(60, 4, true), new(64, 4, true), new(68, 4),
    ];

    private static readonly ContextField[] s_words = [.. Enumerable.Range(0, 8).Select(i => new ContextField(i * 8, 8))];

    private static readonly ContextField[] s_record =
        [.. Enumerable.Range(1, 6).Select(i => new ContextField(i * 8, 8)), new(8, 4), new(12, 4), new(16, 2), new(19, 1)];

    /// <summary>All kinds.</summary>
    public static IReadOnlyList<Target> All { get; } =
    [
        new(ProgramType.SocketFilter, Family.Skb, s_readOnlySkb) { LegacyLoads = true, Weight = 5 },
        new(ProgramType.SchedCls, Family.Skb, s_skb) { Data = 76, PacketWritable = true, LegacyLoads = true, Weight = 6 },
        new(ProgramType.SchedAct, Family.Skb, s_skb) { Data = 76, PacketWritable = true, LegacyLoads = true, Weight = 1 },
        new(ProgramType.Xdp, Family.Xdp, [new(12, 4), new(16, 4)]) { Data = 0, PacketWritable = true, Weight = 6 },
        new(ProgramType.CgroupSkb, Family.Skb, s_readOnlySkb) { Data = 76, MostReturned = 1, Weight = 4 },
        new(ProgramType.LwtXmit, Family.Skb, s_readOnlySkb) { Data = 76, PacketWritable = true, Weight = 1 },
        new(ProgramType.Tracepoint, Family.Tracing, s_record) { Weight = 5 },
        new(ProgramType.RawTracepoint, Family.Tracing, s_words) { Weight = 4 },
        new(ProgramType.Kprobe, Family.Tracing, [.. s_words, new(80, 8), new(128, 8), new(160, 8)]) { Weight = 5 },
        new(ProgramType.PerfEvent, Family.Tracing, s_words) { Weight = 2 },
        new(ProgramType.CgroupSock, Family.Plain, [new(0, 4, true), new(4, 4), new(8, 4), new(12, 4), new(16, 4, true)]) { AttachType = AttachType.CgroupInetSockCreate, MostReturned = 1, Weight = 1 },
        new(ProgramType.CgroupDevice, Family.Plain, [new(0, 4), new(4, 4), new(8, 4)]) { MostReturned = 1, Weight = 1 },
        new(ProgramType.SockOps, Family.Plain, [new(0, 4), new(4, 4, true), new(8, 4, true), new(20, 4), new(64, 4), new(68, 4)]) { MostReturned = 1, Weight = 1 },
        new(ProgramType.SkMsg, Family.Plain, [new(16, 4), new(28, 4), new(68, 4)]) { Data = 0, DataSize = 8, PacketWritable = true, MostReturned = 1, Weight = 1 },
    ];
}
