using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Core;

/// <summary>The three notions of "the same type" CO-RE has: compatible fields, compatible types, matching types.</summary>
/// <remarks>One comparer serves one preparation: it bounds the work hostile types can cause over all of it.</remarks>
internal sealed class CoreTypeComparer
{
    // Chains of pointers and arrays, and nested prototypes or structs: libbpf's bounds.
    private const int MaxDepth = 32;

    private int _left = 20_000_000;

    /// <summary>Counts one step of work; false when there has been too much.</summary>
    public bool Spend() => --_left > 0;

    private static bool SameKind(BtfType a, BtfType b) => a.Kind == b.Kind || a.IsEnum && b.IsEnum;

    private static CoreMatch Of(bool match) => match ? CoreMatch.Yes : CoreMatch.No;

    /// <summary>True when a relocation for one type may look at the other at all.</summary>
    public static bool IsCandidate(BtfType local, BtfType kernel) => SameKind(local, kernel);

    /// <summary>For field access: structs with unions, integers of any size, pointers to anything.</summary>
    public static CoreMatch FieldsAreCompatible(BtfTypes localTypes, int localId, BtfTypes kernelTypes, int kernelId)
    {
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType local = localTypes[localTypes.SkipModifiersAndTypedefs(localId)];
            BtfType kernel = kernelTypes[kernelTypes.SkipModifiersAndTypedefs(kernelId)];
            if (local.IsStruct && kernel.IsStruct)
                return CoreMatch.Yes;
            if (!SameKind(local, kernel))
                return CoreMatch.No;
            switch (local.Kind)
            {
                case BtfKind.Ptr or BtfKind.Float:
                    return CoreMatch.Yes;
                case BtfKind.Fwd or BtfKind.Enum or BtfKind.Enum64:
                    ReadOnlySpan<byte> a = BtfNames.Essential(local.NameBytes), b = BtfNames.Essential(kernel.NameBytes);
                    return Of(a.IsEmpty || b.IsEmpty || a.SequenceEqual(b));
                case BtfKind.Int:
                    return Of(local.IntOffset == 0 && kernel.IntOffset == 0);
                case BtfKind.Array:
                    localId = local.ElementTypeId;
                    kernelId = kernel.ElementTypeId;
                    continue;
                default:
                    return CoreMatch.No;
            }
        }
        return CoreMatch.Invalid;
    }

    /// <summary>For type existence, sizes and ids, and for externs: same kind all the way down, names below the root ignored.</summary>
    public CoreMatch AreCompatible(BtfTypes localTypes, int localId, BtfTypes kernelTypes, int kernelId) =>
        SameKind(localTypes[localId], kernelTypes[kernelId]) ? AreCompatible(localTypes, localId, kernelTypes, kernelId, MaxDepth) : CoreMatch.No;

    private CoreMatch AreCompatible(BtfTypes localTypes, int localId, BtfTypes kernelTypes, int kernelId, int level)
    {
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType local = localTypes[localTypes.SkipModifiersAndTypedefs(localId)];
            BtfType kernel = kernelTypes[kernelTypes.SkipModifiersAndTypedefs(kernelId)];
            if (!Spend())
                return CoreMatch.Invalid;
            if (!SameKind(local, kernel))
                return CoreMatch.No;
            switch (local.Kind)
            {
                case BtfKind.Unknown or BtfKind.Struct or BtfKind.Union or BtfKind.Enum or BtfKind.Enum64 or BtfKind.Fwd:
                    return CoreMatch.Yes;
                case BtfKind.Int:
                    return Of(local.IntOffset == 0 && kernel.IntOffset == 0);
                case BtfKind.Ptr:
                    localId = local.TypeId;
                    kernelId = kernel.TypeId;
                    continue;
                case BtfKind.Array:
                    localId = local.ElementTypeId;
                    kernelId = kernel.ElementTypeId;
                    continue;
                case BtfKind.FuncProto:
                    if (local.VLen != kernel.VLen)
                        return CoreMatch.No;
                    for (int i = 0; i < local.VLen; i++)
                    {
                        if (level <= 0)
                            return CoreMatch.Invalid;
                        int localParam = localTypes.SkipModifiersAndTypedefs(local.Param(i).TypeId);
                        int kernelParam = kernelTypes.SkipModifiersAndTypedefs(kernel.Param(i).TypeId);
                        CoreMatch match = SameKind(localTypes[localParam], kernelTypes[kernelParam])
                            ? AreCompatible(localTypes, localParam, kernelTypes, kernelParam, level - 1)
                            : CoreMatch.No;
                        if (match != CoreMatch.Yes)
                            return match;
                    }
                    localId = local.ReturnTypeId;
                    kernelId = kernel.ReturnTypeId;
                    continue;
                default:
                    return CoreMatch.No;
            }
        }
        return CoreMatch.Invalid;
    }

    /// <summary>For <c>bpf_core_type_matches</c>: names, member names, sizes and signs count; structs behind pointers only by name.</summary>
    public CoreMatch Matches(BtfTypes localTypes, int localId, BtfTypes kernelTypes, int kernelId) =>
        Matches(localTypes, localId, kernelTypes, kernelId, behindPointer: false, MaxDepth);

    private CoreMatch Matches(BtfTypes localTypes, int localId, BtfTypes kernelTypes, int kernelId, bool behindPointer, int level)
    {
        if (level <= 0)
            return CoreMatch.Invalid;
        for (int depth = 0; depth < MaxDepth; depth++)
        {
            BtfType local = localTypes[localTypes.SkipModifiersAndTypedefs(localId)];
            BtfType kernel = kernelTypes[kernelTypes.SkipModifiersAndTypedefs(kernelId)];
            if (!Spend())
                return CoreMatch.Invalid;
            if (!NamesMatch(local.NameBytes, kernel.NameBytes))
                return CoreMatch.No;
            switch (local.Kind)
            {
                case BtfKind.Unknown:
                    return Of(kernel.Kind == BtfKind.Unknown);
                case BtfKind.Fwd:
                    return Of(kernel.Kind == BtfKind.Fwd
                        ? local.KindFlag == kernel.KindFlag
                        : behindPointer && kernel.Kind == (local.KindFlag ? BtfKind.Union : BtfKind.Struct));
                case BtfKind.Enum or BtfKind.Enum64:
                    return kernel.IsEnum ? EnumsMatch(local, kernel) : CoreMatch.No;
                case BtfKind.Struct or BtfKind.Union:
                    if (!behindPointer)
                        return local.Kind == kernel.Kind ? StructsMatch(local, kernel, level) : CoreMatch.No;
                    return Of(local.Kind == kernel.Kind || kernel.Kind == BtfKind.Fwd && (local.Kind == BtfKind.Union) == kernel.KindFlag);
                case BtfKind.Int:
                    return Of(kernel.Kind == BtfKind.Int && local.Size == kernel.Size
                        && (local.IntEncoding & BtfIntEncoding.Signed) == (kernel.IntEncoding & BtfIntEncoding.Signed));
                case BtfKind.Ptr when kernel.Kind == BtfKind.Ptr:
                    behindPointer = true;
                    localId = local.TypeId;
                    kernelId = kernel.TypeId;
                    continue;
                case BtfKind.Array when kernel.Kind == BtfKind.Array && local.Length == kernel.Length:
                    localId = local.ElementTypeId;
                    kernelId = kernel.ElementTypeId;
                    continue;
                case BtfKind.FuncProto when kernel.Kind == BtfKind.FuncProto && local.VLen == kernel.VLen:
                    for (int i = 0; i < local.VLen; i++)
                    {
                        CoreMatch match = Matches(localTypes, local.Param(i).TypeId, kernelTypes, kernel.Param(i).TypeId, behindPointer, level - 1);
                        if (match != CoreMatch.Yes)
                            return match;
                    }
                    localId = local.ReturnTypeId;
                    kernelId = kernel.ReturnTypeId;
                    continue;
                default:
                    return CoreMatch.No;
            }
        }
        return CoreMatch.Invalid;
    }

    private static bool NamesMatch(ReadOnlySpan<byte> local, ReadOnlySpan<byte> kernel) =>
        kernel.IsEmpty ? local.IsEmpty : BtfNames.Essential(local).SequenceEqual(BtfNames.Essential(kernel));

    private CoreMatch EnumsMatch(BtfType local, BtfType kernel)
    {
        if (local.SizeOrType != kernel.SizeOrType || local.VLen > kernel.VLen)
            return CoreMatch.No;
        for (int i = 0; i < local.VLen; i++)
        {
            bool matched = false;
            for (int j = 0; j < kernel.VLen && !matched; j++)
            {
                if (!Spend())
                    return CoreMatch.Invalid;
                matched = NamesMatch(local.Enumerator(i).NameBytes, kernel.Enumerator(j).NameBytes);
            }
            if (!matched)
                return CoreMatch.No;
        }
        return CoreMatch.Yes;
    }

    private CoreMatch StructsMatch(BtfType local, BtfType kernel, int level)
    {
        if (local.VLen > kernel.VLen)
            return CoreMatch.No;
        for (int i = 0; i < local.VLen; i++)
        {
            bool matched = false;
            for (int j = 0; j < kernel.VLen && !matched; j++)
            {
                if (!Spend())
                    return CoreMatch.Invalid;
                if (!NamesMatch(local.Member(i).NameBytes, kernel.Member(j).NameBytes))
                    continue;
                CoreMatch match = Matches(local.Owner, local.Member(i).TypeId, kernel.Owner, kernel.Member(j).TypeId, behindPointer: false, level - 1);
                if (match is CoreMatch.Invalid or CoreMatch.TooDeep)
                    return match;
                matched = match == CoreMatch.Yes;
            }
            if (!matched)
                return CoreMatch.No;
        }
        return CoreMatch.Yes;
    }
}
