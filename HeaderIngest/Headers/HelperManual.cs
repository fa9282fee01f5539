using System.Text.RegularExpressions;
using ClangSharp.Interop;

namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>The manual of the helpers: a comment of uapi <c>bpf.h</c> in which each helper's prototype stands on a line of its own before its
/// description. Only the prototypes are taken.</summary>
internal static partial class HelperManual
{
    private const string Start = "Start of BPF helper function descriptions", FunctionPrefix = "bpf_";

    /// <summary>Adds every prototype, by helper name without <c>bpf_</c>.</summary>
    /// <exception cref="IngestException">The header has no such comment.</exception>
    public static void Read(CXTranslationUnit unit, string file, SortedDictionary<string, string> manual)
    {
        CXFile handle = unit.GetFile(file);
        uint length = (uint)new FileInfo(file).Length;
        Span<CXToken> tokens = unit.Tokenize(clang.getRange(unit.GetLocationForOffset(handle, 0), unit.GetLocationForOffset(handle, length)));
        string? comment = null;
        foreach (CXToken token in tokens)
        {
            if (token.Kind == CXTokenKind.CXToken_Comment && ClangUnit.Text(token.GetSpelling(unit)) is var text && text.Contains(Start, StringComparison.Ordinal))
            {
                comment = text;
                break;
            }
        }
        unit.DisposeTokens(tokens);
        if (comment is null)
            throw new IngestException($"{file}: has no comment with '{Start}'");
        Parse(comment, manual);
    }

    /// <summary>Takes the prototypes out of the comment.</summary>
    public static void Parse(string comment, SortedDictionary<string, string> manual)
    {
        foreach (string line in comment.Split('\n'))
        {
            // " * void *bpf_map_lookup_elem(struct bpf_map *map, const void *key)": descriptions are indented further.
            if (Prototype().Match(line) is { Success: true } match && match.Groups["name"].Value is var name && name.StartsWith(FunctionPrefix, StringComparison.Ordinal))
                manual.TryAdd(name[FunctionPrefix.Length..], match.Groups["c"].Value);
        }
    }

    [GeneratedRegex(@"^ \* (?<c>\w[\w ]*?[ *]+(?<name>\w+)\(.*\))\s*$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Prototype();
}
