namespace BpfVerifier.Soundness;

// Helpers, by their numbers in uapi linux/bpf.h.
public sealed partial class Machine
{
    private const ulong Invalid = unchecked((ulong)-22), TooBig = unchecked((ulong)-7), NoEntry = unchecked((ulong)-2), Fault = unchecked((ulong)-14);

    private readonly int _cpus;

    private Value Argument(int number) => Read(number);

    private void Return(int callSite, ulong result) => AfterCall(callSite, Value.Number(result));

    private MapModel MapArgument(int number) => World.Find(Argument(number)) is { Kind: RegionKind.Map, Map: { } map }
        ? World.Map(map)
        : throw new UnsafeRunException($"hands a helper r{number}, which is no map");

    private int BufferSize(int number) => Argument(number).Bits is <= Region.MaxSize and var size
        ? (int)size
        : throw new UnsafeRunException($"hands a helper {(long)Argument(number).Bits} as the size of a buffer");

    private void CallHelper(int helper)
    {
        switch (helper)
        {
            case 1: // map_lookup_elem
                LookUp(MapArgument(1), Argument(2));
                break;
            case 2 or 3: // map_update_elem, map_delete_elem
                Change(MapArgument(1), helper == 2);
                break;
            case 195: // map_lookup_percpu_elem
                LookUpOnCpu(MapArgument(1), (uint)Argument(3).Bits);
                break;
            case 4 or 112 or 113: // probe_read, _user, _kernel
                Probe(Argument(1), BufferSize(2));
                break;
            case 45 or 114 or 115: // probe_read_str, _user_str, _kernel_str
                ProbeText(Argument(1), BufferSize(2));
                break;
            case 67: // get_stack
                GetStack(Argument(2), BufferSize(3));
                break;
            case 8: // get_smp_processor_id
                Return(Next, (ulong)World.Dice.Below(_cpus));
                break;
            case 12: // tail_call: there is no such program, so it returns
                Return(Next, NoEntry);
                break;
            case 164: // for_each_map_elem
                ForEach();
                break;
            case 181: // loop
                Loop();
                break;
            case 131: // ringbuf_reserve
                Reserve(Argument(2).Bits);
                break;
            case 132 or 133: // ringbuf_submit, _discard
                Release(Argument(1), RegionKind.Memory);
                break;
            case 84 or 85 or 99: // sk_lookup_tcp, sk_lookup_udp, skc_lookup_tcp
                ReadBuffer(Argument(2), BufferSize(3));
                ReturnSocket();
                break;
            case 86: // sk_release
                Release(Argument(1), RegionKind.Socket);
                break;
            case 95 or 96 or 98: // sk_fullsock, tcp_sock, get_listener_sock
                ReturnSocket();
                break;
            case 107: // sk_storage_get
                GetStorage(MapArgument(1).Map);
                break;
            case 93 or 94: // spin_lock, spin_unlock
                AfterCall(Next, default);
                break;
            default:
                CallByShape(helper);
                break;
        }
    }

    private void LookUp(MapModel map, Value key)
    {
        byte[] bytes = ReadBuffer(key, map.Map.KeySize);
        if (map.Map.Inner is { } inner)
            AfterCall(Next, World.Dice.OneIn(3) ? Value.Number(0) : World.PointerTo(World.Map(inner).Handle));
        else if (map.Map.Type is MapType.XskMap or MapType.SockMap or MapType.SockHash)
            ReturnSocket();
        else if (!map.HoldsValues)
            throw new NotModelledException($"lookups in {map.Map.Type} maps");
        else
            AfterCall(Next, map.Lookup(bytes) is { } value ? World.PointerTo(value) : Value.Number(0));
    }

    private void LookUpOnCpu(MapModel map, uint cpu)
    {
        byte[] key = ReadBuffer(Argument(2), map.Map.KeySize);
        if (!map.HoldsValues)
            throw new NotModelledException($"lookups in {map.Map.Type} maps");
        AfterCall(Next, cpu < _cpus && map.Lookup(key) is { } value ? World.PointerTo(value) : Value.Number(0));
    }

    private void Change(MapModel map, bool update)
    {
        byte[] key = ReadBuffer(Argument(2), map.Map.KeySize);
        if (!map.HoldsValues)
            throw new NotModelledException($"changes of {map.Map.Type} maps");
        bool done = update
            ? map.Update(key, ReadBuffer(Argument(3), map.Map.ValueSize), Argument(4).Bits)
            : map.Delete(key);
        Return(Next, done ? 0 : NoEntry);
    }

    /// <summary>Copies from anywhere: random bytes, or zeros and an error.</summary>
    private void Probe(Value to, int size)
    {
        bool fails = World.Dice.OneIn(3);
        WriteBuffer(to, fails ? new byte[size] : World.Dice.Bytes(size));
        Return(Next, fails ? Fault : 0);
    }

