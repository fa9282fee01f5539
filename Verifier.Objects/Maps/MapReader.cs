using BpfVerifier.Btf;
using BpfVerifier.Objects.Elf;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Maps;

/// <summary>Collects an object's maps in libbpf's order: declared ones, data sections, configuration variables, struct_ops.</summary>
internal static class MapReader
{
    private const uint ReadOnlyProgram = 1 << 7, Mmapable = 1 << 10, LinkedStructOps = 1 << 13;
    private const int NameLength = 15;

    public static ObjectFailure? Read(ObjectImage image, bool relaxed) =>
        ReadDeclared(image, relaxed) ?? ReadData(image) ?? ReadKconfig(image) ?? ReadStructOps(image);

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);

    private static ObjectFailure? ReadDeclared(ObjectImage image, bool relaxed)
    {
        if (image.BtfMapsIndex < 0)
            return null;
        BtfTypes btf = image.Btf!;
        int id = btf.Find(".maps", BtfKind.DataSec);
        if (id < 0)
            return Fail(Errno.ENOENT, "DATASEC '.maps' not found.");
        image.BtfMapsTypeId = id;
        BtfType section = btf[id];
        ulong sectionSize = image.Elf.Section(image.BtfMapsIndex)!.Size;
        for (int i = 0; i < section.VLen; i++)
        {
            if (ReadDeclared(image, section.Variable(i), i, sectionSize, relaxed) is { } failure)
                return failure;
        }
        return FindArena(image);
    }

    private static ObjectFailure? ReadDeclared(ObjectImage image, BtfSectionVariable place, int index, ulong sectionSize, bool relaxed)
    {
        BtfTypes btf = image.Btf!;
        BtfType variable = btf[place.TypeId];
        string name = variable.Name;
        if (name.Length == 0)
            return Fail(Errno.EINVAL, $"map #{index}: empty name.");
        if ((ulong)place.Offset + place.Size > sectionSize)
            return Fail(Errno.EINVAL, $"map '{name}' BTF data is corrupted.");
        if (variable.Kind != BtfKind.Var)
            return Fail(Errno.EINVAL, $"map '{name}': unexpected var kind {BtfNames.Kind(variable.Kind)}.");
        if (variable.Linkage != BtfLinkage.Global)
        {
            string linkage = variable.Linkage switch { BtfLinkage.Static => "static", BtfLinkage.Extern => "extern", _ => "unknown" };
            return Fail(Errno.EOPNOTSUPP, $"map '{name}': unsupported map linkage {linkage}.");
        }
        BtfType definition = btf[btf.SkipModifiersAndTypedefs(variable.TypeId)];
        if (definition.Kind != BtfKind.Struct)
            return Fail(Errno.EINVAL, $"map '{name}': unexpected def kind {BtfNames.Kind(variable.Kind)}.");
        if (definition.SizeOrType > place.Size)
            return Fail(Errno.EINVAL, $"map '{name}': invalid def size.");
        var map = new MapSpec
        {
            Name = name,
            Origin = MapOrigin.Declared,
            SectionIndex = image.BtfMapsIndex,
            SectionOffset = place.Offset,
            SectionSize = place.Size,
        };
        image.Maps.Add(map);
        return MapDefinition.Read(map, definition, relaxed);
    }

    private static ObjectFailure? FindArena(ObjectImage image)
    {
        for (int i = 0; i < image.Maps.Count; i++)
        {
            if (image.Maps[i].Type != MapType.Arena)
                continue;
            if (image.ArenaMap >= 0)
                return Fail(Errno.EINVAL, $"map '{image.Maps[i].Name}': only single ARENA map is supported (map '{image.Maps[image.ArenaMap].Name}' is also ARENA)");
            image.ArenaMap = i;
            long pages = (image.ArenaSize + 4095L) / 4096 * 4096, room = 4096L * image.Maps[i].MaxEntries;
            if (image.ArenaIndex >= 0 && pages > room)
            {
                return Fail(Errno.E2BIG, $"elf: sec '.addr_space.1': declared ARENA map size ({room}) is too small to hold global __arena variables of size {image.ArenaSize}");
            }
        }
        return image.ArenaIndex >= 0 && image.ArenaMap < 0
            ? Fail(Errno.ENOENT, "elf: sec '.addr_space.1': to use global __arena variables the ARENA map should be explicitly declared in SEC(\".maps\")")
            : null;
    }

    private static ObjectFailure? ReadData(ObjectImage image)
    {
        foreach (ElfSection section in image.Elf.Sections)
        {
            MapOrigin? origin = image.Role(section.Index) switch
            {
                SectionRole.Data => MapOrigin.Data,
                SectionRole.ReadOnlyData => MapOrigin.ReadOnlyData,
                SectionRole.Bss => MapOrigin.Bss,
                SectionRole.PerCpu => MapOrigin.PerCpu,
                _ => null,
            };
            if (origin is null || section.Size == 0)
                continue;
            image.Elf.TryData(section, out ReadOnlyMemory<byte> data);
            if (AddInternal(image, origin.Value, section.Name, section.Index, section.Size, data) is { } failure)
                return failure;
        }
        return null;
    }

    private static ObjectFailure? ReadKconfig(ObjectImage image)
    {
        ExternSymbol? last = image.Externs.LastOrDefault(e => e.IsConfig);
        if (last is null)
            return null;
        ObjectFailure? failure = AddInternal(
            image, MapOrigin.Kconfig, ".kconfig", image.Elf.SymbolTable!.Index, (ulong)(last.DataOffset + last.Size), default);
        image.KconfigMap = image.Maps.Count - 1;
        return failure;
    }

    private static ObjectFailure? AddInternal(ObjectImage image, MapOrigin origin, string section, int index, ulong size, ReadOnlyMemory<byte> content)
    {
        string name = InternalName(image.Name, section, origin);
        if (size > int.MaxValue)
            return Fail(Errno.ENOMEM, $"failed to alloc map '{name}' content buffer: -ENOMEM");
        int valueType = Math.Max(0, image.Btf?.Find(section) ?? 0);
        uint flags = origin is MapOrigin.ReadOnlyData or MapOrigin.Kconfig ? ReadOnlyProgram : 0;
        if (origin != MapOrigin.PerCpu && HasVisibleVariable(image.Btf, valueType))
            flags |= Mmapable;
        image.Maps.Add(new MapSpec
        {
            Name = name,
            Origin = origin,
            SectionIndex = index,
            Type = origin == MapOrigin.PerCpu ? MapType.PerCpuArray : MapType.Array,
            KeySize = 4,
            ValueSize = (uint)size,
            MaxEntries = 1,
            Flags = flags,
            ValueTypeId = valueType,
            Content = content,
        });
        return null;
    }

    // A map is shared with user space when a skeleton would show at least one of its variables.
    private static bool HasVisibleVariable(BtfTypes? btf, int sectionId)
    {
        if (btf is null || sectionId <= 0)
            return false;
        BtfType section = btf[sectionId];
        for (int i = 0; section.Kind == BtfKind.DataSec && i < section.VLen; i++)
        {
            BtfType variable = btf[section.Variable(i).TypeId];
            if (variable.Kind == BtfKind.Var && variable.Linkage != BtfLinkage.Static)
                return true;
        }
        return false;
    }

    /// <summary>
    /// The 15 characters a data map is known by: the object's name shortened to leave at least seven for the section's,
    /// or the section's alone when it holds a second dot.
    /// </summary>
    private static string InternalName(string objectName, string section, MapOrigin origin)
    {
        int suffix = Math.Min(Math.Max(7, section.Length), NameLength);
        int prefix = section.IndexOf('.', 1) >= 0 || origin == MapOrigin.PerCpu ? 0 : Math.Min(NameLength - suffix, objectName.Length);
        string name = string.Concat(objectName.AsSpan(0, prefix), section.AsSpan(0, Math.Min(suffix, section.Length)));
        return string.Create(name.Length, name, static (span, from) =>
        {
            for (int i = 0; i < span.Length; i++)
                span[i] = char.IsAsciiLetterOrDigit(from[i]) || from[i] is '_' or '.' ? from[i] : '_';
        });
    }

    private static ObjectFailure? ReadStructOps(ObjectImage image)
    {
        foreach (ElfSection section in image.Elf.Sections)
        {
            if (image.Role(section.Index) == SectionRole.StructOps && ReadStructOps(image, section) is { } failure)
                return failure;
        }
        return null;
    }

    private static ObjectFailure? ReadStructOps(ObjectImage image, ElfSection section)
    {
        BtfTypes btf = image.Btf!;
        int sectionId = btf.Find(section.Name, BtfKind.DataSec);
        if (sectionId < 0)
            return Fail(Errno.EINVAL, $"struct_ops init: DATASEC {section.Name} not found");
        BtfType variables = btf[sectionId];
        for (int i = 0; i < variables.VLen; i++)
        {
            BtfSectionVariable place = variables.Variable(i);
            BtfType variable = btf[place.TypeId];
            int typeId = btf.SkipModifiersAndTypedefs(variable.Kind == BtfKind.Var ? variable.TypeId : place.TypeId);
            BtfType type = btf[typeId];
            if (type.IsVoid)
                return Fail(Errno.EINVAL, $"struct_ops init: Cannot resolve var type_id {place.TypeId} in DATASEC {section.Name}");
            if (type.NameBytes.IsEmpty)
                return Fail(Errno.EOPNOTSUPP, "struct_ops init: anonymous type is not supported");
            if (type.Kind != BtfKind.Struct)
                return Fail(Errno.EINVAL, $"struct_ops init: {type.Name} is not a struct");
            if ((ulong)place.Offset + type.SizeOrType > section.Size)
                return Fail(Errno.EINVAL, $"struct_ops init: var {variable.Name} is beyond the end of DATASEC {section.Name}");
            // A section may list the same variable any number of times.
            if (!image.Elf.TakeName(variable.NameBytes.Length))
                return Fail(Errno.E2BIG, $"struct_ops init: names of variables in DATASEC {section.Name} are longer than the object");
            image.Elf.TryData(section, out ReadOnlyMemory<byte> data);
            bool optional = section.Name.StartsWith('?');
            image.Maps.Add(new MapSpec
            {
                Name = variable.Name,
                Origin = MapOrigin.StructOps,
                SectionIndex = section.Index,
                SectionOffset = place.Offset,
                SectionSize = type.SizeOrType,
                Type = MapType.StructOps,
                KeySize = 4,
                ValueSize = type.SizeOrType,
                MaxEntries = 1,
                Flags = section.Name.TrimStart('?') == ".struct_ops.link" ? LinkedStructOps : 0,
                ValueTypeId = typeId,
                AutoCreate = !optional,
                Content = data.Slice((int)place.Offset, type.Size),
                StructOps = new StructOpsSpec(typeId),
            });
        }
        return null;
    }
}
