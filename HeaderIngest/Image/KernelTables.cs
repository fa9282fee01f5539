using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Tables of a kernel that its verifier consults, read from its image by their symbols.</summary>
public sealed class KernelTables
{
    /// <summary>How resolve_btfids marks a plain set: a count and ids (BTF_SET_START), and one with flags: count, flags, pairs.</summary>
    private const string PlainSet = "__BTF_ID__set__", SetWithFlags = "__BTF_ID__set8__";
    /// <summary>KF_SLEEPABLE, the same in 6.1 to 6.18.</summary>
    private const uint Sleepable = 1 << 5;
    /// <summary>No set comes near this; a larger count is damage.</summary>
    private const uint MaxIds = 1 << 16;
    private const int MaxName = 256;
    private const string TemplatePrefix = "__bpf_trace_";

    private readonly ElfMemory _memory;
    private readonly BtfTypes _types;
    private readonly BtfSymbols _btf;
    private readonly string _name;
    private readonly Dictionary<string, ulong> _addresses = new(StringComparer.Ordinal);
    private readonly Dictionary<ulong, string> _templates = [];

    /// <summary>Over a kernel's memory, symbols and types.</summary>
    public KernelTables(ElfMemory memory, IEnumerable<KernelSymbol> symbols, BtfTypes types, BtfSymbols btf, string name)
    {
        _memory = memory;
        _types = types;
        _btf = btf;
        _name = name;
        foreach (KernelSymbol symbol in symbols)
        {
            _addresses.TryAdd(symbol.Name, symbol.Address);
            if (symbol.Name.StartsWith(TemplatePrefix, StringComparison.Ordinal))
                _templates.TryAdd(symbol.Address, symbol.Name[TemplatePrefix.Length..]);
        }
    }

    /// <summary>Over an image.</summary>
    public static KernelTables Of(KernelFile kernel) => new(kernel.Memory, kernel.Kallsyms, kernel.Types, new BtfSymbols(kernel.Types), kernel.Name);

    /// <summary>Names in every plain set of BTF ids, by the set's name.</summary>
    public SortedDictionary<string, SortedSet<string>> Sets()
    {
        var sets = new SortedDictionary<string, SortedSet<string>>(StringComparer.Ordinal);
        foreach ((string symbol, ulong address) in _addresses)
        {
            if (!symbol.StartsWith(PlainSet, StringComparison.Ordinal))
                continue;
            string set = symbol[PlainSet.Length..];
            var names = new SortedSet<string>(StringComparer.Ordinal);
            uint count = Count(set, address);
            for (uint i = 0; i < count; i++)
            {
                if (NameOf(set, address + 4 + 4 * i) is { } name)
                    names.Add(name);
            }
            sets.Add(set, names);
        }
        return sets;
    }

    /// <summary>Functions besides <c>security_*</c> whose result fmod_ret programs may change, and SLEEPABLE for those that may sleep.</summary>
    public SortedDictionary<string, List<string>> ModifyReturn()
    {
        var functions = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        foreach ((string symbol, ulong address) in _addresses)
        {
            if (!symbol.StartsWith(SetWithFlags, StringComparison.Ordinal)
                || !(symbol.EndsWith("fmodret_ids", StringComparison.Ordinal) || symbol.EndsWith("modify_return_ids", StringComparison.Ordinal)))
                continue;
            string set = symbol[SetWithFlags.Length..];
            uint count = Count(set, address);
            for (uint i = 0; i < count; i++)
            {
                ulong pair = address + 8 + 8 * i;
                if (NameOf(set, pair) is { } name && _memory.TryReadUInt32(pair + 4, out uint flags))
                    functions[name] = (flags & Sleepable) != 0 ? ["SLEEPABLE"] : [];
            }
        }
        return functions;
    }

    /// <summary>Raw tracepoints that pass null or an error where a pointer is declared, four bits an argument; empty in releases without such a list.</summary>
    public SortedDictionary<string, ulong> RawTracepointNullArgs()
    {
        var masks = new SortedDictionary<string, ulong>(StringComparer.Ordinal);
        if (!_addresses.TryGetValue("raw_tp_null_args", out ulong start))
            return masks;
        StructInfo entry = Layout("bpf_raw_tp_null_args");
        ulong end = _addresses.Values.Where(a => a > start).Min();
        for (ulong at = start; at + (ulong)entry.Size <= end; at += (ulong)entry.Size)
        {
            ulong name = Pointer(at + Offset(entry, "func"));
            // Filled up to the alignment of what follows.
            if (name == 0)
                break;
            masks[Text(name)] = Pointer(at + Offset(entry, "mask"));
        }
        return masks;
    }

    /// <summary>Every raw tracepoint and the template its arguments are named by.</summary>
    public SortedDictionary<string, string> RawTracepoints()
    {
        var templates = new SortedDictionary<string, string>(StringComparer.Ordinal);
        if (!_addresses.TryGetValue("__start__bpf_raw_tp", out ulong start) || !_addresses.TryGetValue("__stop__bpf_raw_tp", out ulong stop))
            throw new IngestException($"{_name}: the kernel has no table of raw tracepoints");
        StructInfo entry = Layout("bpf_raw_event_map"), tracepoint = Layout("tracepoint");
        for (ulong at = start; at < stop; at += (ulong)entry.Size)
        {
            ulong function = Pointer(at + Offset(entry, "bpf_func"));
            string name = Text(Pointer(Pointer(at + Offset(entry, "tp")) + Offset(tracepoint, "name")));
            templates[name] = _templates.TryGetValue(function, out string? template)
                ? template
                : throw new IngestException($"{_name}: raw tracepoint {name} runs a function without a symbol");
        }
        return templates;
    }

    private uint Count(string set, ulong address) => _memory.TryReadUInt32(address, out uint count) && count <= MaxIds
        ? count
        : throw new IngestException($"{_name}: the set of BTF ids {set} cannot be read");

    // An id of 0 stands for a name the kernel was built without.
    private string? NameOf(string set, ulong address)
    {
        if (!_memory.TryReadUInt32(address, out uint id) || id >= (uint)_types.Count)
            throw new IngestException($"{_name}: the set of BTF ids {set} holds a number that is no type");
        return id == 0 ? null : _types[(int)id].Name;
    }

    private StructInfo Layout(string type) => _btf.Structs.TryGetValue(type, out int id) && _btf.Struct(id) is { Size: > 0 } info
        ? info
        : throw new IngestException($"{_name}: the kernel's BTF has no struct {type}");

    private ulong Offset(StructInfo type, string member) => type.Members.FirstOrDefault(m => m.Name == member) is { } found
        ? (ulong)(found.Offset / 8)
        : throw new IngestException($"{_name}: a kernel struct has no member {member}");

    private ulong Pointer(ulong address) => _memory.TryReadUInt64(address, out ulong value)
        ? value
        : throw new IngestException($"{_name}: nothing is at address {address:x}, where a table of the kernel leads");

    private string Text(ulong address) => _memory.ReadText(address, MaxName)
        ?? throw new IngestException($"{_name}: no name is at address {address:x}, where a table of the kernel leads");
}
