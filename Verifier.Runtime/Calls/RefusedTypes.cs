using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// Types of programs that the kernel does not take.
internal sealed partial class Verification
{
    private const int MaxOwnershipDepth = 8;

    private BtfTypes? _refusedTypes;

    /// <summary>
    /// A kernel that is handed types finds the special fields of every struct, and takes no type at all when those of one
    /// struct contradict each other. The program is then loaded without types, as libbpf does.
    /// </summary>
    private void DropRefusedTypes()
    {
        if (!Changes.MapRecords || ProgramTypes is not { } types || SpecialFieldsConsistent(types))
            return;
        _refusedTypes = types;
        _structRecords.Clear();
        ProgramTypes = null;
        FuncInfos = [];
        LineInfos = [];
    }

    private bool SpecialFieldsConsistent(BtfTypes types)
    {
        HashSet<int> special = SpecialTypes(types);
        if (special.Count == 0)
            return true;
        Dictionary<int, MapRecord> records = [];
        for (int id = types.FirstOwnId; id < types.Count; id++)
        {
            CountWork();
            BtfType type = types[id];
            if (type.Kind != BtfKind.Struct || !HasMemberOf(type, special))
                continue;
            Errno error;
            MapRecord? record;
            try
            {
                error = ParseRecord(types, type, ObjectFields, (uint)type.Size, out record);
            }
            catch (NotModeledException)
            {
                // The walk says so if the program has to do with this struct.
                continue;
            }
            if (error != Errno.None || record is null)
                return false;
            records.Add(id, record);
        }
        Dictionary<int, int> depths = [];
        foreach ((int id, MapRecord record) in records)
            if (Changes.OwnershipDepthLimited ? OwnershipDepth(id, records, depths, MaxOwnershipDepth) < 0 : !OwnsNoOwner(record, records))
                return false;
        return true;
    }

    /// <summary>Types whose members are special fields: the structs of special fields, and pointers tagged as kptrs.</summary>
    private HashSet<int> SpecialTypes(BtfTypes types)
    {
        HashSet<int> special = [];
        foreach ((FieldKind kind, string name, _, _) in s_namedFields)
            if ((kind & ObjectFields) != 0 && KernelStructSize(name) is not null && types.Find(name, BtfKind.Struct) is > 0 and int id)
                special.Add(id);
        for (int id = types.FirstOwnId; id < types.Count; id++)
        {
            if (types[id].Kind is BtfKind.Ptr or BtfKind.Volatile && TryKptrTag(types, types[id], out string tag, out BtfType tagged)
                && tag is "kptr" or "kptr_untrusted" or "percpu_kptr" && types[tagged.TypeId].Kind != BtfKind.TypeTag
                && types[types.SkipModifiersAndTypedefs(tagged.TypeId)].Kind == BtfKind.Struct)
                special.Add(id);
        }
        return special;
    }

    private static bool HasMemberOf(BtfType type, HashSet<int> special)
    {
        for (int i = 0; i < type.VLen; i++)
            if (special.Contains(type.Member(i).TypeId))
                return true;
        return false;
    }

    /// <summary>What is an element of a list or tree, and has one of its own, holds elements that have none.</summary>
    private static bool OwnsNoOwner(MapRecord record, Dictionary<int, MapRecord> records)
    {
        foreach (RecordField field in record.Fields)
        {
            if ((field.Kind & FieldKind.GraphRoot) == 0)
                continue;
            if (!records.TryGetValue(field.ValueTypeId, out MapRecord? value) || (record.Has(FieldKind.GraphNode) && value.Has(FieldKind.GraphRoot)))
                return false;
        }
        return true;
    }

    /// <summary>How many structs own each other from this one on, itself included; -1 when more than allowed, as in a circle.</summary>
    private static int OwnershipDepth(int id, Dictionary<int, MapRecord> records, Dictionary<int, int> depths, int left)
    {
        if (left == 0)
            return -1;
        if (!depths.TryGetValue(id, out int depth))
        {
            foreach (RecordField field in records[id].Fields)
            {
                bool root = (field.Kind & FieldKind.GraphRoot) != 0;
                bool owns = root || (field.Kind is FieldKind.KptrRef or FieldKind.KptrPerCpu && field.PointeeOwner != BtfOwner.Kernel);
                int owned = root ? field.ValueTypeId : field.PointeeId;
                if (!owns || (!root && !records.ContainsKey(owned)))
                    continue;
                int below = records.ContainsKey(owned) ? OwnershipDepth(owned, records, depths, left - 1) : -1;
                if (below < 0)
                    return -1;
                depth = Math.Max(depth, below);
            }
            depths[id] = ++depth;
        }
        return depth > left ? -1 : depth;
    }
}
