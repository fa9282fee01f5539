namespace BpfVerifier.HeaderIngest;

/// <summary>Replaces files all at once: first every new file is written beside its place, then each is moved over the old one.</summary>
public static class FolderWriter
{
    private sealed record Change(string Path, byte[] Contents, byte[]? Before);

    /// <summary>Writes <paramref name="files"/> (name → contents) into <paramref name="directory"/>. When that fails, the directory is as it was.</summary>
    /// <returns>Names of the files whose contents are new.</returns>
    public static List<string> Replace(string directory, IReadOnlyDictionary<string, byte[]> files)
    {
        var made = new List<string>();
        var changes = new List<(string Name, Change Change)>();
        int moved = 0;
        try
        {
            foreach ((string name, byte[] contents) in files)
            {
                string target = Path.Combine(directory, name);
                byte[]? before = File.Exists(target) ? File.ReadAllBytes(target) : null;
                if (before.AsSpan().SequenceEqual(contents) && before is not null)
                    continue;
                MakeFolder(Path.GetDirectoryName(target)!, made);
                changes.Add((name, new Change(target, contents, before)));
                File.WriteAllBytes(target + ".new", contents);
            }
            foreach ((_, Change change) in changes)
            {
                File.Move(change.Path + ".new", change.Path, overwrite: true);
                moved++;
            }
            return [.. changes.Select(c => c.Name)];
        }
        catch
        {
            foreach ((_, Change change) in changes.Take(moved))
            {
                if (change.Before is null)
                    File.Delete(change.Path);
                else
                    File.WriteAllBytes(change.Path, change.Before);
            }
            foreach ((_, Change change) in changes.Skip(moved))
                File.Delete(change.Path + ".new");
            foreach (string folder in Enumerable.Reverse(made))
                Directory.Delete(folder);
            throw;
        }
    }

    // Remembers what it made, outer folders first.
    private static void MakeFolder(string folder, List<string> made)
    {
        if (Directory.Exists(folder))
            return;
        MakeFolder(Path.GetDirectoryName(folder)!, made);
        Directory.CreateDirectory(folder);
        made.Add(folder);
    }
}
