using System.Text;

namespace BpfVerifier.Oracle;

/// <summary>The instruction tables of a release's test_verifier, each a load script with a case for each test.</summary>
/// <remarks>The tests are prepared by the release's own test_verifier.c; corpora/tables.c says how. Nothing is loaded.</remarks>
internal sealed class TableCorpus(string release)
{
    /// <summary>What the tests expect of the release's own kernel, beside the scripts.</summary>
    public const string ExpectedFile = "expected.jsonl";

    private const string Prefix = "tables-";
    private const string LastBeforeLibbpf1 = "5.10";
    private static readonly string[] s_releases = ["5.10", "6.1", "6.12"];

    /// <summary>Names of the corpora this can make.</summary>
    public static IEnumerable<string> Names => s_releases.Select(r => Prefix + r);

    /// <summary>The corpus of a name out of <see cref="Names"/>.</summary>
    public static TableCorpus Of(string name) => new(name[Prefix.Length..]);

    /// <summary>Restores the source and writes the scripts; returns how many there are.</summary>
    public int Restore()
    {
        string source = KernelSource.Restore(release, KernelSource.Selftests, "tools/include", "tools/lib/bpf", "tools/arch/x86/include");
        string work = Path.Combine(Repository.OracleCache, Prefix + release);
        string program = Compile(source, work);

        string corpus = Repository.Corpus(Prefix + release), partial = corpus + ".partial";
        if (Directory.Exists(partial))
            Directory.Delete(partial, recursive: true);
        Directory.CreateDirectory(partial);
        Tool.Run(program, [partial]);
        if (Directory.Exists(corpus))
            Directory.Delete(corpus, recursive: true);
        Directory.Move(partial, corpus);
        return Directory.GetFiles(corpus, "*.script").Length;
    }

    private string Compile(string source, string work)
    {
        string selftests = Path.Combine(source, KernelSource.Selftests);
        string include = Directory.CreateDirectory(Path.Combine(work, "verifier")).FullName;
        IEnumerable<string> tables = Directory.GetFiles(Path.Combine(selftests, "verifier"), "*.c").Select(f => Path.GetFileNameWithoutExtension(f));
        File.WriteAllText(Path.Combine(include, "tests.h"), ListOfTables(tables));

        string program = Path.Combine(work, "tables");
        List<string> arguments =
        [
            "-O1", "-w", "-no-pie", "-o", program, Path.Combine(Repository.Root, "tests/Oracle/corpora/tables.c"), "-I" + work,
            .. new[] { KernelSource.Selftests, "tools/include", "tools/include/uapi", "tools/lib", "tools/arch/x86/include" }.Select(f => "-I" + Path.Combine(source, f)),
            // what works on loaded programs is not there, and never called
            "-Wl,--unresolved-symbols=ignore-all",
        ];
        if (release == LastBeforeLibbpf1)
        {
            arguments.Add("-DLIBBPF_BEFORE_1");
            arguments.Add("-I" + Path.Combine(DebianPackages.Extracted("libcap-dev", "1:2.66-4+deb12u3+b1", "bookworm"), "usr/include"));
        }
        Tool.Run("gcc", arguments);
        return program;
    }

    /// <summary>The verifier/tests.h of the kernel's build, with a mark before each table.</summary>
    /// <param name="tables">Names of the tables' files, without <c>.c</c>.</param>
    public static string ListOfTables(IEnumerable<string> tables)
    {
        StringBuilder text = new();
        foreach (string table in tables.Order(StringComparer.Ordinal))
            text.Append("{ .descr = \"@").Append(table).Append("\" },\n#include <verifier/").Append(table).Append(".c>\n");
        return text.ToString();
    }
}
