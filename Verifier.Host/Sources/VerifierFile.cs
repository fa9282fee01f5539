using System.Diagnostics.CodeAnalysis;

namespace BpfVerifier.Host;

/// <summary>One release assembly at hand, not read yet.</summary>
/// <param name="Release">The release, as the file or the package is named.</param>
/// <param name="Version">The package's version; null for an assembly that lies by itself.</param>
/// <param name="Origin">Where it lies, for messages.</param>
/// <param name="Open">Opens it, for reading from its beginning.</param>
internal sealed record VerifierFile(KernelRelease Release, PackageVersion? Version, string Origin, Func<Stream> Open)
{
    /// <summary>Far above any release's assembly (6.18: 2.6 MB), so that a damaged or hostile one takes no memory.</summary>
    public const int MaxAssembly = 256 << 20;

    /// <summary>Reads all of it.</summary>
    /// <returns>Null, or why it cannot be read.</returns>
    public Refusal? Read(out byte[] content)
    {
        content = [];
        try
        {
            using Stream file = Open();
            if (TryReadAll(file, MaxAssembly, out byte[]? read))
            {
                content = read;
                return null;
            }
            return new Refusal(RefusalReason.HostilePackage, $"{Origin}: larger than any release's assembly ({MaxAssembly >> 20} MiB)");
        }
        catch (Exception e) when (e is FileNotFoundException or DirectoryNotFoundException)
        {
            return new Refusal(RefusalReason.NotFound, $"{Origin}: {e.Message}");
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or NotSupportedException)
        {
            return new Refusal(RefusalReason.Damaged, $"{Origin}: {e.Message}");
        }
    }

    /// <summary>Reads to the end of a stream whose length is not to be believed.</summary>
    /// <returns>False when there is more than <paramref name="most"/>.</returns>
    public static bool TryReadAll(Stream stream, int most, [NotNullWhen(true)] out byte[]? content)
    {
        using var read = new MemoryStream();
        var buffer = new byte[1 << 16];
        while (stream.Read(buffer) is > 0 and int got)
        {
            if (read.Length + got > most)
            {
                content = null;
                return false;
            }
            read.Write(buffer, 0, got);
        }
        content = read.ToArray();
        return true;
    }
}
