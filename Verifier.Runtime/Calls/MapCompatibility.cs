namespace BpfVerifier.Runtime;

// Which maps a helper takes, and which maps a program may use at all.
internal sealed partial class Verification
{
    /// <summary>Both sides are asked: the map's type which helpers it serves, the helper which map types it takes.</summary>
    private Errno CheckMapFuncCompatibility(int mapHandle, int helper)
    {
        if (mapHandle == 0)
            return Errno.None;
        MapType type = Map(mapHandle).Type;
        if (ServesHelper(type, helper) && TakesMap(helper, type))
            return Errno.None;
        Log.Write($"cannot pass map_type {(int)type} into func {HelperName(helper)}#{helper}\n");
        return Errno.EINVAL;
    }

    private bool ServesHelper(MapType type, int helper)
    {
        bool kptr = helper == HelperId.KptrXchg && Changes.TrustedPointers;
        return type switch
        {
            MapType.ProgArray => helper == HelperId.TailCall,
            MapType.PerfEventArray => helper is HelperId.PerfEventRead or HelperId.PerfEventOutput or HelperId.SkbOutput
                or HelperId.PerfEventReadValue or HelperId.XdpOutput,
            MapType.RingBuf => helper is HelperId.RingbufOutput or HelperId.RingbufReserve or HelperId.RingbufQuery
                or HelperId.RingbufReserveDynptr or HelperId.RingbufSubmitDynptr or HelperId.RingbufDiscardDynptr,
            MapType.UserRingBuf => helper == HelperId.UserRingbufDrain,
            MapType.StackTrace => helper == HelperId.GetStackid,
            MapType.CgroupArray => helper is HelperId.SkbUnderCgroup or HelperId.CurrentTaskUnderCgroup,
            MapType.CgroupStorage or MapType.PerCpuCgroupStorage => helper == HelperId.GetLocalStorage,
            MapType.DevMap or MapType.DevMapHash or MapType.XskMap => helper is HelperId.RedirectMap or HelperId.MapLookupElem,
            MapType.CpuMap => helper == HelperId.RedirectMap,
            MapType.ArrayOfMaps or MapType.HashOfMaps => helper == HelperId.MapLookupElem,
            MapType.SockMap => helper is HelperId.SkRedirectMap or HelperId.SockMapUpdate or HelperId.MsgRedirectMap
                or HelperId.SkSelectReuseport or HelperId.MapLookupElem || MayUpdateSockMap(helper),
            MapType.SockHash => helper is HelperId.SkRedirectHash or HelperId.SockHashUpdate or HelperId.MsgRedirectHash
                or HelperId.SkSelectReuseport or HelperId.MapLookupElem || MayUpdateSockMap(helper),
            MapType.ReusePortSockArray => helper == HelperId.SkSelectReuseport,
            MapType.Queue or MapType.Stack => helper is HelperId.MapPeekElem or HelperId.MapPopElem or HelperId.MapPushElem,
            MapType.SkStorage => helper is HelperId.SkStorageGet or HelperId.SkStorageDelete || kptr,
            MapType.InodeStorage => helper is HelperId.InodeStorageGet or HelperId.InodeStorageDelete || kptr,
            MapType.TaskStorage => helper is HelperId.TaskStorageGet or HelperId.TaskStorageDelete || kptr,
            MapType.CgrpStorage => helper is HelperId.CgrpStorageGet or HelperId.CgrpStorageDelete || kptr,
            MapType.BloomFilter => helper is HelperId.MapPeekElem or HelperId.MapPushElem,
            _ => true,
        };
    }

    /// <summary>Sockets must not be locked where the map is changed.</summary>
    private bool MayUpdateSockMap(int helper)
    {
        if (helper is not (HelperId.MapUpdateElem or HelperId.MapDeleteElem))
            return false;
        bool safe = ProgType switch
        {
            ProgramType.Tracing => Program.ExpectedAttachType == AttachType.TraceIter,
            ProgramType.SockOps => helper == HelperId.MapDeleteElem,
            ProgramType.SocketFilter or ProgramType.SchedCls or ProgramType.SchedAct or ProgramType.Xdp or ProgramType.SkReusePort
                or ProgramType.FlowDissector or ProgramType.SkLookup => true,
            _ => false,
        };
        if (!safe)
            Log.Write("cannot update sockmap in this context\n");
        return safe;
    }

