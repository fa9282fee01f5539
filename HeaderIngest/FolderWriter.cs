namespace BpfVerifier.HeaderIngest;

/// <summary>Replaces files all at once: first every new file is written beside its place, then each is moved over the old one.</summary>
public static class FolderWriter
{
    /// <summary>Writes <paramref name="files"/> (name → contents) into <paramref name="directory"/>.</summary>
    /// <returns>Names of the files whose contents are new.</returns>
    public static List<string> Replace(string directory, IReadOnlyDictionary<string, byte[]> files)
    {
        bool existed = Directory.Exists(directory);
        Directory.CreateDirectory(directory);
        var written = new List<(string From, string To)>();
        var changed = new List<string>();
        try
        {
            foreach ((string name, byte[] contents) in files)
            {
                string target = Path.Combine(directory, name);
                if (File.Exists(target) && File.ReadAllBytes(target).AsSpan().SequenceEqual(contents))
                    continue;
                string temporary = target + ".new";
                written.Add((temporary, target));
                File.WriteAllBytes(temporary, contents);
                changed.Add(name);
            }
            foreach ((string from, string to) in written)
                File.Move(from, to, overwrite: true);
            return changed;
        }
        catch
        {
            foreach ((string from, _) in written)
                File.Delete(from);
            if (!existed && !Directory.EnumerateFileSystemEntries(directory).Any())
                Directory.Delete(directory);
            throw;
        }
    }
}
