using System.CommandLine;
using BpfVerifier.HeaderIngest;
using BpfVerifier.HeaderIngest.Adding;
using BpfVerifier.HeaderIngest.Image;
using Progress = BpfVerifier.HeaderIngest.Progress;

namespace BpfVerifier.Cli.NewRelease;

/// <summary><c>bpfverifier new-release</c>: a project that builds the verifier of a kernel nobody ingested.</summary>
internal static class NewReleaseCommand
{
    private const string Purpose = """
        Reads a kernel image and writes a project that builds into the release assembly of that kernel, which needs the .NET SDK and
        nothing else:

            bpfverifier new-release --image vmlinuz --name 6.12-acme
            dotnet build 6.12-acme -c Release -o verifiers
            bpfverifier verify my.bpf.o --kernel 6.12 --verifiers verifiers

        The image must be of x86-64, with BTF and kallsyms. Helpers and contexts are asked of the kernel's own functions in an emulator
        (libunicorn 2). In the place of an image, --live reads the running kernel and --btf types alone; what only an image tells is then
        unknown, and every verdict not_implemented. What only headers (or --source) tell stays unknown without them.
        Exit code: 0 written; 2 the kernel cannot be read, or the command line is wrong; nothing is written then.
        """;

    /// <summary>A host looks for a release's assembly by the release's name, whatever the kernel is called.</summary>
    public static string Project(string name, string release) => $"""
        <Project Sdk="Microsoft.NET.Sdk">
          <PropertyGroup>
            <AssemblyName>BpfVerifier.Linux.{release}</AssemblyName>
            <AssemblyTitle>{name}</AssemblyTitle>
          </PropertyGroup>
          <Import Project="sdk/Release.props" />
        </Project>

        """;

    public static Command Create()
    {
        var local = new LocalOptions();
        var name = new Option<string>("--name") { Description = "What to call it: 6.12-acme", Required = true };
        var output = new Option<DirectoryInfo?>("--output", "-o") { Description = "Folder to write [default: one of the name]" };
        var command = new Command("new-release", Purpose) { name, output };
        local.AddTo(command);
        command.SetAction(parsed =>
        {
            string called = parsed.GetRequiredValue(name);
            string folder = parsed.GetValue(output)?.FullName ?? Path.GetFullPath(called);
            var progress = new Progress(Console.Error, terminal: false);
            try
            {
                OutOfTree.RequireName(called);
                IngestInputs inputs = local.Read(parsed).Open(progress, out BootBanner identity);
                if (inputs.Vmlinuz is not null)
                    local.LoadUnicorn(parsed, ".cache");
                Dictionary<string, byte[]> files = OutOfTree.Make(called, inputs, identity, number => Project(called, number), progress);
                ReleaseSdk.AddTo(files);
                FolderWriter.Replace(folder, files);
                Console.WriteLine($"{folder}: the project of {called}, which 'dotnet build' makes BpfVerifier.Linux.{LocalSources.ReleaseOf(identity)}.dll of");
                return ExitCode.AllAccepted;
            }
            catch (IngestException problem)
            {
                Console.Error.WriteLine($"bpfverifier: {problem.Message}");
                return ExitCode.Usage;
            }
        });
        return command;
    }
}
