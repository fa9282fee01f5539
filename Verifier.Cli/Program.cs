using System.CommandLine;
using BpfVerifier.Cli;
using BpfVerifier.Cli.Backports;
using BpfVerifier.Cli.Boundary;
using BpfVerifier.Cli.Drift;
using BpfVerifier.Cli.Merge;
using BpfVerifier.Cli.NewRelease;
using BpfVerifier.Cli.Oracle;

var root = new RootCommand("The eBPF verifiers of many Linux releases, in process: verdict, message and log as each kernel gives them.")
{
    VerifyCommand.Create(),
    MergeCommand.Create(),
    SurfaceCommand.Create(),
    OracleCommand.Create(),
    BoundaryCommand.Create(),
    BackportsCommand.Create(),
    NewReleaseCommand.Create(),
    DriftCommand.Create(),
};
ParseResult parsed = root.Parse(args);
int code;
try
{
    code = parsed.Invoke(new InvocationConfiguration { EnableDefaultExceptionHandler = false });
}
catch (Exception e) when (e is IOException or InvalidDataException or UnauthorizedAccessException or BadImageFormatException or OperationCanceledException)
{
    Console.Error.WriteLine($"bpfverifier: {e.Message}");
    return ExitCode.Usage;
}
// The library's own code for a wrong command line is 1, which here means a rejected program.
return parsed.Errors.Count > 0 ? ExitCode.Usage : code;
