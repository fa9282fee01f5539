using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>What a <c>btf_struct_access</c> callback allows.</summary>
/// <param name="Allowed">By kernel type, runs of first offset, last offset and end of stores that are allowed; null where the walk over the type decides.</param>
/// <param name="Refusals">What is logged of a store into another type, at another offset, and beyond the end.</param>
/// <param name="Reads">Loads from other types are refused too.</param>
public sealed record StructStores(SortedDictionary<string, List<int[]>?> Allowed, string[] Refusals, bool Reads);

/// <summary>Asks a kernel's <c>btf_struct_access</c> callback about stores through pointers to its types: every type, offset and size.</summary>
public sealed class StructStoresReader
{
    private const ulong Load = 1, Store = 2;
    /// <summary>No field is as long; a store of this size is beyond the end of any.</summary>
    private const int LongestField = 1024;
    /// <summary>Types a callback knows are not larger.</summary>
    private const int LargestType = 1 << 16;
    /// <summary>What is answered for the walk over the type's members, so that it can be told from the callback's own yes.</summary>
    private const ulong WalkDecides = 0x77;
    private const int RegisterOffset = 0x400, MaxRegister = 0x400;

    private readonly KernelFile _kernel;
    private readonly IKernelMachine _machine;
    private readonly KernelAnswers _answers;
    private readonly ulong _memory, _callback;
    private readonly Action<string> _unknown;
    private readonly List<string> _parameters;
    private readonly RecordLayout? _register;

    /// <summary>Over a started kernel.</summary>
    /// <param name="kernel">The image.</param>
    /// <param name="machine">Runs it.</param>
    /// <param name="answers">What the machine answers for it.</param>
    /// <param name="memory">Where memory is free.</param>
    /// <param name="callback">The callback.</param>
    /// <param name="unknown">Told of every question that has no sure answer.</param>
    public StructStoresReader(KernelFile kernel, IKernelMachine machine, KernelAnswers answers, ulong memory, ulong callback, Action<string> unknown)
    {
        (_kernel, _machine, _answers, _memory, _callback, _unknown) = (kernel, machine, answers, memory, callback, unknown);
        _parameters = Parameters(kernel);
        _register = RecordLayout.Find(kernel.Types, "bpf_reg_state");
        machine.Answer("btf_struct_access", _ => WalkDecides);
    }

    /// <summary>Everything it allows.</summary>
    /// <param name="name">What the callback belongs to, for messages.</param>
    public StructStores Read(string name)
    {
        var allowed = new SortedDictionary<string, List<int[]>?>(StringComparer.Ordinal);
        string[] refusals = ["", "", ""];
        List<int> types = [.. Enumerable.Range(1, _kernel.Types.Count - 1).Where(id => _kernel.Types[id] is { Kind: BtfKind.Struct, Name.Length: > 0, Size: > 0 })];
        // Nearly all types are strangers to the callback; what it does most often about a store is how it refuses them.
        Dictionary<int, string> first = types.ToDictionary(id => id, id => Ask(name, id, 0, 1, Store).Said);
        string stranger = first.Values.GroupBy(said => said, StringComparer.Ordinal).OrderByDescending(g => g.Count()).First().Key;
        bool reads = false;
        foreach (int id in types)
        {
            if (first[id] == stranger)
            {
                if (refusals[0].Length > 0 || Ask(name, id, 0, 1, Store).Result >= 0)
                    continue;
                refusals[0] = string.Concat(_answers.Logged);
                reads = HasAccess && Ask(name, id, 0, 1, Load).Result < 0;
                continue;
            }
            if (_kernel.Types[id].Size > LargestType)
            {
                _unknown($"struct_ops {name}: stores into {_kernel.Types[id].Name}, which has {_kernel.Types[id].Size} bytes");
                continue;
            }
            List<int[]>? runs = Runs(name, id, out bool any);
            if (!any || !allowed.TryAdd(_kernel.Types[id].Name, runs) || runs is null)
                continue;
            Ask(name, id, runs[0][0] == 0 ? runs[^1][2] : 0, 1, Store);
            refusals[1] = string.Concat(_answers.Logged);
            Ask(name, id, runs[0][0], LongestField, Store);
            refusals[2] = string.Concat(_answers.Logged);
        }
        return new StructStores(allowed, refusals, reads);
    }

