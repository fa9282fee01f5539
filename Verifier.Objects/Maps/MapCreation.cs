using BpfVerifier.Btf;
using BpfVerifier.Objects.Kernel;
using BpfVerifier.Objects.Programs;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Maps;

/// <summary>Turns declared maps into what BPF_MAP_CREATE would make of them, and says which it would refuse.</summary>
internal sealed class MapCreation(ObjectImage image, KernelFacts kernel, BtfTypes? btf, ObjectOptions options, StructOpsBinder structOps, byte[] config)
{
    private const uint NoPreallocation = 1, NoCommonLru = 2, NumaNode = 4, Mmapable = 1 << 10, ReadOnlyForProgram = 1 << 7, WriteOnlyForProgram = 1 << 8, InnerMap = 1 << 12, StructOpsLink = 1 << 13;
    private const ulong NominalArenaAddress = 1UL << 44;
    private const uint MaxKmalloc = 4 << 20, MaxPerCpu = 32 << 10;

    /// <summary>An element and its value in one allocation whose size is kept in 16 bits.</summary>
    private uint MaxLocalStorage => ushort.MaxValue - kernel.StructSize("bpf_local_storage_elem");

    public List<BpfMap> Maps { get; } = [];

    /// <summary>Creates all maps in order; the first refused one ends the load.</summary>
    public ObjectFailure? Create()
    {
        foreach (MapSpec spec in image.Maps)
        {
            bool created = structOps.IsCreated(spec) && (spec.Origin != MapOrigin.PerCpu || kernel.PerCpuData);
            StructOpsBinding? binding = structOps.Maps.GetValueOrDefault(spec);
            BpfMap? inner = null;
            if (created)
            {
                if (Create(spec, binding, out inner) is { } failure)
                    return failure;
            }
            Maps.Add(Describe(spec, binding, inner));
        }
        return null;
    }

    /// <summary>False for maps that libbpf leaves out; loads of them become invalid instructions.</summary>
    public bool IsCreated(int index) => structOps.IsCreated(image.Maps[index]) && (image.Maps[index].Origin != MapOrigin.PerCpu || kernel.PerCpuData);

    private ObjectFailure? Create(MapSpec spec, StructOpsBinding? binding, out BpfMap? inner)
    {
        inner = null;
        if (spec.IsMapInMap && spec.Inner is { } innerSpec)
        {
            if (Check(innerSpec, null) is var innerErrno and not Errno.None)
                return Refused(innerSpec, spec, innerErrno);
            inner = Describe(innerSpec, null, null);
        }
        return Check(spec, binding) is var errno and not Errno.None ? Refused(spec, spec, errno) : null;
    }

    private ObjectFailure Refused(MapSpec culprit, MapSpec outer, Errno errno) => new(
        kernel.HasMapType(culprit.Type) ? Verdict.LoadFailed : Verdict.Unsupported,
        errno,
        culprit == outer
            ? $"map '{outer.Name}': failed to create: {LibbpfErrno.Text(errno)}"
            : $"map '{outer.Name}': failed to create inner map: {LibbpfErrno.Text(errno)}");

    private BpfMap Describe(MapSpec spec, StructOpsBinding? binding, BpfMap? inner)
    {
        bool described = btf is not null && HasBtf(spec);
        return new BpfMap
        {
            Name = spec.Name,
            Type = spec.Type,
            KeySize = spec.KeySize,
            ValueSize = binding?.ValueSize ?? ValueSize(spec),
            MaxEntries = MaxEntries(spec),
            Flags = spec.Flags,
            // libbpf maps an arena without an address of its own before it loads programs; any address will do.
            Extra = spec is { Type: MapType.Arena, Extra: 0 } ? NominalArenaAddress : spec.Extra,
            Inner = inner,
            Btf = described ? btf : null,
            KeyTypeId = described ? spec.KeyTypeId : 0,
            ValueTypeId = described ? spec.ValueTypeId : 0,
            Frozen = spec.Origin is MapOrigin.ReadOnlyData or MapOrigin.Kconfig,
            InitialValue = spec.Origin == MapOrigin.Kconfig ? config : spec.IsInternal ? spec.Content : default,
            StructOpsType = binding?.TypeName,
        };
    }

    private uint MaxEntries(MapSpec spec)
    {
        if (spec.MaxEntries != 0)
            return spec.MaxEntries;
        return spec.Type switch
        {
            MapType.PerfEventArray => (uint)(options.CpuCount ?? 1),
            _ when !options.FillMaxEntries => 0,
            MapType.SkStorage or MapType.TaskStorage or MapType.InodeStorage or MapType.CgrpStorage
                or MapType.CgroupStorage or MapType.PerCpuCgroupStorage or MapType.StructOps => 0,
            MapType.RingBuf or MapType.UserRingBuf => 4096,
            _ => 1,
        };
    }

