using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>Which variables of a kernel an answer may rest on although a running kernel could have changed them.</summary>
public static class KernelVariables
{
    private const string FromStart = "__start_ro_after_init", ToStart = "__end_ro_after_init";

    // A destination that is made once when it is first needed; queues that work is put on whose outcome nobody waits for.
    private static readonly HashSet<string> s_settled = new(["md_dst", "system_wq", "system_percpu_wq"], StringComparer.Ordinal);

    /// <summary>Why an answer is not sure, or null when it is: the call failed, or read a variable that a running kernel may have changed.</summary>
    public static string? Doubt(KernelFile kernel, IKernelMachine machine, CallResult result)
    {
        if (!result.Returned)
            return result.Failure;
        foreach (MemoryRead read in machine.VariableReads)
        {
            if (!IsSettled(kernel, read.Address))
                return $"depends on the variable {kernel.Symbols.Describe(read.Address)}";
        }
        return null;
    }

    /// <summary>Whether the value at an address is that of a running kernel as far as answers go.</summary>
    public static bool IsSettled(KernelFile kernel, ulong address)
    {
        // Of the section of constants, all but those that are set at start.
        if (kernel.SectionOf(address) is { Name: KernelFile.Constants } && !(kernel.Symbols.TryFind(FromStart, out ulong from) && kernel.Symbols.TryFind(ToStart, out ulong to) && address >= from && address < to))
            return true;
        return kernel.Symbols.Near(address) is { } variable && s_settled.Contains(variable.Name);
    }
}
