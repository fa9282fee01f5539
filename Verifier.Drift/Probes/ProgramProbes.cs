using BpfVerifier.Facts;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Probes;

/// <summary>Program types, attach types, map types.</summary>
internal static class ProgramProbes
{
    public static IEnumerable<Probe> Types(IEnumerable<ProgramRequirement> programs) =>
        from program in programs
        where program.Program.Type != ProgramType.Unspec
        group program by program.Program.Type into same
        select new Probe(DriftSubject.ProgramType, NameOf(KnownSymbols.Catalog.ProgramTypes, (int)same.Key), "", [.. same.SelectMany(p => p.Uses)], kernel => OnType(kernel, (int)same.Key));

    public static IEnumerable<Probe> AttachTypes(IEnumerable<ProgramRequirement> programs) =>
        from program in programs
        // 0 is also what programs without an attach type have.
        where program.Program.ExpectedAttachType != 0
        group program by program.Program.ExpectedAttachType into same
        let name = NameOf(KnownSymbols.Catalog.AttachTypes, (int)same.Key)
        select new Probe(DriftSubject.AttachType, name, "", [.. same.SelectMany(p => p.Uses)], kernel =>
            kernel.Facts.AttachType((int)same.Key) is null ? Finding.Absent(KnownSymbols.Life(KnownSymbols.Catalog.AttachTypes, name)) : Finding.Present())
        {
            // Where a kernel does not look at it, the program loads and cannot be attached in that way.
            ImpactWhenAccepted = DriftImpact.Differs,
        };

    public static IEnumerable<Probe> MapTypes(IEnumerable<MapRequirement> maps) =>
        from map in maps
        group map by map.Map.Type into same
        let name = NameOf(KnownSymbols.Catalog.MapTypes, (int)same.Key)
        select new Probe(DriftSubject.MapType, name, string.Join(", ", same.Select(m => m.Name)), [.. same.SelectMany(m => m.Uses)], kernel =>
            kernel.Facts.MapType((int)same.Key) is null ? Finding.Absent(KnownSymbols.Life(KnownSymbols.Catalog.MapTypes, name)) : Finding.Present());

    /// <summary>The name of a kind by its number, in the newest release that has it.</summary>
    private static string NameOf(SortedDictionary<string, CatalogEntry> section, int number) =>
        section.FirstOrDefault(e => e.Value.Value == number).Key ?? string.Create(System.Globalization.CultureInfo.InvariantCulture, $"#{number}");

    private static Finding OnType(KernelView kernel, int type)
    {
        if (kernel.Facts.ProgramType(type) is not { } name)
            return Finding.Absent(KnownSymbols.Life(KnownSymbols.Catalog.ProgramTypes, NameOf(KnownSymbols.Catalog.ProgramTypes, type)));
        return kernel.Facts.ProgramTypes is not { } types ? Finding.Unknown(Finding.WithoutImage)
            : types[name].VerifierOps is null ? Finding.Absent("this kernel is built without it")
            : Finding.Present();
    }
}
