namespace BpfVerifier.Host;

/// <summary>A folder of unpacked packages, as NuGet lays them out; <see cref="VerifierSource.At"/> reads it.</summary>
/// <remarks>
/// A package is unpacked beside its place and moved there when it is complete: whoever looks, and whoever comes after a
/// process that was killed, finds a package whole or not at all. Any number of processes may unpack into one folder.
/// </remarks>
public static class PackageFolder
{
    private const string PartialPrefix = ".partial-";

    /// <summary>What a killed process left behind is removed after this time; until then it may belong to one that is at work.</summary>
    private static readonly TimeSpan s_abandoned = TimeSpan.FromHours(1);

    /// <summary>Unpacks a package's assembly into the folder, which is made when it is not there.</summary>
    /// <param name="package">Path of the <c>.nupkg</c>.</param>
    /// <param name="folder">The folder.</param>
    /// <param name="assembly">Path of the unpacked assembly.</param>
    /// <returns>Null, also when the package was there already; or why it is refused.</returns>
    public static Refusal? Install(string package, string folder, out string assembly)
    {
        assembly = "";
        if (PackageArchive.Open(package, out PackageArchive? archive) is { } refusal)
            return refusal;
        if (archive!.File().Read(out byte[] content) is { } unreadable)
            return unreadable;
        try
        {
            Directory.CreateDirectory(folder);
            RemoveAbandoned(folder);
            // Neither name comes from the package unchecked: the id is a release's, the version is numbers and a label.
            string place = Path.Combine(folder, archive.Id.ToLowerInvariant(), PackageVersion.Parse(archive.Version)!.ToString().ToLowerInvariant());
            assembly = Path.Combine(place, archive.AssemblyEntry);
            string partial = Path.Combine(folder, PartialPrefix + Guid.NewGuid().ToString("N"));
            Write(Path.Combine(partial, archive.AssemblyEntry), content);
            return Publish(partial, place, assembly, content);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            return new Refusal(RefusalReason.Damaged, $"{package}: cannot be unpacked into {folder}: {e.Message}");
        }
    }

    private static void Write(string path, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(path)!);
        using var file = new FileStream(path, FileMode.CreateNew, FileAccess.Write);
        file.Write(content);
        // On the disk before the name is: a machine that loses power shows no name without content.
        file.Flush(flushToDisk: true);
    }

    private static Refusal? Publish(string partial, string place, string assembly, byte[] content)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(place)!);
        try
        {
            Directory.Move(partial, place);
            return null;
        }
        catch (IOException) when (Directory.Exists(place))
        {
            Directory.Delete(partial, recursive: true);
            return File.Exists(assembly) && File.ReadAllBytes(assembly).AsSpan().SequenceEqual(content)
                ? null
                : new Refusal(RefusalReason.WrongIdentity, $"{place}: this version is there already, with other content; a build needs a version of its own");
        }
    }

    private static void RemoveAbandoned(string folder)
    {
        foreach (string partial in Directory.EnumerateDirectories(folder, PartialPrefix + "*"))
            if (DateTime.UtcNow - Directory.GetLastWriteTimeUtc(partial) > s_abandoned)
                Directory.Delete(partial, recursive: true);
    }
}
