using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>Finds which sets of kfuncs a kernel registers for which program type, by running the functions that register them at start.</summary>
public sealed class KfuncRegistrations
{
    private const string Register = "register_btf_kfunc_id_set";
    /// <summary>No set comes near this; a larger count is damage.</summary>
    private const uint MaxKfuncs = 4000;

    private readonly KernelFile _kernel;
    private readonly SortedDictionary<ulong, string> _programTypes;

    /// <summary>Over a kernel.</summary>
    public KfuncRegistrations(KernelFile kernel, SortedDictionary<ulong, string> programTypes)
    {
        _kernel = kernel;
        _programTypes = programTypes;
    }

    /// <summary>Sets by program type, in the order of the functions that register them; UNSPEC are those every type may call. Empty in releases without
    /// registrations.</summary>
    /// <param name="machine">The kernel.</param>
    /// <param name="unknown">Told of every registration that could not be reached.</param>
    public SortedDictionary<string, List<KfuncSet>> Read(KernelMachine machine, Action<string> unknown)
    {
        var sets = new SortedDictionary<string, List<KfuncSet>>(StringComparer.Ordinal);
        var seen = new HashSet<(ulong, ulong)>();
        foreach ((ulong caller, KernelArguments arguments) in StartCalls.Of(_kernel, machine, Register, unknown))
        {
            if (!seen.Add((arguments.First, arguments.Second)))
                continue;
            string type = _programTypes.TryGetValue(arguments.First, out string? name)
                ? name
                : throw new IngestException($"{_kernel.Name}: {_kernel.Symbols.Describe(caller)} registers kfuncs for program type {arguments.First}, which does not exist");
            if (!sets.TryGetValue(type, out List<KfuncSet>? list))
                sets.Add(type, list = []);
            list.Add(Set(RecordLayout.Require(_kernel.Types, "btf_kfunc_id_set", _kernel.Name), arguments.Second));
        }
        return sets;
    }

    private KfuncSet Set(RecordLayout layout, ulong address)
    {
        if (!_kernel.Memory.TryRead(address, layout.Size, out ReadOnlySpan<byte> registration))
            throw Damaged(address);
        ulong set = RecordLayout.Read(registration, layout["set"]);
        ulong filter = layout.TryGet("filter", out RecordField field) ? RecordLayout.Read(registration, field) : 0;
        string symbol = _kernel.Symbols.NamesAt(set).FirstOrDefault(n => !n.StartsWith("__BTF_ID__", StringComparison.Ordinal)) ?? throw Damaged(set);
        if (!_kernel.Memory.TryReadUInt32(set, out uint count) || count > MaxKfuncs)
            throw Damaged(set);
        var kfuncs = new SortedDictionary<string, List<string>>(StringComparer.Ordinal);
        for (uint i = 0; i < count; i++)
        {
            ulong pair = set + 8 + 8 * i;
            if (!_kernel.Memory.TryReadUInt32(pair, out uint id) || !_kernel.Memory.TryReadUInt32(pair + 4, out uint flags) || !_kernel.Types.IsValid((int)id))
                throw Damaged(set);
            // 0 stands for a function this kernel was built without.
            if (id != 0)
                kfuncs[_kernel.Types[(int)id].Name] = KfuncFlags.Names(flags, _kernel.Types[(int)id].Name);
        }
        return new KfuncSet(symbol, filter == 0 ? null : _kernel.Symbols.NameAt(filter) ?? throw Damaged(filter), kfuncs);
    }

    private IngestException Damaged(ulong address) => new($"{_kernel.Name}: a set of kfuncs cannot be read (at {_kernel.Symbols.Describe(address)})");
}
