using System.CommandLine;
using BpfVerifier.Host;
using BpfVerifier.Objects;

namespace BpfVerifier.Parity;

/// <summary><c>show OBJECT PROGRAM</c>: our log, or where it leaves a kernel's.</summary>
internal static class ShowCommand
{
    public static Command Create()
    {
        var file = new Argument<string>("OBJECT");
        var program = new Argument<string>("PROGRAM");
        var kernel = new Option<string>("--kernel", "-k") { Required = true };
        var level = new Option<int>("--level") { DefaultValueFactory = _ => 2 };
        var against = new Option<string?>("--log") { Description = "A kernel's log: print both from the first line that differs" };
        var command = new Command("show", "Prints our log of one program.") { file, program, kernel, level, against };
        command.SetAction(parsed =>
        {
            var host = new VerifierHost();
            if (KernelSelector.Parse(parsed.GetRequiredValue(kernel), host.Releases, out IReadOnlyList<KernelSelector> kernels) is { } problem
                || !host.TryGet(kernels[0].Release, out IVerifier? verifier))
            {
                Console.Error.WriteLine("unknown kernel");
                return 2;
            }
            BpfObject opened = BpfObject.Open(parsed.GetRequiredValue(file), new ObjectOptions { RelaxedMaps = true, FillMaxEntries = true });
            VerificationResult result = Comparison.Verify(opened, parsed.GetRequiredValue(program), verifier, parsed.GetValue(level));
            if (parsed.GetValue(against) is { } path)
                Differ(File.ReadAllLines(path), Comparison.MaskedLog(opened, parsed.GetRequiredValue(program), verifier, parsed.GetValue(level)).Split('\n'));
            else
                Console.Write(result.Log);
            Console.WriteLine($"{Comparison.Word(result.Verdict)} {result.Errno} {result.Message}");
            return 0;
        });
        return command;
    }

    private static void Differ(string[] kernel, string[] ours)
    {
        int same = 0;
        while (same < kernel.Length && same < ours.Length && kernel[same] == ours[same])
            same++;
        if (same >= kernel.Length)
        {
            Console.WriteLine($"the logs are equal ({same} lines)");
            return;
        }
        for (int i = Math.Max(0, same - 5); i < same; i++)
            Console.WriteLine($"  {kernel[i]}");
        for (int i = same; i < Math.Min(kernel.Length, same + 5); i++)
            Console.WriteLine($"- {kernel[i]}");
        for (int i = same; i < Math.Min(ours.Length, same + 5); i++)
            Console.WriteLine($"+ {ours[i]}");
    }
}
