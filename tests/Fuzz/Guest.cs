using System.Text;
using BpfVerifier.LoadScripts;
using BpfVerifier.Oracle;
using LoadScript = BpfVerifier.LoadScripts.LoadScript;

namespace BpfVerifier.Fuzz;

/// <summary>A kernel in a guest that is asked about scripts by the thousand.</summary>
internal sealed class Guest(string release, string images, string folder, bool unprivileged)
{
    private readonly GuestKernel _kernel = new(release, images);
    private int _asked;

    public string Release => release;

    /// <summary>Programs are loaded without any capability.</summary>
    public bool Unprivileged => unprivileged;

    /// <summary>What the kernel says of itself; filled by the first question.</summary>
    public SortedDictionary<string, string> Identity { get; } = new(StringComparer.Ordinal);

    /// <summary>Verdict, message and statistics of each script, in their order; null where none came.</summary>
    public Answer?[] Ask(IReadOnlyList<LoadScript> scripts)
    {
        if (scripts.Count == 0)
            return [];
        var answers = new Answer?[scripts.Count];
        WithFile(scripts, $"{release}-{_asked++}.script", item =>
        {
            void Try() => Asker.Ask(_kernel, [item], new BatchSettings { Brief = true, TimeLimit = 60, LogSize = 256 << 20, Unprivileged = unprivileged }, Identity, a => answers[a.Index] = a);
            try
            {
                Try();
            }
            catch (OracleException)
            {
                // on a busy machine a guest may not even get to its first answer
                Try();
            }
        });
        return answers;
    }

    /// <summary>Writes the answer to a script as a golden does, with hashes of its logs.</summary>
    public void Record(LoadScript script, string file, string golden) => WithFile([script], file, item =>
    {
        List<Answer> answers = [];
        var settings = new BatchSettings { Unprivileged = unprivileged };
        Asker.Ask(_kernel, [item], settings, Identity, answers.Add);
        Golden.Write(golden, "fuzz", _kernel, Identity, settings, answers, full: true);
    });

    private void WithFile(IEnumerable<LoadScript> scripts, string name, Action<BatchObject> use)
    {
        string path = Path.Combine(Directory.CreateDirectory(folder).FullName, name);
        StringBuilder text = new();
        foreach (LoadScript script in scripts)
            LoadScriptText.Write(text, script);
        File.WriteAllText(path, text.ToString());
        try
        {
            use(new BatchObject(path, name));
        }
        finally
        {
            File.Delete(path);
        }
    }
}
