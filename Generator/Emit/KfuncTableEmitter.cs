using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>KfuncTable</c>: which kfuncs a program type may call, with their flags and filters.</summary>
internal static class KfuncTableEmitter
{
    public static string Emit(KfuncsModel model)
    {
        EquatableArray<KfuncSetModel> sets = model.Sets;
        string[] names = [.. sets.SelectMany(s => s.Kfuncs).Select(k => k.Name).Distinct().OrderBy(n => n, StringComparer.Ordinal)];
        var index = new Dictionary<string, int>(StringComparer.Ordinal);
        foreach (string name in names)
            index.Add(name, index.Count);
        var flags = new Numbering<string>();
        var filters = new Numbering<string>(first: 1);
        var rows = new List<int>();
        int hooks = sets.Count == 0 ? 0 : sets.Items.Max(s => s.Hook) + 1;
        var starts = new int[hooks + 1];
        foreach (IGrouping<int, KfuncSetModel> hook in sets.GroupBy(s => s.Hook).OrderBy(g => g.Key))
        {
            // One registered twice at a hook counts as its first set has it.
            foreach (var (kfunc, filter) in hook
                .SelectMany(s => s.Kfuncs.Select(k => (Kfunc: k, s.Filter)))
                .GroupBy(k => k.Kfunc.Name, StringComparer.Ordinal).Select(g => g.First())
                .OrderBy(k => k.Kfunc.Name, StringComparer.Ordinal))
                rows.AddRange([index[kfunc.Name], flags[kfunc.Flags], filter is null ? 0 : filters[filter]]);
            starts[hook.Key + 1] = rows.Count;
        }
        for (int i = 1; i < starts.Length; i++)
            starts[i] = Math.Max(starts[i], starts[i - 1]);

        CodeWriter code = CodeWriter.ForRuntime("abi.json");
        code.Summary("kfuncs by program type. What is registered for one of the types that share a hook is registered for all of them.");
        code.Open("internal static class KfuncTable");
        code.Lines("""
            private const int RowSize = 3;

            private static string[]? s_names;
            private static string[]? s_filters;

            /// <summary>All kfuncs, ordered.</summary>
            public static ReadOnlySpan<string> Names => NameArray;

            /// <summary>The kfunc as registered for every type or, failing that, at the hook of <paramref name="type"/>.</summary>
            /// <param name="type">Program type.</param>
            /// <param name="name">The kfunc's name.</param>
            /// <param name="flags">Its flags.</param>
            /// <param name="filter">Symbol of the function that narrows who may call it, or null.</param>
            public static bool TryLookup(global::BpfVerifier.ProgramType type, string name, out KfuncFlags flags, out string? filter)
            {
                int number = Number(name);
                return TryFind(0, number, out flags, out filter)
                    || TryFind(Hook((uint)type), number, out flags, out filter);
            }

            /// <summary>Whether any type has the kfunc, and the flags it is first registered with.</summary>
            public static bool IsKnown(string name, out KfuncFlags flags)
            {
                int number = Number(name);
                for (uint hook = 0; hook < HookStarts.Length - 1; hook++)
                {
                    if (TryFind(hook, number, out flags, out _))
                        return true;
                }
                flags = default;
                return false;
            }

            private static string[] NameArray => s_names ??= Tables.Lines(NameText);

            private static int Number(string name) => Array.BinarySearch(NameArray, name, StringComparer.Ordinal);

            private static bool TryFind(uint hook, int number, out KfuncFlags flags, out string? filter)
            {
                flags = default;
                filter = null;
                if (number < 0 || hook >= HookStarts.Length - 1)
                    return false;
                ReadOnlySpan<ushort> rows = Rows[HookStarts[(int)hook]..HookStarts[(int)hook + 1]];
                int at = Tables.Find(rows, RowSize, number);
                if (at < 0)
                    return false;
                rows = rows[(at * RowSize)..];
                flags = Flags(rows[1]);
                filter = rows[2] == 0 ? null : (s_filters ??= Tables.Lines(FilterText))[rows[2] - 1];
                return true;
            }
            """).Line();
        code.Line("// Number of the program type that stands for the hook.").Open("private static uint Hook(uint type) => type switch");
        foreach (HookMember member in model.Members)
            code.Format($"{member.ProgramType} => {member.Hook},");
        code.Line("_ => type,").Close(";").Line();
        code.Open("private static KfuncFlags Flags(int index) => index switch");
        for (int i = 0; i < flags.Items.Count; i++)
        {
            if (flags.Items[i].Length > 0)
                code.Format($"{i} => {flags.Items[i]},");
        }
        code.Line("_ => default,").Close(";").Line();
        code.Text("NameText", names).Line();
        code.Text("FilterText", filters.Items).Line();
        code.Line("// By hook: kfunc, flags, filter.");
        code.Data("ushort", "Rows", rows).Line();
        code.Data("ushort", "HookStarts", starts);
        return code.Close().ToString();
    }
}
