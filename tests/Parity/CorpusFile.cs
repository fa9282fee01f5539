using System.Collections.Concurrent;
using BpfVerifier.LoadScripts;
using BpfVerifier.Objects;

namespace BpfVerifier.Parity;

/// <summary>A file of a corpus: a BPF object, or a load script with its cases.</summary>
internal abstract class CorpusFile
{
    /// <summary>The program as a kernel would get it, or the answer that it is never asked.</summary>
    /// <param name="program">The program's name, or the case's.</param>
    /// <param name="profile">The kernel.</param>
    /// <param name="failure">Why there is nothing to load.</param>
    public abstract BpfProgram? Prepare(string program, KernelProfile profile, out VerificationResult failure);

    /// <summary>Names of the programs.</summary>
    public abstract IEnumerable<string> Programs { get; }

    /// <summary>Opens a file; what cannot be read is told by <see cref="Prepare"/>. A corpus's objects attach to what they are written for.</summary>
    public static CorpusFile Open(string path)
    {
        if (path.EndsWith(".script", StringComparison.Ordinal))
            return new Script(path);
        path = Path.GetFullPath(path);
        string corpus = Corpus.Of(path);
        IReadOnlyDictionary<string, AttachTarget> targets = s_targets.GetOrAdd(corpus, name => AttachTargets.Of(Corpus.Root, name));
        string folder = corpus.Length == 0 ? "" : Corpus.Objects(corpus);
        return new Object(OpenObject(path, folder, targets));
    }

    private static readonly ConcurrentDictionary<string, IReadOnlyDictionary<string, AttachTarget>> s_targets = new();

    private static BpfObject OpenObject(string path, string folder, IReadOnlyDictionary<string, AttachTarget> targets)
    {
        ObjectOptions options = ObjectOptions.Veristat;
        if (folder.Length > 0 && targets.TryGetValue(Path.GetRelativePath(folder, path).Replace('\\', '/'), out AttachTarget target))
        {
            options = options with
            {
                AttachObject = OpenTarget(path, Path.Combine(folder, target.Object), folder, targets),
                AttachObjectProgram = target.Program,
                AttachTarget = target.Function,
            };
        }
        return BpfObject.Open(path, options);
    }

    /// <summary>Programs may attach to one of their own object, which attaches to none then.</summary>
    private static BpfObject OpenTarget(string attaching, string target, string folder, IReadOnlyDictionary<string, AttachTarget> targets) =>
        Path.GetFullPath(target) == attaching ? BpfObject.Open(target, ObjectOptions.Veristat) : OpenObject(target, folder, targets);

    private sealed class Object(BpfObject opened) : CorpusFile
    {
        public override IEnumerable<string> Programs => opened.Programs.Select(p => p.Name);

        public override BpfProgram? Prepare(string program, KernelProfile profile, out VerificationResult failure)
        {
            failure = default!;
            // In the goldens' words an object that libbpf cannot open is unreadable, whatever the reason.
            ObjectFailure? problem = opened.Failure is { } unopened ? unopened with { Verdict = Verdict.Unreadable } : null;
            if (problem is null)
            {
                PrepareResult prepared = opened.Prepare(program, profile);
                if (prepared.Succeeded)
                    return prepared.Program;
                problem = prepared.Failure;
            }
            failure = new VerificationResult { Verdict = problem.Verdict, Errno = problem.Errno, Message = problem.Message };
            return null;
        }
    }

    private sealed class Script : CorpusFile
    {
        private readonly Dictionary<string, LoadScript> _cases = [];
        private readonly string _problem = "";

        public Script(string path)
        {
            try
            {
                foreach (LoadScript script in LoadScriptText.Read(File.ReadAllText(path)))
                    _cases.Add(script.Name, script);
            }
            catch (Exception e) when (e is FormatException or IOException or ArgumentException)
            {
                _problem = $"{path}: {e.Message}";
            }
        }

        public override IEnumerable<string> Programs => _cases.Keys;

        public override BpfProgram? Prepare(string program, KernelProfile profile, out VerificationResult failure)
        {
            failure = default!;
            if (!_cases.TryGetValue(program, out LoadScript? script))
            {
                failure = new VerificationResult { Verdict = Verdict.Unreadable, Message = _problem.Length > 0 ? _problem : $"no case {program}" };
                return null;
            }
            if (ScriptProgram.TryMake(script, profile, out BpfProgram? made, out string problem))
                return made;
            failure = new VerificationResult { Verdict = Verdict.LoadFailed, Errno = Errno.ESRCH, Message = problem };
            return null;
        }
    }
}
