using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>Makes a program smaller while it keeps a property that is asked for many candidates at once.</summary>
/// <remarks>Ask for <see cref="Candidates"/>, tell <see cref="Take"/> which of them kept the property, again until <see cref="Done"/>.</remarks>
internal sealed class Shrinker(LoadScript script)
{
    private const int MostCandidates = 400;

    private readonly List<(LoadScript Script, HashSet<int> Removed)> _candidates = [];
    private List<HashSet<int>> _good = [];
    private bool _simplifying;

    /// <summary>The smallest program so far.</summary>
    public LoadScript Smallest { get; private set; } = script;

    /// <summary>Nothing smaller keeps the property.</summary>
    public bool Done { get; private set; }

    /// <summary>Programs to ask about, smaller or simpler than <see cref="Smallest"/>.</summary>
    public IReadOnlyList<LoadScript> Candidates()
    {
        _candidates.Clear();
        if (!_simplifying)
            Removals();
        else
            Simpler();
        return [.. _candidates.Select(c => c.Script)];
    }

    /// <summary>Goes on from the best of the candidates that kept the property.</summary>
    public void Take(IReadOnlyList<bool> kept)
    {
        List<(LoadScript Script, HashSet<int> Removed)> good = [.. _candidates.Where((_, i) => kept[i])];
        _good = [];
        if (good.Count > 0)
        {
            (LoadScript best, HashSet<int> removed) = good.MaxBy(c => c.Removed.Count);
            Smallest = best;
            // what could go as well is tried together next time; places have moved
            if (!_simplifying)
                _good = [.. good.Where(c => !c.Removed.Overlaps(removed)).Select(c => c.Removed.Select(i => i - removed.Count(r => r < i)).ToHashSet())];
        }
        else if (!_simplifying)
        {
            _simplifying = true;
        }
        else
        {
            Done = true;
        }
    }

    private void Removals()
    {
        int count = Listing.Read(Smallest).Instructions.Count;
        for (int together = _good.Count; together > 1; together = together / 2)
            for (int from = 0; from < _good.Count; from += together)
                Without([.. _good.Skip(from).Take(together).SelectMany(s => s)]);
        for (int size = Math.Max(1, count / 2); ; size /= 2)
        {
            for (int from = 0; from < count && _candidates.Count < MostCandidates; from += size)
                Without([.. Enumerable.Range(from, Math.Min(size, count - from))]);
            if (size == 1)
                break;
        }
    }

    private void Without(HashSet<int> removed)
    {
        Listing listing = Listing.Read(Smallest);
        if (removed.Count >= listing.Instructions.Count)
            return;
        foreach (int index in removed.OrderDescending())
            listing.Remove(index);
        _candidates.Add((listing.ToScript(), removed));
    }

    /// <summary>Flags, types, maps and immediates that may not be needed.</summary>
    private void Simpler()
    {
        if (Smallest.Flags != 0)
            _candidates.Add((Smallest with { Flags = 0 }, []));
        if (Smallest.License != "GPL")
            _candidates.Add((Smallest with { License = "GPL" }, []));
        if (Smallest.Btf is not null)
            _candidates.Add((Smallest with { Btf = null, FuncInfo = [], FuncInfoSize = 0 }, []));
        if (Smallest.Type != ProgramType.SocketFilter)
            _candidates.Add((Smallest with { Type = ProgramType.SocketFilter, AttachType = 0 }, []));
        for (int map = 0; map < Smallest.Maps.Count; map++)
            if (Smallest.MapReferences.All(r => r.Map != map))
                _candidates.Add((WithoutMap(map), []));
        int count = Listing.Read(Smallest).Instructions.Count;
        for (int i = 0; i < count && _candidates.Count < MostCandidates; i++)
        {
            Listing listing = Listing.Read(Smallest);
            Insn insn = listing.Instructions[i];
            if (insn.Imm is 0 or 1 || insn.NamesFunction || insn.Map is not null || insn.Code == (Op.Jmp | Op.Call) || insn.JumpsFar)
                continue;
            insn.Imm = insn.Imm < 0 ? 1 : insn.Imm / 2;
            _candidates.Add((listing.ToScript(), []));
        }
    }

    private LoadScript WithoutMap(int map) => Smallest with
    {
        Maps = [.. Smallest.Maps.Where((_, i) => i != map)],
        MapReferences = [.. Smallest.MapReferences.Select(r => r.Map > map ? r with { Map = r.Map - 1 } : r)],
    };
}
