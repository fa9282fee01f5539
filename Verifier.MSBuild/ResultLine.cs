using System.Globalization;
using System.Text;

namespace BpfVerifier.MSBuild;

/// <summary>A line of a results file: what the checker found and the build says.</summary>
internal sealed class ResultLine
{
    /// <summary>A warning, otherwise an error.</summary>
    public bool IsWarning { get; set; }
    /// <summary><c>BPFV0001</c> and so on.</summary>
    public string Code { get; set; } = "";
    /// <summary>The C file as the compiler recorded it, or the object.</summary>
    public string File { get; set; } = "";
    /// <summary>Line, from 1; 0 when it is not known.</summary>
    public int Line { get; set; }
    /// <summary>Column, from 1; 0 when it is not known.</summary>
    public int Column { get; set; }
    /// <summary>The text.</summary>
    public string Message { get; set; } = "";

    /// <summary>One line: fields between tabs.</summary>
    public string Write() => string.Join("\t",
        IsWarning ? "warning" : "error", Code, Clean(File), Line.ToString(CultureInfo.InvariantCulture), Column.ToString(CultureInfo.InvariantCulture), Clean(Message));

    /// <summary>Reads what <see cref="Write"/> wrote; null when it is something else.</summary>
    public static ResultLine? Read(string text)
    {
        string[] fields = text.Split('\t');
        if (fields.Length != 6 || fields[0] is not ("warning" or "error")
            || !int.TryParse(fields[3], NumberStyles.None, CultureInfo.InvariantCulture, out int line)
            || !int.TryParse(fields[4], NumberStyles.None, CultureInfo.InvariantCulture, out int column))
            return null;
        return new ResultLine { IsWarning = fields[0] == "warning", Code = fields[1], File = fields[2], Line = line, Column = column, Message = fields[5] };
    }

    // Names come out of the object and may hold anything.
    private static string Clean(string text)
    {
        var clean = new StringBuilder(text.Length);
        foreach (char c in text)
            clean.Append(char.IsControl(c) ? ' ' : c);
        return clean.ToString();
    }
}
