using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>HelperTable</c>: which helper a program type may call, and its prototype.</summary>
internal static class HelperTableEmitter
{
    public static string Emit(HelperModel model)
    {
        var args = new Numbering<TypeName>();
        var returns = new Numbering<TypeName>();
        var strings = new Numbering<string>(first: 1);
        var protos = new List<int>();
        var offsets = new List<int>();
        foreach (ProtoModel proto in model.Protos)
        {
            offsets.Add(protos.Count);
            protos.AddRange([
                strings[proto.Symbol], strings[proto.Function], returns[proto.Return], Optional(strings, proto.ReturnBtf),
                Optional(strings, proto.Allowed), (int)proto.Flags, proto.Args.Count]);
            foreach (ArgModel arg in proto.Args)
                protos.AddRange([args[arg.Type], arg.Size, Optional(strings, arg.Btf)]);
        }

        CodeWriter code = CodeWriter.ForRuntime("abi.json");
        code.Summary("Helpers by program type, as the image's own callbacks answer.");
        code.Line("/// <remarks>A BTF type called POISON is one the verifier supplies, one called 0 is unknown to the kernel.</remarks>");
        code.Open("internal static class HelperTable");
        code.Lines("""
            private static readonly HelperProto?[] s_protos = new HelperProto?[Offsets.Length];
            private static readonly ushort[]?[] s_byType = new ushort[]?[TypeStarts.Length - 1];
            private static string[]? s_names;
            private static string[]? s_strings;

            /// <summary>The type's helpers are listed here; false where another program or a table decides (EXT, STRUCT_OPS).</summary>
            public static bool Knows(global::BpfVerifier.ProgramType type) => (uint)type < (uint)Known.Length && Known[(int)type] != 0;

            /// <summary>
            /// The prototype <paramref name="helperId"/> has for <paramref name="type"/> with that attach type and those
            /// capabilities, null if such a program may not call it.
            /// </summary>
            public static HelperProto? Lookup(global::BpfVerifier.ProgramType type, int helperId, int attachType, bool sleepable, int capabilities)
            {
                HelperProto? proto = Lookup(type, helperId);
                if ((uint)type >= (uint)s_byType.Length)
                    return proto;
                ReadOnlySpan<ushort> rows = Variations[VariationStarts[(int)type]..VariationStarts[(int)type + 1]];
                for (int i = 0; i < rows.Length; i += 4)
                {
                    if (rows[i + 2] != helperId)
                        continue;
                    bool holds = rows[i] switch
                    {
                        0 => rows[i + 1] == attachType,
                        1 => sleepable,
                        _ => (rows[i + 1] & capabilities) == 0 && (capabilities & SysAdmin) == 0,
                    };
                    // What a missing capability takes away nothing gives back.
                    if (holds && rows[i] == 2 && rows[i + 3] == 0)
                        return null;
                    if (holds)
                        proto = rows[i + 3] == 0 ? null : Proto(rows[i + 3] - 1);
                }
                return proto;
            }

            private const int SysAdmin = 8;

            /// <summary>The prototype <paramref name="helperId"/> has for <paramref name="type"/> with attach type 0, not sleepable, with all capabilities; null if the type may not call it.</summary>
            public static HelperProto? Lookup(global::BpfVerifier.ProgramType type, int helperId)
            {
                if ((uint)type >= (uint)s_byType.Length || (uint)helperId >= Abi.HelperCount)
                    return null;
                ushort[] byId = s_byType[(int)type] ??= Expand((int)type);
                int proto = byId[helperId];
                return proto == 0 ? null : Proto(proto - 1);
            }

            /// <summary>The prototype with that symbol in the kernel, null if it has none: for helpers that depend on the attach type.</summary>
            public static HelperProto? Find(string symbol)
            {
                for (int i = 0; i < Offsets.Length; i++)
                {
                    if (String(Protos[Offsets[i]]) == symbol)
                        return Proto(i);
                }
                return null;
            }

            /// <summary>The helper's name with its prefix, <c>bpf_map_lookup_elem</c>; <c>unknown</c> if there is none.</summary>
            public static string Name(int helperId) => helperId >= 0 && helperId < Names.Length && Names[helperId].Length > 0 ? Names[helperId] : "unknown";

            private static string[] Names => s_names ??= Tables.Lines(NameText);

            private static string[] Strings => s_strings ??= Tables.Lines(StringText);

            private static string? String(int number) => number == 0 ? null : Strings[number - 1];

            // By helper number: index of the prototype and 1, or 0.
            private static ushort[] Expand(int type)
            {
                var byId = new ushort[Abi.HelperCount];
                ReadOnlySpan<ushort> uses = Uses[TypeStarts[type]..TypeStarts[type + 1]];
                for (int i = 0; i < uses.Length; i += 2)
                    byId[uses[i]] = (ushort)(uses[i + 1] + 1);
                return byId;
            }

            private static HelperProto Proto(int index)
            {
                if (s_protos[index] is { } known)
                    return known;
                global::System.Threading.Interlocked.CompareExchange(ref s_protos[index], Decode(Protos[Offsets[index]..]), null);
                return s_protos[index]!;
            }

            private static HelperProto Decode(ReadOnlySpan<ushort> row)
            {
                var args = new ArgType[5];
                var sizes = new int[5];
                var types = new string?[5];
                for (int i = 0; i < row[6]; i++)
                {
                    ReadOnlySpan<ushort> arg = row[(7 + (i * 3))..];
                    args[i] = Arg(arg[0]);
                    sizes[i] = arg[1];
                    types[i] = String(arg[2]);
                }
                return new HelperProto
                {
                    Symbol = String(row[0])!,
                    Function = String(row[1])!,
                    Return = Return(row[2]),
                    ReturnBtfType = String(row[3]),
                    Allowed = String(row[4]),
                    GplOnly = (row[5] & 1) != 0,
                    PacketAccess = (row[5] & 2) != 0,
                    MightSleep = (row[5] & 4) != 0,
                    AllowFastcall = (row[5] & 8) != 0,
                    Args = args,
                    ArgSizes = sizes,
                    ArgBtfTypes = types,
                };
            }
            """).Line();

        Types(code, "ArgType Arg", "ArgKind", args.Items);
        Types(code, "ReturnType Return", "ReturnKind", returns.Items);
        code.Text("NameText", Names(model)).Line();
        code.Text("StringText", strings.Items).Line();
        code.Line("// Symbol, function, return type, its BTF type, allowed callback, flags, number of arguments; then by argument: type, size, BTF type.");
        code.Data("ushort", "Protos", protos).Line();
        code.Data("ushort", "Offsets", offsets).Line();
        Uses(code, model);
        return code.Close().ToString();
    }