    private void ProbeText(Value to, int size)
    {
        bool fails = size == 0 || World.Dice.OneIn(3);
        WriteBuffer(to, fails ? new byte[size] : World.Dice.Bytes(size));
        Return(Next, fails ? Fault : (ulong)(1 + World.Dice.Below(size)));
    }

    private void GetStack(Value to, int size)
    {
        bool fails = World.Dice.OneIn(3);
        WriteBuffer(to, World.Dice.Bytes(size));
        Return(Next, fails ? Fault : (ulong)World.Dice.Below(size + 1));
    }

    private void Reserve(ulong size)
    {
        if (World.Dice.OneIn(3) || size > Region.MaxSize)
            Return(Next, 0);
        else
            AfterCall(Next, World.PointerTo(World.NewMemory((int)size)));
    }

    /// <summary>What is kept for one socket in a map: each asking gets another socket's.</summary>
    private void GetStorage(BpfMap map)
    {
        if (World.Dice.OneIn(3))
            Return(Next, 0);
        else
            AfterCall(Next, World.PointerTo(World.Add(id => new Region(id, RegionKind.MapValue, World.ValueBytes(map)) { Map = map })));
    }

    private void ReturnSocket() =>
        AfterCall(Next, World.Dice.OneIn(2) ? Value.Number(0) : World.PointerTo(World.NewSocket()));

    private void Release(Value pointer, RegionKind kind)
    {
        if (World.Find(pointer) is not { Alive: true } region || region.Kind != kind || pointer.Bits != region.Origin)
            throw new UnsafeRunException($"gives back what is no {kind} it holds");
        region.Alive = false;
        // Releasing a socket returns 0, submitting a record nothing.
        AfterCall(Next, kind == RegionKind.Socket ? Value.Number(0) : default);
    }

    /// <summary>A helper of which no more is known than its prototype: touches the buffers it declares, returns any number.</summary>
    private void CallByShape(int helper)
    {
        string name = _probe.HelperName(helper);
        if (_probe.Helper(_program.Type, helper) is not { } shape || (!shape.ReturnsNumber && !shape.ReturnsNothing))
            throw new NotModelledException($"helper {name}");
        BpfMap? map = null;
        for (int i = 0; i < shape.Arguments.Count; i++)
        {
            HelperArgument argument = shape.Arguments[i];
            if (argument.Use == ArgumentUse.None)
                break;
            Value value = Argument(i + 1);
            int size = 0;
            switch (argument.Use)
            {
                case ArgumentUse.Other:
                    throw new NotModelledException($"helper {name}");
                case ArgumentUse.Map:
                    map = MapArgument(i + 1).Map;
                    break;
                case ArgumentUse.Key:
                    size = (int)(map?.KeySize ?? 0);
                    break;
                case ArgumentUse.Value:
                    size = (int)(map?.ValueSize ?? 0);
                    break;
                case ArgumentUse.Buffer:
                    bool sized = i + 1 < shape.Arguments.Count && shape.Arguments[i + 1].Use == ArgumentUse.Size;
                    size = sized ? BufferSize(i + 2) : argument.FixedSize;
                    break;
            }
            if (size == 0)
                continue;
            if (argument.Written)
                WriteBuffer(value, World.Dice.Bytes(size));
            else
                ReadBuffer(value, size);
        }
        if (s_movePacket.Contains(name))
            World.NewPacket();
        AfterCall(Next, shape.ReturnsNumber ? Value.Number(World.Dice.Number()) : default);
    }

    /// <summary>Helpers after which pointers into the packet lead nowhere (bpf_helper_changes_pkt_data).</summary>
    private static readonly HashSet<string> s_movePacket =
    [
        "bpf_skb_vlan_push", "bpf_skb_vlan_pop", "bpf_skb_store_bytes", "bpf_skb_change_proto", "bpf_skb_change_head",
        "bpf_skb_change_tail", "bpf_skb_adjust_room", "bpf_skb_pull_data", "bpf_clone_redirect", "bpf_l3_csum_replace",
        "bpf_l4_csum_replace", "bpf_xdp_adjust_head", "bpf_xdp_adjust_meta", "bpf_xdp_adjust_tail", "bpf_msg_pull_data",
        "bpf_msg_push_data", "bpf_msg_pop_data", "bpf_lwt_push_encap", "bpf_lwt_seg6_store_bytes",
        "bpf_lwt_seg6_adjust_srh", "bpf_lwt_seg6_action", "bpf_store_hdr_opt", "bpf_reserve_hdr_opt",
    ];
}
