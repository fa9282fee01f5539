using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

// Finding the special fields of a type.
internal sealed partial class Verification
{
    private const int MaxRecordFields = 11;
    private const int MaxNesting = 32;

    private readonly Dictionary<int, MapRecord?> _structRecords = [];
    /// <summary>While one type is parsed: structs without special fields, and the deepest level they were met at.</summary>
    private readonly Dictionary<int, int> _plainStructs = [];

    private static readonly (FieldKind Kind, string Struct, int Align, bool Unique)[] s_namedFields =
    [
        (FieldKind.SpinLock, "bpf_spin_lock", 4, true),
        (FieldKind.ResSpinLock, "bpf_res_spin_lock", 4, true),
        (FieldKind.Timer, "bpf_timer", 8, true),
        (FieldKind.Workqueue, "bpf_wq", 8, true),
        (FieldKind.TaskWork, "bpf_task_work", 8, true),
        (FieldKind.ListHead, "bpf_list_head", 8, false),
        (FieldKind.ListNode, "bpf_list_node", 8, false),
        (FieldKind.RbRoot, "bpf_rb_root", 8, false),
        (FieldKind.RbNode, "bpf_rb_node", 8, false),
        (FieldKind.Refcount, "bpf_refcount", 4, false),
    ];

    private const FieldKind MapFields = FieldKind.SpinLock | FieldKind.ResSpinLock | FieldKind.Timer | FieldKind.Kptr | FieldKind.Uptr
        | FieldKind.ListHead | FieldKind.RbRoot | FieldKind.Refcount | FieldKind.Workqueue | FieldKind.TaskWork;

    private const FieldKind ObjectFields = FieldKind.SpinLock | FieldKind.ResSpinLock | FieldKind.Kptr | FieldKind.GraphRoot
        | FieldKind.GraphNode | FieldKind.Refcount;

    /// <summary>The special fields of a map's value, null if it has none, or none that can be used.</summary>
    public MapRecord? ParseMapRecord(MapInfo map)
    {
        if (map.Types is not { } types || map.Map.ValueTypeId == 0)
            return null;
        int value = types.SkipModifiersAndTypedefs(map.Map.ValueTypeId);
        if (!Changes.MapRecords)
            return ParsePlainRecord(types, types[value]);
        ParseRecord(types, types[value], MapFields, map.ValueSize, out MapRecord? record);
        return record;
    }

    /// <summary>The special fields of a struct of the program that it may allocate, null if it has none.</summary>
    public MapRecord? StructRecord(int typeId)
    {
        if (_structRecords.TryGetValue(typeId, out MapRecord? known))
            return known;
        MapRecord? record = null;
        if (ProgramTypes is { } types && types[typeId] is { Kind: BtfKind.Struct } type && HasSpecialMember(types, type))
            ParseRecord(types, type, ObjectFields, (uint)type.Size, out record);
        _structRecords.Add(typeId, record);
        return record;
    }

    /// <summary>The special fields of a struct that is not the kernel's; null if it has none, or is.</summary>
    private MapRecord? OwnRecord(BtfOwner owner, int typeId)
    {
        if (owner == BtfOwner.Map)
            _ = Types(owner);
        return owner == BtfOwner.Program ? StructRecord(typeId) : null;
    }

    /// <summary>Whether types are the program's own or another set, of a map that was created apart from it.</summary>
    private BtfOwner OwnerOf(BtfTypes types)
    {
        bool own = ReferenceEquals(types, ProgramTypes)
            || (ProgramTypes is not null && ReferenceEquals(types.Base, ProgramTypes.Base) && types.Data.Span.SequenceEqual(ProgramTypes.Data.Span));
        return own ? BtfOwner.Program : BtfOwner.Map;
    }

    /// <summary>The special fields of what a register points to.</summary>
    private MapRecord? RegBtfRecord(in RegState reg)
    {
        if (reg.Type == RegKind.MapValue)
            return Map(reg.MapHandle).Record;
        return IsAllocatedObject(reg.Type) ? OwnRecord(reg.BtfOwner, reg.BtfId) : null;
    }

    private static bool HasSpecialMember(BtfTypes types, BtfType type)
    {
        for (int i = 0; i < type.VLen; i++)
        {
            BtfType member = types[type.Member(i).TypeId];
            if (member.Kind == BtfKind.Struct && Array.Exists(s_namedFields, named => (named.Kind & ObjectFields) != 0 && member.Name == named.Struct))
                return true;
            if (TryKptrTag(types, member, out string tag, out _) && tag is "kptr" or "kptr_untrusted" or "percpu_kptr")
                return true;
        }
        return false;
    }