    private static void Uses(CodeWriter code, HelperModel model)
    {
        var uses = new List<int>();
        int types = model.Uses.Count == 0 ? 0 : model.Uses.Items.Max(u => u.ProgramType) + 1;
        var starts = new int[types + 1];
        var known = new int[types];
        foreach (TypeHelpers type in model.Uses)
        {
            for (int i = 0; i < type.Helpers.Count; i++)
                uses.AddRange([type.Helpers[i].HelperId, type.Helpers[i].Proto]);
            starts[type.ProgramType + 1] = uses.Count;
            known[type.ProgramType] = 1;
        }
        for (int i = 1; i < starts.Length; i++)
            starts[i] = Math.Max(starts[i], starts[i - 1]);
        code.Line("// By program type: helper, prototype.");
        code.Data("ushort", "Uses", uses).Line();
        code.Data("ushort", "TypeStarts", starts).Line();
        code.Data("byte", "Known", known).Line();
        Variations(code, model, types);
    }

    private static void Variations(CodeWriter code, HelperModel model, int types)
    {
        var rows = new List<int>();
        var starts = new int[types + 1];
        foreach (TypeHelpers type in model.Uses)
        {
            foreach (HelperVariation row in type.Variations)
                rows.AddRange([(int)row.Condition, row.Value, row.HelperId, row.Proto + 1]);
            starts[type.ProgramType + 1] = rows.Count;
        }
        for (int i = 1; i < starts.Length; i++)
            starts[i] = Math.Max(starts[i], starts[i - 1]);
        code.Line("// By program type: condition (attach type, sleepable, missing capability), its value, helper, prototype and 1 or 0 for none.");
        code.Data("ushort", "Variations", rows).Line();
        code.Data("ushort", "VariationStarts", starts);
    }

    private static IEnumerable<string> Names(HelperModel model)
    {
        var names = new string[Math.Max(model.Count, 1)];
        // Number 0 stands for none and still has a name.
        names[0] = "bpf_unspec";
        foreach (NamedValue helper in model.Names)
            names[helper.Value.AsIndex!.Value] = "bpf_" + helper.Name;
        return names.Select(n => n ?? "");
    }

    private static int Optional(Numbering<string> strings, string? text) => text is null ? 0 : strings[text];

    private static void Types(CodeWriter code, string signature, string kind, IReadOnlyList<TypeName> types)
    {
        code.Open("private static " + signature + "(int index) => index switch");
        for (int i = 0; i < types.Count; i++)
            code.Format($"{i} => {Constructor(kind, types[i])},");
        code.Line("_ => default,").Close(";").Line();
    }

    public static string Constructor(string kind, TypeName type) =>
        type.Flags.Length == 0 ? $"new({kind}.{type.Kind})" : $"new({kind}.{type.Kind}, {type.Flags})";
}
