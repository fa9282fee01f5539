using System.CommandLine;
using BpfVerifier.Host;

namespace BpfVerifier.Parity;

/// <summary><c>show OBJECT PROGRAM</c>: our log beside a kernel's, from the first line that differs.</summary>
internal static class ShowCommand
{
    private const int Context = 5, Following = 12;

    private static readonly Argument<string> s_file = new("OBJECT") { Description = "Object or load script" };
    private static readonly Argument<string> s_program = new("PROGRAM") { Description = "Program, or case of the script" };
    private static readonly Option<string> s_kernel = new("--kernel", "-k") { Description = "Release", Required = true };
    private static readonly Option<int> s_level = new("--level") { Description = "Log level, 1 or 2", DefaultValueFactory = _ => 2 };
    private static readonly Option<string?> s_log = new("--log") { Description = "The kernel's log, masked (oracle ask --logs); without it the oracle asks a guest now" };
    private static readonly Option<bool> s_unprivileged = new("--unprivileged") { Description = "Load without any capability" };
    private static readonly Option<bool> s_ours = new("--ours") { Description = "Print our whole log and ask no kernel" };

    public static Command Create()
    {
        var command = new Command("show", "Prints our log and the kernel's side by side, from the first line that differs.") { s_file, s_program, s_kernel, s_level, s_log, s_unprivileged, s_ours };
        command.SetAction(Run);
        return command;
    }

    private static int Run(ParseResult parsed)
    {
        var host = new VerifierHost();
        string path = parsed.GetRequiredValue(s_file), program = parsed.GetRequiredValue(s_program), kernel = parsed.GetRequiredValue(s_kernel);
        int level = parsed.GetValue(s_level);
        if (KernelSelector.Parse(kernel, host.Releases, out IReadOnlyList<KernelSelector> kernels) is { } problem)
            return Refuse(problem);
        if (!File.Exists(path))
            return Refuse($"no file {path}");
        if (!host.TryGet(kernels[0].Release, out IVerifier? verifier))
            return Refuse($"no verifier of {kernel}");
        bool unprivileged = parsed.GetValue(s_unprivileged);
        KernelProfile profile = verifier.DefaultProfile;
        var subject = new Subject(verifier, unprivileged ? profile with { Capabilities = LoaderCapabilities.None } : profile);
        CorpusFile file = CorpusFile.Open(path);
        VerificationResult result = Comparison.Verify(file, program, subject, level);
        if (parsed.GetValue(s_ours))
        {
            Console.Write(result.Log);
        }
        else
        {
            string? log = parsed.GetValue(s_log) is { } given ? File.Exists(given) ? File.ReadAllText(given) : null : Oracle.Log(kernel, path, program, level, unprivileged);
            if (log is null)
                return Refuse("there is no log of the kernel");
            Differ(log.Split('\n'), Comparison.MaskedLog(file, program, subject, level).Split('\n'));
        }
        Console.WriteLine($"ours: {Comparison.Word(result.Verdict)} {result.Errno} {result.Message}");
        return 0;
    }

    private static void Differ(string[] kernel, string[] ours)
    {
        int same = 0;
        while (same < kernel.Length && same < ours.Length && kernel[same] == ours[same])
            same++;
        if (same == kernel.Length && same == ours.Length)
        {
            Console.WriteLine($"the logs are equal ({same} lines)");
            return;
        }
        Console.WriteLine($"line {same + 1} is the first that differs:");
        int width = Math.Max(20, (Width() - 3) / 2);
        Console.WriteLine($"{"kernel".PadRight(width)} | ours");
        for (int i = Math.Max(0, same - Context); i < Math.Min(Math.Max(kernel.Length, ours.Length), same + Following); i++)
        {
            string left = i < kernel.Length ? kernel[i] : "", right = i < ours.Length ? ours[i] : "";
            // long lines go on below, so that nothing is cut off
            for (int at = 0; at == 0 || at < Math.Max(left.Length, right.Length); at += width)
                Console.WriteLine($"{Part(left, at, width).PadRight(width)} {(left == right ? '|' : '*')} {Part(right, at, width)}");
        }
    }

    private static string Part(string line, int at, int width) => at >= line.Length ? "" : line.Substring(at, Math.Min(width, line.Length - at));

    private static int Width() => Console.IsOutputRedirected ? 200 : Math.Max(80, Console.WindowWidth);

    private static int Refuse(string why)
    {
        Console.Error.WriteLine(why);
        return 2;
    }
}