    /// <summary>Stack traces that leave their depth to the loading program get one frame.</summary>
    private uint ValueSize(MapSpec spec) =>
        options.FillMaxEntries && spec is { Type: MapType.StackTrace, ValueSize: 0 } ? 8 : spec.ValueSize;

    /// <summary>Whether key and value types stay with the map: libbpf drops them for some types, and tries again without when the kernel refuses them.</summary>
    private bool HasBtf(MapSpec spec)
    {
        if (spec.ValueTypeId == 0 || btf is null)
            return false;
        bool sizes = btf.TryResolveSize(spec.ValueTypeId, out long value) && value == spec.ValueSize
            && (spec.KeyTypeId == 0 || btf.TryResolveSize(spec.KeyTypeId, out long key) && key == spec.KeySize);
        if (!sizes || HoldsForeignField(spec))
            return false;
        BtfType keyType = btf[btf.SkipModifiersAndTypedefs(spec.KeyTypeId)];
        bool intKey = keyType is { Kind: BtfKind.Int, IntBits: 32, IntOffset: 0 };
        switch (spec.Type)
        {
            case MapType.Array or MapType.PerCpuArray:
                if (spec.KeyTypeId != 0)
                    return intKey;
                bool dataSection = spec.MaxEntries == 1 && btf[spec.ValueTypeId].Kind == BtfKind.DataSec;
                return dataSection && (spec.Type == MapType.Array || kernel.PerCpuData);
            case MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash:
                return spec.KeyTypeId != 0 || kernel.HashWithoutKeyType;
            case MapType.LpmTrie:
                return keyType.Kind == BtfKind.Struct;
            case MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage:
                return intKey;
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage:
                return spec.KeyTypeId != 0;
            case MapType.BloomFilter:
                return spec.KeyTypeId == 0;
            case MapType.ReusePortSockArray:
                return spec.KeyTypeId != 0;
            default:
                return spec.Type > MapType.InsnArray;
        }
    }

    // Locks and timers have a place in some kinds of map only, and in none that programs may not both read and write.
    private bool HoldsForeignField(MapSpec spec)
    {
        BtfType value = btf![btf.SkipModifiersAndTypedefs(spec.ValueTypeId)];
        for (int i = 0; value.Kind == BtfKind.Struct && i < value.VLen; i++)
        {
            BtfType field = btf[btf.SkipModifiersAndTypedefs(value.Member(i).TypeId)];
            if (field.Kind != BtfKind.Struct)
                continue;
            bool? allowed = field.Name switch
            {
                "bpf_spin_lock" or "bpf_res_spin_lock" => spec.Type is MapType.Hash or MapType.Array or MapType.CgroupStorage
                    or MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage,
                "bpf_timer" or "bpf_wq" or "bpf_task_work" => spec.Type is MapType.Hash or MapType.LruHash or MapType.Array,
                _ => null,
            };
            if (allowed == false || allowed == true && (spec.Flags & (ReadOnlyForProgram | WriteOnlyForProgram)) != 0)
                return true;
        }
        return false;
    }

    private static bool AccessFlagsConflict(uint flags) => (flags & ReadOnlyForProgram) != 0 && (flags & WriteOnlyForProgram) != 0;

    private static uint Rounded(uint size) => (uint)Math.Min(((ulong)size + 7) / 8 * 8, uint.MaxValue);

