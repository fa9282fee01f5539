using BpfVerifier.Boundary.DataSet;

namespace BpfVerifier.Boundary;

/// <summary>A history kept in two JSON files; docs/boundary.md describes them.</summary>
public static class DataSetFiles
{
    private const string Help = " (docs/boundary.md describes the format)";

    private sealed record Metadata(string? Target, string? Start, string? End, int? Count)
    {
        public string Range => Start is null && End is null ? "" : $"{Start}..{End}";
    }

    private sealed record File<T>(Metadata Metadata, IReadOnlyList<T> Items);

    /// <summary>Reads both files.</summary>
    /// <param name="commitsPath">Commits that change the target.</param>
    /// <param name="patchsetsPath">Patchsets with all their commits.</param>
    /// <param name="history">The history, null when there is a problem.</param>
    /// <returns>Null, or what is wrong, where, and what to do.</returns>
    public static string? Read(string commitsPath, string patchsetsPath, out History? history)
    {
        history = null;
        if (ReadCommits(commitsPath, out File<Commit>? commits) is { } wrong)
            return wrong;
        if (BoundedFile.Read(patchsetsPath, out byte[] data) is { } unreadable)
            return unreadable;
        if (JsonCursor.Read(patchsetsPath, data, (ref cursor) => ReadFile(ref cursor, "patchsets", "patchset_count", "commits", ReadPatchset), out File<Patchset>? patchsets) is { } mistake)
            return mistake + Help;
        string target = commits!.Metadata.Target ?? "";
        if (patchsets!.Metadata.Target is { } other && target.Length > 0 && other != target)
            return $"{Printable.Of(commitsPath)} is about {JsonCursor.Short(target)} and {Printable.Of(patchsetsPath)} about {JsonCursor.Short(other)}: give files of one data set";
        if (patchsets.Metadata.Range is { Length: > 0 } range && commits.Metadata.Range is { Length: > 0 } first && range != first)
            return $"{Printable.Of(commitsPath)} covers {JsonCursor.Short(first)} and {Printable.Of(patchsetsPath)} {JsonCursor.Short(range)}: give files of one data set";
        history = new History(
            $"{Path.GetFileName(commitsPath)}, {Path.GetFileName(patchsetsPath)}",
            commits.Metadata.Range,
            commits.Metadata.Target ?? patchsets.Metadata.Target,
            commits.Items,
            patchsets.Items);
        return null;
    }

    /// <summary>Reads the commits alone.</summary>
    /// <param name="path">Commits that change the target.</param>
    /// <param name="commits">The commits, empty when there is a problem.</param>
    /// <returns>Null, or what is wrong, where, and what to do.</returns>
    public static string? ReadCommits(string path, out IReadOnlyList<Commit> commits)
    {
        string? problem = ReadCommits(path, out File<Commit>? file);
        commits = file?.Items ?? [];
        return problem;
    }

    private static string? ReadCommits(string path, out File<Commit>? commits)
    {
        commits = null;
        if (BoundedFile.Read(path, out byte[] data) is { } unreadable)
            return unreadable;
        var known = new HashSet<string>();
        string? mistake = JsonCursor.Read(path, data, (ref cursor) => ReadFile(ref cursor, "commits", "commit_count", "patchsets", ReadOnce), out commits);
        return mistake is null ? null : mistake + Help;

        Commit ReadOnce(ref JsonCursor cursor)
        {
            Commit commit = ReadCommit(ref cursor);
            return known.Add(commit.Hash) ? commit : throw cursor.Mistake($"commit {commit.Hash[..12]} occurs twice");
        }
    }

    private static File<T> ReadFile<T>(ref JsonCursor cursor, string list, string count, string otherList, JsonCursor.Parser<T> element)
    {
        Metadata metadata = new(null, null, null, null);
        List<T>? items = null;
        cursor.BeginObject("the document", out HashSet<string> seen);
        while (cursor.NextProperty(seen, out string? property))
        {
            if (property == list)
                items = cursor.Array($"'{list}'", element);
            else if (property == "metadata")
                metadata = ReadMetadata(ref cursor, count);
            else
                cursor.Skip();
        }
        if (items is null)
            throw cursor.Mistake($"there is no '{list}'" + (seen.Contains(otherList) ? $": this is the file with the {otherList}" : ""));
        if (metadata.Count is { } said && said != items.Count)
            throw cursor.Mistake($"'{count}' is {said}, but the file holds {items.Count}: it was cut or edited; take a whole one or correct the number");
        return new File<T>(metadata, items);
    }

    private static Metadata ReadMetadata(ref JsonCursor cursor, string count)
    {
        var metadata = new Metadata(null, null, null, null);
        cursor.BeginObject("'metadata'", out HashSet<string> seen);
        while (cursor.NextProperty(seen, out string? property))
        {
            switch (property)
            {
                case "target_file":
                    metadata = metadata with { Target = cursor.StringOrNull("'target_file'") };
                    break;
                case "start_ref":
                    metadata = metadata with { Start = cursor.StringOrNull("'start_ref'") };
                    break;
                case "end_ref":
                    metadata = metadata with { End = cursor.StringOrNull("'end_ref'") };
                    break;
                default:
                    if (property == count)
                        metadata = metadata with { Count = cursor.Count($"'{count}'") };
                    else
                        cursor.Skip();
                    break;
            }
        }
        return metadata;
    }

    private static Patchset ReadPatchset(ref JsonCursor cursor)
    {
        string? hash = null;
        string subject = "";
        List<Commit>? commits = null;
        cursor.BeginObject("a patchset", out HashSet<string> seen);
        while (cursor.NextProperty(seen, out string? property))
        {
            switch (property)
            {
                case "merge_hash":
                    hash = cursor.Hash("'merge_hash'");
                    break;
                case "merge_subject":
                    subject = cursor.String("'merge_subject'");
                    break;
                case "commits":
                    commits = cursor.Array("'commits'", ReadCommit);
                    break;
                default:
                    cursor.Skip();
                    break;
            }
        }
        return new Patchset(hash ?? throw cursor.Mistake("the patchset has no 'merge_hash'"), subject, commits ?? throw cursor.Mistake("the patchset has no 'commits'"));
    }

    private static Commit ReadCommit(ref JsonCursor cursor)
    {
        string? hash = null;
        string subject = "";
        bool? isFix = null;
        List<string>? files = null;
        cursor.BeginObject("a commit", out HashSet<string> seen);
        while (cursor.NextProperty(seen, out string? property))
        {
            switch (property)
            {
                case "hash":
                    hash = cursor.Hash("'hash'");
                    break;
                case "subject":
                    subject = cursor.String("'subject'");
                    break;
                case "fixes_tag":
                    isFix = cursor.Boolean("'fixes_tag'");
                    break;
                case "modified_files":
                    files = cursor.Array("'modified_files'", (ref element) => element.String("a file's name"));
                    break;
                default:
                    cursor.Skip();
                    break;
            }
        }
        return new Commit(
            hash ?? throw cursor.Mistake("the commit has no 'hash'"),
            subject,
            isFix ?? throw cursor.Mistake("the commit has no 'fixes_tag'"),
            files ?? throw cursor.Mistake("the commit has no 'modified_files'"));
    }
}
