// Makes the recorded files beside this one out of what the oracle brought back from real kernels:
//   dotnet run tests/Oracle -- ask --kernel 6.1,6.12,6.18 --object samples --insns --out OUT/%k.jsonl --logs OUT/logs-%k
//   dotnet run tests/Runtime.Tests/Logging/recorded/record.cs -- OUT tests/Runtime.Tests/Logging/recorded
using System.Text.Json;
using System.Text.RegularExpressions;

foreach (string release in (string[])["6.1", "6.12", "6.18"])
{
    var instructions = new SortedDictionary<string, string>(StringComparer.Ordinal);
    var flow = new SortedDictionary<string, string>(StringComparer.Ordinal);
    var live = new List<string>();
    int programs = 0;
    foreach (string line in File.ReadLines(Path.Combine(args[0], release + ".jsonl")).Skip(1))
    {
        using JsonDocument document = JsonDocument.Parse(line);
        JsonElement program = document.RootElement;
        string path = Path.Combine(args[0], "logs-" + release, program.GetProperty("object").GetString()!.Replace('/', '_'),
            program.GetProperty("program").GetString() + ".l2.log");
        if (!program.TryGetProperty("insns", out JsonElement insns) || !File.Exists(path))
            continue;
        string code = insns.GetString()!;
        string[] log = File.ReadAllLines(path);
        foreach (string text in log)
        {
            Match match = Regex.Match(text, @"^(\d+): ((?:\([0-9a-f]{2}\)|BUG_).*?)(?: *;.*)?$");
            if (!match.Success)
                continue;
            int at = int.Parse(match.Groups[1].Value) * 16;
            bool wide = code.AsSpan(at, 2) is "18";
            char source = code[at + 2];
            // Addresses and kfunc ids are the running kernel's own.
            if (wide ? source is not ('0' or '4') : code.AsSpan(at, 2) is "85" && source == '2')
                continue;
            instructions[code.Substring(at, wide ? 32 : 16)] = match.Groups[2].Value.TrimEnd();
        }

        string message = program.GetProperty("message").GetString()!;
        if (Regex.IsMatch(message, "^(unreachable insn|back-edge|jump out of range|jump into the middle|last insn is not|call to invalid)"))
            flow[code] = $"{program.GetProperty("errno").GetInt32()} {message}";

        int begin = Array.IndexOf(log, "Live regs before insn:");
        // One program in eight is enough.
        if (begin < 0 || code.Contains("85200000", StringComparison.Ordinal) || programs++ % 8 != 0)
            continue;
        live.Add($"{program.GetProperty("prog_type").GetInt32()} {code}");
        for (int i = begin + 1; i < log.Length && Regex.IsMatch(log[i], @"^ {0,6}\d+ {0,4}\d*: [0-9.]{10} "); i++)
            live.Add(Regex.Replace(log[i], @"(\(18\) r\d+ = 0x)ffff[0-9a-f]{12}$", "$1ADDRESS"));
        live.Add("");
    }

    string folder = Path.Combine(args[1], release);
    Directory.CreateDirectory(folder);
    Write("instructions.txt", instructions.Select(i => $"{i.Key} {i.Value}"));
    Write("control-flow.txt", flow.Select(f => $"{f.Key} {f.Value}"));
    Write("live-registers.txt", live);

    void Write(string name, IEnumerable<string> lines) =>
        File.WriteAllText(Path.Combine(folder, name), string.Concat(lines.Select(l => l + "\n")));
}
