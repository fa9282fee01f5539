using BpfVerifier.Facts;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Probes;

/// <summary>Helpers: whether a release has them, for which of the object's programs, and with what prototype.</summary>
internal static class HelperProbes
{
    public static IEnumerable<Probe> Of(IEnumerable<HelperRequirement> helpers, ILookup<string, StructOpsRequirement> structOps) =>
        from helper in helpers
        let known = KnownSymbols.Catalog.Helpers.FirstOrDefault(h => h.Value.Value == helper.Id).Key
        select new Probe(DriftSubject.Helper, known is null ? helper.Name : "bpf_" + known, "", helper.Uses, kernel => On(kernel, helper, known, structOps))
        {
            // The argument types of a prototype are the verifier's own words; whether the calls still fit them is its verdict.
            ChangeImpact = DriftImpact.None,
            ImpactWhenAccepted = DriftImpact.MadeUpFor,
        };

    private static Finding On(KernelView kernel, HelperRequirement helper, string? name, ILookup<string, StructOpsRequirement> structOps)
    {
        if (name is null || !kernel.Facts.Helpers.TryGetValue(name, out HelperInfo? info))
            return Finding.Absent(name is null ? "no known release has a helper of that number" : KnownSymbols.Life(KnownSymbols.Catalog.Helpers, name));
        if (info.Id != helper.Id)
            return Finding.Absent($"its number is {info.Id} there");
        if (kernel.Facts.Protos is not { } protos)
            return Finding.Unknown(Finding.WithoutImage);
        string? print = null;
        var refused = new List<RequirementUse>();
        foreach (RequirementUse use in helper.Uses)
        {
            if (kernel.Facts.ProgramType((int)use.Program.Type) is not { } type)
                continue;
            if (!TryProto(kernel.Facts, type, use.Program, name, structOps, out string? proto))
                continue;
            if (proto is null)
                refused.Add(use);
            else
                print ??= Print(protos[proto]);
        }
        if (refused.Count == 0)
            return Finding.Present(print ?? "");
        string types = string.Join(", ", refused.Select(u => kernel.Facts.ProgramType((int)u.Program.Type)).Distinct());
        return Finding.Absent($"not for {types} programs{(refused[0].Program.IsSleepable ? " that sleep" : "")}") with { Programs = [.. refused.Select(u => u.Program.Name)] };
    }

    private static bool TryProto(AbiDocument facts, string type, ObjectProgram program, string helper, ILookup<string, StructOpsRequirement> structOps, out string? proto)
    {
        if (type != "STRUCT_OPS")
            return facts.TryHelper(type, program.ExpectedAttachType == 0 ? null : facts.AttachType((int)program.ExpectedAttachType), program.IsSleepable, helper, out proto);
        proto = null;
        if (structOps[program.Name].FirstOrDefault() is not { Member: { } member } implemented || facts.StructOps?.GetValueOrDefault(implemented.TypeName) is not { } ops)
            return false;
        if (ops.Withheld.GetValueOrDefault(member)?.Contains(helper) != true)
            proto = ops.Helpers.GetValueOrDefault(helper);
        return true;
    }

    private static string Print(ProtoInfo proto) =>
        $"{proto.Ret}({string.Join(", ", proto.Args)}){(proto.GplOnly != 0 ? " GPL" : "")}{(proto.MightSleep > 0 ? " may sleep" : "")}";
}
