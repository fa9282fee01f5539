using BpfVerifier.Generator.Emit;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Bindings;

/// <summary>Enumerations, and what has no enumeration of its own as constants of <c>Bpf</c>.</summary>
internal static class ConstantsEmitter
{
    public static string EmitEnums(BindingsModel model)
    {
        CodeWriter code = BindingsGenerator.File();
        foreach (EnumBinding type in model.Enums.Where(e => e.Name[0] != '@'))
        {
            code.Line("/// <summary><c>enum " + type.Name + "</c></summary>");
            code.Open("public enum " + type.Name + " : " + Underlying(type.Values));
            foreach (ConstantBinding value in type.Values)
            {
                Write(code, value);
                code.Line(value.Name + " = " + value.Value + ",");
            }
            code.Close();
        }
        return code.ToString();
    }

    public static string EmitConstants(BindingsModel model)
    {
        CodeWriter code = BindingsGenerator.File();
        code.Summary("Macros and enumerators of nameless enumerations. Numbers are those of the newest release.").Open("public static class Bpf");
        foreach (ConstantBinding constant in model.Enums.Where(e => e.Name[0] == '@').SelectMany(e => e.Values).Concat(model.Macros).OrderBy(c => c.Name, StringComparer.Ordinal))
        {
            Write(code, constant);
            code.Line("public const " + constant.Value.CSharpType + " " + constant.Name + " = " + constant.Value + ";");
        }
        return code.Close().ToString();
    }

    private static void Write(CodeWriter code, ConstantBinding constant) =>
        LifeWriter.Write(code, "<c>" + constant.Name + "</c> = " + constant.Value + ".", constant.Life);

    // As in C: unsigned unless a value is negative, and no wider than it must be.
    private static string Underlying(EquatableArray<ConstantBinding> values)
    {
        bool negative = values.Any(v => v.Value.Negative), wide = values.Any(v => v.Value.CSharpType is "long" or "ulong" || negative && v.Value.CSharpType == "uint");
        return negative ? wide ? "long" : "int" : wide ? "ulong" : "uint";
    }
}
