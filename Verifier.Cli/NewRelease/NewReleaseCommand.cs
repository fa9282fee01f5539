using System.CommandLine;
using BpfVerifier.HeaderIngest;
using BpfVerifier.HeaderIngest.Adding;
using BpfVerifier.HeaderIngest.Headers;
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
        (libunicorn 2). Without headers, what only headers tell stays unknown.
        Exit code: 0 written; 2 the image cannot be read, or the command line is wrong; nothing is written then.
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
        var image = new Option<FileInfo>("--image") { Description = "The kernel: vmlinuz or vmlinux", Required = true };
        var name = new Option<string>("--name") { Description = "What to call it: 6.12-acme", Required = true };
        var headers = new Option<DirectoryInfo[]>("--headers") { Description = "Its headers: a kernel tree that was built, or the common and the configured folder of Debian's packages", Arity = new ArgumentArity(0, 2), AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var output = new Option<DirectoryInfo?>("--output", "-o") { Description = "Folder to write [default: one of the name]" };
        var unicorn = new Option<FileInfo?>("--unicorn") { Description = "File of libunicorn 2 [default: the system's]" };
        var libclang = new Option<FileInfo?>("--libclang") { Description = "File of libclang, for --headers [default: looked for under Debian's names]" };
        var command = new Command("new-release", Purpose) { image, name, headers, output, unicorn, libclang };
        command.SetAction(parsed =>
        {
            string called = parsed.GetRequiredValue(name);
            string folder = parsed.GetValue(output)?.FullName ?? Path.GetFullPath(called);
            DirectoryInfo[] roots = parsed.GetRequiredValue(headers);
            try
            {
                Dictionary<string, byte[]> files = OutOfTree.Make(
                    called, parsed.GetRequiredValue(image).FullName,
                    roots.Length == 0 ? null : new KernelHeaders(roots[0].FullName, roots[^1].FullName),
                    parsed.GetValue(libclang)?.FullName, parsed.GetValue(unicorn)?.FullName, number => Project(called, number), new Progress(Console.Error, terminal: false), out string release);
                ReleaseSdk.AddTo(files);
                FolderWriter.Replace(folder, files);
                Console.WriteLine($"{folder}: the project of {called}, which 'dotnet build' makes BpfVerifier.Linux.{release}.dll of");
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
