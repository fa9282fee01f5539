using System.Globalization;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Probes;

/// <summary>Types, fields and enumerators: what the relocation does.</summary>
internal static class CoreProbes
{
    public static IEnumerable<Probe> Of(IEnumerable<CoreRequirement> relocations) =>
        from relocation in relocations
        select new Probe(DriftSubject.Core, relocation.Name, Word(relocation.Question), relocation.Uses, kernel => On(kernel, relocation))
        {
            ChangeImpact = DriftImpact.MadeUpFor,
            ImpactWhenAccepted = DriftImpact.MadeUpFor,
        };

    private static string Word(CoreQuestion question) => question switch
    {
        CoreQuestion.FieldOffset => "offset",
        CoreQuestion.FieldSize or CoreQuestion.TypeSize => "size",
        CoreQuestion.FieldSigned => "sign",
        CoreQuestion.FieldShift => "bits",
        CoreQuestion.TypeId => "type id",
        CoreQuestion.EnumeratorValue => "value",
        _ => "exists?",
    };

    private static Finding On(KernelView kernel, CoreRequirement relocation)
    {
        CoreOutcome outcome = relocation.On(kernel.Types);
        switch (outcome.Effect)
        {
            case CoreEffect.Failed:
                return Finding.Absent(outcome.Message);
            case CoreEffect.AnsweredNo:
                return Finding.Absent("the program is told that it is not there", DriftImpact.MadeUpFor);
            case CoreEffect.Invalid:
                return Finding.Absent(outcome.KernelSize != 0 && outcome.KernelSize != outcome.CompiledSize
                    ? string.Create(CultureInfo.InvariantCulture, $"{outcome.KernelSize} bytes there, compiled for {outcome.CompiledSize}: the instruction is made invalid")
                    : "the instruction is made invalid");
        }
        // Ids of types are different in every kernel and say nothing.
        if (relocation.Question is CoreQuestion.TypeId or CoreQuestion.FieldExists or CoreQuestion.TypeExists or CoreQuestion.EnumeratorExists)
            return Finding.Present();
        string print = string.Create(CultureInfo.InvariantCulture, $"{Word(relocation.Question)} {outcome.Kernel}");
        if (outcome.KernelSize != 0)
            print += string.Create(CultureInfo.InvariantCulture, $", {outcome.KernelSize} bytes");
        string detail = outcome.Effect == CoreEffect.Adjusted ? string.Create(CultureInfo.InvariantCulture, $"{print} (compiled for {outcome.Compiled})") : print;
        return new Finding(DriftStatus.Present, outcome.Effect == CoreEffect.Adjusted ? DriftImpact.MadeUpFor : DriftImpact.None, detail, print, []);
    }
}
