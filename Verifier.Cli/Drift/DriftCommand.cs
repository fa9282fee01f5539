using System.CommandLine;
using BpfVerifier.Drift;
using BpfVerifier.Facts;
using BpfVerifier.Host;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli.Drift;

/// <summary><c>bpfverifier drift OBJ... --kernels LIST</c> and <c>bpfverifier drift --from 6.1 --to 6.12</c>.</summary>
internal static class DriftCommand
{
    /// <summary>Nothing an object needs is missing or different anywhere; between releases: nothing is different.</summary>
    private const int Same = 0;
    /// <summary>Something is.</summary>
    private const int Different = 1;

    private sealed record Sections(IReadOnlySet<string> Titles, string[] Types);

    public static Command Create()
    {
        var objects = new Argument<string[]>("OBJ") { Description = "BPF object files, or directories to search for *.o", Arity = ArgumentArity.ZeroOrMore };
        var kernels = new Option<string>("--kernels", "--kernel", "-k") { Description = "Kernels: 5.10-7.3, 6.12, a comma-separated list, or all", DefaultValueFactory = _ => "all" };
        var from = new Option<string?>("--from") { Description = "Instead of objects: the older release" };
        var to = new Option<string?>("--to") { Description = "The newer release" };
        var output = new Option<string>("--output", "-o") { Description = "table, json or markdown", DefaultValueFactory = _ => "table" };
        output.AcceptOnlyFromAmong("table", "json", "markdown");
        var problems = new Option<bool>("--problems") { Description = "Only what is missing or different somewhere and nothing makes up for" };
        var noVerify = new Option<bool>("--no-verify") { Description = "Do not ask the verifiers whether a program reaches what a kernel lacks" };
        (Option<bool> Option, string Title)[] sections =
        [
            (new("--helpers") { Description = "With --from: helpers" }, "helpers"),
            (new("--kfuncs") { Description = "With --from: kfuncs" }, "kfuncs"),
            (new("--program-types") { Description = "With --from: program types" }, "program types"),
            (new("--map-types") { Description = "With --from: map types" }, "map types"),
            (new("--attach-types") { Description = "With --from: attach types" }, "attach types"),
            (new("--contexts") { Description = "With --from: context accesses" }, "context accesses"),
            (new("--struct-ops") { Description = "With --from: struct_ops members" }, "struct_ops members"),
            (new("--lsm-hooks") { Description = "With --from: LSM hooks" }, "LSM hooks"),
            (new("--tracepoints") { Description = "With --from: raw tracepoints" }, "raw tracepoints"),
        ];
        var types = new Option<string[]>("--types") { Description = "With --from: these structures and unions of the kernel", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
        var command = new Command("drift", "Says what objects need of each kernel and what it has of that, or what differs between two releases.")
        {
            objects, kernels, from, to, output, problems, noVerify, types,
        };
        foreach ((Option<bool> option, _) in sections)
            command.Add(option);
        var hostOptions = new HostOptionSet();
        hostOptions.AddTo(command);
        command.Validators.Add(result =>
        {
            bool releases = result.GetValue(from) is not null || result.GetValue(to) is not null;
            if (releases && (result.GetValue(from) is null || result.GetValue(to) is null))
                result.AddError("--from and --to go together");
            if (releases == result.GetValue(objects) is { Length: > 0 })
                result.AddError("drift takes either objects or --from and --to");
            if (!releases && (sections.Any(s => result.GetValue(s.Option)) || result.GetValue(types) is { Length: > 0 }))
                result.AddError("kinds of symbols and --types go with --from and --to");
        });
        int Run(VerifierHost host, ParseResult parsed, CancellationToken cancellation) => parsed.GetValue(from) is { } older
            ? OfReleases(host, older, parsed.GetValue(to)!, new Sections(sections.Where(s => parsed.GetValue(s.Option)).Select(s => s.Title).ToHashSet(StringComparer.Ordinal), parsed.GetRequiredValue(types)), parsed.GetRequiredValue(output))
            : OfObjects(host, parsed.GetRequiredValue(objects), parsed.GetRequiredValue(kernels), parsed.GetRequiredValue(output), parsed.GetValue(problems),
                new DriftOptions { Verdicts = parsed.GetValue(noVerify) ? DriftVerdicts.None : DriftVerdicts.WhereNeeded }, cancellation);
        command.SetAction((parsed, cancellation) =>
        {
            string? problem = hostOptions.Read(parsed, out VerifierHost host);
            using (host)
            {
                if (problem is null)
                    return Task.FromResult(Run(host, parsed, cancellation));
            }
            Console.Error.WriteLine($"bpfverifier: {problem}");
            return Task.FromResult(ExitCode.Usage);
        });
        return command;
    }

    private static int OfObjects(VerifierHost host, string[] inputs, string kernelList, string output, bool problemsOnly, DriftOptions options, CancellationToken cancellation)
    {
        if (!TryKernels(host, kernelList, out KernelView[] kernels))
            return ExitCode.Usage;
        List<string> paths = Inputs.Expand(inputs);
        if (paths.Count == 0)
        {
            Console.Error.WriteLine($"bpfverifier: no *.o files in {string.Join(", ", inputs)}");
            return ExitCode.Usage;
        }
        ObjectDrift[] all = [.. paths.Select(path => DriftComparer.Compare(BpfObject.Open(path, ObjectOptions.Veristat), kernels, options, cancellation))];
        if (problemsOnly)
            all = [.. all.Select(o => o with { Items = [.. o.Items.Where(i => i.Impact > DriftImpact.MadeUpFor)] })];
        switch (output)
        {
            case "json":
                DriftJson.Write(Console.OpenStandardOutput(), all);
                break;
            case "markdown":
                DriftMarkdown.Write(Console.Out, all);
                break;
            default:
                DriftTable.Write(TableReport.Console(), all);
                break;
        }
        return all.Any(o => o.Object.Failure is not null) ? ExitCode.Usage : all.Any(o => o.Impact > DriftImpact.MadeUpFor) ? Different : Same;
    }

    private static int OfReleases(VerifierHost host, string from, string to, Sections wanted, string output)
    {
        if (!TryKernels(host, $"{from},{to}", out KernelView[] kernels))
            return ExitCode.Usage;
        if (kernels.Length != 2)
        {
            Console.Error.WriteLine("bpfverifier: --from and --to are one release each, not the same");
            return ExitCode.Usage;
        }
        var fromTypes = new BtfSymbols(kernels[0].Types);
        var toTypes = new BtfSymbols(kernels[1].Types);
        if (wanted.Types.FirstOrDefault(name => !fromTypes.Structs.ContainsKey(name) && !toTypes.Structs.ContainsKey(name)) is { } unknown)
        {
            Console.Error.WriteLine($"bpfverifier: neither {from} nor {to} has a structure or union called '{unknown}'");
            return ExitCode.Usage;
        }
        ReleaseDrift drift = ReleaseDrift.Between(kernels[0].Facts, kernels[1].Facts);
        DriftSection[] sections = [.. drift.Sections.Where(s => wanted.Titles.Contains(s.Title) || wanted.Titles.Count == 0 && wanted.Types.Length == 0)];
        if (wanted.Types.Length > 0)
            sections = [.. sections, .. ReleaseDrift.OfTypes(kernels[0].Facts, fromTypes, kernels[1].Facts, toTypes, wanted.Types).Sections];
        drift = drift with { Sections = sections };
        switch (output)
        {
            case "json":
                DriftJson.Write(Console.OpenStandardOutput(), drift);
                break;
            case "markdown":
                DriftMarkdown.Write(Console.Out, drift);
                break;
            default:
                DriftTable.Write(Console.Out, drift);
                break;
        }
        return sections.Any(s => s.Entries.Count > 0) ? Different : Same;
    }

    private static bool TryKernels(VerifierHost host, string list, out KernelView[] kernels)
    {
        kernels = [];
        if (KernelSelector.Parse(list, host.Releases, out IReadOnlyList<KernelSelector> selected) is { } problem)
        {
            Console.Error.WriteLine($"bpfverifier: {problem}");
            return false;
        }
        var views = new KernelView[selected.Count];
        Parallel.For(0, views.Length, i => views[i] = KernelChoice.View(host, selected[i]));
        kernels = views;
        return true;
    }
}
