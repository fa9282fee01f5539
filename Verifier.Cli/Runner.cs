using BpfVerifier.Host;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli;

/// <summary>Verifies every program of every object on every kernel asked, in parallel, answers in order.</summary>
internal sealed class Runner(VerifierHost host, IReadOnlyList<KernelSelector> kernels, VerifierOptions options, LoaderCapabilities capabilities, IReadOnlyList<string> programs)
{
    /// <param name="paths">Objects, in the order of the answers.</param>
    /// <param name="finished">Called after each object on each kernel, from any thread.</param>
    /// <param name="cancellation">Stops the run.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public IReadOnlyList<Outcome> Run(IReadOnlyList<string> paths, Action finished, CancellationToken cancellation)
    {
        var answers = new List<Outcome>[paths.Count * kernels.Count];
        var opened = new Lazy<BpfObject>[paths.Count];
        for (int i = 0; i < paths.Count; i++)
        {
            string path = paths[i];
            opened[i] = new Lazy<BpfObject>(() => BpfObject.Open(path, ObjectOptions.Veristat));
        }
        Parallel.For(0, answers.Length, new ParallelOptions { CancellationToken = cancellation }, i =>
        {
            answers[i] = Verify(opened[i / kernels.Count].Value, paths[i / kernels.Count], kernels[i % kernels.Count], cancellation);
            finished();
        });
        return [.. answers.SelectMany(list => list)];
    }

    private List<Outcome> Verify(BpfObject opened, string path, KernelSelector kernel, CancellationToken cancellation)
    {
        if (opened.Failure is { } failure)
            return [new Outcome(path, "", kernel.Name, Failed(failure), 0, ProgramType.Unspec, default)];
        if (!host.TryGet(kernel.Release, out IVerifier? verifier))
            throw new InvalidOperationException($"kernel {kernel.Name} was checked to be available");
        KernelProfile profile = verifier.DefaultProfile with { Flavor = kernel.Flavor, Capabilities = capabilities };
        if (kernel.Release.Patch is not null)
            profile = profile with { Release = kernel.Release };

        var answers = new List<Outcome>();
        foreach (ObjectProgram program in opened.Programs)
        {
            if (programs.Count != 0 && !programs.Contains(program.Name))
                continue;
            PrepareResult prepared = opened.Prepare(program.Name, profile);
            if (!prepared.Succeeded)
            {
                answers.Add(new Outcome(path, program.Name, kernel.Name, Failed(prepared.Failure), 0, program.Type, program.ExpectedAttachType));
                continue;
            }
            BpfProgram loaded = prepared.Program;
            VerificationResult result = prepared.Improve(verifier.Verify(loaded, profile, options, cancellation));
            answers.Add(new Outcome(path, program.Name, kernel.Name, result, loaded.Instructions.Length / 8, loaded.Type, loaded.ExpectedAttachType));
        }
        return answers;
    }

    private static VerificationResult Failed(ObjectFailure failure) =>
        new() { Verdict = failure.Verdict, Errno = failure.Errno, Message = failure.Message };
}
