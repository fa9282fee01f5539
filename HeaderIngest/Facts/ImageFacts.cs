using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Facts;

/// <summary>Reads facts out of a kernel image, asking the kernel's own functions in an emulated processor.</summary>
public static class ImageFacts
{
    /// <summary>All facts. libunicorn must be loaded.</summary>
    /// <exception cref="IngestException">The image lacks what every kernel with BPF has, or is damaged.</exception>
    public static KernelFacts Read(KernelFile kernel)
    {
        var unknown = new SortedSet<string>(StringComparer.Ordinal);
        void Unknown(string what) => unknown.Add(what);
        using var machine = new KernelMachine(kernel);
        var answers = new KernelAnswers(kernel, machine);
        List<StructOpsTable> structOps = StructOpsTable.Find(kernel, machine, Unknown);
        StructOpsTable.Start(kernel, machine, answers, structOps, Unknown);
        var protos = new ProtoReader(kernel, address => ReadWord(machine, address));
        SortedDictionary<string, ProtoInfo> allProtos = protos.All();
        var reader = new ProgramTypeReader(kernel, machine, answers, protos, Unknown);
        var facts = new KernelFacts
        {
            HelperIds = reader.Helpers,
            Protos = allProtos,
            Helpers = new(StringComparer.Ordinal),
            VerifierOps = new(StringComparer.Ordinal),
            Callbacks = new(StringComparer.Ordinal),
            Kfuncs = new KfuncRegistrations(kernel, VerifierOps.ProgramTypes(kernel)).Read(machine, Unknown),
            Context = new(StringComparer.Ordinal),
            Varies = new(StringComparer.Ordinal),
            StructOps = new(StringComparer.Ordinal),
            Gates = GateReader.Read(kernel, machine, Unknown),
            Unknown = unknown,
        };
        foreach (VerifierOps ops in VerifierOps.Read(kernel))
        {
            facts.VerifierOps.Add(ops.Type, ops.Symbol);
            facts.Callbacks.Add(ops.Type, new(ops.Callbacks.ToDictionary(c => c.Key, c => kernel.Symbols.NameAt(c.Value) ?? kernel.Symbols.Describe(c.Value)), StringComparer.Ordinal));
            var varies = new SortedDictionary<string, ProgramTypeVariation>(StringComparer.Ordinal);
            if (reader.HelpersOf(ops, varies) is { } helpers)
                facts.Helpers.Add(ops.Type, helpers);
            if (reader.ContextOf(ops, varies) is { } accesses)
                facts.Context.Add(ops.Type, accesses);
            facts.Varies.Add(ops.Type, varies);
        }
        if (structOps.Count > 0)
        {
            var structs = new StructOpsReader(kernel, machine, answers, protos, reader.Helpers, Unknown);
            foreach (StructOpsTable table in structOps)
                facts.StructOps.Add(table.Name, structs.Read(table));
        }
        return facts;
    }

    private static uint? ReadWord(KernelMachine machine, ulong address)
    {
        Span<byte> word = stackalloc byte[sizeof(uint)];
        return machine.TryRead(address, word) ? BitConverter.ToUInt32(word) : null;
    }
}
