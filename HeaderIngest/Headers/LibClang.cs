using System.Runtime.InteropServices;
using ClangSharp.Interop;

namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>Finds libclang, which Debian installs under names that carry its version.</summary>
public static class LibClang
{
    /// <summary>Newest first; the number behind <c>.so</c> is not the same for all. The last is what a development package links.</summary>
    private static readonly string[] s_names =
    [
        "libclang-19.so.19", "libclang-19.so.1", "libclang-18.so.18", "libclang-17.so.17", "libclang-16.so.16", "libclang-16.so.1", "libclang-15.so.15",
        "libclang-15.so.1", "libclang-14.so.14", "libclang-14.so.1", "libclang.so.1", "libclang.so",
    ];

    private static readonly string[] s_directories = ["/usr/lib/llvm-19/lib/", "/usr/lib/llvm-16/lib/", "/usr/lib/llvm-14/lib/"];

    private static IntPtr s_handle;

    /// <summary>Loads it.</summary>
    /// <param name="path">File to load, or null to try Debian's names.</param>
    /// <returns>Its version as it prints it.</returns>
    /// <exception cref="IngestException">None could be loaded; the message lists what was tried.</exception>
    public static string Load(string? path)
    {
        if (s_handle == IntPtr.Zero)
        {
            string[] tried = path is null ? [.. s_names, .. s_directories.SelectMany(d => s_names.Select(n => d + n))] : [path];
            string? found = tried.FirstOrDefault(name => NativeLibrary.TryLoad(name, out s_handle));
            if (found is null)
            {
                throw new IngestException(path is null
                    ? $"libclang is needed to read headers and was not found. Tried the system's library path with {string.Join(", ", s_names)}, "
                        + $"and the same names in {string.Join(", ", s_directories)}. Install a package such as libclang1-19, or say --libclang PATH."
                    : $"libclang cannot be loaded from {path}");
            }
            clang.ResolveLibrary += (name, _, _) => name == "libclang" ? s_handle : IntPtr.Zero;
        }
        using CXString version = clang.getClangVersion();
        return version.ToString();
    }
}