    /// <summary>A pointer whose target has a type tag.</summary>
    private static bool TryKptrTag(BtfTypes types, BtfType type, out string tag, out BtfType tagged)
    {
        tag = "";
        tagged = default;
        if (type.Kind == BtfKind.Volatile)
            type = types[type.TypeId];
        if (type.Kind != BtfKind.Ptr)
            return false;
        tagged = types[type.TypeId];
        if (tagged.Kind != BtfKind.TypeTag || tagged.KindFlag)
            return false;
        tag = tagged.Name;
        return true;
    }

    /// <summary>Finds the special fields of a type: none is a null record without an error.</summary>
    private Errno ParseRecord(BtfTypes types, BtfType type, FieldKind wanted, uint valueSize, out MapRecord? record)
    {
        record = null;
        List<RecordField> fields = [];
        FieldKind seen = FieldKind.None;
        _plainStructs.Clear();
        Errno error = FindFields(types, type, wanted, ref seen, fields, 0);
        if (error != Errno.None || fields.Count == 0)
            return error;
        int end = 0;
        foreach (RecordField field in fields)
        {
            if ((uint)field.End > valueSize)
                return Errno.EFAULT;
            if (field.Offset < end)
                return Errno.EEXIST;
            end = field.End;
        }
        var found = new MapRecord([.. fields]);
        bool locked = found.Has(FieldKind.SpinLock | FieldKind.ResSpinLock);
        bool consistent = !(found.Has(FieldKind.SpinLock) && found.Has(FieldKind.ResSpinLock))
            && (locked || !found.Has(FieldKind.GraphRoot))
            && (found.Has(FieldKind.Refcount) || !(found.Has(FieldKind.ListNode) && found.Has(FieldKind.RbNode)));
        if (!consistent)
            return Errno.EINVAL;
        record = found;
        return Errno.None;
    }

    private Errno FindFields(BtfTypes types, BtfType type, FieldKind wanted, ref FieldKind seenAround, List<RecordField> fields, int level)
    {
        FieldKind seenHere = FieldKind.None;
        ref FieldKind seen = ref seenHere;
        if (Changes.UniqueFieldsAcrossNesting)
            seen = ref seenAround;
        if (type.Kind == BtfKind.DataSec)
        {
            for (int i = 0; i < type.VLen; i++)
            {
                BtfSectionVariable variable = type.Variable(i);
                BtfType var = types[variable.TypeId];
                Errno error = FindField(types, var, var.TypeId, -1, (int)variable.Offset, variable.Size, wanted, ref seen, fields, level);
                if (error != Errno.None)
                    return error;
            }
            return Errno.None;
        }
        if (!type.IsStruct)
            return Errno.EINVAL;
        for (int i = 0; i < type.VLen; i++)
        {
            BtfMember member = type.Member(i);
            if (member.BitOffset % 8 != 0)
                return Errno.EINVAL;
            Errno error = FindField(types, type, member.TypeId, i, (int)(member.BitOffset / 8), 0, wanted, ref seen, fields, level);
            if (error != Errno.None)
                return error;
        }
        return Errno.None;
    }

    private Errno FindField(BtfTypes types, BtfType holder, int typeId, int index, int offset, uint expectedSize, FieldKind wanted,
        ref FieldKind seen, List<RecordField> fields, int level)
    {
        BtfType type = types[typeId];
        uint elements = 1;
        for (int i = 0; type.Kind == BtfKind.Array; i++)
        {
            if (i == MaxNesting)
                return Errno.E2BIG;
            elements *= type.Length;
            type = types[type.ElementTypeId];
        }
        if (elements == 0)
            return Errno.None;

        CountWork();
        string typeName = type.Name;
        foreach ((FieldKind kind, string name, int align, bool unique) in s_namedFields)
        {
            if ((kind & wanted) == 0 || typeName != name || KernelStructSize(name) is not { } size)
                continue;
            bool once = unique || (kind == FieldKind.Refcount && Changes.UniqueFieldsAcrossNesting);
            if (once && (seen & kind) != 0)
                return Errno.E2BIG;
            seen |= once ? kind : FieldKind.None;
            if ((expectedSize != 0 && expectedSize != size * elements) || offset % align != 0 || !type.IsStruct || type.Size != size)
                return Errno.None;
            if ((kind & FieldKind.GraphRoot) == 0)
                return AddFields(fields, new RecordField { Kind = kind, Offset = offset, Size = size }, elements);
            Errno error = GraphRoot(types, holder, index, kind, offset, size, out RecordField? root);
            return error != Errno.None ? error : AddFields(fields, root!, elements);
        }

        if (type.IsStruct)
            return FindNestedFields(types, type, offset, elements, expectedSize, wanted, ref seen, fields, level);
        if ((expectedSize != 0 && expectedSize != 8 * elements) || offset % 8 != 0)
            return Errno.None;
        Errno kptrError = Kptr(types, type, offset, wanted, out RecordField? kptr);
        return kptrError != Errno.None || kptr is null ? kptrError : AddFields(fields, kptr, elements);
    }

