namespace BpfVerifier.Runtime;

/// <summary>Helpers that the rules treat alike beyond what their prototypes say.</summary>
internal static class HelperGroups
{
    /// <summary>The result must be released.</summary>
    public static bool Acquires(int helper, MapType mapType) => helper switch
    {
        HelperId.SkLookupTcp or HelperId.SkLookupUdp or HelperId.SkcLookupTcp or HelperId.RingbufReserve or HelperId.KptrXchg => true,
        HelperId.MapLookupElem => mapType is MapType.SockMap or MapType.SockHash,
        _ => false,
    };

    /// <summary>The result is the argument seen as another type: it stays under the argument's reference.</summary>
    public static bool CastsPointer(int helper) => helper is HelperId.TcpSock or HelperId.SkFullsock or HelperId.SkcToTcpSock
        or HelperId.SkcToTcp6Sock or HelperId.SkcToUdp6Sock or HelperId.SkcToMptcpSock or HelperId.SkcToTcpTimewaitSock
        or HelperId.SkcToTcpRequestSock;

    public static bool CallsSynchronously(int helper) =>
        helper is HelperId.ForEachMapElem or HelperId.FindVma or HelperId.Loop or HelperId.UserRingbufDrain;

    /// <summary>After the call packet pointers may point at freed memory.</summary>
    public static bool ChangesPacketData(int helper, Changes changes) => helper switch
    {
        HelperId.CloneRedirect or HelperId.L3CsumReplace or HelperId.L4CsumReplace or HelperId.LwtPushEncap or HelperId.LwtSeg6Action
            or HelperId.LwtSeg6AdjustSrh or HelperId.LwtSeg6StoreBytes or HelperId.MsgPopData or HelperId.MsgPullData
            or HelperId.MsgPushData or HelperId.SkbAdjustRoom or HelperId.SkbChangeHead or HelperId.SkbChangeProto
            or HelperId.SkbChangeTail or HelperId.SkbPullData or HelperId.SkbStoreBytes or HelperId.SkbVlanPop
            or HelperId.SkbVlanPush or HelperId.StoreHdrOpt or HelperId.XdpAdjustHead or HelperId.XdpAdjustMeta
            or HelperId.XdpAdjustTail => true,
        HelperId.TailCall => changes.TailCallChangesPacketData,
        _ => false,
    };

    /// <summary>The map is remembered at the call instruction.</summary>
    public static bool RecordsMap(int helper) => helper is HelperId.TailCall or HelperId.MapLookupElem or HelperId.MapUpdateElem
        or HelperId.MapDeleteElem or HelperId.MapPushElem or HelperId.MapPopElem or HelperId.MapPeekElem
        or HelperId.ForEachMapElem or HelperId.RedirectMap or HelperId.MapLookupPercpuElem;

    public static bool WritesMap(int helper) =>
        helper is HelperId.MapDeleteElem or HelperId.MapUpdateElem or HelperId.MapPushElem or HelperId.MapPopElem;

    /// <summary>A key known at verification time proves that the lookup finds an element.</summary>
    public static bool LookupCannotMiss(MapType type) => type is MapType.Array or MapType.PerCpuArray;
}
