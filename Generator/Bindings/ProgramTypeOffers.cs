using BpfVerifier.Generator.Input;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>Follows which program types may call a helper or kfunc.</summary>
internal sealed class ProgramTypeOffers(CatalogLives lives, IReadOnlyDictionary<string, CatalogLife> programTypes)
{
    private const string Common = "UNSPEC";

    /// <summary>Events of a helper: its types stand in the catalogue as they are.</summary>
    public List<LifeEvent> OfHelper(CatalogLife life) => Follow(life, (types, release) => [.. types.Where(t => Exists(t, release))]);

    /// <summary>Events of a kfunc: a registration for one type counts for all that share its hook.</summary>
    public List<LifeEvent> OfKfunc(CatalogLife life) => Follow(life, (registered, release) =>
    {
        HashSet<string> hooks = [.. registered.Select(t => KfuncHooks.Of(t, release))];
        return [.. programTypes.Keys.Where(t => t != Common && Exists(t, release) && (hooks.Contains(Common) || hooks.Contains(KfuncHooks.Of(t, release))))];
    });

    private List<LifeEvent> Follow(CatalogLife life, Func<IEnumerable<string>, ReleaseNumber, SortedSet<string>> offered)
    {
        var events = new List<LifeEvent>();
        var things = new HashSet<string>(life.Has, StringComparer.Ordinal);
        var before = new SortedSet<string>(StringComparer.Ordinal);
        foreach (ReleaseNumber release in lives.Releases.Where(r => r.CompareTo(life.Since) >= 0 && (life.Removed is not { } gone || r.CompareTo(gone) < 0)))
        {
            foreach (string what in life.Changes.Where(c => c.Release == release).SelectMany(c => c.What))
            {
                if (what[0] == '+')
                    things.Add(what.Substring(1));
                else if (what[0] == '-')
                    things.Remove(what.Substring(1));
            }
            SortedSet<string> now = offered(things.Where(IsProgramType), release);
            Add(LifeEventKind.Offered, release, [.. now.Except(before)]);
            Add(LifeEventKind.Withdrawn, release, [.. before.Except(now)]);
            before = now;
        }
        return events;

        void Add(LifeEventKind kind, ReleaseNumber release, string[] types)
        {
            if (types.Length > 0)
                events.Add(lives.Event(kind, release, headersOnly: false, types));
        }
    }

    private bool IsProgramType(string thing) => programTypes.ContainsKey(thing);

    private bool Exists(string type, ReleaseNumber release) =>
        programTypes.TryGetValue(type, out CatalogLife? life) && life.Since.CompareTo(release) <= 0 && (life.Removed is not { } gone || release.CompareTo(gone) < 0);
}
