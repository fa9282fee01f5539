using System.Text.RegularExpressions;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>What kind of table a text defines.</summary>
internal enum DefinitionKind
{
    Prototype,
    Set,
    Registration,
}

/// <summary>A place where the text of a file, whatever its conditions, defines something. What a parse does not find again was left out or not
/// understood; nothing is lost silently.</summary>
/// <param name="Kind">What.</param>
/// <param name="Name">Its name; of a registration, the function called.</param>
/// <param name="Line">Line, from 1.</param>
internal sealed partial record Definition(DefinitionKind Kind, string Name, int Line)
{
    /// <summary>The functions that register.</summary>
    public const string RegisterKfuncs = "register_btf_kfunc_id_set", RegisterModifyReturn = "register_btf_fmodret_id_set";

    /// <summary>All of a text.</summary>
    public static List<Definition> In(string text)
    {
        var found = new List<Definition>();
        if (!text.Contains("bpf_func_proto", StringComparison.Ordinal) && !text.Contains("BTF_", StringComparison.Ordinal) && !text.Contains("register_btf_", StringComparison.Ordinal))
            return found;
        string code = Comment().Replace(text, m => new string('\n', m.Value.Count('\n')));
        int line = 1, at = 0;
        foreach (Match match in Table().Matches(code))
        {
            line += code.AsSpan(at, match.Index - at).Count('\n');
            at = match.Index;
            found.Add(match.Groups["proto"] is { Success: true } proto ? new Definition(DefinitionKind.Prototype, proto.Value, line)
                : match.Groups["set"] is { Success: true } set ? new Definition(DefinitionKind.Set, set.Value, line)
                : new Definition(DefinitionKind.Registration, match.Groups["call"].Value, line));
        }
        return found;
    }

    /// <summary>For messages.</summary>
    public string Describe() => Kind switch
    {
        DefinitionKind.Prototype => $"prototype {Name}",
        DefinitionKind.Set => $"set {Name}",
        _ => $"call of {Name}",
    };

    [GeneratedRegex(@"/\*.*?\*/|//[^\n]*", RegexOptions.CultureInvariant | RegexOptions.Singleline, 5000)]
    private static partial Regex Comment();

    [GeneratedRegex(@"\bstruct\s+bpf_func_proto\s+(?<proto>\w+)(?:\s+\w+)?\s*=\s*\{|\b(?:BTF_KFUNCS_START|BTF_SET8_START|BTF_SET_START(?:_GLOBAL)?)\s*\(\s*(?<set>\w+)\s*\)|\b(?<call>register_btf_(?:kfunc|fmodret)_id_set)\s*\((?!\s*(?:enum|const)\b)",
        RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 5000)]
    private static partial Regex Table();
}
