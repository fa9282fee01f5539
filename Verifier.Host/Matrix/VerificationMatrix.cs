using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BpfVerifier.Objects;

namespace BpfVerifier.Host;

/// <summary>Every program of every object on every kernel: in parallel, answered in order.</summary>
/// <remarks>A cell is one object on one kernel, and is answered by one build of the release's verifier. No cell's failure ends the run.</remarks>
public sealed class VerificationMatrix
{
    private readonly VerifierHost _host;
    private readonly IReadOnlyList<MatrixObject> _objects;
    private readonly IReadOnlyList<KernelSelector> _kernels;
    private readonly MatrixOptions _options;

    /// <param name="host">Where the verifiers are.</param>
    /// <param name="objects">The objects, in the order of the answers.</param>
    /// <param name="kernels">The kernels, in the order of the answers.</param>
    /// <param name="options">How it is run.</param>
    /// <exception cref="ArgumentException">There are more cells than can be counted.</exception>
    public VerificationMatrix(VerifierHost host, IReadOnlyList<MatrixObject> objects, IReadOnlyList<KernelSelector> kernels, MatrixOptions options)
    {
        ArgumentNullException.ThrowIfNull(host);
        ArgumentNullException.ThrowIfNull(objects);
        ArgumentNullException.ThrowIfNull(kernels);
        ArgumentNullException.ThrowIfNull(options);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Workers, 1);
        ArgumentOutOfRangeException.ThrowIfLessThan(options.Ahead, 1);
        if ((long)objects.Count * kernels.Count > int.MaxValue)
            throw new ArgumentException("more cells than can be counted", nameof(objects));
        (_host, _objects, _kernels, _options) = (host, objects, kernels, options);
    }

    /// <summary>Cells of the whole matrix.</summary>
    public int Cells => _objects.Count * _kernels.Count;

    /// <summary>Cells of this part.</summary>
    public int OwnCells => Cells == 0 ? 0 : (Cells - _options.Shard.Index + _options.Shard.Count - 1) / _options.Shard.Count;

    /// <summary>
    /// A number of 16 hexadecimal digits for what is asked: the same on every machine with the same objects, kernels and
    /// options, whatever folder they lie in; other for other questions.
    /// </summary>
    public string Fingerprint()
    {
        VerifierOptions verification = _options.Verification;
        IEnumerable<string> lines =
        [
            .. _objects.Select(o => o.Identity), "", .. _kernels.Select(k => k.Name), "", .. _options.Programs, "",
            string.Create(CultureInfo.InvariantCulture, $"{verification.LogLevel} {verification.LogSize} {verification.MemoryLimit} {verification.Timeout} {_options.Capabilities} {_options.Kernel?.Identity}"),
        ];
        return Digest(lines);
    }

    /// <summary>A number of 16 hexadecimal digits for the builds that answer; loads them.</summary>
    public string BuildsFingerprint() => Digest(_kernels.Select(kernel => _host.Load(kernel.Release) is { Succeeded: true } loaded ? loaded.Identity.Sha256 : "refused"));

    private static string Digest(IEnumerable<string> lines) =>
        Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(string.Join('\n', lines))))[..16];

    /// <summary>Runs the part of the matrix.</summary>
    /// <param name="answer">Takes the answers of one cell after another, in order, from one thread at a time; a cell of an object without programs has none.</param>
    /// <param name="finished">Called after each cell, from any thread.</param>
    /// <param name="cancellation">Stops the run; what was not handed out by then never is.</param>
    /// <exception cref="OperationCanceledException">The run was stopped.</exception>
    public void Run(Action<IReadOnlyList<MatrixAnswer>> answer, Action? finished = null, CancellationToken cancellation = default)
    {
        ArgumentNullException.ThrowIfNull(answer);
        var opened = new OpenedObjects(_objects, CellsByObject());
        new OrderedWork<IReadOnlyList<MatrixAnswer>>(OwnCells, _options.Workers, _options.Ahead, index =>
        {
            int cell = _options.Shard.Index + index * _options.Shard.Count;
            int place = cell / _kernels.Count;
            IReadOnlyList<MatrixAnswer> answers = Answer(cell, opened, place, cancellation);
            opened.Leave(place);
            finished?.Invoke();
            return answers;
        }, answer, cancellation).Run();
    }

    private int[] CellsByObject()
    {
        var cells = new int[_objects.Count];
        for (long cell = _options.Shard.Index; cell < Cells; cell += _options.Shard.Count)
            cells[cell / _kernels.Count]++;
        return cells;
    }

    private IReadOnlyList<MatrixAnswer> Answer(int cell, OpenedObjects opened, int place, CancellationToken cancellation)
    {
        string name = _objects[place].Name;
        KernelSelector kernel = _kernels[cell % _kernels.Count];
        try
        {
            BpfObject source = opened.Enter(place);
            if (source.Failure is { } failure)
                return [new MatrixAnswer(cell, name, "", kernel.Name, Failed(failure), 0, ProgramType.Unspec, default)];
            if (_host.TryAcquire(kernel.Release, out VerifierLease? lease) is { } refusal)
                return [new MatrixAnswer(cell, name, "", kernel.Name, NoStatement(refusal.Message), 0, ProgramType.Unspec, default)];
            using (lease)
                return Verify(cell, source, name, kernel, lease!.Verifier, cancellation);
        }
        // A fault of ours in one cell: it says nothing of the program, and the other cells go on.
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return [new MatrixAnswer(cell, name, "", kernel.Name, NoStatement($"a fault of the verifier: {e.GetType().Name}: {e.Message}"), 0, ProgramType.Unspec, default)];
        }
    }

    private List<MatrixAnswer> Verify(int cell, BpfObject source, string name, KernelSelector kernel, IVerifier verifier, CancellationToken cancellation)
    {
        KernelProfile profile = verifier.DefaultProfile with { Flavor = kernel.Flavor, Capabilities = _options.Capabilities };
        if (kernel.Release.Patch is not null)
            profile = profile with { Release = kernel.Release };
        if (_options.Kernel is { } other)
            profile = other.Apply(profile);
        var answers = new List<MatrixAnswer>();
        foreach (ObjectProgram program in source.Programs)
        {
            if (_options.Programs.Count != 0 && !_options.Programs.Contains(program.Name))
                continue;
            (VerificationResult result, int size, ProgramType type, AttachType attach) = Verify(source, program, verifier, profile, cancellation);
            answers.Add(new MatrixAnswer(cell, name, program.Name, kernel.Name, result, size, type, attach));
        }
        return answers;
    }

    private (VerificationResult Result, int Size, ProgramType Type, AttachType Attach) Verify(
        BpfObject source, ObjectProgram program, IVerifier verifier, KernelProfile profile, CancellationToken cancellation)
    {
        try
        {
            PrepareResult prepared = source.Prepare(program.Name, profile);
            if (!prepared.Succeeded)
                return (Failed(prepared.Failure), 0, program.Type, program.ExpectedAttachType);
            BpfProgram loaded = prepared.Program;
            VerificationResult result = prepared.Improve(verifier.Verify(loaded, profile, _options.Verification, cancellation));
            return (result, loaded.Instructions.Length / 8, loaded.Type, loaded.ExpectedAttachType);
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            return (NoStatement($"a fault of the verifier: {e.GetType().Name}: {e.Message}"), 0, program.Type, program.ExpectedAttachType);
        }
    }

    private static VerificationResult Failed(ObjectFailure failure) =>
        new() { Verdict = failure.Verdict, Errno = failure.Errno, Message = failure.Message };

    private static VerificationResult NoStatement(string why) => new() { Verdict = Verdict.NotImplemented, Message = why };

    /// <summary>Opens each object once, for all of its cells, and forgets it when the last of them has left.</summary>
    private sealed class OpenedObjects(IReadOnlyList<MatrixObject> objects, int[] cells)
    {
        private readonly Lazy<BpfObject>?[] _opened = new Lazy<BpfObject>?[objects.Count];

        public BpfObject Enter(int place)
        {
            if (Volatile.Read(ref _opened[place]) is not { } opened)
            {
                var made = new Lazy<BpfObject>(objects[place].Open);
                opened = Interlocked.CompareExchange(ref _opened[place], made, null) ?? made;
            }
            return opened.Value;
        }

        public void Leave(int place)
        {
            if (Interlocked.Decrement(ref cells[place]) == 0)
                _opened[place] = null;
        }
    }
}
