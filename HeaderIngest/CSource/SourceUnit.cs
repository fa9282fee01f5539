using BpfVerifier.HeaderIngest.Headers;
using ClangSharp.Interop;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>A prototype before the lists its members lead to are known.</summary>
/// <param name="Name">Name of the variable.</param>
/// <param name="Place">Where it is defined.</param>
/// <param name="Members">Values by member.</param>
/// <param name="Unnamed">Initialisers that name no member.</param>
/// <param name="IsStatic">Whether other files cannot see it.</param>
internal sealed record RawProto(string Name, SourcePlace Place, Dictionary<string, ExpressionValue> Members, int Unnamed, bool IsStatic);

/// <summary>A variable that says which set and filter are registered.</summary>
internal sealed record RawIdSet(string Name, string? Set, string? Filter);

/// <summary>A registration before the variable it names is known.</summary>
/// <param name="ProgramType">First argument; null where none is passed, because what is registered is for fmod_ret programs.</param>
/// <param name="IdSet">Last argument.</param>
/// <param name="Place">Where the call stands.</param>
/// <param name="NeverBy">Line of a condition that this configuration makes constant and that keeps the call from running; 0 when there is none.</param>
internal sealed record RawRegistration(ExpressionValue? ProgramType, ExpressionValue IdSet, SourcePlace Place, int NeverBy);

/// <summary>One C file of the kernel as libclang parsed it, and the tables in it.</summary>
internal sealed class SourceUnit
{
    private const string Proto = "const struct bpf_func_proto", IdSet = "const struct btf_kfunc_id_set";

    private readonly string _root;
    private readonly ClangUnit _unit;
    private readonly List<string> _ids = [];
    private SourceSet? _set;
    private List<string>? _list;

    private SourceUnit(string root, ClangUnit unit)
    {
        _root = root;
        _unit = unit;
        Errors = [.. unit.Errors().Select(e => e.Message.StartsWith(root, StringComparison.Ordinal) ? e.Message[root.Length..].TrimStart('/') : e.Message)];
        foreach (CXCursor cursor in ClangUnit.Children(unit.Unit.Cursor))
            Take(cursor);
    }

    public List<RawProto> Protos { get; } = [];
    public List<SourceSet> Sets { get; } = [];
    public List<RawIdSet> IdSets { get; } = [];
    public List<RawRegistration> Registrations { get; } = [];
    /// <summary>Names in lists of BTF ids, by list; an unused place is empty.</summary>
    public Dictionary<string, List<string>> Lists { get; } = new(StringComparer.Ordinal);
    public List<string> Errors { get; }

    /// <summary>Parses a file as the kernel's build would.</summary>
    /// <param name="tree">The source.</param>
    /// <param name="path">The file, below the source's root.</param>
    /// <param name="bodies">Whether functions are read too.</param>
    public static SourceUnit Parse(SourceTree tree, string path, bool bodies)
    {
        CXTranslationUnit_Flags flags = CXTranslationUnit_Flags.CXTranslationUnit_KeepGoing
            | (bodies ? CXTranslationUnit_Flags.CXTranslationUnit_None : CXTranslationUnit_Flags.CXTranslationUnit_SkipFunctionBodies);
        using ClangUnit unit = ClangUnit.Parse(Text(tree, path), tree.Arguments(path), flags, tree.Headers.Added);
        return new SourceUnit(tree.Root, unit);
    }

    /// <summary>Which lines of a file the configuration leaves out: first and last line, each a directive.</summary>
    public static List<(int First, int Last)> Skipped(SourceTree tree, string unitPath, string path)
    {
        using ClangUnit unit = ClangUnit.Parse(Text(tree, unitPath), tree.Arguments(unitPath),
            CXTranslationUnit_Flags.CXTranslationUnit_KeepGoing | CXTranslationUnit_Flags.CXTranslationUnit_SkipFunctionBodies
            | CXTranslationUnit_Flags.CXTranslationUnit_DetailedPreprocessingRecord, tree.Headers.Added);
        return unit.SkippedLines(tree.PathOf(path));
    }

    private static string Text(SourceTree tree, string path) => $"{BtfIdMacros.Preamble}#include \"{tree.PathOf(path)}\"\n";

