using System.Globalization;
using System.Text;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfVerifier.Bench.Typing;

/// <summary>A project that loads BPF programs and is much too long: ordinary code, and every third method uses kernel symbols.</summary>
internal static class BigProject
{
    private const int LinesOfMethod = 21;

    /// <summary>A compilation of <paramref name="files"/> files of <paramref name="lines"/> lines together.</summary>
    public static CSharpCompilation Make(int files, int lines) => CSharpCompilation.Create(
        "Big",
        Enumerable.Range(0, files).Select(i => CSharpSyntaxTree.ParseText(File(i, lines / files), path: string.Create(CultureInfo.InvariantCulture, $"File{i}.cs"))),
        ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator).Where(p => p.Length > 0).Select(p => MetadataReference.CreateFromFile(p)),
        new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true));

    private static string File(int number, int lines)
    {
        var text = new StringBuilder("using System;\nusing System.Collections.Generic;\nusing BpfVerifier.Abi;\nnamespace Big;\n");
        text.Append(CultureInfo.InvariantCulture, $"public sealed class Loader{number}\n{{\n    private readonly List<bpf_insn> _insns = [];\n");
        for (int method = 0; method * LinesOfMethod + 8 < lines; method++)
            text.Append((method % 3 == 0 ? Kernel : Ordinary).Replace("NUMBER", method.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal));
        return text.Append("}\n").ToString();
    }

    private const string Kernel = """
            public void EmitNUMBER(bool trace, bpf_prog_type type)
            {
                var attributes = new bpf_attr { prog_type = (uint)type, insn_cnt = (uint)_insns.Count };
                if (trace && Kernel.IsAtLeast(6, 12))
                {
                    attributes.prog_token_fd = NUMBER;
                    _insns.Add(Kfuncs.bpf_cpumask_create.Call(NUMBER));
                }
                bool loops = Kernel.IsAtLeast(6, 1);
                if (loops)
                    _insns.Add(Helpers.bpf_loop.Call());
                for (int i = 0; i < NUMBER && trace; i++)
                {
                    if (!Kernel.IsAtLeast(6, 1))
                        continue;
                    _insns.Add(Helpers.bpf_ktime_get_tai_ns.Call());
                }
                _insns.Add(Helpers.bpf_map_lookup_elem.Call());
                _insns.Add(Helpers.bpf_snprintf.Call());
            }


        """;

    private const string Ordinary = """
            public int CountNUMBER(IReadOnlyList<int> values, string name)
            {
                int sum = 0;
                foreach (int value in values)
                {
                    if (value < 0 || value > name.Length)
                        continue;
                    sum += value switch { 0 => 1, 1 => NUMBER, _ => value * 2 };
                }
                var seen = new Dictionary<string, int>(StringComparer.Ordinal);
                for (int i = 0; i < values.Count; i++)
                {
                    string key = name + values[i];
                    seen[key] = seen.TryGetValue(key, out int before) ? before + 1 : 1;
                }
                Func<int, int> twice = i => i + i + sum;
                return seen.Count > NUMBER ? twice(sum) : sum;
            }


        """;
}
