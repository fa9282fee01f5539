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

    /// <summary>Opens a file; what cannot be read is told by <see cref="Prepare"/>.</summary>
    public static CorpusFile Open(string path) => path.EndsWith(".script", StringComparison.Ordinal)
        ? new Script(path)
        : new Object(BpfObject.Open(path, ObjectOptions.Veristat));

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