    // Runs of offsets whose stores may reach to the same end; null where nothing but the walk limits them.
    private List<int[]>? Runs(string name, int id, out bool any)
    {
        var runs = new List<int[]>();
        any = false;
        for (int offset = 0; offset < _kernel.Types[id].Size; offset++)
        {
            if (Ask(name, id, offset, 1, Store).Result < 0)
                continue;
            any = true;
            int low = 1, high = LongestField;
            while (low < high)
            {
                int middle = (low + high + 1) / 2;
                if (Ask(name, id, offset, middle, Store).Result >= 0)
                    low = middle;
                else
                    high = middle - 1;
            }
            if (low == LongestField)
                return null;
            if (runs is [.., var last] && last[1] == offset - 1 && last[2] == offset + low)
                last[1] = offset;
            else
                runs.Add([offset, offset, offset + low]);
        }
        return runs;
    }

    private bool HasAccess => _parameters.Contains("enum bpf_access_type");

    private (int Result, string Said) Ask(string name, int id, int offset, int size, ulong access)
    {
        Span<ulong> arguments = stackalloc ulong[6];
        int numbers = 0;
        for (int i = 0; i < Math.Min(_parameters.Count, arguments.Length); i++)
        {
            arguments[i] = _parameters[i] switch
            {
                "struct btf" => _answers.TypesObject,
                "struct btf_type" => _answers.AddressOfType(id),
                "struct bpf_reg_state" => PlaceRegister(id),
                "enum bpf_access_type" => access,
                "int" => (ulong)(numbers++ == 0 ? offset : size),
                _ => _memory,
            };
        }
        _answers.Logged.Clear();
        CallResult result = _machine.Call(_callback, arguments);
        if (KernelVariables.Doubt(_kernel, _machine, result) is { } doubt)
        {
            _unknown($"struct_ops {name}: stores: {doubt}");
            return (-1, doubt);
        }
        string logged = string.Concat(_answers.Logged);
        return ((int)result.Value, $"{(int)result.Value} {_machine.Path} {logged}");
    }

    private ulong PlaceRegister(int id)
    {
        Span<byte> bytes = stackalloc byte[MaxRegister];
        bytes.Clear();
        if (_register is { Size: <= MaxRegister } register)
        {
            RecordLayout.Write(bytes, register["btf"], _answers.TypesObject);
            RecordLayout.Write(bytes, register["btf_id"], (ulong)id);
        }
        _machine.Write(_memory + RegisterOffset, bytes);
        return _memory + RegisterOffset;
    }

    // The callback's parameters changed over the releases: what each points to, or its own type.
    private static List<string> Parameters(KernelFile kernel)
    {
        RecordField member = RecordLayout.Require(kernel.Types, "bpf_verifier_ops", kernel.Name)["btf_struct_access"];
        BtfTypes types = kernel.Types;
        BtfType prototype = types[types.SkipModifiers(types[types.SkipModifiersAndTypedefs(member.TypeId)].TypeId)];
        var parameters = new List<string>();
        for (int i = 0; i < prototype.VLen; i++)
        {
            BtfType type = types[types.SkipModifiersAndTypedefs(prototype.Param(i).TypeId)];
            BtfType target = type.Kind == BtfKind.Ptr ? types[types.SkipModifiersAndTypedefs(type.TypeId)] : type;
            parameters.Add(target.Kind switch
            {
                BtfKind.Struct => "struct " + target.Name,
                BtfKind.Enum => "enum " + target.Name,
                BtfKind.Int when type.Kind == BtfKind.Int => "int",
                _ => "",
            });
        }
        return parameters;
    }
}
