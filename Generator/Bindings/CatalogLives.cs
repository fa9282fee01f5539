using BpfVerifier.Generator.Input;
using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>The entry of a symbol in the catalogue, as far as its life goes.</summary>
/// <param name="Since">First release that has it.</param>
/// <param name="Removed">First release that no longer has it.</param>
/// <param name="HeadersOnly">Releases without headers say nothing of it.</param>
/// <param name="Has">Program types and flags in its first release.</param>
/// <param name="Changes">Release and what is different, oldest first.</param>
internal sealed record CatalogLife(ReleaseNumber Since, ReleaseNumber? Removed, bool HeadersOnly, string[] Has, (ReleaseNumber Release, string[] What)[] Changes);

/// <summary>Reads lives out of the catalogue and says between which releases an event lies.</summary>
internal sealed class CatalogLives(Binder binder, ReleaseNumber[] releases, ReleaseNumber[] headers)
{
    private const string RemovedWord = "removed", RestoredWord = "restored", PrototypePrefix = "c ";

    /// <summary>Releases compared, oldest first.</summary>
    public IReadOnlyList<ReleaseNumber> Releases => releases;

    public CatalogLife Read(JsonValue entry) => new(
        Release(binder.Required(entry, "since")),
        Binder.Optional(entry, "removed") is { } removed ? Release(removed) : null,
        binder.Flag(entry, "headersOnly"),
        binder.Strings(Binder.Optional(entry, "has")),
        [.. binder.Members(Binder.Optional(entry, "changed")).Select(c => (Release(c), Differences(c.Value))).OrderBy(c => c.Item1)]);

    /// <summary>The life of a whole symbol.</summary>
    /// <param name="life">As the catalogue has it.</param>
    /// <param name="isChange">Which differences count as a change of it.</param>
    /// <param name="documented">Its prototype is the one in the headers' manual, so that only releases with headers tell it.</param>
    public List<LifeEvent> Of(CatalogLife life, Func<string, bool> isChange, bool documented = false)
    {
        List<LifeEvent> events = [Event(LifeEventKind.Since, life.Since, life.HeadersOnly)];
        foreach ((ReleaseNumber release, string[] what) in life.Changes)
        {
            if (what.Contains(RemovedWord))
                events.Add(Event(LifeEventKind.Removed, release, life.HeadersOnly));
            if (what.Contains(RestoredWord))
                events.Add(Event(LifeEventKind.Since, release, life.HeadersOnly));
            ILookup<bool, string> changes = what.Where(isChange).ToLookup(w => documented && w.StartsWith(PrototypePrefix, StringComparison.Ordinal), Words);
            AddChange(events, release, life.HeadersOnly, [.. changes[false]]);
            AddChange(events, release, headersOnly: true, [.. changes[true]]);
        }
        if (life.Removed is { } gone)
            events.Add(Event(LifeEventKind.Removed, gone, life.HeadersOnly));
        return events;
    }

    private string[] Differences(JsonValue list)
    {
        string[] all = binder.Strings(list);
        if (all.Contains(""))
            binder.WrongKind(list, "differences, none of them empty");
        return [.. all.Where(a => a.Length > 0)];
    }

    private static string Words(string change) =>
        change.StartsWith(PrototypePrefix, StringComparison.Ordinal) ? "prototype " + change.Substring(PrototypePrefix.Length) : change;

    /// <summary>The life of a member, told by the differences of its type.</summary>
    public List<LifeEvent> OfMember(CatalogLife life, string member)
    {
        var events = new List<LifeEvent>();
        foreach ((ReleaseNumber release, string[] what) in life.Changes)
        {
            if (what.Contains("+" + member))
                events.Add(Event(LifeEventKind.Since, release, life.HeadersOnly));
            if (what.Contains("-" + member))
                events.Add(Event(LifeEventKind.Removed, release, life.HeadersOnly));
            AddChange(events, release, life.HeadersOnly,
                [.. what.Where(w => w.StartsWith("offset of " + member + " ", StringComparison.Ordinal) || w.StartsWith("type of " + member + " ", StringComparison.Ordinal))]);
        }
        return events;
    }

    public LifeEvent Event(LifeEventKind kind, ReleaseNumber release, bool headersOnly, params string[] what)
    {
        ReleaseNumber? after = null;
        foreach (ReleaseNumber older in headersOnly ? headers : releases)
        {
            if (older.CompareTo(release) < 0)
                after = older;
        }
        return new LifeEvent(kind, release, after, what.ToEquatable());
    }

    private void AddChange(List<LifeEvent> events, ReleaseNumber release, bool headersOnly, string[] what)
    {
        if (what.Length > 0)
            events.Add(Event(LifeEventKind.Changed, release, headersOnly, what));
    }

    private ReleaseNumber Release(JsonValue? value) => value is null ? default : Listed(binder.String(value), value.Start, value.End);

    private ReleaseNumber Release(JsonMember member) => Listed(member.Name, member.Position, member.Position);

    private ReleaseNumber Listed(string text, int start, int end)
    {
        if (!ReleaseNumber.TryParse(text, out ReleaseNumber number) || !releases.Contains(number))
            binder.Report(Diagnostics.WrongKind, start, end, "one of the releases listed");
        return number;
    }
}
