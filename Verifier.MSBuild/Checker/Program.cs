using BpfVerifier.Host;
using BpfVerifier.MSBuild;
using BpfVerifier.MSBuild.Checker;

// One argument: a file with one request a line. Leaves a results file for each; ends with 0 whatever was found.
if (args.Length != 1)
{
    Console.Error.WriteLine("the build task starts this program; for the command line there is bpfverifier");
    return 2;
}
try
{
    var kernels = new KernelSet(new VerifierHost());
    foreach (string line in File.ReadAllLines(args[0]))
    {
        if (line.Length == 0)
            continue;
        if (CheckRequest.Read(line) is not { } request)
        {
            Console.Error.WriteLine($"not a request: {line}");
            return 2;
        }
        ResultsFile.Write(request.Results, request.Key, ObjectCheck.Run(request, kernels));
    }
    return 0;
}
catch (Exception e) when (e is IOException or UnauthorizedAccessException or InvalidDataException or BadImageFormatException)
{
    Console.Error.WriteLine(e.Message);
    return 2;
}
