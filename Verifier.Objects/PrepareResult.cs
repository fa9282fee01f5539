using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace BpfVerifier.Objects;

/// <summary>A program ready for a kernel, or the reason why libbpf would not come so far as to load it.</summary>
public sealed class PrepareResult
{
    internal PrepareResult(BpfProgram program, IReadOnlyDictionary<int, string> poisoned, IReadOnlyList<string> warnings)
    {
        Program = program;
        InvalidInstructions = poisoned;
        Warnings = warnings;
    }

    internal PrepareResult(ObjectFailure failure, IReadOnlyList<string> warnings)
    {
        Failure = failure;
        InvalidInstructions = new Dictionary<int, string>();
        Warnings = warnings;
    }

    /// <summary>True when there is a program.</summary>
    [MemberNotNullWhen(true, nameof(Program))]
    [MemberNotNullWhen(false, nameof(Failure))]
    public bool Succeeded => Program is not null;

    /// <summary>The program as BPF_PROG_LOAD would get it.</summary>
    public BpfProgram? Program { get; }

    /// <summary>Why there is none.</summary>
    public ObjectFailure? Failure { get; }

    /// <summary>
    /// Instructions that were made invalid because what they refer to is not there (a field of the kernel's types, a map, a kfunc),
    /// and the two lines that libbpf puts into the verifier's log in place of its own.
    /// </summary>
    public IReadOnlyDictionary<int, string> InvalidInstructions { get; }

    /// <summary>libbpf's warnings that stop nothing.</summary>
    public IReadOnlyList<string> Warnings { get; }

    /// <summary>A verifier's answer for the program with log and message as libbpf shows them, see <see cref="ImproveLog"/>.</summary>
    public VerificationResult Improve(VerificationResult result)
    {
        bool invalid = result.Verdict == Verdict.Rejected && result.Message.StartsWith(InvalidCall, StringComparison.Ordinal);
        if (!invalid || !InvalidInstructions.TryGetValue(result.InstructionIndex, out string? text))
            return result;
        string[] lines = text.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        return result with { Message = lines[^1], Log = ImproveLog(result.Log) };
    }

    private const string InvalidCall = "invalid func unknown#";

    /// <summary>
    /// Rewrites the end of a verifier log as libbpf does: <c>call unknown#195896080</c> and the complaint about it
    /// become the name of the field, map or kfunc that is missing.
    /// </summary>
    public string ImproveLog(string log)
    {
        if (InvalidInstructions.Count == 0)
            return log;
        // libbpf looks at the last ten lines.
        int end = log.Length;
        for (int line = 0; line < 10 && end > 0; line++)
        {
            int start = end < 2 ? 0 : log.LastIndexOf('\n', end - 2) + 1;
            if (start > 0 && log.AsSpan(start, end - start).StartsWith(InvalidCall, StringComparison.Ordinal))
            {
                int previous = start < 2 ? 0 : log.LastIndexOf('\n', start - 2) + 1;
                int colon = log.IndexOf(':', previous, start - previous);
                if (colon > previous && int.TryParse(log.AsSpan(previous, colon - previous), NumberStyles.None, CultureInfo.InvariantCulture, out int instruction)
                    && InvalidInstructions.TryGetValue(instruction, out string? text))
                    return string.Concat(log.AsSpan(0, previous), text, log.AsSpan(end));
                return log;
            }
            end = start;
        }
        return log;
    }
}