    private int? KernelStructSize(string name)
    {
        int id = KernelTypes.Find(name, BtfKind.Struct);
        return id < 0 ? null : KernelTypes[id].Size;
    }

    private static Errno AddFields(List<RecordField> fields, RecordField field, uint elements)
    {
        if (fields.Count + elements > MaxRecordFields)
            return Errno.E2BIG;
        if (elements > 1 && (field.Kind & (FieldKind.Kptr | FieldKind.Uptr | FieldKind.GraphRoot)) == 0)
            return Errno.EINVAL;
        for (int i = 0; i < elements; i++)
            fields.Add(Shifted(field, i * field.Size));
        return Errno.None;
    }

    private static RecordField Shifted(RecordField field, int by) => new()
    {
        Kind = field.Kind,
        Offset = field.Offset + by,
        Size = field.Size,
        PointeeOwner = field.PointeeOwner,
        PointeeId = field.PointeeId,
        ValueTypeId = field.ValueTypeId,
        NodeOffset = field.NodeOffset,
    };

    private Errno FindNestedFields(BtfTypes types, BtfType type, int offset, uint elements, uint expectedSize, FieldKind wanted,
        ref FieldKind seen, List<RecordField> fields, int level)
    {
        if (expectedSize != 0 && expectedSize != type.Size * elements)
            return Errno.None;
        if (level + 1 >= MaxNesting)
            return Errno.E2BIG;
        // Structs that hold each other many times over are looked into once, unless deeper down than before.
        if (_plainStructs.TryGetValue(type.Id, out int known) && level <= known)
            return Errno.None;
        List<RecordField> nested = [];
        Errno error = FindFields(types, type, wanted, ref seen, nested, level + 1);
        if (error == Errno.None && nested.Count == 0)
            _plainStructs[type.Id] = level;
        if (error != Errno.None || nested.Count == 0)
            return error;
        if (fields.Count + (nested.Count * elements) > MaxRecordFields)
            return Errno.E2BIG;
        if (elements > 1 && nested.Exists(static field => (field.Kind & (FieldKind.Kptr | FieldKind.Uptr | FieldKind.GraphRoot)) == 0))
            return Errno.EINVAL;
        for (int i = 0; i < elements; i++)
            foreach (RecordField field in nested)
                fields.Add(Shifted(field, offset + (i * type.Size)));
        return Errno.None;
    }

    private Errno Kptr(BtfTypes types, BtfType type, int offset, FieldKind wanted, out RecordField? field)
    {
        field = null;
        if (!TryKptrTag(types, type, out string tag, out BtfType tagged))
            return Errno.None;
        if (types[tagged.TypeId].Kind == BtfKind.TypeTag)
            return Errno.EINVAL;
        FieldKind kind = tag switch
        {
            "kptr_untrusted" => FieldKind.KptrUnref,
            "kptr" => Changes.MapRecords ? FieldKind.KptrRef : FieldKind.KptrUnref,
            "kptr_ref" when !Changes.MapRecords => FieldKind.KptrRef,
            "percpu_kptr" => FieldKind.KptrPerCpu,
            "uptr" when Changes.UserPointersInMaps => FieldKind.Uptr,
            _ => FieldKind.None,
        };
        if (kind == FieldKind.None || (!Changes.MapRecords && tag is "kptr_untrusted" or "percpu_kptr"))
            return Errno.EINVAL;
        if ((kind & wanted) == 0)
            return Errno.None;
        int pointee = types.SkipModifiersAndTypedefs(tagged.TypeId);
        if (!types[pointee].IsStruct)
            return Errno.EINVAL;

        int kernelId = KernelTypes.Find(types[pointee].Name, types[pointee].Kind);
        if (kernelId < 0 && !Changes.MapRecords)
            return Errno.ENOENT;
        if (kernelId >= 0 && kind == FieldKind.KptrRef && !HasDestructor(types[pointee].Name))
            throw NotModeled($"referenced kptr to kernel type {types[pointee].Name}");
        field = new RecordField
        {
            Kind = kind,
            Offset = offset,
            Size = 8,
            PointeeOwner = kernelId >= 0 ? BtfOwner.Kernel : OwnerOf(types),
            PointeeId = kernelId >= 0 ? kernelId : pointee,
        };
        return Errno.None;
    }

    /// <summary>Kernel types that a map may own have a function that gives them back, named after them.</summary>
    private bool HasDestructor(string type) => type switch
    {
        "task_struct" => HasFunction("bpf_task_release_dtor"),
        "cgroup" => HasFunction("bpf_cgroup_release_dtor"),
        "sk_buff" => HasFunction("bpf_kfree_skb"),
        // Types of the kernel's own tests; older kernels name the kfunc itself.
        "prog_test_ref_kfunc" => HasFunction("bpf_kfunc_call_test_release"),
        "prog_test_member" => HasFunction("bpf_kfunc_call_memb_release"),
        // The kfunc itself gives it back in some kernels, which then have no function of its own for that.
        "bpf_crypto_ctx" => HasFunction("bpf_crypto_ctx_release"),
        _ => HasFunction(type + "_release_dtor"),
    };

