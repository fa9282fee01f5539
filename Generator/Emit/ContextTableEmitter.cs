using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>ContextTable</c>: which accesses to the context a program type may make.</summary>
internal static class ContextTableEmitter
{
    public static string Emit(EquatableArray<ContextModel> contexts, EquatableArray<ContextOps> callbacks)
    {
        var results = new Numbering<(TypeName Yields, int FieldSize)>();
        var runs = new List<int>();
        int types = contexts.Count == 0 ? 0 : contexts.Items.Max(c => c.ProgramType) + 1;
        var starts = new int[types + 1];
        var known = new int[types];
        foreach (ContextModel context in contexts)
        {
            foreach (ContextRun run in context.Runs)
                runs.AddRange([run.Write ? 1 : 0, run.Offset, run.End, run.Size, run.Step, results[(run.Yields, run.FieldSize)]]);
            starts[context.ProgramType + 1] = runs.Count;
            known[context.ProgramType] = 1;
        }
        for (int i = 1; i < starts.Length; i++)
            starts[i] = Math.Max(starts[i], starts[i - 1]);

        var ops = new int[callbacks.Count == 0 ? 0 : callbacks.Items.Max(o => o.ProgramType) + 1];
        foreach (ContextOps type in callbacks)
            ops[type.ProgramType] = (type.Converts ? 1 : 0) | (type.WritesBtfStructs ? 2 : 0);

        CodeWriter code = CodeWriter.ForRuntime("abi.json");
        code.Summary("Context accesses by program type. Taken with attach type 0 and offsets 0 to 255.");
        code.Open("internal static class ContextTable");
        code.Lines("""
            private const int RunSize = 6;

            private static readonly byte[]?[] s_tables = new byte[]?[Known.Length];

            /// <summary>The facts hold for offsets below this; what lies beyond was not asked.</summary>
            public const int Window = 256;

            /// <summary>The type's context is described here; false where BTF describes it or the kernel lacks the type.</summary>
            public static bool Knows(global::BpfVerifier.ProgramType type) => (uint)type < (uint)Known.Length && Known[(int)type] != 0;

            /// <summary>The program sees a struct of its own, and its accesses are rewritten to the kernel's (convert_ctx_access).</summary>
            public static bool Converts(global::BpfVerifier.ProgramType type) => (uint)type < (uint)Ops.Length && (Ops[(int)type] & 1) != 0;

            /// <summary>The type allows stores into some structs of the kernel (btf_struct_access).</summary>
            public static bool WritesBtfStructs(global::BpfVerifier.ProgramType type) => (uint)type < (uint)Ops.Length && (Ops[(int)type] & 2) != 0;

            /// <summary>
            /// Whether the type may access <paramref name="size"/> bytes of its context at <paramref name="off"/>.
            /// </summary>
            /// <param name="type">Program type.</param>
            /// <param name="off">Offset in bytes; anything.</param>
            /// <param name="size">Size in bytes; anything but 1, 2, 4, 8 is refused.</param>
            /// <param name="kind">Read or write.</param>
            /// <param name="yields">What a read gives: <c>Scalar</c> for a plain number.</param>
            /// <param name="ctxFieldSize">Size of the field a narrower read is widened to, 0 where it is not.</param>
            public static bool TryAccess(
                global::BpfVerifier.ProgramType type, int off, int size, AccessKind kind, out RegType yields, out int ctxFieldSize)
            {
                yields = RegKind.Scalar;
                ctxFieldSize = 0;
                if (!Knows(type) || size is not (1 or 2 or 4 or 8))
                    return false;
                byte[] table = s_tables[(int)type] ??= Expand((int)type);
                if ((uint)off >= (uint)table.Length / 8)
                    return false;
                int result = table[Index(off, size, kind == AccessKind.Write)];
                if (result == 0)
                    return false;
                Result(result - 1, out yields, out ctxFieldSize);
                return true;
            }

            private static int Index(int off, int size, bool write) =>
                (off * 8) + (global::System.Numerics.BitOperations.Log2((uint)size) * 2) + (write ? 1 : 0);

            // By offset, size and direction: number of the result and 1, or 0.
            private static byte[] Expand(int type)
            {
                ReadOnlySpan<ushort> runs = Runs[TypeStarts[type]..TypeStarts[type + 1]];
                int end = 0;
                for (int i = 0; i < runs.Length; i += RunSize)
                    end = Math.Max(end, runs[i + 2]);
                var table = new byte[end * 8];
                for (int i = 0; i < runs.Length; i += RunSize)
                {
                    for (int off = runs[i + 1]; off < runs[i + 2]; off += runs[i + 4])
                        table[Index(off, runs[i + 3], runs[i] != 0)] = (byte)(runs[i + 5] + 1);
                }
                return table;
            }
            """).Line();
        code.Open("private static void Result(int index, out RegType yields, out int ctxFieldSize)");
        code.Open("(yields, ctxFieldSize) = index switch");
        for (int i = 0; i < results.Items.Count; i++)
        {
            (TypeName yields, int size) = results.Items[i];
            code.Format($"{i} => ({HelperTableEmitter.Constructor("RegKind", yields).Replace("new(", "new RegType(")}, {size}),");
        }
        code.Line("_ => (new RegType(RegKind.Scalar), 0),").Close(";").Close().Line();
        code.Line("// Write, offset, end, size, step, result.");
        code.Data("ushort", "Runs", runs).Line();
        code.Data("ushort", "TypeStarts", starts).Line();
        code.Data("byte", "Known", known).Line();
        code.Data("byte", "Ops", ops);
        return code.Close().ToString();
    }
}
