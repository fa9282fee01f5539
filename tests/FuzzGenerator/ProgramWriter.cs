using BpfVerifier.Btf;
using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>Chooses what a program is made of and has its functions written.</summary>
internal sealed class ProgramWriter
{
    private const uint ReadOnlyForPrograms = 1 << 7;

    private static readonly KernelRelease s_signedArithmetic = new(6, 6), s_mayGoto = new(6, 9);

    private readonly SeededRandom _random;
    private readonly List<Function> _functions = [];

    public ProgramWriter(SeededRandom random, KernelRelease release, bool unprivileged)
    {
        _random = random;
        Modern = release.Branch >= s_signedArithmetic;
        MayGoto = release.Branch >= s_mayGoto;
        Target = ChooseTarget([.. Target.All.Where(t => !unprivileged || ProgramCapabilities.AlwaysNeeded(t.Type) == LoaderCapabilities.None)]);
        Maps = ChooseMaps();
        ChooseFunctions();
    }

    /// <summary>Sign-extending moves and loads, signed division and byte swaps are to be had.</summary>
    public bool Modern { get; }

    /// <summary>may_goto is to be had.</summary>
    public bool MayGoto { get; }

    public Target Target { get; }

    public IReadOnlyList<ScriptMap> Maps { get; }

    public IReadOnlyList<Function> Functions => _functions;

    public bool IsReadOnly(int map) => (Maps[map].Flags & ReadOnlyForPrograms) != 0;

    public int[] MapsWhere(Func<ScriptMap, bool> wanted) => [.. Enumerable.Range(0, Maps.Count).Where(i => wanted(Maps[i]))];

    /// <summary>The first map of a type, or -1.</summary>
    public int FirstMap(MapType type) => MapsWhere(m => m.Type == type) is [var first, ..] ? first : -1;

    public LoadScript Write(string name)
    {
        List<Insn> code = new FunctionWriter(_random, this, _functions[0]).Write();
        List<(Function Function, Insn First)> written = [(_functions[0], code[0])];
        foreach (Function function in _functions.Skip(1))
        {
            // nothing may be left that is never reached
            if (function.Callers.Count == 0)
                continue;
            List<Insn> body = new FunctionWriter(_random, this, function).Write();
            foreach (Insn caller in function.Callers)
                caller.Target = body[0];
            code.AddRange(body);
            written.Add((function, body[0]));
        }
        bool typed = written.Exists(f => f.Function.Callback || f.Function.Global) || _random.Percent(10);
        var script = new LoadScript
        {
            Name = name,
            Type = Target.Type,
            AttachType = Target.AttachType,
            Flags = ChooseFlags(),
            License = _random.Percent(98) ? "GPL" : "Proprietary",
            Attach = Target.Attach,
            Instructions = [],
            Maps = Maps,
            Btf = typed ? Types(written) : null,
        };
        return Listing.Write(script, code);
    }

    private Target ChooseTarget(IReadOnlyList<Target> targets)
    {
        int at = _random.Below(targets.Sum(t => t.Weight));
        return targets.First(t => (at -= t.Weight) < 0);
    }

    private uint ChooseFlags() => _random.Below(20) switch
    {
        < 7 => 1u << 3, // BPF_F_TEST_STATE_FREQ
        7 => 1u << 2, // BPF_F_TEST_RND_HI32
        8 => 1u << 0, // BPF_F_STRICT_ALIGNMENT
        9 when MayGoto => 1u << 7, // BPF_F_TEST_REG_INVARIANTS
        _ => 0,
    };

    private List<ScriptMap> ChooseMaps()
    {
        List<ScriptMap> maps = [];
        int count = _random.Between(1, 4);
        for (int i = 0; i < count; i++)
            maps.Add(ChooseMap());
        return maps;
    }

    private ScriptMap ChooseMap()
    {
        uint value = (uint)_random.Pick([1, 4, 8, 8, 12, 16, 24, 48, 64, 256]);
        uint key = (uint)_random.Pick([1, 4, 4, 8, 16]);
        switch (_random.Below(14))
        {
            case < 3:
                return new ScriptMap { Type = MapType.Array, KeySize = 4, ValueSize = value, MaxEntries = 1 };
            case 3:
                byte[] initial = new byte[value];
                for (int i = 0; i < initial.Length; i++)
                    initial[i] = (byte)(_random.Bits() >> (i % 8 == 0 ? 2 : 6));
                return new ScriptMap { Type = MapType.Array, KeySize = 4, ValueSize = value, MaxEntries = 1, Flags = ReadOnlyForPrograms, Initial = initial, Freeze = true };
            case 4:
                return new ScriptMap { Type = MapType.Array, KeySize = 4, ValueSize = value, MaxEntries = (uint)_random.Between(1, 16) };
            case 5 or 6:
                return new ScriptMap { Type = MapType.Hash, KeySize = key, ValueSize = value, MaxEntries = 4 };
            case 7:
                return new ScriptMap { Type = MapType.LruHash, KeySize = key, ValueSize = value, MaxEntries = 4 };
            case 8:
                return new ScriptMap { Type = MapType.PerCpuArray, KeySize = 4, ValueSize = value, MaxEntries = 2 };
            case 9:
                return new ScriptMap { Type = MapType.PerCpuHash, KeySize = key, ValueSize = value, MaxEntries = 2 };
            case 10:
                return new ScriptMap { Type = MapType.ProgArray, KeySize = 4, ValueSize = 4, MaxEntries = 4 };
            case 11:
                return new ScriptMap { Type = MapType.Queue, ValueSize = value, MaxEntries = 4 };
            case 12:
                return new ScriptMap { Type = MapType.PerfEventArray, KeySize = 4, ValueSize = 4, MaxEntries = 1 };
            default:
                return new ScriptMap { Type = MapType.RingBuf, MaxEntries = 4096 };
        }
    }

    private void ChooseFunctions()
    {
        _functions.Add(new Function(0, [new Held(Kind.Context)]));
        int count = Math.Max(0, _random.Between(-3, 3));
        for (int i = 1; i <= count; i++)
        {
            if (_random.Percent(20))
                _functions.Add(new Function(i, [Held.Number(), new Held(Kind.Memory, High: 8)]) { Callback = true });
            else if (_random.Percent(20))
                _functions.Add(new Function(i, [.. Enumerable.Repeat(Held.Number(), _random.Below(4))]) { Global = true });
            else
                _functions.Add(new Function(i, [.. Enumerable.Range(0, _random.Below(4)).Select(_ => ChooseParameter())]));
        }
    }

    private Held ChooseParameter() => _random.Below(4) switch
    {
        0 => new Held(Kind.Context),
        1 => new Held(Kind.Memory, High: _random.Pick([4, 8, 16])),
        _ => Held.Number(),
    };

    /// <summary>Types of the functions written, which get their type ids.</summary>
    private static byte[] Types(List<(Function Function, Insn First)> written)
    {
        var types = new BtfBuilder();
        int number = types.AddInt("long", 8, BtfIntEncoding.Signed);
        int pointer = types.AddPtr(0);
        string[] names = ["a", "b", "c", "d", "e"];
        foreach ((Function function, Insn first) in written)
        {
            int prototype = types.AddFuncProto(number, [.. function.Parameters.Select((p, i) => (names[i], p.IsPointer ? pointer : number))]);
            first.FunctionType = types.AddFunc($"f{function.Number}", prototype, function.Number == 0 || function.Global ? BtfLinkage.Global : BtfLinkage.Static);
        }
        return types.ToArray();
    }
}
