using System.Runtime.InteropServices;
using System.Text;

namespace ClangSharp.Interop;

public unsafe partial struct CXIndex(IntPtr handle) : IDisposable
{
    public IntPtr Handle { get; set; } = handle;

    public static CXIndex Create(bool excludeDeclarationsFromPch = false, bool displayDiagnostics = false) =>
        new((IntPtr)clang.createIndex(excludeDeclarationsFromPch ? 1 : 0, displayDiagnostics ? 1 : 0));

    public void Dispose()
    {
        if (Handle != IntPtr.Zero)
            clang.disposeIndex((void*)Handle);
        Handle = IntPtr.Zero;
    }
}

public unsafe partial struct CXTranslationUnit(IntPtr handle) : IDisposable
{
    public IntPtr Handle { get; set; } = handle;

    private readonly CXTranslationUnitImpl* Unit => (CXTranslationUnitImpl*)Handle;

    public readonly CXCursor Cursor => clang.getTranslationUnitCursor(Unit);

    public readonly uint NumDiagnostics => clang.getNumDiagnostics(Unit);

    public static CXErrorCode TryParse(CXIndex index, string sourceFileName, ReadOnlySpan<string> commandLineArgs, ReadOnlySpan<CXUnsavedFile> unsavedFiles,
        CXTranslationUnit_Flags options, out CXTranslationUnit translationUnit)
    {
        IntPtr name = Marshal.StringToCoTaskMemUTF8(sourceFileName);
        var arguments = new IntPtr[commandLineArgs.Length];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = Marshal.StringToCoTaskMemUTF8(commandLineArgs[i]);
        try
        {
            CXTranslationUnitImpl* unit = null;
            fixed (IntPtr* argv = arguments)
            fixed (CXUnsavedFile* files = unsavedFiles)
            {
                CXErrorCode error = clang.parseTranslationUnit2((void*)index.Handle, (sbyte*)name, (sbyte**)argv, arguments.Length, files, (uint)unsavedFiles.Length,
                    (uint)options, &unit);
                translationUnit = new CXTranslationUnit((IntPtr)unit);
                return error;
            }
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
            foreach (IntPtr argument in arguments)
                Marshal.FreeCoTaskMem(argument);
        }
    }

    public readonly CXDiagnostic GetDiagnostic(uint index) => new((IntPtr)clang.getDiagnostic(Unit, index));

    public readonly CXFile GetFile(string fileName)
    {
        IntPtr name = Marshal.StringToCoTaskMemUTF8(fileName);
        try
        {
            return new CXFile((IntPtr)clang.getFile(Unit, (sbyte*)name));
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }

    public readonly CXSourceLocation GetLocationForOffset(CXFile file, uint offset) => clang.getLocationForOffset(Unit, (void*)file.Handle, offset);

    public readonly Span<CXToken> Tokenize(CXSourceRange sourceRange)
    {
        CXToken* tokens;
        uint count;
        clang.tokenize(Unit, sourceRange, &tokens, &count);
        return new Span<CXToken>(tokens, (int)count);
    }

    public readonly void DisposeTokens(ReadOnlySpan<CXToken> tokens)
    {
        fixed (CXToken* first = tokens)
            clang.disposeTokens(Unit, first, (uint)tokens.Length);
    }

    public static implicit operator CXTranslationUnitImpl*(CXTranslationUnit value) => (CXTranslationUnitImpl*)value.Handle;

    public void Dispose()
    {
        if (Handle != IntPtr.Zero)
            clang.disposeTranslationUnit(Unit);
        Handle = IntPtr.Zero;
    }
}

public unsafe partial struct CXDiagnostic(IntPtr handle) : IDisposable
{
    public IntPtr Handle { get; set; } = handle;

    public readonly CXDiagnosticSeverity Severity => clang.getDiagnosticSeverity((void*)Handle);

    public readonly CXString Spelling => clang.getDiagnosticSpelling((void*)Handle);

    public readonly CXSourceLocation Location => clang.getDiagnosticLocation((void*)Handle);

    public void Dispose()
    {
        if (Handle != IntPtr.Zero)
            clang.disposeDiagnostic((void*)Handle);
        Handle = IntPtr.Zero;
    }
}

public unsafe partial struct CXFile(IntPtr handle)
{
    public IntPtr Handle { get; set; } = handle;

    public readonly CXString Name => clang.getFileName((void*)Handle);
}

public readonly unsafe partial struct CXClientData(IntPtr handle)
{
    public IntPtr Handle { get; } = handle;
}

public unsafe partial struct CXString : IDisposable
{
    /// <summary>The text. The package's member of this name leaves the string to be disposed of, as this one does.</summary>
    public override readonly string ToString()
    {
        sbyte* text = clang.getCString(this);
        return text is null ? "" : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated((byte*)text));
    }

    public void Dispose()
    {
        if (data is not null)
            clang.disposeString(this);
        data = null;
    }
}

public unsafe partial struct CXCursor
{
    public readonly CXString Spelling => clang.getCursorSpelling(this);

    public readonly CXType Type => clang.getCursorType(this);

    public readonly CXSourceLocation Location => clang.getCursorLocation(this);

    public readonly CXChildVisitResult VisitChildren(CXCursorVisitor visitor, CXClientData clientData)
    {
        var pointer = (delegate* unmanaged[Cdecl]<CXCursor, CXCursor, void*, CXChildVisitResult>)Marshal.GetFunctionPointerForDelegate(visitor);
        uint result = clang.visitChildren(this, pointer, (void*)clientData.Handle);
        GC.KeepAlive(visitor);
        return (CXChildVisitResult)result;
    }
}

public unsafe partial struct CXType
{
    public readonly CXString Spelling => clang.getTypeSpelling(this);

    public readonly CXType CanonicalType => clang.getCanonicalType(this);

    public readonly CXType ResultType => clang.getResultType(this);

    public readonly long SizeOf => clang.Type_getSizeOf(this);

    public readonly long ArraySize => clang.getArraySize(this);

    public readonly bool IsFunctionTypeVariadic => clang.isFunctionTypeVariadic(this) != 0;

    public readonly long GetOffsetOf(string s)
    {
        IntPtr name = Marshal.StringToCoTaskMemUTF8(s);
        try
        {
            return clang.Type_getOffsetOf(this, (sbyte*)name);
        }
        finally
        {
            Marshal.FreeCoTaskMem(name);
        }
    }
}

public unsafe partial struct CXSourceLocation
{
    public readonly void GetExpansionLocation(out CXFile file, out uint line, out uint column, out uint offset)
    {
        void* f;
        uint l, c, o;
        clang.getExpansionLocation(this, &f, &l, &c, &o);
        file = new CXFile((IntPtr)f);
        (line, column, offset) = (l, c, o);
    }
}

public unsafe partial struct CXToken
{
    public readonly CXTokenKind Kind => clang.getTokenKind(this);

    public readonly CXString GetSpelling(CXTranslationUnit translationUnit) => clang.getTokenSpelling(translationUnit, this);
}

public unsafe partial struct CXUnsavedFile : IDisposable
{
    public static CXUnsavedFile Create(string filename, string contents) => new()
    {
        Filename = (sbyte*)Marshal.StringToCoTaskMemUTF8(filename),
        Contents = (sbyte*)Marshal.StringToCoTaskMemUTF8(contents),
        Length = (nuint)Encoding.UTF8.GetByteCount(contents),
    };

    public void Dispose()
    {
        Marshal.FreeCoTaskMem((IntPtr)Filename);
        Marshal.FreeCoTaskMem((IntPtr)Contents);
        Filename = null;
        Contents = null;
        Length = 0;
    }
}
