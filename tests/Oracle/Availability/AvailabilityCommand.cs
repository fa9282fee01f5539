using System.Globalization;
using System.Text;
using BpfVerifier.Facts;

namespace BpfVerifier.Oracle;

/// <summary>Compares what <c>kernel-headers/RELEASE/abi.json</c> says of helpers and contexts with the kernel's own answers: a program for each.</summary>
internal static class AvailabilityCommand
{
    private const string Exit = "9500000000000000", ReturnZero = "b700000000000000" + Exit;
    private const int Window = 256, MostShown = 10;

    private sealed record Question(string Name, string Text, LoadState State, string What, bool Expected);

    /// <summary>Asks a kernel and prints the agreement.</summary>
    public static void Run(IKernel kernel, AbiDocument abi, bool contexts, TextWriter writer)
    {
        List<LoadState> states = Loadable(kernel, abi);
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{abi.Release}: {states.Count} ways to load a program, of {states.Select(s => s.Type).Distinct().Count()} types"));
        // From 7.3 on the last line is what the verifier suggests.
        Compare(kernel, "helpers", Helpers(abi, states), ["cannot use helper", "unknown func", "Use a helper allowed for this program type"], writer);
        if (contexts)
            Compare(kernel, "context accesses", Contexts(abi, states), ["invalid bpf_context access"], writer);
    }

    // Loads whose last instruction is reached: some types want another result. The kernel refuses the others before it looks at any instruction.
    private static List<LoadState> Loadable(IKernel kernel, AbiDocument abi)
    {
        List<LoadState> states = [.. (abi.ProgramTypes ?? throw new OracleException($"{abi.Release}: facts that were read without the kernel's image: there is nothing to compare")).Where(t => t.Value.VerifierOps is not null && t.Value.Helpers is not null).SelectMany(t => LoadState.Of(abi, t.Key))];
        List<Question> questions = [.. states.Select((s, i) => new Question($"s{i}", s.Case(abi, $"s{i}", ReturnZero), s, "", true))];
        Dictionary<string, Answer> answers = Ask(kernel, questions);
        return [.. questions.Where(q => answers.TryGetValue(q.Name, out Answer? answer) && Reached(answer)).Select(q => q.State)];
    }

    private static bool Reached(Answer answer) => answer.Verdict == "success" || answer.Message.Contains("R0", StringComparison.Ordinal);

    // Every helper in one state of each type, and in the others those that some state has and another lacks.
    private static List<Question> Helpers(AbiDocument abi, List<LoadState> states)
    {
        var questions = new List<Question>();
        foreach (IGrouping<string, LoadState> type in states.GroupBy(s => s.Type))
        {
            List<(LoadState State, HashSet<string> Helpers)> known = [.. type.Select(s => (s, s.Helpers(abi)!)).Where(s => s.Item2 is not null)];
            HashSet<string> varied = [.. abi.Helpers.Keys.Where(h => known.Select(k => k.Helpers.Contains(h)).Distinct().Count() > 1)];
            foreach ((LoadState state, HashSet<string> helpers) in known)
            {
                foreach ((string helper, HelperInfo info) in abi.Helpers.Where(h => state == known[0].State || varied.Contains(h.Key)))
                {
                    string name = $"h{questions.Count}", call = $"85000000{Hex(info.Id)}{Exit}";
                    questions.Add(new Question(name, state.Case(abi, name, call), state, helper, helpers.Contains(helper)));
                }
            }
        }
        return questions;
    }

    // Every access in one state of each distinct context.
    private static List<Question> Contexts(AbiDocument abi, List<LoadState> states)
    {
        var questions = new List<Question>();
        foreach (IGrouping<string, LoadState> type in states.GroupBy(s => s.Type))
        {
            var seen = new List<HashSet<(char, int, int)>>();
            foreach (LoadState state in type)
            {
                if (state.Context(abi) is not { } allowed || seen.Any(s => s.SetEquals(allowed)))
                    continue;
                seen.Add(allowed);
                foreach (char access in "rw")
                {
                    foreach ((int size, int code) in ((int, int)[])[(1, 0x10), (2, 0x08), (4, 0x00), (8, 0x18)])
                    {
                        for (int offset = 0; offset < Window; offset++)
                        {
                            string name = $"c{questions.Count}", at = Hex(offset)[..4];
                            // r2 = *(r1 + offset), or r0 = 0; *(r1 + offset) = r0
                            string body = access == 'r' ? $"{0x61 + code:x2}12{at}00000000{ReturnZero}" : $"b700000000000000{0x63 + code:x2}01{at}00000000{ReturnZero}";
                            questions.Add(new Question(name, state.Case(abi, name, body), state, $"{access} {size} at {offset}", allowed.Contains((access, offset, size))));
                        }
                    }
                }
            }
        }
        return questions;
    }

    private static void Compare(IKernel kernel, string what, List<Question> questions, string[] refusals, TextWriter writer)
    {
        Dictionary<string, Answer> answers = Ask(kernel, questions);
        var differences = new List<string>();
        int agree = 0, undecided = 0;
        foreach (Question question in questions)
        {
            if (!answers.TryGetValue(question.Name, out Answer? answer) || answer.Verdict != "success" && answer.Message.Length == 0)
            {
                undecided++;
                continue;
            }
            bool offered = !refusals.Any(r => answer.Message.Contains(r, StringComparison.Ordinal));
            if (offered == question.Expected)
                agree++;
            else
                differences.Add($"{question.State} {question.What}: the file says {(question.Expected ? "yes" : "no")}, the kernel {(offered ? "yes" : "no")} ({answer.Message})");
        }
        writer.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{what}: {agree} of {agree + differences.Count} agree{(undecided > 0 ? $", {undecided} without an answer" : "")}"));
        foreach (string difference in differences.Take(MostShown))
            writer.WriteLine("    " + difference);
    }

    private static Dictionary<string, Answer> Ask(IKernel kernel, List<Question> questions)
    {
        string file = Path.Combine(Path.GetTempPath(), $"availability-{Guid.NewGuid():n}.script");
        try
        {
            var text = new StringBuilder();
            foreach (Question question in questions)
                text.Append(question.Text);
            File.WriteAllText(file, text.ToString());
            var answers = new Dictionary<string, Answer>(StringComparer.Ordinal);
            Asker.Ask(kernel, [new BatchObject(file, "availability.script")], new BatchSettings { Brief = true }, new Dictionary<string, string>(), answer => answers[answer.Program] = answer);
            return answers;
        }
        finally
        {
            File.Delete(file);
        }
    }

    private static string Hex(int value) => Convert.ToHexStringLower(BitConverter.GetBytes(value));
}
