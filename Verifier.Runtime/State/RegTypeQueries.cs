namespace BpfVerifier.Runtime;

/// <summary>Questions about kinds that several concerns ask.</summary>
internal static class RegTypeQueries
{
    extension(RegType type)
    {
        public bool IsPacketPointer => type == RegKind.Packet || type == RegKind.PacketMeta;

        public bool IsSocketPointer =>
            type == RegKind.Socket || type == RegKind.SockCommon || type == RegKind.TcpSock || type == RegKind.XdpSock;

        /// <summary>A pointer that may be stored to the stack whole and read back.</summary>
        public bool IsSpillable => type.Kind is RegKind.MapValue or RegKind.Stack or RegKind.Ctx or RegKind.Packet
            or RegKind.PacketMeta or RegKind.PacketEnd or RegKind.FlowKeys or RegKind.ConstMap or RegKind.Socket
            or RegKind.SockCommon or RegKind.TcpSock or RegKind.XdpSock or RegKind.BtfId or RegKind.Buf or RegKind.Mem
            or RegKind.Func or RegKind.MapKey or RegKind.Arena;

        public bool IsReadOnlyMem => type.Has(TypeFlags.ReadOnly);

        /// <summary>An object the program allocated itself, described by its own BTF.</summary>
        public bool IsAlloc => type.Has(TypeFlags.Alloc);

        /// <summary>The program's own object, owned or not: loads and stores are direct.</summary>
        public bool IsPtrToAllocObject => type.Kind == RegKind.BtfId && type.Has(TypeFlags.Alloc);

        public bool IsNonOwningRef => type.IsPtrToAllocObject && type.Has(TypeFlags.NonOwnRef);
    }
}
