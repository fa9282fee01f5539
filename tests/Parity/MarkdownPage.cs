namespace BpfVerifier.Parity;

/// <summary>docs/parity.md.</summary>
internal static class MarkdownPage
{
    private const string Introduction = """
        # Parity

        Agreement with what real kernels answered (`tests/Parity/golden`), equal to the letter. Statistics are processed
        instructions, total, peak and most states an instruction, and mark_read; logs are compared as a whole, addresses masked.
        Errno is of all programs that were not accepted, libbpf's own errors too. A program we answer `not_implemented` counts
        as disagreement; a kernel whose release has no verifier yet is 0 %.

        - Logs are compared where verdicts agree and the kernel's log was recorded: none of level 1 above 400,000 processed
          instructions, none of level 2 above the golden's `level2_instructions` (its first line).
        - An object that libbpf cannot open counts as one program.
        - Programs that replace or trace functions of another BPF program attach to the one named in
          `tests/Parity/attach-targets.txt`; where none is, libbpf does not load them.
        - `host` is the kernel of the machine the goldens were recorded on, compared with the verifier of its release line for
          that line's image. It is configured otherwise: fentry, fexit and LSM programs get EPERM there before they are verified,
          and it lists no symbols of variables. Those count as false accepts.
        - A corpus ending in `-unprivileged` was loaded without any capability, where kernels allow it and sanitise against Spectre.
        - The samples are in the repository; `dotnet run --project tests/Oracle -- corpus NAME` makes the others.

        Printed by

            dotnet run --project tests/Parity -c Release -- table --logs --markdown docs/parity.md

        """;

    public static void Write(string page, IReadOnlyList<Figures> rows)
    {
        using var to = new StreamWriter(page) { NewLine = "\n" };
        to.WriteLine(Introduction);
        to.WriteLine(Row(Figures.Heads));
        to.WriteLine($"|{string.Concat(Enumerable.Repeat("---|", Figures.Heads.Length))}");
        foreach (Figures row in rows)
            to.WriteLine(Row(row.Row()));
    }

    /// <summary>A row of the page's table.</summary>
    public static string Row(string[] cells) => $"| {string.Join(" | ", cells)} |";
}
