using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>StructOpsTable</c>: the structs that struct_ops programs may implement.</summary>
internal static class StructOpsEmitter
{
    public static string Emit(StructOpsTableModel model)
    {
        CodeWriter code = CodeWriter.ForRuntime("abi.json");
        code.Summary("The kernel's structs that struct_ops programs may implement.");
        code.Open("internal static class StructOpsTable");
        for (int i = 0; i < model.All.Count; i++)
            code.Format($"private static StructOps? s_ops{i};");
        code.Line().Summary("What the kernel makes of a struct, null if it has none of that name to implement.");
        code.Open("public static StructOps? Find(string name) => name switch");
        for (int i = 0; i < model.All.Count; i++)
            code.Format($"{CodeWriter.Literal(model.All[i].Name)} => s_ops{i} ??= Make{i}(),");
        code.Line("_ => null,").Close(";").Line();
        code.Summary("All names.");
        code.Line("public static string[] Names => [" + string.Join(", ", model.All.Items.Select(s => CodeWriter.Literal(s.Name))) + "];");
        for (int i = 0; i < model.All.Count; i++)
            Make(code.Line(), i, model.All[i]);
        return code.Close().ToString();
    }

    private static void Make(CodeWriter code, int index, StructOpsModel ops)
    {
        code.Open(FormattableString.Invariant($"private static StructOps Make{index}() => new()"));
        code.Line("Name = " + CodeWriter.Literal(ops.Name) + ",");
        code.Line("VerifierOps = " + CodeWriter.Literal(ops.VerifierOps) + ",");
        code.Line("GuardsReads = " + (ops.GuardsReads ? "true" : "false") + ",");
        code.Line("Refusals = [" + string.Join(", ", ops.Refusals.Items.Select(CodeWriter.Literal)) + "],");
        code.Open("Members = new()").Line("// Name, stub, error number, error number of one that sleeps.");
        foreach (StructOpsMember m in ops.Members)
            code.Format($"[{CodeWriter.Literal(m.Name)}] = new({(m.Stub is null ? "null" : CodeWriter.Literal(m.Stub))}, {m.Refused}, {m.RefusedSleepable}),");
        code.Close(",").Open("Protos = new()");
        foreach (NamedProto helper in ops.Helpers)
            code.Format($"[{helper.HelperId}] = {CodeWriter.Literal(helper.Symbol)},");
        code.Close(",");
        code.Line("Withheld = [" + string.Join(", ", ops.Withheld.Items.Select(w => FormattableString.Invariant($"({CodeWriter.Literal(w.Member)}, {w.HelperId})"))) + "],");
        code.Open("Stores = new()");
        foreach (StoresModel stores in ops.Stores)
            code.Line("[" + CodeWriter.Literal(stores.Type) + "] = " + (stores.Runs is { } runs ? "[" + string.Join(", ", runs.Items) + "]" : "null") + ",");
        code.Close(",").Close(";");
    }
}