    private bool HasFunction(string name) => KernelTypes.Find(name, BtfKind.Func) >= 0;

    /// <summary>A list or tree says by a declaration tag <c>contains:TYPE:NODE</c> what it holds.</summary>
    private Errno GraphRoot(BtfTypes types, BtfType holder, int index, FieldKind kind, int offset, int size, out RecordField? field)
    {
        field = null;
        string? contains = null;
        for (int id = types.FirstOwnId; id < types.Count; id++)
        {
            CountWork();
            BtfType tag = types[id];
            if (tag.Kind != BtfKind.DeclTag || tag.TypeId != holder.Id || tag.ComponentIndex != index || !tag.NameBytes.StartsWith("contains:"u8))
                continue;
            if (contains is not null)
                return Errno.EINVAL;
            contains = tag.Name["contains:".Length..];
        }
        int colon = contains?.IndexOf(':') ?? -1;
        if (colon < 0)
            return Errno.EINVAL;
        int value = types.Find(contains![..colon], BtfKind.Struct);
        string node = contains[(colon + 1)..];
        if (value < 0)
            return Errno.ENOENT;
        if (node.Length == 0)
            return Errno.EINVAL;

        string nodeType = kind == FieldKind.ListHead ? "bpf_list_node" : "bpf_rb_node";
        int nodeOffset = -1;
        BtfType element = types[value];
        for (int i = 0; i < element.VLen; i++)
        {
            BtfMember member = element.Member(i);
            if (member.Name != node)
                continue;
            if (nodeOffset >= 0 || types[member.TypeId] is not { Kind: BtfKind.Struct } found || found.Name != nodeType || member.BitOffset % 64 != 0)
                return Errno.EINVAL;
            nodeOffset = (int)(member.BitOffset / 8);
        }
        if (nodeOffset < 0)
            return Errno.ENOENT;
        field = new RecordField { Kind = kind, Offset = offset, Size = size, PointeeOwner = OwnerOf(types), ValueTypeId = value, NodeOffset = nodeOffset };
        return Errno.None;
    }

    /// <summary>Older releases look for a lock, a timer and kptrs among the direct members only, each on its own.</summary>
    private MapRecord? ParsePlainRecord(BtfTypes types, BtfType type)
    {
        List<RecordField> fields = [];
        Errno lockError = FindPlainFields(types, type, FieldKind.SpinLock, 1, fields);
        Errno timerError = FindPlainFields(types, type, FieldKind.Timer, 1, fields);
        Errno kptrError = FindPlainFields(types, type, FieldKind.Kptr, 8, fields);
        fields.Sort(static (a, b) => a.Offset.CompareTo(b.Offset));
        return new MapRecord([.. fields]) { SpinLockError = lockError, TimerError = timerError, KptrError = kptrError };
    }

    private Errno FindPlainFields(BtfTypes types, BtfType type, FieldKind wanted, int max, List<RecordField> fields)
    {
        (string name, int size, int align) = wanted switch
        {
            FieldKind.SpinLock => ("bpf_spin_lock", 4, 4),
            FieldKind.Timer => ("bpf_timer", 16, 8),
            _ => ("", 8, 8),
        };
        bool section = type.Kind == BtfKind.DataSec;
        if (!section && !type.IsStruct)
            return Errno.EINVAL;
        List<RecordField> found = [];
        for (int i = 0; i < type.VLen; i++)
        {
            int typeId = section ? types[type.Variable(i).TypeId].TypeId : type.Member(i).TypeId;
            long offset = section ? type.Variable(i).Offset : type.Member(i).BitOffset / 8;
            BtfType member = types[typeId];
            if (name.Length != 0 && member.Name != name)
                continue;
            if (section && type.Variable(i).Size != size)
                continue;
            if ((!section && type.Member(i).BitOffset % 8 != 0) || offset % align != 0)
                return Errno.EINVAL;
            RecordField? field = null;
            if (name.Length != 0)
            {
                if (member.IsStruct && member.Size == size)
                    field = new RecordField { Kind = wanted, Offset = (int)offset, Size = size };
            }
            else
            {
                Errno error = Kptr(types, member, (int)offset, wanted, out field);
                if (error != Errno.None)
                    return error;
            }
            if (field is null)
                continue;
            if (found.Count == max)
                return Errno.E2BIG;
            found.Add(field);
        }
        if (found.Count == 0)
            return Errno.ENOENT;
        fields.AddRange(found);
        return Errno.None;
    }
}