    private Errno Check(MapSpec spec, StructOpsBinding? binding)
    {
        uint entries = MaxEntries(spec);
        if (!kernel.HasMapType(spec.Type) || !kernel.HasMapFlags(spec.Flags))
            return Errno.EINVAL;
        if (spec.Extra != 0 && spec.Type is not (MapType.BloomFilter or MapType.Arena or MapType.RHash))
            return Errno.EINVAL;
        // A machine with one memory node; what is kept for each CPU has none of its own.
        bool perCpu = spec.Type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash;
        if ((spec.Flags & NumaNode) != 0 && (spec.NumaNode != 0 || perCpu))
            return Errno.EINVAL;
        switch (spec.Type)
        {
            case MapType.Array or MapType.PerCpuArray:
                return CheckArray(spec);
            case MapType.ProgArray or MapType.PerfEventArray or MapType.CgroupArray or MapType.ArrayOfMaps:
                if (spec.ValueSize != 4 || (spec.Flags & (ReadOnlyForProgram | WriteOnlyForProgram)) != 0)
                    return Errno.EINVAL;
                return CheckArray(spec) is var errno and not Errno.None ? errno : CheckInner(spec);
            case MapType.ReusePortSockArray:
                return spec.ValueSize is 4 or 8 ? CheckArray(spec) : Errno.EINVAL;
            case MapType.Hash or MapType.PerCpuHash or MapType.LruHash or MapType.LruPerCpuHash:
                return CheckHash(spec);
            case MapType.HashOfMaps:
                if (spec.ValueSize != 4)
                    return Errno.EINVAL;
                return CheckHash(spec) is var hashErrno and not Errno.None ? hashErrno : CheckInner(spec);
            case MapType.StackTrace:
                return Ok(entries > 0 && spec.KeySize == 4 && ValueSize(spec) is >= 8 and var trace && trace % 8 == 0);
            case MapType.LpmTrie:
                // A prefix length and 1 to 256 bytes.
                return Ok(entries > 0 && spec is { KeySize: >= 5 and <= 260, ValueSize: > 0 } && (spec.Flags & NoPreallocation) != 0 && !AccessFlagsConflict(spec.Flags));
            case MapType.DevMap or MapType.DevMapHash:
                return Ok(entries > 0 && spec is { KeySize: 4, ValueSize: 4 or 8 });
            case MapType.CpuMap or MapType.XskMap:
                return Ok(entries > 0 && spec.KeySize == 4 && (spec.ValueSize == 4 || spec is { Type: MapType.CpuMap, ValueSize: 8 }));
            case MapType.SockMap:
                return Ok(entries is > 0 and <= int.MaxValue && spec is { KeySize: 4, ValueSize: 4 or 8 });
            case MapType.SockHash:
                if (entries == 0 || spec is not { KeySize: > 0, ValueSize: 4 or 8 })
                    return Errno.EINVAL;
                return spec.KeySize > 512 ? Errno.E2BIG : Errno.None;
            case MapType.Queue or MapType.Stack:
                if (entries == 0 || spec is not { KeySize: 0, ValueSize: > 0 } || AccessFlagsConflict(spec.Flags))
                    return Errno.EINVAL;
                return spec.ValueSize > MaxKmalloc || entries >= uint.MaxValue / spec.ValueSize ? Errno.E2BIG : Errno.None;
            case MapType.RingBuf or MapType.UserRingBuf:
                return Ok(spec is { KeySize: 0, ValueSize: 0 } && uint.IsPow2(entries) && entries % 4096 == 0);
            case MapType.BloomFilter:
                return Ok(entries > 0 && spec is { KeySize: 0, ValueSize: > 0, Extra: <= 15 });
            case MapType.SkStorage or MapType.InodeStorage or MapType.TaskStorage or MapType.CgrpStorage:
                if ((spec.Flags & NoPreallocation) == 0 || spec is not { MaxEntries: 0, KeySize: 4, ValueSize: > 0 } || !HasBtf(spec))
                    return Errno.EINVAL;
                return spec.ValueSize > MaxLocalStorage ? Errno.E2BIG : Errno.None;
            case MapType.CgroupStorage or MapType.PerCpuCgroupStorage:
                if (spec is not { MaxEntries: 0, KeySize: 8 or 16, ValueSize: > 0 })
                    return Errno.EINVAL;
                return spec.ValueSize > (spec.Type == MapType.PerCpuCgroupStorage ? MaxPerCpu : MaxLocalStorage) ? Errno.E2BIG : Errno.None;
            case MapType.Arena:
                return Ok(entries > 0 && spec is { KeySize: 0, ValueSize: 0 } && (spec.Flags & Mmapable) != 0 && spec.Extra % 4096 == 0);
            case MapType.StructOps:
                return Ok(binding is not null && btf is not null && ((spec.Flags & StructOpsLink) == 0 || kernel.StructOpsLinks));
            default:
                return Errno.None;
        }
    }

    private static Errno Ok(bool ok) => ok ? Errno.None : Errno.EINVAL;

    private static Errno CheckInner(MapSpec spec) => Ok(!spec.IsMapInMap || spec.Inner is not null);

    private Errno CheckArray(MapSpec spec)
    {
        if (MaxEntries(spec) == 0 || spec is not { KeySize: 4, ValueSize: > 0 } || AccessFlagsConflict(spec.Flags)
            || spec.Type != MapType.Array && (spec.Flags & (Mmapable | InnerMap)) != 0)
            return Errno.EINVAL;
        if (spec.ValueSize > int.MaxValue)
            return Errno.E2BIG;
        return spec.Type == MapType.PerCpuArray && Rounded(spec.ValueSize) > MaxPerCpu ? Errno.E2BIG : Errno.None;
    }

    private Errno CheckHash(MapSpec spec)
    {
        bool lru = spec.Type is MapType.LruHash or MapType.LruPerCpuHash;
        bool perCpu = spec.Type is MapType.PerCpuHash or MapType.LruPerCpuHash;
        if (AccessFlagsConflict(spec.Flags) || !lru && (spec.Flags & NoCommonLru) != 0)
            return Errno.EINVAL;
        if (lru && (spec.Flags & NoPreallocation) != 0)
            return Errno.ENOTSUPP;
        if (MaxEntries(spec) == 0 || spec is not { KeySize: > 0, ValueSize: > 0 })
            return Errno.EINVAL;
        if ((ulong)spec.KeySize + spec.ValueSize >= MaxKmalloc - kernel.StructSize("htab_elem"))
            return Errno.E2BIG;
        return perCpu && Rounded(spec.ValueSize) > MaxPerCpu ? Errno.E2BIG : Errno.None;
    }
}
