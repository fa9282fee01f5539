namespace BpfVerifier.Cli;

/// <summary>Where results are written: standard output, or a file that gets its name when it is complete.</summary>
/// <remarks>A job that is killed and started again leaves no half file under that name.</remarks>
internal sealed class ResultFile : IDisposable
{
    private readonly string? _path;
    private readonly string _partial;

    /// <param name="path">The file; null for standard output.</param>
    /// <exception cref="IOException">The file cannot be made.</exception>
    public ResultFile(string? path)
    {
        _path = path;
        _partial = FormattableString.Invariant($"{path}.partial-{Environment.ProcessId}");
        Stream = path is null ? Console.OpenStandardOutput() : new FileStream(_partial, FileMode.Create, FileAccess.Write);
    }

    public Stream Stream { get; }

    /// <summary>Gives the file its name.</summary>
    public void Complete()
    {
        Stream.Dispose();
        if (_path is not null)
            File.Move(_partial, _path, overwrite: true);
    }

    /// <summary>Removes what was not completed.</summary>
    public void Dispose()
    {
        Stream.Dispose();
        if (_path is not null)
            File.Delete(_partial);
    }
}