    private static bool TakesMap(int helper, MapType type) => helper switch
    {
        HelperId.TailCall => type == MapType.ProgArray,
        HelperId.PerfEventRead or HelperId.PerfEventOutput or HelperId.PerfEventReadValue or HelperId.SkbOutput or HelperId.XdpOutput =>
            type == MapType.PerfEventArray,
        HelperId.RingbufOutput or HelperId.RingbufReserve or HelperId.RingbufQuery or HelperId.RingbufReserveDynptr
            or HelperId.RingbufSubmitDynptr or HelperId.RingbufDiscardDynptr => type == MapType.RingBuf,
        HelperId.UserRingbufDrain => type == MapType.UserRingBuf,
        HelperId.GetStackid => type == MapType.StackTrace,
        HelperId.CurrentTaskUnderCgroup or HelperId.SkbUnderCgroup => type == MapType.CgroupArray,
        HelperId.RedirectMap => type is MapType.DevMap or MapType.DevMapHash or MapType.CpuMap or MapType.XskMap,
        HelperId.SkRedirectMap or HelperId.MsgRedirectMap or HelperId.SockMapUpdate => type == MapType.SockMap,
        HelperId.SkRedirectHash or HelperId.MsgRedirectHash or HelperId.SockHashUpdate => type == MapType.SockHash,
        HelperId.GetLocalStorage => type is MapType.CgroupStorage or MapType.PerCpuCgroupStorage,
        HelperId.SkSelectReuseport => type is MapType.ReusePortSockArray or MapType.SockMap or MapType.SockHash,
        HelperId.MapPopElem => type is MapType.Queue or MapType.Stack,
        HelperId.MapPeekElem or HelperId.MapPushElem => type is MapType.Queue or MapType.Stack or MapType.BloomFilter,
        HelperId.MapLookupPercpuElem => type is MapType.PerCpuArray or MapType.PerCpuHash or MapType.LruPerCpuHash,
        HelperId.SkStorageGet or HelperId.SkStorageDelete => type == MapType.SkStorage,
        HelperId.InodeStorageGet or HelperId.InodeStorageDelete => type == MapType.InodeStorage,
        HelperId.TaskStorageGet or HelperId.TaskStorageDelete => type == MapType.TaskStorage,
        HelperId.CgrpStorageGet or HelperId.CgrpStorageDelete => type == MapType.CgrpStorage,
        _ => true,
    };

    private bool IsTracingProgram => ProgType is ProgramType.Kprobe or ProgramType.Tracepoint or ProgramType.PerfEvent
        or ProgramType.RawTracepoint or ProgramType.RawTracepointWritable;

    /// <summary>A map the program names, before anything is walked.</summary>
    public Errno CheckMapProgCompatibility(MapInfo map)
    {
        MapRecord? record = map.Record;
        bool Has(FieldKind kinds) => record?.Has(kinds) == true;
        bool tracing = IsTracingProgram;
        string? reason = null;
        if (Changes.MapRecords && Has(FieldKind.GraphRoot) && tracing)
            reason = "tracing progs cannot use bpf_{list_head,rb_root} yet\n";
        else if (Has(FieldKind.SpinLock | FieldKind.ResSpinLock) && ProgType == ProgramType.SocketFilter)
            reason = "socket filter progs cannot use bpf_spin_lock yet\n";
        else if (Has(FieldKind.SpinLock | FieldKind.ResSpinLock) && tracing)
            reason = "tracing progs cannot use bpf_spin_lock yet\n";
        else if (Has(FieldKind.SpinLock) && ProgramIsSleepable && !Changes.SpinLocksInSleepablePrograms)
            reason = "sleepable progs cannot use bpf_spin_lock yet\n";
        else if (Has(FieldKind.Timer) && tracing)
            reason = "tracing progs cannot use bpf_timer yet\n";
        else if (Has(FieldKind.Workqueue) && tracing)
            reason = "tracing progs cannot use bpf_wq yet\n";
        else if (map.Type == MapType.StructOps)
            reason = "bpf_struct_ops map cannot be used in prog\n";
        else if (ProgramIsSleepable && !ServesSleepablePrograms(map.Type))
            reason = Changes.MoreMapsInSleepablePrograms
                ? "Sleepable programs can only use array, hash, ringbuf and local storage maps\n"
                : "Sleepable programs can only use array, hash, and ringbuf maps\n";
        if (reason is null)
            return Errno.None;
        Log.Write(reason);
        return Errno.EINVAL;
    }

    private bool ServesSleepablePrograms(MapType type) => type switch
    {
        MapType.Hash or MapType.LruHash or MapType.Array or MapType.PerCpuHash or MapType.PerCpuArray or MapType.LruPerCpuHash
            or MapType.ArrayOfMaps or MapType.HashOfMaps or MapType.RingBuf or MapType.UserRingBuf or MapType.InodeStorage
            or MapType.SkStorage or MapType.TaskStorage => true,
        MapType.CgrpStorage or MapType.Queue or MapType.Stack or MapType.Arena => Changes.MoreMapsInSleepablePrograms,
        _ => false,
    };
}
