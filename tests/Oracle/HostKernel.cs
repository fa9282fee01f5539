using System.Diagnostics;

namespace BpfVerifier.Oracle;

/// <summary>The kernel this machine runs, asked as root without anything between.</summary>
internal sealed class HostKernel : IKernel
{
    public string Name => "host";

    public IReadOnlyDictionary<string, string> Profile => new Dictionary<string, string>();

    public string Run(IReadOnlyList<(BatchObject Object, int First)> objects, BatchSettings settings, Action<RawAnswer> take)
    {
        HostGuard.Check(objects.SelectMany(o => Chain(o.Object)));
        string folder = Directory.CreateTempSubdirectory("bpforacle").FullName;
        try
        {
            string configuration = Path.Combine(folder, "conf"), answers = Path.Combine(folder, "answers");
            File.WriteAllText(configuration, settings.Configuration(objects, (item, _) => Path.GetFullPath(item.Path)));
            using Process process = Process.Start(GuestProgram.Build(), [configuration, answers]);
            process.WaitForExit();
            if (!File.Exists(answers))
                throw new OracleException("the oracle program wrote nothing; loading BPF programs needs root");
            foreach (RawAnswer answer in AnswerStream.Read(answers))
                take(answer);
            return "";
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    private static IEnumerable<BatchObject> Chain(BatchObject item)
    {
        for (BatchObject? next = item; next is not null; next = next.TargetObject)
            yield return next;
    }
}
