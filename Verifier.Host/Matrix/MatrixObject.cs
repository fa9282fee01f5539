using BpfVerifier.Objects;

namespace BpfVerifier.Host;

/// <summary>An object of a matrix, opened when its first cell is reached and forgotten after its last.</summary>
/// <param name="Name">How answers name it.</param>
/// <param name="Identity">What is the same of it on every machine that has it: a name without the folder it happens to lie in, its size.</param>
/// <param name="Open">Opens it; called at most once a run.</param>
public sealed record MatrixObject(string Name, string Identity, Func<BpfObject> Open)
{
    /// <summary>An object file, by default opened as veristat does.</summary>
    /// <param name="path">The file; what is missing is answered as unreadable.</param>
    /// <param name="relativeName">Its name within the folder that was given, with slashes.</param>
    /// <param name="options">How it is opened.</param>
    public static MatrixObject File(string path, string relativeName, ObjectOptions? options = null)
    {
        var file = new FileInfo(path);
        string target = options?.AttachObject is { } attach ? $" on {Sized(Path.GetFileName(attach.Name), new FileInfo(attach.Name))}:{options.AttachObjectProgram}" : "";
        return new MatrixObject(path, Sized(relativeName, file) + target, () => BpfObject.Open(path, options ?? ObjectOptions.Veristat));
    }

    private static string Sized(string name, FileInfo file) => FormattableString.Invariant($"{name} {(file.Exists ? file.Length : -1)}");
}
