using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfVerifier.Btf;

namespace BpfVerifier.Live;

/// <summary>The types and maps of one load; every descriptor is closed at its end.</summary>
internal sealed class LoadSession(IBpfCalls calls, int possibleCpus) : IDisposable
{
    private readonly Dictionary<BtfTypes, int> _types = [];
    private readonly List<int> _descriptors = [];

    public List<string> Notes { get; } = [];

    public bool Holds(int descriptor) => _descriptors.Contains(descriptor);

    /// <summary>Calls bpf() with a command's attributes and keeps the descriptor it returns.</summary>
    public int Open<T>(BpfCommand command, ref T attributes, out Errno errno) where T : unmanaged
    {
        int descriptor = calls.Call(command, Bytes(ref attributes), out errno);
        if (descriptor >= 0)
            _descriptors.Add(descriptor);
        return descriptor;
    }

    /// <summary>Loads types, once. 0 when there are none or the kernel refuses them, which libbpf takes lightly.</summary>
    public unsafe int Types(BtfTypes? types)
    {
        if (types is null)
            return 0;
        if (_types.TryGetValue(types, out int known))
            return known;
        int descriptor;
        Errno errno;
        fixed (byte* data = types.Data.Span)
        {
            var attributes = new BtfLoadAttributes { btf = (ulong)data, btf_size = (uint)types.Data.Length };
            descriptor = Open(BpfCommand.BtfLoad, ref attributes, out errno);
        }
        if (descriptor < 0)
            Notes.Add($"the kernel refuses the object's types (BPF_BTF_LOAD: {errno}): loaded without them");
        return _types[types] = Math.Max(descriptor, 0);
    }

    /// <summary>Creates a map, fills and freezes it.</summary>
    /// <param name="map">The map.</param>
    /// <param name="descriptor">Its descriptor.</param>
    /// <returns>The kernel's refusal, or null.</returns>
    public KernelAnswer? Create(BpfMap map, out int descriptor)
    {
        descriptor = -1;
        int inner = 0;
        if (map.Inner is { } template && Create(template, 0, out inner) is var innerErrno and not Errno.None)
            return Refused(map, "failed to create inner map", innerErrno);
        if (Create(map, inner, out descriptor) is var errno and not Errno.None)
            return Refused(map, "failed to create", errno);
        if (Fill(map, descriptor) is var fillErrno and not Errno.None)
            return Refused(map, "failed to set initial contents", fillErrno);
        if (!map.Frozen)
            return null;
        var frozen = new MapElementAttributes { map_fd = (uint)descriptor };
        calls.Call(BpfCommand.MapFreeze, Bytes(ref frozen)[..sizeof(uint)], out Errno freezeErrno);
        return freezeErrno == Errno.None ? null : Refused(map, "failed to freeze as read-only", freezeErrno);
    }

    private static KernelAnswer Refused(BpfMap map, string what, Errno errno) => new()
    {
        Verdict = Verdict.LoadFailed,
        Errno = errno,
        Message = $"map '{map.Name}': {what}: -{errno}",
    };

    private Errno Create(BpfMap map, int inner, out int descriptor)
    {
        int types = map.KeyTypeId != 0 || map.ValueTypeId != 0 ? Types(map.Btf) : 0;
        var attributes = new MapCreateAttributes
        {
            map_type = (uint)map.Type,
            key_size = map.KeySize,
            value_size = map.ValueSize,
            max_entries = map.MaxEntries,
            map_flags = map.Flags,
            inner_map_fd = (uint)inner,
            map_name = ObjectName.From(map.Name),
            btf_fd = (uint)types,
            btf_key_type_id = types == 0 ? 0 : (uint)map.KeyTypeId,
            btf_value_type_id = types == 0 ? 0 : (uint)map.ValueTypeId,
            map_extra = map.Extra,
        };
        descriptor = Open(BpfCommand.MapCreate, ref attributes, out Errno errno);
        if (descriptor < 0 && types != 0)
        {
            // As libbpf: a map whose types do not suit the kernel is created without them.
            Errno refusal = errno;
            attributes.btf_fd = attributes.btf_key_type_id = attributes.btf_value_type_id = 0;
            descriptor = Open(BpfCommand.MapCreate, ref attributes, out errno);
            if (descriptor >= 0)
                Notes.Add($"map '{map.Name}' is created without its types ({refusal} with them)");
        }
        return errno;
    }

    /// <summary>Writes the initial content, element after element; zeros are there already.</summary>
    private unsafe Errno Fill(BpfMap map, int descriptor)
    {
        ReadOnlySpan<byte> content = map.InitialValue.Span;
        int size = (int)map.ValueSize;
        if (!content.ContainsAnyExcept((byte)0) || size == 0)
            return Errno.None;
        // What is kept for each CPU is written for all of them at once, each copy rounded up to eight bytes.
        bool perCpu = map.Type == MapType.PerCpuArray;
        int stride = perCpu ? (size + 7) / 8 * 8 : size, copies = perCpu ? possibleCpus : 1;
        byte[] value = new byte[stride * copies];
        for (uint key = 0; key < map.MaxEntries && (long)key * size < content.Length; key++)
        {
            ReadOnlySpan<byte> element = content[((int)key * size)..];
            element = element[..Math.Min(size, element.Length)];
            Array.Clear(value);
            for (int copy = 0; copy < copies; copy++)
                element.CopyTo(value.AsSpan(copy * stride));
            fixed (byte* start = value)
            {
                var update = new MapElementAttributes { map_fd = (uint)descriptor, key = (ulong)&key, value = (ulong)start };
                calls.Call(BpfCommand.MapUpdateElement, Bytes(ref update), out Errno errno);
                if (errno != Errno.None)
                    return errno;
            }
        }
        return Errno.None;
    }

    private static Span<byte> Bytes<T>(ref T attributes) where T : unmanaged =>
        MemoryMarshal.CreateSpan(ref Unsafe.As<T, byte>(ref attributes), Unsafe.SizeOf<T>());

    public void Dispose()
    {
        foreach (int descriptor in _descriptors)
            calls.Close(descriptor);
        _descriptors.Clear();
    }
}
