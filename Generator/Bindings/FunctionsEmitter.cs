using BpfVerifier.Generator.Emit;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>A descriptor for every helper and kfunc, and the releases they were looked for in.</summary>
internal static class FunctionsEmitter
{
    public static string EmitHelpers(BindingsModel model)
    {
        CodeWriter code = BindingsGenerator.File();
        code.Summary("Helpers of all releases.");
        NotJudged(code, model.NotJudgedForHelpers);
        code.Open("public static class Helpers");
        foreach (FunctionBinding helper in model.Helpers.Where(h => h.Number is not null))
        {
            LifeWriter.Write(code, "<c>" + CodeWriter.Escape(helper.Prototype ?? helper.Name) + "</c>", helper.Life);
            code.Line("public static HelperDescriptor " + helper.Name + " => new(" + helper.Number + ", " + CodeWriter.Literal(helper.Name) + ", " + Prototype(helper) + ");");
        }
        return code.Close().ToString();
    }

    public static string EmitKfuncs(BindingsModel model)
    {
        CodeWriter code = BindingsGenerator.File();
        code.Summary("kfuncs of all releases. The kernels looked at register more of them in modules.");
        NotJudged(code, model.NotJudgedForKfuncs);
        code.Open("public static class Kfuncs");
        foreach (FunctionBinding kfunc in model.Kfuncs)
        {
            LifeWriter.Write(code, "<c>" + CodeWriter.Escape(kfunc.Name + ": " + (kfunc.Prototype ?? "")) + "</c>", kfunc.Life);
            code.Line("public static KfuncDescriptor " + kfunc.Name + " => new(" + CodeWriter.Literal(kfunc.Name) + ", " + Prototype(kfunc) + ");");
        }
        return code.Close().ToString();
    }

    /// <summary>The releases, for whoever judges what was not looked at.</summary>
    public static string EmitReleases(BindingsModel model) =>
        CodeWriter.ForFile("catalog.json").Line("[assembly: global::BpfVerifier.Abi.KernelCatalog(" + string.Join(", ", model.Releases.Select(r => "\"" + r + "\"")) + ")]").ToString();

    private static void NotJudged(CodeWriter code, EquatableArray<string> types)
    {
        if (types.Count > 0)
            code.Line("[NotJudgedFor(" + LifeWriter.Types(types) + ")]");
    }

    private static string Prototype(FunctionBinding function) => function.Prototype is null ? "null" : CodeWriter.Literal(function.Prototype);
}
