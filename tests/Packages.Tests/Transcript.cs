using System.Text;
using System.Text.RegularExpressions;

namespace BpfVerifier.Packages.Tests;

/// <summary>
/// A page whose <c>console</c> blocks are commands (after a dollar sign) and what they print, and whose blocks with a file's name behind the language are that file.
/// An ellipsis in what is printed stands for any text, a line of nothing else for any lines. The folder of the run is written <c>~</c>, white space at the
/// ends of lines and empty lines at the ends of an output do not count; that is all that is normalised.
/// </summary>
internal sealed class Transcript
{
    private const string Mark = "@@@ next command";

    private readonly List<(string Command, string Expected)> _steps = [];
    private readonly StringBuilder _script = new();

    private Transcript()
    {
    }

    public static Transcript Read(string page)
    {
        var transcript = new Transcript();
        string[] lines = File.ReadAllLines(page);
        for (int i = 0; i < lines.Length; i++)
        {
            if (!lines[i].StartsWith("```", StringComparison.Ordinal))
                continue;
            string info = lines[i][3..];
            int end = Array.IndexOf(lines, "```", i + 1);
            string[] block = lines[(i + 1)..end];
            i = end;
            string[] words = info.Split(' ', 2);
            if (words is ["console"])
                transcript.AddCommands(block);
            else if (words.Length == 2 && words[0] != "console")
                transcript._script.Append($"cat > '{words[1]}' <<'END OF FILE'\n{string.Join('\n', block)}\nEND OF FILE\n");
        }
        return transcript;
    }

    private void AddCommands(string[] block)
    {
        for (int i = 0; i < block.Length;)
        {
            Assert.StartsWith("$ ", block[i], StringComparison.Ordinal);
            string command = block[i++][2..];
            int start = i;
            while (i < block.Length && !block[i].StartsWith("$ ", StringComparison.Ordinal))
                i++;
            _steps.Add((command, string.Join('\n', block[start..i])));
            // A command that fails is one that prints what stands in the page; the next ones go on.
            _script.Append($"echo '{Mark}'\n{{ {command}\n}} < /dev/null\n");
        }
    }

    /// <summary>Runs all of it in one shell and compares.</summary>
    public void Run(string folder, IReadOnlyDictionary<string, string> environment)
    {
        string output = Shell.Run(folder, _script.ToString(), environment).Output.Replace(folder, "~", StringComparison.Ordinal);
        string[] printed = output.Split(Mark + "\n")[1..];
        Assert.Equal(_steps.Count, printed.Length);
        var different = new StringBuilder();
        for (int i = 0; i < printed.Length; i++)
        {
            string actual = Normalise(printed[i]), expected = Normalise(_steps[i].Expected);
            if (!Matches(expected, actual))
                different.Append($"$ {_steps[i].Command}\nprinted\n{actual}\nnot\n{expected}\n\n");
        }
        Assert.True(different.Length == 0, different.ToString());
    }

    private static string Normalise(string text) => string.Join('\n', text.Split('\n').Select(line => line.TrimEnd())).Trim('\n');

    private static bool Matches(string expected, string actual)
    {
        string pattern = Regex.Escape("\n" + expected).Replace("\\n…", "(\\n[^\\n]*)*", StringComparison.Ordinal).Replace("…", "[^\\n]*", StringComparison.Ordinal);
        return Regex.IsMatch("\n" + actual, $"^{pattern}$", RegexOptions.CultureInvariant, TimeSpan.FromSeconds(5));
    }
}
