using System.Text;

namespace BpfVerifier.Cli.Merge;

/// <summary>Reads CSV as RFC 4180 describes it: quoted fields may hold commas, line ends and doubled quotes.</summary>
internal static class CsvRecords
{
    /// <summary>The records; a line end behind the last is no record more.</summary>
    public static IEnumerable<List<string>> Read(string text)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        bool quoted = false;
        for (int i = 0; i < text.Length; i++)
        {
            char c = text[i];
            if (quoted && c == '"' && i + 1 < text.Length && text[i + 1] == '"')
            {
                field.Append('"');
                i++;
            }
            else if (c == '"')
                quoted = !quoted;
            else if (quoted || c is not (',' or '\n'))
                field.Append(c);
            else
            {
                fields.Add(field.ToString());
                field.Clear();
                if (c == '\n')
                {
                    yield return fields;
                    fields = [];
                }
            }
        }
        if (field.Length != 0 || fields.Count != 0)
        {
            fields.Add(field.ToString());
            yield return fields;
        }
    }
}
