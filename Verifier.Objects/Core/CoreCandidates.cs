using System.Runtime.CompilerServices;
using BpfVerifier.Btf;

namespace BpfVerifier.Objects.Core;

/// <summary>Types of a kernel that share an essential name; the few flavored names are found once per set of types.</summary>
internal sealed class CoreCandidates
{
    private static readonly ConditionalWeakTable<BtfTypes, CoreCandidates> s_cache = [];

    private readonly BtfTypes _types;
    private readonly Lazy<List<int>> _flavored;

    private CoreCandidates(BtfTypes types)
    {
        _types = types;
        _flavored = new Lazy<List<int>>(FindFlavored);
    }

    public static CoreCandidates Of(BtfTypes types) => s_cache.GetValue(types, static t => new CoreCandidates(t));

    private List<int> FindFlavored()
    {
        var flavored = new List<int>();
        for (int id = 1; id < _types.Count; id++)
        {
            ReadOnlySpan<byte> name = _types[id].NameBytes;
            if (name.IndexOf("___"u8) >= 0 && BtfNames.Essential(name).Length < name.Length)
                flavored.Add(id);
        }
        return flavored;
    }

    /// <summary>Candidates for a type of an object, in ascending order.</summary>
    public List<int> Find(BtfType local)
    {
        byte[] essential = BtfNames.Essential(local.NameBytes).ToArray();
        var found = new SortedSet<int>();
        foreach (int id in _types.FindAll(System.Text.Encoding.UTF8.GetString(essential)))
            Add(id);
        foreach (int id in _flavored.Value)
            Add(id);
        return [.. found];

        void Add(int id)
        {
            BtfType type = _types[id];
            if (CoreTypeComparer.IsCandidate(local, type) && BtfNames.Essential(type.NameBytes).SequenceEqual(essential))
                found.Add(id);
        }
    }
}
