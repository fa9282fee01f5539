namespace BpfVerifier.Oracle;

/// <summary>Asks a kernel about a batch and goes on in a fresh boot where a program brought the kernel down.</summary>
internal static class Asker
{
    /// <summary>Largest part of a batch that goes into one boot, in bytes of objects.</summary>
    private const long BootSize = 96L << 20;

    /// <summary>All answers, in the order of the objects and their programs.</summary>
    /// <param name="kernel">Who is asked.</param>
    /// <param name="objects">About what.</param>
    /// <param name="settings">How.</param>
    /// <param name="identity">Gets the kernel's own words of itself: <c>release</c>, <c>version</c>, <c>libbpf</c>.</param>
    /// <param name="take">Gets every answer.</param>
    public static void Ask(IKernel kernel, IReadOnlyList<BatchObject> objects, BatchSettings settings,
        IDictionary<string, string> identity, Action<Answer> take)
    {
        foreach (IReadOnlyList<BatchObject> part in Parts(objects))
            AskPart(kernel, part, settings, identity, take);
    }

    private static IEnumerable<IReadOnlyList<BatchObject>> Parts(IReadOnlyList<BatchObject> objects)
    {
        List<BatchObject> part = [];
        long size = 0;
        foreach (BatchObject item in objects)
        {
            if (part.Count > 0 && size + item.Content.Length > BootSize)
            {
                yield return part;
                part = [];
                size = 0;
            }
            part.Add(item);
            size += item.Content.Length;
        }
        if (part.Count > 0)
            yield return part;
    }

    private static void AskPart(IKernel kernel, IReadOnlyList<BatchObject> objects, BatchSettings settings,
        IDictionary<string, string> identity, Action<Answer> take)
    {
        int at = 0, program = 0;
        HashSet<int> blamed = [];
        while (at < objects.Count)
        {
            List<(BatchObject, int)> rest = [.. objects.Skip(at).Select((o, i) => (o, i == 0 ? program : 0))];
            int start = at;
            RawAnswer? open = null;
            bool finished = false, stopped = false;
            int answers = 0;
            string console = kernel.Run(rest, settings, raw =>
            {
                switch (raw.Kind)
                {
                    case "kernel":
                        foreach (string field in new[] { "release", "version", "libbpf" })
                            identity[field] = raw.Text(field) ?? "";
                        break;
                    case "done":
                        finished = true;
                        break;
                    case "stopped":
                        stopped = true;
                        break;
                    case "program" when !raw.Has("answered"):
                        open = raw;
                        break;
                    case "loader_crash":
                        // the program's own record is the unanswered one before
                        if (open is not null)
                            take(Answer.From(open, Item(open), "the loader died"));
                        open = null;
                        at = start + (int)(raw.Number("object") ?? 0);
                        program = 0;
                        break;
                    default:
                        answers++;
                        at = start + (int)(raw.Number("object") ?? 0);
                        program = (int)(raw.Number("index") ?? 0) + 1;
                        Answer answer = Answer.From(raw, Item(raw));
                        if (answer.Complaint.Length > 0)
                            blamed.Add(at);
                        take(answer);
                        break;
                }
            });
            if (finished)
                break;
            if (stopped)
                continue;
            if (open is not null)
            {
                at = start + (int)(open.Number("object") ?? 0);
                program = (int)(open.Number("index") ?? 0) + 1;
                blamed.Add(at);
                take(Answer.From(open, Item(open), End(console)));
            }
            else if (answers == 0)
            {
                throw new OracleException($"{kernel.Name} ended before its first answer; its console:\n{End(console)}");
            }

            BatchObject Item(RawAnswer raw) => objects[start + (int)(raw.Number("object") ?? 0)];
        }
        // a brief load is not all the host would do
        if (!settings.Brief)
            HostGuard.Remember(kernel.Name, objects.Where((_, i) => !blamed.Contains(i)));
    }

    private static string End(string console) => console.Length > 6000 ? console[^6000..] : console;
}
