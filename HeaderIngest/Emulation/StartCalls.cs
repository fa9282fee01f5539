using System.Buffers.Binary;
using System.Globalization;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>Finds out what functions of a kernel pass to one that registers something at start, by running each caller while everything it calls
/// returns 0 at once.</summary>
public static class StartCalls
{
    /// <summary>Length of a call or jump with a 32-bit distance.</summary>
    private const int CallLength = 5;
    private const byte CallOpcode = 0xe8, JumpOpcode = 0xe9;

    /// <summary>Calls of <paramref name="name"/> and their arguments, in the order of the callers in the image; none where the kernel has no such function.</summary>
    /// <param name="kernel">The image.</param>
    /// <param name="machine">Runs it.</param>
    /// <param name="name">The function that registers.</param>
    /// <param name="unknown">Told of every call that was not reached.</param>
    public static List<(ulong Caller, KernelArguments Arguments)> Of(KernelFile kernel, KernelMachine machine, string name, Action<string> unknown)
    {
        var calls = new List<(ulong, KernelArguments)>();
        if (!kernel.Symbols.TryFind(name, out ulong target))
            return calls;
        foreach ((ulong function, List<ulong> sites) in Callers(kernel, target))
        {
            var left = new HashSet<ulong>(sites);
            CallResult result = machine.CallAlone(function, target, (returns, arguments) =>
            {
                // A call returns behind itself; a jump at the end returns where the function does.
                if (returns == KernelMachine.ReturnAddress)
                    left.RemoveWhere(site => IsJump(kernel, site));
                else
                    left.Remove(returns - CallLength);
                calls.Add((function, arguments));
            });
            if (left.Count > 0)
            {
                unknown(string.Create(CultureInfo.InvariantCulture,
                    $"{name}: {left.Count} of {sites.Count} calls in {kernel.Symbols.Describe(function)} were not reached{(result.Failure is null ? "" : $" ({result.Failure})")}"));
            }
        }
        return calls;
    }

    /// <summary>Functions that call, or end by jumping to, <paramref name="target"/>, and where they do: by section, calls before jumps, by address.</summary>
    public static List<(ulong Function, List<ulong> Sites)> Callers(KernelFile kernel, ulong target)
    {
        var callers = new List<(ulong Function, List<ulong> Sites)>();
        foreach (ElfSection section in kernel.Sections.Where(s => s.IsCode && s.HasContents))
        {
            foreach (byte opcode in (byte[])[CallOpcode, JumpOpcode])
            {
                foreach (ulong site in Sites(kernel, section, opcode, target))
                {
                    if (kernel.Symbols.Near(site) is not { } function || function.Address == target)
                        continue;
                    int known = callers.FindIndex(c => c.Function == function.Address);
                    if (known >= 0)
                        callers[known].Sites.Add(site);
                    else
                        callers.Add((function.Address, [site]));
                }
            }
        }
        return callers;
    }

    private static List<ulong> Sites(KernelFile kernel, ElfSection section, byte opcode, ulong target)
    {
        var sites = new List<ulong>();
        ReadOnlySpan<byte> code = kernel.Elf.AsSpan(section.Offset, (int)section.Size);
        for (int at = 0; code[at..].IndexOf(opcode) is >= 0 and int next && at + next + CallLength <= code.Length; at++)
        {
            at += next;
            ulong site = section.Address + (ulong)at;
            if (site + CallLength + (ulong)(long)BinaryPrimitives.ReadInt32LittleEndian(code[(at + 1)..]) == target)
                sites.Add(site);
        }
        return sites;
    }

    private static bool IsJump(KernelFile kernel, ulong site) => kernel.Memory.TryRead(site, 1, out ReadOnlySpan<byte> opcode) && opcode[0] == JumpOpcode;
}
