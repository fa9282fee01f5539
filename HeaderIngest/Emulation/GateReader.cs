using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>Finds what a kernel's configuration and its compiler to machine code let its verifier allow.</summary>
/// <remarks>What the compiler can do, it says itself: <c>bpf_jit_supports_…()</c> are called. Options leave other traces in an image.</remarks>
public static class GateReader
{
    /// <summary>Functions by which the compiler to machine code tells the verifier what it can do.</summary>
    private const string Ability = "bpf_jit_supports_";

    /// <summary>Whether programs are compiled; its value in the image is CONFIG_BPF_JIT_DEFAULT_ON.</summary>
    private const string Enabled = "bpf_jit_enable";

    /// <summary>Options the verifier asks, and a function that only kernels built with them have.</summary>
    private static readonly (string Option, string Function)[] s_options = [("CONFIG_PREEMPT_RT", "rt_spin_lock")];

    /// <summary>Names of the gates that are open, ordered: options, <c>bpf_jit_enable</c>, and functions of the compiler that answer yes.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="machine">The same, running.</param>
    /// <param name="unknown">Told of every question that has no sure answer.</param>
    public static SortedSet<string> Read(KernelFile kernel, IKernelMachine machine, Action<string> unknown)
    {
        var open = new SortedSet<string>(s_options.Where(option => kernel.Symbols.TryFind(option.Function, out _)).Select(option => option.Option), StringComparer.Ordinal);
        if (kernel.Symbols.TryFind(Enabled, out ulong enabled) && kernel.Memory.TryReadUInt32(enabled, out uint value) && value != 0)
            open.Add(Enabled);
        foreach (KernelSymbol symbol in kernel.Symbols.Ordered.Where(symbol => symbol.Name.StartsWith(Ability, StringComparison.Ordinal) && AsksNothing(kernel.Types, symbol.Name)))
        {
            CallResult answer = machine.Call(symbol.Address);
            if (!answer.Returned)
                unknown($"{symbol.Name}: {answer.Failure}");
            else if ((byte)answer.Value != 0)
                open.Add(symbol.Name);
        }
        return open;
    }

    // What the compiler can do with one instruction (bpf_jit_supports_insn) is no gate.
    private static bool AsksNothing(BtfTypes types, string function) =>
        types.Find(function, BtfKind.Func) is > 0 and var id && types[types[id].TypeId].VLen == 0;
}
