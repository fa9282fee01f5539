using System.Globalization;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>Changes</c>: one property per entry of the ledger, and the ledger itself for printing.</summary>
internal static class ChangesEmitter
{
    public static string Emit(ChangePlan plan, ReleaseNumber release)
    {
        CodeWriter code = CodeWriter.ForRuntime([.. plan.FileNames.Items, "abi.json", "catalog.json"]);
        code.Summary("Which changes of the verifier a kernel of Linux " + release + " has.");
        code.Line("/// <param name=\"patch\">Its patch level.</param>");
        code.Line("/// <param name=\"modular\">It has every later change whose symbols exist in this release.</param>");
        code.Open("internal readonly struct Changes(int patch, bool modular)");
        code.Line("private readonly int _patch = patch;").Line("private readonly bool _modular = modular;").Line();
        foreach (ResolvedChange change in plan.Changes)
            Property(code, change);
        Index(code, plan);
        Ledger(code, plan);
        code.Close().Line();
        code.Lines("""
            /// <summary>An entry of the ledger.</summary>
            /// <param name="Name">Name of the property of <see cref="Changes"/>.</param>
            /// <param name="Kind">feature, fix, precision, limit or log.</param>
            /// <param name="IsInt">The property is a number, not a yes or no.</param>
            /// <param name="Since">First mainline release that has it.</param>
            /// <param name="Stable">Branches that took it and their first patch level: <c>6.1.190 6.12.100</c>.</param>
            /// <param name="Needs">Symbols without which it cannot be, separated by spaces.</param>
            /// <param name="Commit">Upstream commit, or empty.</param>
            /// <param name="Subject">The commit's subject, or empty.</param>
            /// <param name="Summary">What is different with it.</param>
            /// <param name="Rule">When a kernel of this release has it: Always, FromPatch, Modular, Never.</param>
            /// <param name="Patch">First patch level that has it, where the rule is FromPatch.</param>
            /// <param name="Missing">What it needs and the release lacks, with the first release that has it: <c>bpf_loop@6.1</c>, separated by spaces.</param>
            internal sealed record ChangeEntry(
                string Name, string Kind, bool IsInt, string Since, string Stable, string Needs, string Commit, string Subject, string Summary,
                string Rule, int Patch, string Missing);

            /// <summary>What a change needs of the kernel besides its verifier.</summary>
            /// <param name="symbols">Names of symbols.</param>
            [AttributeUsage(AttributeTargets.Property)]
            internal sealed class NeedsAttribute(params string[] symbols) : Attribute
            {
                /// <summary>Names of symbols.</summary>
                public string[] Symbols { get; } = symbols;
            }
            """);
        return code.ToString();
    }

    private static void Property(CodeWriter code, ResolvedChange resolved)
    {
        ChangeModel change = resolved.Change;
        string origin = change.Subject is null ? "" : " “" + change.Subject + "”";
        code.Summary(change.Summary + origin + " (since " + change.Since + (change.Stable.Count > 0 ? "; " + Stable(change) : "") + ")");
        string condition = resolved.Rule switch
        {
            ChangeRule.Always => "true",
            ChangeRule.FromPatch => "_patch >= " + Text(resolved.Patch) + " || _modular",
            ChangeRule.Modular => "_modular",
            _ => "false",
        };
        if (change.Needs.Count > 0)
            code.Line("[Needs(" + string.Join(", ", change.Needs.Select(n => "\"" + NeededPart.NameOf(n) + "\"")) + ")]");
        if (!change.IsInt)
        {
            code.Line("public bool " + change.Name + " => " + condition + ";").Line();
            return;
        }
        string value = resolved.Rule switch
        {
            ChangeRule.Always => Text(change.After),
            ChangeRule.Never => Text(change.Before),
            _ => condition + " ? " + Text(change.After) + " : " + Text(change.Before),
        };
        code.Line("public int " + change.Name + " => " + value + ";").Line();
    }

    private static void Index(CodeWriter code, ChangePlan plan)
    {
        code.Summary("Value of the entry with this index in Ledger; 1 or 0 for yes or no.");
        code.Open("public int this[int index] => index switch");
        int index = 0;
        foreach (ResolvedChange change in plan.Changes)
            code.Line(Text(index++) + " => " + change.Change.Name + (change.Change.IsInt ? "," : " ? 1 : 0,"));
        code.Line("_ => throw new ArgumentOutOfRangeException(nameof(index)),").Close(";").Line();
    }

    private static void Ledger(CodeWriter code, ChangePlan plan)
    {
        code.Lines("""
            private static ChangeEntry[]? s_ledger;

            /// <summary>The entries, ordered by name.</summary>
            public static ReadOnlySpan<ChangeEntry> Ledger => s_ledger ??= ReadLedger();

            private static ChangeEntry[] ReadLedger()
            {
                if (LedgerText.IsEmpty)
                    return [];
                return Array.ConvertAll(Tables.Lines(LedgerText), line =>
                {
                    string[] parts = line.Split('\t');
                    return new ChangeEntry(parts[0], parts[1], parts[2] == "int", parts[3], parts[4], parts[5], parts[6], parts[7], parts[8],
                        parts[9], int.Parse(parts[10], global::System.Globalization.CultureInfo.InvariantCulture), parts[11]);
                });
            }
            """).Line();
        code.Text("LedgerText", plan.Changes.Select(r => (Resolved: r, r.Change)).Select(p => string.Join("\t", new[]
        {
            p.Change.Name, p.Change.Kind, p.Change.IsInt ? "int" : "bool", p.Change.Since.ToString(), Stable(p.Change), string.Join(" ", p.Change.Needs.Select(NeededPart.NameOf)),
            p.Change.Commit ?? "", p.Change.Subject ?? "", p.Change.Summary,
            p.Resolved.Rule.ToString(), Text(p.Resolved.Patch), string.Join(" ", p.Resolved.Missing.Select(m => m.Name + "@" + m.Since)),
        }.Select(part => part.Replace('\t', ' ')))));
    }

    private static string Stable(ChangeModel change) => string.Join(" ", change.Stable.Select(s => s.Branch + "." + Text(s.Patch)));

    private static string Text(int number) => number.ToString(CultureInfo.InvariantCulture);
}
