using System.Text.RegularExpressions;
using BpfVerifier.HeaderIngest.Abi;
using ClangSharp.Interop;

namespace BpfVerifier.HeaderIngest.Headers;

/// <summary>Reads the BPF headers of one kernel with libclang.</summary>
public sealed partial class HeaderParser
{
    private readonly KernelHeaders _headers;
    private readonly HeaderSymbols _symbols;
    private readonly SortedSet<string> _macroNames = new(StringComparer.Ordinal);

    private HeaderParser(KernelHeaders headers) => (_headers, _symbols) = (headers, new HeaderSymbols { OnlyUapi = headers.OnlyUapi });

    /// <summary>Everything the headers declare. libclang must have been loaded.</summary>
    /// <exception cref="IngestException">They are incomplete or do not compile.</exception>
    public static HeaderSymbols Parse(KernelHeaders headers)
    {
        foreach (string file in headers.Files.Select(f => Path.Combine(headers.Common, f)).Append(headers.Autoconf).OfType<string>().Where(f => !File.Exists(f)))
            throw new IngestException($"the headers are incomplete: {file} is missing");
        var parser = new HeaderParser(headers);
        using (ClangUnit unit = ClangUnit.Parse(headers.Includes, headers.Arguments,
            CXTranslationUnit_Flags.CXTranslationUnit_DetailedPreprocessingRecord | CXTranslationUnit_Flags.CXTranslationUnit_SkipFunctionBodies, headers.Added))
        {
            unit.RequireNoErrors(headers);
            parser.Visit(unit);
            HelperManual.Read(unit.Unit, Path.Combine(headers.Common, KernelHeaders.ManualFile), parser._symbols.Manual);
        }
        MacroValues.Evaluate(headers, parser._macroNames, parser._symbols.Macros);
        parser._symbols.Uapi.Macros.IntersectWith(parser._symbols.Macros.Keys);
        return parser._symbols;
    }

    private void Visit(ClangUnit unit)
    {
        var wanted = _headers.Files.ToDictionary(f => Path.Combine(_headers.Common, f), KernelHeaders.IsUapi, StringComparer.Ordinal);
        foreach (CXCursor cursor in ClangUnit.Children(unit.Unit.Cursor))
        {
            if (cursor.kind is CXCursorKind.CXCursor_MacroDefinition or CXCursorKind.CXCursor_FunctionDecl or CXCursorKind.CXCursor_EnumDecl
                or CXCursorKind.CXCursor_StructDecl or CXCursorKind.CXCursor_UnionDecl && wanted.TryGetValue(unit.FileOf(cursor), out bool uapi))
            {
                Declare(cursor, uapi);
            }
        }
    }

    private void Declare(CXCursor cursor, bool uapi)
    {
        switch (cursor.kind)
        {
            case CXCursorKind.CXCursor_MacroDefinition:
                if (clang.Cursor_isMacroFunctionLike(cursor) != 0)
                    break;
                _macroNames.Add(ClangUnit.NameOf(cursor));
                if (uapi)
                    _symbols.Uapi.Macros.Add(ClangUnit.NameOf(cursor));
                break;
            case CXCursorKind.CXCursor_FunctionDecl:
                _symbols.Functions[ClangUnit.NameOf(cursor)] = Function(cursor);
                break;
            case CXCursorKind.CXCursor_EnumDecl:
                Enum(cursor, uapi);
                break;
            case CXCursorKind.CXCursor_StructDecl or CXCursorKind.CXCursor_UnionDecl when clang.isCursorDefinition(cursor) != 0:
                Struct(cursor, uapi);
                break;
        }
    }

    private void Enum(CXCursor cursor, bool uapi)
    {
        bool signed = clang.getEnumDeclIntegerType(cursor).CanonicalType.kind is CXTypeKind.CXType_Char_S or CXTypeKind.CXType_SChar
            or CXTypeKind.CXType_Short or CXTypeKind.CXType_Int or CXTypeKind.CXType_Long or CXTypeKind.CXType_LongLong;
        var values = new OrderedDictionary<string, Int128>(StringComparer.Ordinal);
        foreach (CXCursor child in ClangUnit.Children(cursor).Where(c => c.kind == CXCursorKind.CXCursor_EnumConstantDecl))
            values[ClangUnit.NameOf(child)] = signed ? clang.getEnumConstantDeclValue(child) : clang.getEnumConstantDeclUnsignedValue(child);
        if (values.Count == 0)
            return;
        string called = ClangUnit.NameOf(cursor) is { Length: > 0 } name ? name : "@" + values.GetAt(0).Key;
        _symbols.Enums.TryAdd(called, new EnumInfo(Sources.Header, values));
        if (uapi)
            _symbols.Uapi.Enums.Add(called);
    }

