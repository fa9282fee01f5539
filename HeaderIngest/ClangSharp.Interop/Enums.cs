namespace ClangSharp.Interop;

// Values are those of clang-c; only the enumerators HeaderIngest names.

public enum CXErrorCode
{
    CXError_Success = 0,
    CXError_Failure = 1,
    CXError_Crashed = 2,
    CXError_InvalidArguments = 3,
    CXError_ASTReadError = 4,
}

public enum CXDiagnosticSeverity
{
    CXDiagnostic_Ignored = 0,
    CXDiagnostic_Note = 1,
    CXDiagnostic_Warning = 2,
    CXDiagnostic_Error = 3,
    CXDiagnostic_Fatal = 4,
}

[Flags]
public enum CXTranslationUnit_Flags
{
    CXTranslationUnit_None = 0x0,
    CXTranslationUnit_DetailedPreprocessingRecord = 0x01,
    CXTranslationUnit_SkipFunctionBodies = 0x40,
    CXTranslationUnit_KeepGoing = 0x200,
}

public enum CXChildVisitResult
{
    CXChildVisit_Break,
    CXChildVisit_Continue,
    CXChildVisit_Recurse,
}

public enum CXCursorKind
{
    CXCursor_StructDecl = 2,
    CXCursor_UnionDecl = 3,
    CXCursor_EnumDecl = 5,
    CXCursor_FieldDecl = 6,
    CXCursor_EnumConstantDecl = 7,
    CXCursor_FunctionDecl = 8,
    CXCursor_VarDecl = 9,
    CXCursor_MemberRef = 47,
    CXCursor_DeclRefExpr = 101,
    CXCursor_CallExpr = 103,
    CXCursor_ArraySubscriptExpr = 113,
    CXCursor_InitListExpr = 119,
    CXCursor_CompoundStmt = 202,
    CXCursor_IfStmt = 205,
    CXCursor_ReturnStmt = 214,
    CXCursor_AnnotateAttr = 406,
    CXCursor_MacroDefinition = 501,
}

public enum CXTypeKind
{
    CXType_Invalid = 0,
    CXType_Char_S = 13,
    CXType_SChar = 14,
    CXType_Short = 16,
    CXType_Int = 17,
    CXType_Long = 18,
    CXType_LongLong = 19,
    CXType_Record = 105,
    CXType_ConstantArray = 112,
    CXType_IncompleteArray = 114,
}

public enum CXTokenKind
{
    CXToken_Punctuation,
    CXToken_Keyword,
    CXToken_Identifier,
    CXToken_Literal,
    CXToken_Comment,
}

public enum CXEvalResultKind
{
    CXEval_UnExposed = 0,
    CXEval_Int = 1,
}

public enum CX_StorageClass
{
    CX_SC_Invalid = 0,
    CX_SC_Static = 3,
}
