using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using BpfVerifier.LoadScripts;

namespace BpfVerifier.Oracle;

/// <summary>An object to ask about.</summary>
/// <param name="Path">The file.</param>
/// <param name="Name">How answers name it: its path below the corpus, with slashes.</param>
internal sealed record BatchObject(string Path, string Name)
{
    /// <summary>The file's content.</summary>
    public byte[] Content { get; } = File.ReadAllBytes(Path);

    /// <summary>SHA-256 of the content, lower-case hex.</summary>
    public string Sha256 => field ??= Convert.ToHexStringLower(SHA256.HashData(Content));

    /// <summary>The object of the program that this object's programs attach to, null when they attach to none.</summary>
    public BatchObject? TargetObject { get; private init; }

    /// <summary>Which program of <see cref="TargetObject"/>, and which function of it.</summary>
    public AttachTarget Target { get; private init; }

    /// <summary>Every object and load script of a corpus, with what they attach to.</summary>
    public static List<BatchObject> InCorpus(string corpus)
    {
        IReadOnlyDictionary<string, AttachTarget> targets = AttachTargets.Of(Repository.Root, corpus);
        string folder = Repository.Corpus(corpus);
        return [.. InFolder(folder).Select(o => o.Attached(folder, targets))];
    }

    private BatchObject Attached(string folder, IReadOnlyDictionary<string, AttachTarget> targets)
    {
        if (!targets.TryGetValue(Name, out AttachTarget target))
            return this;
        // Programs may attach to one of their own object, which attaches to none then.
        BatchObject next = target.Object == Name ? this : new BatchObject(System.IO.Path.Combine(folder, target.Object), target.Object).Attached(folder, targets);
        return this with { TargetObject = next, Target = target };
    }

    /// <summary>Every object and load script of a folder, in ordinal order of their names.</summary>
    public static List<BatchObject> InFolder(string folder)
    {
        if (!Directory.Exists(folder))
            throw new OracleException($"{folder} is not there; corpora are made with the corpus command");
        return
        [
            .. Directory.GetFiles(folder, "*", SearchOption.AllDirectories)
                .Where(f => f.EndsWith(".o", StringComparison.Ordinal) || f.EndsWith(".script", StringComparison.Ordinal))
                .Select(f => (File: f, Name: System.IO.Path.GetRelativePath(folder, f).Replace('\\', '/')))
                .OrderBy(f => f.Name, StringComparer.Ordinal)
                .Select(f => new BatchObject(f.File, f.Name)),
        ];
    }
}

/// <summary>How a batch is asked.</summary>
internal sealed record BatchSettings
{
    /// <summary>Seconds for one BPF_PROG_LOAD.</summary>
    public int TimeLimit { get; init; } = 60;
    /// <summary>Bytes of log the kernel may write.</summary>
    public long LogSize { get; init; } = 512L << 20;
    /// <summary>Bytes of every log to hand over; 0 for none.</summary>
    public long WholeLog { get; init; }
    /// <summary>No level 1 log for programs that process more instructions.</summary>
    public long Level1Instructions { get; init; } = 400_000;
    /// <summary>No level 2 log for programs that process more instructions.</summary>
    public long Level2Instructions { get; init; } = 200_000;
    /// <summary>Hand over the relocated instructions.</summary>
    public bool Instructions { get; init; }
    /// <summary>One load a program, at log levels 1 and 4, for verdict, message and statistics only: several times faster.</summary>
    public bool Brief { get; init; }
    /// <summary>
    /// Load programs without any capability, on a kernel that lets such processes load and is not told to leave Spectre
    /// mitigations out. Maps and types are made with all capabilities.
    /// </summary>
    public bool Unprivileged { get; init; }
    /// <summary>Goldens leave out the ends of refused programs' logs, and an object's hash but on its first line.</summary>
    public bool Compact { get; init; }
    /// <summary>Ask about programs of this name only; null for all.</summary>
    public string? Program { get; init; }
    /// <summary>Let the guest kernel choose its addresses at random: answers must be the same.</summary>
    public bool RandomAddresses { get; init; }

    /// <summary>The guest program's configuration.</summary>
    /// <param name="objects">Objects and the first program to ask about.</param>
    /// <param name="place">Where the guest program finds an object: its index in the batch, or one after those for an object that is only attached to.</param>
    public string Configuration(IReadOnlyList<(BatchObject Object, int First)> objects, Func<BatchObject, int, string> place)
    {
        StringBuilder text = new();
        text.Append(CultureInfo.InvariantCulture, $"time_limit {TimeLimit}\nlog_size {LogSize}\nwhole_log {WholeLog}\n");
        text.Append(CultureInfo.InvariantCulture, $"level2_instructions {Level2Instructions}\ninstructions {(Instructions ? 1 : 0)}\n");
        text.Append(CultureInfo.InvariantCulture, $"level1_instructions {Level1Instructions}\n");
        if (Brief)
            text.Append("brief 1\n");
        if (Unprivileged)
            text.Append("unprivileged 1\n");
        if (Program is not null)
            text.Append(CultureInfo.InvariantCulture, $"program {Program}\n");
        List<string> asked = [];
        int placed = objects.Count;
        for (int i = 0; i < objects.Count; i++)
        {
            string path = place(objects[i].Object, i);
            asked.Add(path);
            for (BatchObject attaching = objects[i].Object; attaching.TargetObject is { } target; attaching = target)
            {
                string targetPath = place(target, placed++);
                text.Append(CultureInfo.InvariantCulture, $"target {path} {targetPath} {attaching.Target.Program} {attaching.Target.Function}\n");
                path = targetPath;
            }
        }
        for (int i = 0; i < objects.Count; i++)
            text.Append(CultureInfo.InvariantCulture, $"object {objects[i].First} {asked[i]}\n");
        return text.ToString();
    }
}