    private void Struct(CXCursor cursor, bool uapi)
    {
        string name = ClangUnit.NameOf(cursor);
        CXType type = clang.getCursorType(cursor);
        if (name.Length > 0)
        {
            var members = new List<StructMember>();
            AddMembers(cursor, type, 0, "", members);
            _symbols.Structs.TryAdd(name, new StructInfo(Sources.Header, cursor.kind == CXCursorKind.CXCursor_StructDecl ? "struct" : "union", (int)type.SizeOf, members));
            if (uapi)
                _symbols.Uapi.Structs.Add(name);
        }
        // C knows no nested names: types declared inside are types like any other.
        foreach (CXCursor child in ClangUnit.Children(cursor))
            Declare(child, uapi);
    }

    /// <summary>Adds the members declared below <paramref name="cursor"/>, whose offsets <paramref name="outer"/> knows.</summary>
    private static void AddMembers(CXCursor cursor, CXType outer, int start, string prefix, List<StructMember> members)
    {
        foreach (CXCursor child in ClangUnit.Children(cursor))
        {
            if (child.kind is CXCursorKind.CXCursor_StructDecl or CXCursorKind.CXCursor_UnionDecl && clang.Cursor_isAnonymousRecordDecl(child) != 0)
                AddMembers(child, outer, start, prefix, members);
            else if (child.kind == CXCursorKind.CXCursor_FieldDecl && ClangUnit.NameOf(child) is { Length: > 0 } name)
                AddMember(child, name, outer, start, prefix, members);
        }
    }

    private static void AddMember(CXCursor field, string name, CXType outer, int start, string prefix, List<StructMember> members)
    {
        long offset = outer.GetOffsetOf(name);
        if (offset < 0)
            throw new IngestException($"libclang does not know the offset of {prefix}{name} in {ClangUnit.Text(outer.Spelling)} (error {offset})");
        CXType type = clang.getCursorType(field);
        string spelling = ClangUnit.Text(type.Spelling);
        int at = start + (int)offset;
        if (clang.Cursor_isBitField(field) != 0)
        {
            members.Add(new StructMember(prefix + name, at, clang.getFieldDeclBitWidth(field), Tidy(spelling), MemberKind.Bitfield));
            return;
        }
        CXType canonical = type.CanonicalType;
        bool flexible = canonical.kind == CXTypeKind.CXType_IncompleteArray || canonical.kind == CXTypeKind.CXType_ConstantArray && canonical.ArraySize == 0;
        members.Add(new StructMember(prefix + name, at, flexible ? 0 : (int)(type.SizeOf * 8), Tidy(spelling), flexible ? MemberKind.Flexible : MemberKind.Plain));
        // A named member of an unnamed type: its members go on with dots.
        if (canonical.kind == CXTypeKind.CXType_Record && Unnamed().IsMatch(spelling))
            AddMembers(clang.getTypeDeclaration(canonical), canonical, at, prefix + name + ".", members);
    }

    private static FunctionInfo Function(CXCursor cursor)
    {
        CXType type = clang.getCursorType(cursor);
        var parameters = new List<string[]>();
        for (uint i = 0; i < clang.Cursor_getNumArguments(cursor); i++)
        {
            CXCursor parameter = clang.Cursor_getArgument(cursor, i);
            parameters.Add([Tidy(ClangUnit.Text(clang.getCursorType(parameter).Spelling)), ClangUnit.NameOf(parameter)]);
        }
        if (type.IsFunctionTypeVariadic)
            parameters.Add(["...", ""]);
        return new FunctionInfo(Sources.Header, Tidy(ClangUnit.Text(type.ResultType.Spelling)), parameters);
    }

    // Unnamed types are spelled with the place of their declaration, which holds a path of this machine.
    private static string Tidy(string spelling) => Unnamed().Replace(spelling, "$1 {}");

    [GeneratedRegex(@"\b(struct|union|enum) \((?:unnamed|anonymous)[^)]*\)", RegexOptions.CultureInvariant, 1000)]
    private static partial Regex Unnamed();
}