    private void Take(CXCursor cursor)
    {
        if (BtfIdMacros.MarkOf(cursor) is { } mark)
        {
            Take(mark);
            return;
        }
        if (BtfIdMacros.FlagsOf(cursor) is { } flags)
        {
            if (_set is not null && _ids.Count > 0)
                _set.Members[_ids[^1]] = flags;
            return;
        }
        if (cursor.kind == CXCursorKind.CXCursor_FunctionDecl && clang.isCursorDefinition(cursor) != 0 && PlaceOf(cursor) is { } place)
            TakeCalls(cursor, place.File, 0);
        if (cursor.kind != CXCursorKind.CXCursor_VarDecl || PlaceOf(cursor) is not { } at
            || ClangUnit.Children(cursor).FindIndex(c => c.kind == CXCursorKind.CXCursor_InitListExpr) is not (>= 0 and var index))
            return;
        string type = ClangUnit.Text(clang.getCursorType(cursor).CanonicalType.Spelling);
        CXCursor list = ClangUnit.Children(cursor)[index];
        if (type == Proto)
        {
            var members = new Dictionary<string, ExpressionValue>(StringComparer.Ordinal);
            List<(string Member, CXCursor Value)> initialisers = Expressions.Members(list, out int unnamed);
            foreach ((string member, CXCursor value) in initialisers)
                members[member] = Expressions.Value(value);
            Protos.Add(new RawProto(ClangUnit.NameOf(cursor), at, members, unnamed, clang.Cursor_getStorageClass(cursor) == CX_StorageClass.CX_SC_Static));
        }
        else if (type == IdSet)
        {
            List<(string Member, CXCursor Value)> members = Expressions.Members(list, out _);
            string? Symbol(string member) => members.Find(m => m.Member == member) is { Member: not null } found ? Expressions.Value(found.Value).Symbol : null;
            IdSets.Add(new RawIdSet(ClangUnit.NameOf(cursor), Symbol("set"), Symbol("filter")));
        }
    }

    private void Take(BtfIdMark mark)
    {
        switch (mark.Kind)
        {
            case "list":
                _set = null;
                Lists[mark.Name] = _list = [];
                break;
            case "set" or "set8" when PlaceOf(mark.Cursor) is { } place:
                _list = null;
                Sets.Add(_set = new SourceSet(mark.Name, place, mark.Kind == "set", new SortedDictionary<string, uint>(StringComparer.Ordinal)));
                break;
            case "end":
                _set = null;
                _list = null;
                break;
            default:
                _ids.Add(mark.Name);
                _list?.Add(mark.Name);
                if (_set is not null)
                    _set.Members[mark.Name] = 0;
                break;
        }
    }

    private void TakeCalls(CXCursor cursor, string file, int never)
    {
        if (cursor.kind == CXCursorKind.CXCursor_CallExpr && clang.Cursor_getNumArguments(cursor) is var passed
            && (ClangUnit.NameOf(cursor), passed) is (Definition.RegisterKfuncs, 2) or (Definition.RegisterModifyReturn, 1))
        {
            var call = new RawRegistration(passed == 2 ? Expressions.Value(clang.Cursor_getArgument(cursor, 0)) : null,
                Expressions.Value(clang.Cursor_getArgument(cursor, (uint)passed - 1)), new SourcePlace(file, ClangUnit.LineOf(cursor)), never);
            // An operator that names its operand once and stands for it twice shows it twice.
            if (!Registrations.Contains(call))
                Registrations.Add(call);
            return;
        }
        List<CXCursor> children = ClangUnit.Children(cursor);
        if (cursor.kind == CXCursorKind.CXCursor_IfStmt && children is [var condition, var then, ..])
        {
            long? known = Expressions.Number(condition);
            TakeCalls(condition, file, never);
            TakeCalls(then, file, known == 0 ? ClangUnit.LineOf(cursor) : never);
            foreach (CXCursor otherwise in children.Skip(2))
                TakeCalls(otherwise, file, known is not (null or 0) ? ClangUnit.LineOf(cursor) : never);
            return;
        }
        foreach (CXCursor child in children)
        {
            TakeCalls(child, file, never);
            if (never == 0 && cursor.kind == CXCursorKind.CXCursor_CompoundStmt && AlwaysReturns(child))
                never = ClangUnit.LineOf(child);
        }
    }

    // if (X || 1) return …;
    private static bool AlwaysReturns(CXCursor statement) => statement.kind == CXCursorKind.CXCursor_IfStmt
        && ClangUnit.Children(statement) is [var condition, var then, ..] && Expressions.Number(condition) is not (null or 0)
        && (then.kind == CXCursorKind.CXCursor_CompoundStmt && ClangUnit.Children(then) is [.., var last] ? last : then).kind == CXCursorKind.CXCursor_ReturnStmt;

    private SourcePlace? PlaceOf(CXCursor cursor) => _unit.FileOf(cursor) is var file && file.StartsWith(_root + Path.DirectorySeparatorChar, StringComparison.Ordinal)
        ? new SourcePlace(file[(_root.Length + 1)..], ClangUnit.LineOf(cursor))
        : null;
}
