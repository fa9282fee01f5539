using System.CommandLine;
using BpfVerifier.Host;

namespace BpfVerifier.Cli;

/// <summary>Options that say where verifiers come from and which may be loaded.</summary>
internal sealed class HostOptionSet
{
    private readonly Option<string?> _verifiers = new("--verifiers")
    {
        Description = "Release assemblies to use: a folder of assemblies or packages, a .nupkg or a .dll; by default those of this tool",
    };

    private readonly Option<string?> _allow = new("--allow")
    {
        Description = "Load only release assemblies whose SHA-256 is in this file, in the form sha256sum writes",
    };

    public void AddTo(Command command)
    {
        command.Add(_verifiers);
        command.Add(_allow);
    }

    /// <summary>The host those options ask for.</summary>
    /// <returns>Null, or what is wrong.</returns>
    /// <exception cref="IOException">The list cannot be read.</exception>
    public string? Read(ParseResult parsed, out VerifierHost host)
    {
        AllowList? allowed = null;
        string? path = parsed.GetValue(_allow);
        string? problem = path is not null && AllowList.Parse(File.ReadAllText(path), out allowed) is { } wrong ? $"{path}: {wrong}" : null;
        VerifierSource source = parsed.GetValue(_verifiers) is { } place ? VerifierSource.At(place) : VerifierSource.BesideHost();
        host = new VerifierHost(source, new HostOptions { Allowed = allowed });
        return problem ?? (source.Releases.Count == 0 && source.Problems.Count != 0 ? source.Problems[0].Message : null);
    }
}
