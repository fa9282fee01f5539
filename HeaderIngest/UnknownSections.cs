using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest;

/// <summary>Parts of a release that nothing told, as <c>release.json</c> lists them.</summary>
public static class UnknownSections
{
    private const string OutsideUapi = " outside include/uapi";

    /// <summary>Names of sections of <c>abi.json</c>, or of what of a section is missing, and of the files beside it.</summary>
    /// <param name="abi">The facts.</param>
    /// <param name="hasSymbols">The kernel's symbols are known.</param>
    public static List<string> Of(AbiDocument abi, bool hasSymbols)
    {
        (string Name, bool IsUnknown)[] parts =
        [
            ("functions", abi.Functions is null),
            ("helpers.c", abi.Uapi is null),
            (abi.Macros is null ? "macros" : "macros" + OutsideUapi, !abi.HasKernelHeaders),
            ("uapi", abi.Uapi is null),
            ("enums" + OutsideUapi, !abi.HasTypes),
            ("structs" + OutsideUapi, !abi.HasTypes),
            ("btfSets", abi.BtfSets is null),
            ("gates", abi.Gates is null),
            ("kfuncPrototypes", abi.KfuncPrototypes is null),
            ("kfuncs", abi.Kfuncs is null),
            ("modifyReturn", abi.ModifyReturn is null),
            ("programTypes", abi.ProgramTypes is null),
            ("protos", abi.Protos is null),
            ("rawTracepointNullArgs", abi.RawTracepointNullArgs is null),
            ("rawTracepoints", abi.RawTracepoints is null),
            ("structOps", abi.StructOps is null),
            ("symbols.br", !hasSymbols),
            ("vmlinux.btf.br", !abi.HasTypes),
        ];
        return [.. parts.Where(p => p.IsUnknown).Select(p => p.Name)];
    }
}
