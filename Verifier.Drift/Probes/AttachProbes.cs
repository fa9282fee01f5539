using System.IO.Enumeration;
using BpfVerifier.Btf;
using BpfVerifier.Facts;
using BpfVerifier.Objects;

namespace BpfVerifier.Drift.Probes;

/// <summary>What programs attach to by name: functions, tracepoints, LSM hooks, iterators, system calls.</summary>
internal static class AttachProbes
{
    public static IEnumerable<Probe> Of(IEnumerable<ProgramRequirement> programs)
    {
        var targets = from program in programs
                      where program.Program.AttachTarget is { Length: > 0 }
                      let target = Of(program.Program)
                      where target.On is not null
                      group program by (target.What, target.Name) into same
                      select (same.Key, Programs: same.ToArray());
        foreach (((string what, string name), ProgramRequirement[] same) in targets)
            yield return new Probe(DriftSubject.AttachTarget, name, what, [.. same.SelectMany(p => p.Uses)], kernel => Of(same[0].Program).On!(kernel));
    }

    private static (string What, string Name, Func<KernelView, Finding>? On) Of(ObjectProgram program)
    {
        // "module:function"; libbpf takes the kernel itself for "vmlinux:".
        string target = program.AttachTarget!;
        string name = target[(target.IndexOf(':', StringComparison.Ordinal) + 1)..];
        bool module = target.Length != name.Length && !target.StartsWith("vmlinux:", StringComparison.Ordinal);
        string section = program.SectionName[..program.SectionName.IndexOf('/', StringComparison.Ordinal)];
        switch (program.Type, program.ExpectedAttachType)
        {
            case (ProgramType.Tracing, AttachType.TraceRawTp):
                return ("tracepoint", name, kernel => OnRawTracepoint(kernel, name));
            case (ProgramType.Tracing, AttachType.TraceIter):
                return ("iterator", name, kernel => OnFunction(kernel, "bpf_iter_" + name));
            case (ProgramType.Tracing, _):
                return ("function", target, kernel => module ? Finding.Unknown("modules are not looked into") : OnFunction(kernel, name));
            case (ProgramType.Lsm, _):
                return ("LSM hook", name, kernel => OnHook(kernel, name));
            case (ProgramType.RawTracepoint or ProgramType.RawTracepointWritable, _):
                return ("tracepoint", name, kernel => OnRawTracepoint(kernel, name));
            case (ProgramType.Tracepoint, _):
                return ("trace event", name, kernel => OnEvent(kernel, name));
            case (ProgramType.Kprobe, AttachType.TraceKprobeMulti or AttachType.TraceKprobeSession):
                return ("functions", target, kernel => OnPattern(kernel, target));
            case (ProgramType.Kprobe, _) when section is "kprobe" or "kretprobe":
                string symbol = target.Split('+')[0];
                return ("function", symbol, kernel => OnSymbol(kernel, symbol));
            case (ProgramType.Kprobe, _) when section is "ksyscall" or "kretsyscall":
                return ("system call", name, kernel => OnSymbol(kernel, "__x64_sys_" + name) with { Print = "" });
            default:
                return ("", "", null);
        }
    }

    private static Finding OnFunction(KernelView kernel, string name)
    {
        int id = kernel.Types.Find(name, BtfKind.Func);
        return id > 0 ? Finding.Present(Prototype.Arguments(kernel.Types, kernel.Types[id].TypeId, 0)) : Finding.Absent("no such function in the kernel image");
    }

    private static Finding OnSymbol(KernelView kernel, string name)
    {
        if (kernel.Profile.Symbols is not { } symbols)
            return Finding.Unknown("the kernel's symbols are not known");
        if (!symbols.TryGetAddress(name, out _))
            return Finding.Absent("no such symbol in the kernel image");
        int id = kernel.Types.Find(name, BtfKind.Func);
        return Finding.Present(id > 0 ? Prototype.Arguments(kernel.Types, kernel.Types[id].TypeId, 0) : "");
    }

    private static Finding OnPattern(KernelView kernel, string pattern)
    {
        if (!pattern.AsSpan().ContainsAny('*', '?'))
            return OnSymbol(kernel, pattern);
        for (int id = 1; id < kernel.Types.Count; id++)
        {
            if (kernel.Types[id].Kind == BtfKind.Func && FileSystemName.MatchesSimpleExpression(pattern, kernel.Types[id].Name, ignoreCase: false))
                return Finding.Present();
        }
        return Finding.Absent("no function of that pattern in the kernel image");
    }

    private static Finding OnRawTracepoint(KernelView kernel, string name)
    {
        int id = kernel.Types.Find("btf_trace_" + name, BtfKind.Typedef);
        if (id < 0)
            return Finding.Absent("no such tracepoint in the kernel image");
        BtfType pointer = kernel.Types[kernel.Types.SkipModifiersAndTypedefs(id)];
        // The first parameter is the probe's own data.
        return Finding.Present(Prototype.Arguments(kernel.Types, kernel.Types.SkipModifiersAndTypedefs(pointer.TypeId), 1));
    }

    private static Finding OnHook(KernelView kernel, string name)
    {
        if (kernel.Facts.BtfSets?.GetValueOrDefault("bpf_lsm_disabled_hooks")?.Contains("bpf_lsm_" + name) == true)
            return Finding.Absent("programs may not attach to this hook there");
        if (OnFunction(kernel, "bpf_lsm_" + name) is not { Status: DriftStatus.Present } found)
            return Finding.Absent("no such hook in the kernel image");
        return kernel.Facts.BtfSets is null ? Finding.Unknown(Finding.WithoutImage) : found;
    }

    // "sched/sched_switch"; events of system calls have names of their own making.
    private static Finding OnEvent(KernelView kernel, string target)
    {
        string name = target[(target.IndexOf('/', StringComparison.Ordinal) + 1)..];
        if (kernel.Profile.Symbols is not { } symbols)
            return Finding.Unknown("the kernel's symbols are not known");
        const string enter = "sys_enter_", exit = "sys_exit_";
        string symbol = !target.StartsWith("syscalls/", StringComparison.Ordinal) ? "event_" + name
            : name.StartsWith(enter, StringComparison.Ordinal) ? "event_enter__" + name[enter.Length..]
            : name.StartsWith(exit, StringComparison.Ordinal) ? "event_exit__" + name[exit.Length..]
            : name;
        if (!symbols.TryGetAddress(symbol, out _))
            return Finding.Absent("no such trace event in the kernel image");
        int record = kernel.Facts.RawTracepoints?.GetValueOrDefault(name) is { } template ? kernel.Types.Find("trace_event_raw_" + template, BtfKind.Struct) : -1;
        return Finding.Present(record > 0 ? Fields(kernel.Types, record) : "");
    }

    private static string Fields(BtfTypes types, int id)
    {
        List<StructMember> fields = [.. new BtfSymbols(types).Struct(id).Members.Where(m => m.Name is not ("ent" or "__data"))];
        return $"{fields.Count} fields ({string.Join(", ", fields.Select(f => $"{f.Name}@{f.Offset / 8}"))})";
    }
}
