namespace BpfVerifier.Runtime;

/// <summary>What the arguments of one helper call told, gathered while they are checked. One instance is reused for all calls.</summary>
internal sealed class CallMeta
{
    /// <summary>Handle of the map passed, 0 if none.</summary>
    public int MapHandle;
    public int MapUid;
    /// <summary>The memory argument being checked may be uninitialised: the helper fills it.</summary>
    public bool RawMode;
    /// <summary>The helper accepts packet memory.</summary>
    public bool PacketAccess;
    /// <summary>Register whose object the call releases, 0 if none.</summary>
    public int ReleaseRegno;
    /// <summary>Register of the stack memory the helper initialises, and how many bytes of it.</summary>
    public int Regno;
    public int AccessSize;
    public int MemSize;
    /// <summary>Upper bound of the size argument: bounds what some helpers return.</summary>
    public ulong MaxSizeValue;
    public uint RefObjId;
    public int DynptrId;
    public int FuncId;
    /// <summary>The helper that puts a kptr into a map or object and gives the one that was there.</summary>
    public bool IsKptrXchg => FuncId == HelperId.KptrXchg;
    /// <summary>Type of the per-CPU variable passed.</summary>
    public BtfOwner ReturnBtfOwner;
    public int ReturnBtfId;
    public int SubprogNo;
    public RecordField? KptrField;
    /// <summary>Constant key of an array lookup, -1 when it is not known.</summary>
    public long ConstMapKey;
    /// <summary>Older releases: register of the dynptr the call constructs, 0 if none.</summary>
    public int UninitDynptrRegno;

    public void Reset()
    {
        MapHandle = MapUid = 0;
        RawMode = PacketAccess = false;
        ReleaseRegno = Regno = AccessSize = MemSize = 0;
        MaxSizeValue = 0;
        RefObjId = 0;
        DynptrId = FuncId = 0;
        ReturnBtfOwner = BtfOwner.None;
        ReturnBtfId = SubprogNo = 0;
        KptrField = null;
        ConstMapKey = 0;
        UninitDynptrRegno = 0;
    }
}
