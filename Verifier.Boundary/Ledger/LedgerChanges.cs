using BpfVerifier.Boundary.DataSet;

namespace BpfVerifier.Boundary;

/// <summary>An entry of the ledger (docs/generator.md), as far as the boundary asks.</summary>
/// <param name="Name">The change's name in C#.</param>
/// <param name="Kind">feature, fix, precision, limit or log.</param>
/// <param name="Since">First release that has it.</param>
/// <param name="Commit">The upstream commit's full name, null if the ledger does not name it.</param>
/// <param name="Subject">That commit's subject, or null.</param>
/// <param name="Needs">Kernel symbols, and parts that no symbol names, without which it cannot be.</param>
/// <param name="Files">Files its commit touched, as the ledger has them.</param>
public sealed record LedgerChange(string Name, string Kind, string Since, string? Commit, string? Subject, IReadOnlyList<string> Needs, IReadOnlyList<string> Files);

/// <summary>Reads the ledger: a folder's <c>ledger*.json</c>, or those this assembly was built with.</summary>
public static class LedgerChanges
{
    private const string Help = " (docs/generator.md describes an entry)";

    /// <summary>Reads a folder.</summary>
    /// <param name="folder">Where ledger*.json are; null for the ledger this assembly was built with.</param>
    /// <param name="changes">The entries by file and place; empty when there is a problem.</param>
    /// <returns>Null, or what is wrong, where, and what to do.</returns>
    public static string? Read(string? folder, out IReadOnlyList<LedgerChange> changes)
    {
        changes = [];
        if ((folder is null ? Embedded(out List<(string Name, byte[] Data)> files) : Files(folder, out files)) is { } unreadable)
            return unreadable;
        var all = new List<LedgerChange>();
        var names = new HashSet<string>();
        foreach ((string name, byte[] data) in files)
        {
            if (JsonCursor.Read(name, data, Document, out List<LedgerChange>? read) is { } mistake)
                return mistake + Help;
            all.AddRange(read!);
        }
        changes = all;
        return null;

        List<LedgerChange> Document(ref JsonCursor cursor)
        {
            List<LedgerChange>? read = null;
            cursor.BeginObject("the document", out HashSet<string> seen);
            while (cursor.NextProperty(seen, out string? property))
            {
                if (property == "changes")
                    read = cursor.Array("'changes'", Once);
                else
                    cursor.Skip();
            }
            return read ?? throw cursor.Mistake("there are no 'changes'");
        }

        LedgerChange Once(ref JsonCursor cursor)
        {
            LedgerChange change = Change(ref cursor);
            return names.Add(change.Name) ? change : throw cursor.Mistake($"the change '{JsonCursor.Short(change.Name)}' occurs twice");
        }
    }

    private static string? Files(string folder, out List<(string Name, byte[] Data)> files)
    {
        files = [];
        string shown = Printable.Of(folder);
        try
        {
            if (!Directory.Exists(folder))
                return $"{shown} is not a folder: give the one with ledger*.json";
            foreach (string path in Directory.GetFiles(folder, "ledger*.json").Order(StringComparer.Ordinal))
            {
                if (BoundedFile.Read(path, out byte[] data) is { } unreadable)
                    return unreadable;
                files.Add((path, data));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return $"{shown} cannot be read: {Printable.Of(e.Message)}";
        }
        return files.Count == 0 ? $"{shown} holds no ledger*.json: give the folder of the ledger" : null;
    }

    private static string? Embedded(out List<(string Name, byte[] Data)> files)
    {
        files = [];
        foreach (string name in typeof(LedgerChanges).Assembly.GetManifestResourceNames().Order(StringComparer.Ordinal))
        {
            using Stream from = typeof(LedgerChanges).Assembly.GetManifestResourceStream(name)!;
            byte[] data = new byte[from.Length];
            from.ReadExactly(data);
            files.Add((name, data));
        }
        return null;
    }

    /// <summary>A part of the kernel that no symbol names has its first release behind an @.</summary>
    private static string NameOf(string need) => need.IndexOf('@') is var mark and > 0 ? need[..mark] : need;

    private static LedgerChange Change(ref JsonCursor cursor)
    {
        string? name = null, kind = null, since = null, commit = null, subject = null;
        List<string> needs = [], files = [];
        cursor.BeginObject("a change", out HashSet<string> seen);
        while (cursor.NextProperty(seen, out string? property))
        {
            switch (property)
            {
                case "name":
                    name = cursor.String("'name'");
                    break;
                case "kind":
                    kind = cursor.String("'kind'");
                    break;
                case "since":
                    since = cursor.String("'since'");
                    break;
                case "commit":
                    commit = cursor.StringOrNull("'commit'") is null ? null : cursor.Hash("'commit'");
                    break;
                case "subject":
                    subject = cursor.StringOrNull("'subject'");
                    break;
                case "needs":
                    needs = cursor.Array("'needs'", (ref element) => NameOf(element.String("a needed symbol")));
                    break;
                case "files":
                    files = cursor.Array("'files'", (ref element) => element.String("a file's name"));
                    break;
                default:
                    cursor.Skip();
                    break;
            }
        }
        return new LedgerChange(
            name ?? throw cursor.Mistake("the change has no 'name'"),
            kind ?? throw cursor.Mistake("the change has no 'kind'"),
            since ?? throw cursor.Mistake("the change has no 'since'"),
            commit, subject, needs, files);
    }
}
