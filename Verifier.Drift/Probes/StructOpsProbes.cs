using BpfVerifier.Btf;
using BpfVerifier.Facts;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Probes;

/// <summary>Structures that struct_ops programs implement, and their members.</summary>
internal static class StructOpsProbes
{
    public static IEnumerable<Probe> Of(IEnumerable<StructOpsRequirement> members) =>
        from member in members
        group member by member.Name into same
        let first = same.First()
        select new Probe(DriftSubject.StructOps, first.Name, "", [.. same.SelectMany(m => m.Uses)], kernel => On(kernel, first));

    private static Finding On(KernelView kernel, StructOpsRequirement requirement)
    {
        int id = kernel.Types.Find(requirement.TypeName, BtfKind.Struct);
        if (id < 0 || kernel.Types.Find("bpf_struct_ops_" + requirement.TypeName, BtfKind.Struct) < 0)
            return Finding.Absent("programs cannot implement it there");
        if (requirement.Member is not { } name)
            return Finding.Present();
        BtfType type = kernel.Types[id];
        for (int i = 0; i < type.VLen; i++)
        {
            BtfMember member = type.Member(i);
            if (member.Name == name)
                return OnMember(kernel, requirement, member);
        }
        return Finding.Absent("the structure has no such member");
    }

    private static Finding OnMember(KernelView kernel, StructOpsRequirement requirement, BtfMember member)
    {
        BtfType pointer = kernel.Types[kernel.Types.SkipModifiersAndTypedefs(member.TypeId)];
        BtfType target = kernel.Types[kernel.Types.SkipModifiersAndTypedefs(pointer.TypeId)];
        if (pointer.Kind != BtfKind.Ptr || target.Kind != BtfKind.FuncProto)
            return Finding.Present(BtfSpelling.Of(kernel.Types, member.TypeId));
        bool sleepable = requirement.Uses.Any(u => u.Program.IsSleepable);
        StructOpsMember? facts = kernel.Facts.StructOps?.GetValueOrDefault(requirement.TypeName)?.Members.GetValueOrDefault(requirement.Member!);
        if (facts is not null && (sleepable ? facts.RefusedSleepable : facts.Refused) is not 0 and var errno)
            return Finding.Absent($"the kernel refuses {(sleepable ? "sleepable " : "")}programs for it (error {errno})");
        return Finding.Present(Prototype.Arguments(kernel.Types, target.Id, 0));
    }
}
