using System.Diagnostics;
using System.Globalization;
using BpfVerifier.Generator;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;
using Microsoft.CodeAnalysis.Diagnostics;
using Microsoft.CodeAnalysis.Text;

namespace BpfVerifier.Bench.Speed;

/// <summary>Runs the generator over the committed releases as the compiler does, from nothing remembered, after two rounds to warm up.</summary>
internal static class GeneratorSpeed
{
    private const int Rounds = 5, WarmUp = 2;

    public static void Print(string headers)
    {
        string changes = Path.Combine(headers, "..", "Verifier.Runtime", "Changes");
        List<AdditionalText> shared = [new Input(Path.Combine(headers, "catalog.json"), "catalog"), new Input(Path.Combine(changes, "kernel-types.json"), "types")];
        shared.AddRange(Directory.EnumerateFiles(changes, "ledger*.json").Order(StringComparer.Ordinal).Select(file => new Input(file, "ledger")));
        CSharpCompilation compilation = CSharpCompilation.Create("bench");
        string[] releases = [.. Directory.EnumerateDirectories(headers).Where(d => Version.TryParse(Path.GetFileName(d), out _)).OrderBy(d => Version.Parse(Path.GetFileName(d)))];
        var times = releases.ToDictionary(r => r, _ => new List<double>());
        for (int round = 0; round < WarmUp + Rounds; round++)
        {
            foreach (string release in releases)
            {
                var clock = Stopwatch.StartNew();
                GeneratorRunResult result = CSharpGeneratorDriver.Create([new TablesGenerator().AsSourceGenerator()], [new Input(Path.Combine(release, "abi.json"), "release"), .. shared], null, new Options(), default)
                    .RunGenerators(compilation).GetRunResult().Results.Single();
                if (result.Exception is not null || result.GeneratedSources.Length == 0 || result.Diagnostics.Any(d => d.Severity == DiagnosticSeverity.Error))
                    throw new InvalidOperationException($"{release}: {result.Exception?.Message ?? string.Join("; ", result.Diagnostics)}");
                if (round >= WarmUp)
                    times[release].Add(clock.Elapsed.TotalMilliseconds);
            }
        }
        foreach (string release in releases)
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{Path.GetFileName(release)}: median {times[release].Order().ElementAt(Rounds / 2):F0} ms, worst {times[release].Max():F0} ms of {Rounds}"));
    }

    private sealed class Input(string path, string kind) : AdditionalText
    {
        private readonly SourceText _text = SourceText.From(File.ReadAllText(path));

        public override string Path { get; } = path;

        public string Kind { get; } = kind;

        public override SourceText GetText(CancellationToken cancellationToken = default) => _text;
    }

    /// <summary>What the project file tells the compiler of each input.</summary>
    private sealed class Options : AnalyzerConfigOptionsProvider
    {
        public override AnalyzerConfigOptions GlobalOptions { get; } = new One("");

        public override AnalyzerConfigOptions GetOptions(SyntaxTree tree) => GlobalOptions;

        public override AnalyzerConfigOptions GetOptions(AdditionalText textFile) => new One(((Input)textFile).Kind);
    }

    private sealed class One(string kind) : AnalyzerConfigOptions
    {
        public override bool TryGetValue(string key, out string value)
        {
            value = kind;
            return key == "build_metadata.AdditionalFiles.KernelAbi";
        }
    }
}
