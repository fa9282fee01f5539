using BpfVerifier.HeaderIngest.Headers;
using ClangSharp.Interop;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>What one use of a macro of <c>linux/btf_ids.h</c> said.</summary>
/// <param name="Kind"><c>list</c>, <c>set</c>, <c>set8</c>, <c>end</c> or <c>id</c>.</param>
/// <param name="Name">Name of the list, the set or the type or function; empty for an unused place in a list.</param>
/// <param name="Cursor">Where it stands.</param>
internal readonly record struct BtfIdMark(string Kind, string Name, CXCursor Cursor);

/// <summary>Lists and sets of BTF ids. The kernel's macros make assembly of them, which says nothing to a C parser; ours make declarations that carry
/// the same names.</summary>
internal static class BtfIdMacros
{
    private const string MarkPrefix = "bpfverifier_mark_", FlagsPrefix = "bpfverifier_flags_";

    /// <summary>C text to stand before a file of the kernel: reads the kernel's macros once, then puts ours in their place.</summary>
    public const string Preamble = """
        #include <linux/types.h>
        #include <linux/btf_ids.h>
        #define BPFVERIFIER_JOIN_(a, b) a##b
        #define BPFVERIFIER_JOIN(a, b) BPFVERIFIER_JOIN_(a, b)
        #define BPFVERIFIER_MARK(text) extern int BPFVERIFIER_JOIN(bpfverifier_mark_, __COUNTER__) __attribute__((annotate(text)));
        #define BPFVERIFIER_SECOND(first, second, ...) second
        #undef BTF_ID
        #define BTF_ID(kind, name) BPFVERIFIER_MARK("id " #name)
        #undef BTF_ID_FLAGS
        #define BTF_ID_FLAGS(kind, name, ...) BPFVERIFIER_MARK("id " #name) \
            enum { BPFVERIFIER_JOIN(bpfverifier_flags_, __COUNTER__) = (BPFVERIFIER_SECOND(0, ##__VA_ARGS__, 0)) };
        #undef BTF_ID_UNUSED
        #define BTF_ID_UNUSED BPFVERIFIER_MARK("id ")
        #undef BTF_ID_LIST
        #define BTF_ID_LIST(name) BPFVERIFIER_MARK("list " #name) extern u32 name[];
        #undef BTF_ID_LIST_GLOBAL
        #define BTF_ID_LIST_GLOBAL(name, ...) BPFVERIFIER_MARK("list " #name)
        #undef BTF_ID_LIST_SINGLE
        #define BTF_ID_LIST_SINGLE(name, kind, type) BTF_ID_LIST(name) BTF_ID(kind, type)
        #undef BTF_ID_LIST_GLOBAL_SINGLE
        #define BTF_ID_LIST_GLOBAL_SINGLE(name, kind, type) BTF_ID_LIST_GLOBAL(name, 1) BTF_ID(kind, type)
        #undef BTF_SET_START
        #define BTF_SET_START(name) BPFVERIFIER_MARK("set " #name)
        #undef BTF_SET_START_GLOBAL
        #define BTF_SET_START_GLOBAL(name) BPFVERIFIER_MARK("set " #name)
        #undef BTF_SET_END
        #define BTF_SET_END(name) BPFVERIFIER_MARK("end " #name) extern struct btf_id_set name;
        #undef BTF_SET8_START
        #define BTF_SET8_START(name) BPFVERIFIER_MARK("set8 " #name)
        #undef BTF_SET8_END
        #define BTF_SET8_END(name) BPFVERIFIER_MARK("end " #name) extern struct btf_id_set8 name;
        #undef BTF_KFUNCS_START
        #define BTF_KFUNCS_START(name) BPFVERIFIER_MARK("set8 " #name)
        #undef BTF_KFUNCS_END
        #define BTF_KFUNCS_END(name) BTF_SET8_END(name)

        """;

    /// <summary>What the use of a macro at a declaration said; null for other declarations.</summary>
    public static BtfIdMark? MarkOf(CXCursor declaration)
    {
        if (declaration.kind != CXCursorKind.CXCursor_VarDecl || !ClangUnit.NameOf(declaration).StartsWith(MarkPrefix, StringComparison.Ordinal))
            return null;
        CXCursor annotation = ClangUnit.Children(declaration).Find(c => c.kind == CXCursorKind.CXCursor_AnnotateAttr);
        string text = ClangUnit.Text(clang.getCursorSpelling(annotation));
        int space = text.IndexOf(' ', StringComparison.Ordinal);
        return space < 0 ? null : new BtfIdMark(text[..space], text[(space + 1)..], declaration);
    }

    /// <summary>Flags of the id before a declaration; null for declarations that do not hold flags.</summary>
    public static uint? FlagsOf(CXCursor declaration)
    {
        if (declaration.kind != CXCursorKind.CXCursor_EnumDecl || ClangUnit.Children(declaration) is not [var first, ..] || !ClangUnit.NameOf(first).StartsWith(FlagsPrefix, StringComparison.Ordinal))
            return null;
        return unchecked((uint)clang.getEnumConstantDeclValue(first));
    }
}
