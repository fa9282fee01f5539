using System.Runtime.CompilerServices;
using System.Text;
using Microsoft.CodeAnalysis;

// The names and file conventions of the packages Verify.Xunit and Verify.SourceGenerators, which the registries in use
// here do not serve: with them this file can go and the tests and *.verified.* files stay.
namespace VerifyXunit;

/// <summary>Compares what a generator made with files beside the test.</summary>
internal static class Verifier
{
    /// <summary>Set to anything to accept what is made now.</summary>
    private const string UpdateVariable = "VERIFY_UPDATE";

    /// <summary>
    /// Every generated file against <c>Class.Method#hint.verified.cs</c>. What differs is left as
    /// <c>.received.cs</c> for a look.
    /// </summary>
    public static async Task Verify(GeneratorDriver driver, [CallerFilePath] string file = "", [CallerMemberName] string method = "")
    {
        string prefix = $"{Path.GetFileNameWithoutExtension(file)}.{method}#";
        string folder = Path.GetDirectoryName(file)!;
        Dictionary<string, string> made = driver.GetRunResult().Results.Single().GeneratedSources.ToDictionary(
            s => prefix + Path.GetFileNameWithoutExtension(s.HintName),
            s => $"//HintName: {s.HintName}\n{s.SourceText}");
        bool update = Environment.GetEnvironmentVariable(UpdateVariable) is { Length: > 0 };
        var differences = new List<string>();
        foreach ((string name, string text) in made)
        {
            string verified = Path.Combine(folder, name + ".verified.cs"), received = Path.Combine(folder, name + ".received.cs");
            string? expected = File.Exists(verified) ? Normal(await File.ReadAllTextAsync(verified)) : null;
            string actual = Normal(text);
            if (actual == expected)
                File.Delete(received);
            else
                await File.WriteAllTextAsync(update ? verified : received, actual, new UTF8Encoding(false));
            if (actual != expected && !update)
                differences.Add($"{name}: {(expected is null ? "no verified file" : FirstDifference(expected, actual))}");
        }
        foreach (string stale in Directory.EnumerateFiles(folder, prefix + "*.verified.cs").Where(f => !made.ContainsKey(Path.GetFileName(f)[..^".verified.cs".Length])))
        {
            if (update)
                File.Delete(stale);
            else
                differences.Add($"{Path.GetFileName(stale)}: not generated");
        }
        Assert.True(differences.Count == 0, $"{string.Join('\n', differences)}\nCompare the .received. files, or set {UpdateVariable}=1 to accept them.");
    }

    private static string Normal(string text) => text.TrimStart('\ufeff').Replace("\r\n", "\n", StringComparison.Ordinal);

    private static string FirstDifference(string expected, string actual)
    {
        string[] a = expected.Split('\n'), b = actual.Split('\n');
        int line = a.Zip(b).TakeWhile(pair => pair.First == pair.Second).Count();
        return $"line {line + 1}: expected '{a.ElementAtOrDefault(line)}', got '{b.ElementAtOrDefault(line)}'";
    }
}
