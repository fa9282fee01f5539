using System.Text;
using System.Text.RegularExpressions;
using ClangSharp.Interop;

namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>Finds which macros have an integer value, by letting the compiler make an enumerator of each.</summary>
internal static partial class MacroValues
{
    private const string Prefix = "bpfverifier_value_of_";

    /// <summary>Adds every macro of <paramref name="names"/> that is an integer constant expression.</summary>
    /// <exception cref="IngestException">The headers themselves do not compile.</exception>
    public static void Evaluate(KernelHeaders headers, IEnumerable<string> names, SortedDictionary<string, Int128> values)
    {
        // One line each, so that the line of an error tells which macro has no value; those are most of them by design.
        var text = new StringBuilder(headers.Includes);
        foreach (string name in names.Where(n => !Guard().IsMatch(n)))
            text.Append("enum { ").Append(Prefix).Append(name).Append(" = (").Append(name).Append(") };\n");

        using ClangUnit unit = ClangUnit.Parse(text.ToString(), headers.Arguments, CXTranslationUnit_Flags.CXTranslationUnit_SkipFunctionBodies, headers.Added);
        HashSet<int> wrong = [.. unit.Errors().Select(e => e.Line)];
        if (wrong.Contains(0))
            unit.RequireNoErrors(headers);
        foreach (CXCursor cursor in ClangUnit.Children(unit.Unit.Cursor))
        {
            if (cursor.kind != CXCursorKind.CXCursor_EnumDecl || wrong.Contains(ClangUnit.LineOf(cursor)))
                continue;
            foreach (CXCursor enumerator in ClangUnit.Children(cursor))
            {
                string name = ClangUnit.NameOf(enumerator);
                if (!name.StartsWith(Prefix, StringComparison.Ordinal))
                    break;
                // An enumeration of a value no signed type holds is unsigned.
                long value = clang.getEnumConstantDeclValue(enumerator);
                bool unsigned = clang.getEnumDeclIntegerType(cursor).CanonicalType.kind is not (CXTypeKind.CXType_Int or CXTypeKind.CXType_Long or CXTypeKind.CXType_LongLong);
                values.Add(name[Prefix.Length..], unsigned ? clang.getEnumConstantDeclUnsignedValue(enumerator) : value);
            }
        }
    }

    // _LINUX_BPF_H and _UAPI__LINUX_BPF_H__ only say that a header was read.
    [GeneratedRegex("^_.*_H_*$", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Guard();
}
