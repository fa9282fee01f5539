using BpfVerifier.HeaderIngest.Headers;
using ClangSharp.Interop;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>The value of an expression of C, as far as its text gives it.</summary>
/// <param name="Number">Its number, or null when it is none.</param>
/// <param name="Symbol">The function or variable it is the address of, or null.</param>
/// <param name="Index">Which element of that variable.</param>
internal readonly record struct ExpressionValue(long? Number, string? Symbol, int Index)
{
    /// <summary>Whether nothing is known of it.</summary>
    public bool IsUnknown => Number is null && Symbol is null;
}

/// <summary>Takes values out of parsed expressions.</summary>
internal static class Expressions
{
    /// <summary>A number, or the address of something that has a name; neither when it is another thing.</summary>
    public static ExpressionValue Value(CXCursor expression)
    {
        if (Number(expression) is { } number)
            return new ExpressionValue(number, null, 0);
        CXCursor? reference = First(expression, c => c.kind == CXCursorKind.CXCursor_DeclRefExpr && !IsEnumerator(c));
        if (reference is { } named)
        {
            int index = 0;
            if (First(expression, c => c.kind == CXCursorKind.CXCursor_ArraySubscriptExpr) is { } subscript)
            {
                if (ClangUnit.Children(subscript) is not [_, var position] || Number(position) is not { } at)
                    return default;
                index = (int)at;
            }
            return new ExpressionValue(null, ClangUnit.NameOf(clang.getCursorReferenced(named)), index);
        }
        // A number made a pointer.
        return ClangUnit.Children(expression) is [.., var inner] ? Value(inner) : default;
    }

    /// <summary>The integer an expression is, or null.</summary>
    public static unsafe long? Number(CXCursor expression)
    {
        void* result = clang.Cursor_Evaluate(expression);
        if (result is null)
            return null;
        long? value = clang.EvalResult_getKind(result) == CXEvalResultKind.CXEval_Int ? clang.EvalResult_getAsLongLong(result) : null;
        clang.EvalResult_dispose(result);
        return value;
    }

    /// <summary>The first cursor at or below one that answers a question, in the order of the text.</summary>
    public static CXCursor? First(CXCursor cursor, Func<CXCursor, bool> wanted)
    {
        if (wanted(cursor))
            return cursor;
        foreach (CXCursor child in ClangUnit.Children(cursor))
        {
            if (First(child, wanted) is { } found)
                return found;
        }
        return null;
    }

    /// <summary>Members a list of initialisers names, with the expression each has.</summary>
    /// <param name="list">The list.</param>
    /// <param name="other">Told of the number of initialisers that name no member.</param>
    public static List<(string Member, CXCursor Value)> Members(CXCursor list, out int other)
    {
        var members = new List<(string, CXCursor)>();
        other = 0;
        foreach (CXCursor child in ClangUnit.Children(list))
        {
            // Unnamed structures and unions around the member come before it.
            if (ClangUnit.Children(child) is [.., { kind: CXCursorKind.CXCursor_MemberRef } member, var value])
                members.Add((ClangUnit.NameOf(member), value));
            else
                other++;
        }
        return members;
    }

    private static bool IsEnumerator(CXCursor reference) => clang.getCursorReferenced(reference).kind == CXCursorKind.CXCursor_EnumConstantDecl;
}
