using System.Globalization;
using ClangSharp.Interop;

namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>One C text as libclang parsed it.</summary>
internal sealed class ClangUnit : IDisposable
{
    private const string MainFile = "bpfverifier-ingest.c";
    private const int MostErrorsShown = 5;

    private CXIndex _index;
    private CXTranslationUnit _unit;
    private readonly Dictionary<IntPtr, string> _files = [];

    private ClangUnit(CXIndex index, CXTranslationUnit unit)
    {
        _index = index;
        _unit = unit;
    }

    /// <summary>The parsed text.</summary>
    public CXTranslationUnit Unit => _unit;

    /// <summary>Parses a text that exists only in memory.</summary>
    /// <param name="text">The text.</param>
    /// <param name="arguments">Of the compiler.</param>
    /// <param name="flags">What to note.</param>
    /// <param name="added">Further files that exist only in memory: path and contents.</param>
    /// <exception cref="IngestException">libclang gave up altogether.</exception>
    public static ClangUnit Parse(string text, string[] arguments, CXTranslationUnit_Flags flags, params (string Path, string Text)[] added)
    {
        CXIndex index = CXIndex.Create();
        CXUnsavedFile[] files = [CXUnsavedFile.Create(MainFile, text), .. added.Select(file => CXUnsavedFile.Create(file.Path, file.Text))];
        try
        {
            CXErrorCode error = CXTranslationUnit.TryParse(index, MainFile, arguments, files, flags, out CXTranslationUnit unit);
            if (error == CXErrorCode.CXError_Success)
                return new ClangUnit(index, unit);
            index.Dispose();
            throw new IngestException($"libclang cannot parse the headers ({error})");
        }
        finally
        {
            foreach (CXUnsavedFile file in files)
                file.Dispose();
        }
    }

    /// <summary>Every error, with the line of the text itself (0 when it is in an included file) and file, line and message as a sentence.</summary>
    public IEnumerable<(int Line, string Message)> Errors()
    {
        for (uint i = 0; i < _unit.NumDiagnostics; i++)
        {
            CXDiagnostic diagnostic = _unit.GetDiagnostic(i);
            if (diagnostic.Severity >= CXDiagnosticSeverity.CXDiagnostic_Error)
            {
                diagnostic.Location.GetExpansionLocation(out CXFile file, out uint line, out _, out _);
                string name = Name(file);
                yield return (name == MainFile ? (int)line : 0, string.Create(CultureInfo.InvariantCulture, $"{name}:{line}: {Text(diagnostic.Spelling)}"));
            }
            diagnostic.Dispose();
        }
    }

    /// <summary>Ends the run when there is an error.</summary>
    /// <exception cref="IngestException">Shows the first errors.</exception>
    public void RequireNoErrors(KernelHeaders headers)
    {
        string[] errors = [.. Errors().Select(e => e.Message)];
        if (errors.Length > 0)
        {
            throw new IngestException($"the kernel's headers in {headers.Common} do not compile ({errors.Length} errors):\n  {string.Join("\n  ", errors.Take(MostErrorsShown))}\n"
                + "  They must be those of one kernel for x86-64, whole and unchanged; leave them out, and what only they tell stays unknown.");
        }
    }

    /// <summary>The cursors directly below one, in order.</summary>
    public static unsafe List<CXCursor> Children(CXCursor cursor)
    {
        var children = new List<CXCursor>();
        cursor.VisitChildren((child, _, _) =>
        {
            children.Add(child);
            return CXChildVisitResult.CXChildVisit_Continue;
        }, default);
        return children;
    }

    /// <summary>File a cursor's text stands in.</summary>
    public string FileOf(CXCursor cursor)
    {
        clang.getCursorLocation(cursor).GetExpansionLocation(out CXFile file, out _, out _, out _);
        return Name(file);
    }

    /// <summary>Line of the text a cursor stands on.</summary>
    public static int LineOf(CXCursor cursor)
    {
        clang.getCursorLocation(cursor).GetExpansionLocation(out _, out uint line, out _, out _);
        return (int)line;
    }

    /// <summary>First and last line of every part of a file that its conditions leave out; both lines are directives. Known only of units parsed with a
    /// record of the preprocessor.</summary>
    public unsafe List<(int First, int Last)> SkippedLines(string path)
    {
        var lines = new List<(int, int)>();
        CXSourceRangeList* ranges = clang.getSkippedRanges(_unit, (void*)_unit.GetFile(path).Handle);
        for (uint i = 0; ranges is not null && i < ranges->count; i++)
            lines.Add((LineAt(clang.getRangeStart(ranges->ranges[i])), LineAt(clang.getRangeEnd(ranges->ranges[i]))));
        if (ranges is not null)
            clang.disposeSourceRangeList(ranges);
        return lines;

        static int LineAt(CXSourceLocation location)
        {
            location.GetExpansionLocation(out _, out uint line, out _, out _);
            return (int)line;
        }
    }

    /// <summary>Name of a declared thing; empty when it has none. Newer versions of libclang describe unnamed things instead.</summary>
    public static string NameOf(CXCursor cursor) => Text(clang.getCursorSpelling(cursor)) is var name && name.Contains('(', StringComparison.Ordinal) ? "" : name;

    /// <summary>A string of libclang's, which is given back.</summary>
    public static string Text(CXString text)
    {
        string value = text.ToString();
        text.Dispose();
        return value;
    }

    private string Name(CXFile file)
    {
        if (file.Handle == IntPtr.Zero)
            return "";
        if (!_files.TryGetValue(file.Handle, out string? name))
            _files.Add(file.Handle, name = Text(file.Name));
        return name;
    }

    public void Dispose()
    {
        _unit.Dispose();
        _index.Dispose();
    }
}
