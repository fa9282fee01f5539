using System.Reflection;
using System.Runtime.InteropServices;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>Finds libunicorn 2, the processor emulator: where <c>restore</c> put it, or installed.</summary>
public static class UnicornLibrary
{
    /// <summary>Name of the library's file.</summary>
    public const string FileName = "libunicorn.so.2";

    private static nint s_handle;
    private static bool s_resolving;

    /// <summary>Where <c>restore</c> puts it, below the cache.</summary>
    public static string InCache(string cache) => Path.Combine(cache, "unicorn", FileName);

    /// <summary>Loads it.</summary>
    /// <param name="path">File to load, or null to try the cache and then the system's own.</param>
    /// <param name="cache">The cache.</param>
    /// <returns>Its version.</returns>
    /// <exception cref="IngestException">There is none; the message says how to get it.</exception>
    public static string Load(string? path, string cache)
    {
        string[] tried = path is null ? [InCache(cache), FileName] : [path];
        if (s_handle == 0 && !tried.Any(name => (Path.IsPathRooted(name) ? File.Exists(name) : true) && NativeLibrary.TryLoad(name, out s_handle)))
        {
            throw new IngestException(path is null
                ? $"libunicorn 2 is needed to run functions of the kernel image and was not found (tried {string.Join(" and ", tried)}). "
                    + "Run 'restore' once, which fetches it into the cache without installing anything, install Debian's package libunicorn2, or say --unicorn PATH."
                : $"libunicorn cannot be loaded from {path}");
        }
        if (!s_resolving)
        {
            NativeLibrary.SetDllImportResolver(Assembly.GetExecutingAssembly(), (name, _, _) => name == Unicorn.Library ? s_handle : 0);
            s_resolving = true;
        }
        Unicorn.uc_version(out uint major, out uint minor);
        return major == 2 ? $"{major}.{minor}" : throw new IngestException($"libunicorn is of version {major}.{minor}; 2 is needed");
    }
}
