using System.Security.Cryptography;
using BpfVerifier.Btf;
using BpfVerifier.Host;
using BpfVerifier.Live;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli;

/// <summary>The kernels a matrix answers for: releases as they were shipped, a release with a user's types, or the running kernel.</summary>
/// <param name="Kernels">Their names and releases.</param>
/// <param name="Change">What stands behind them in place of the release's own kernel; null: that.</param>
/// <param name="Objects">How objects are opened for them.</param>
/// <param name="Notices">What to tell the user.</param>
internal sealed record AskedKernels(IReadOnlyList<KernelSelector> Kernels, ProfileChange? Change, ObjectOptions Objects, IReadOnlyList<string> Notices)
{
    /// <summary>Far above any kernel's types (6.18: 6 MB), so that a wrong file takes no memory.</summary>
    private const int MaxTypes = 256 << 20;

    public static string? Releases(string list, IReadOnlyCollection<KernelRelease> available, out AskedKernels asked)
    {
        string? problem = KernelSelector.Parse(list, available, out IReadOnlyList<KernelSelector> kernels);
        asked = new AskedKernels(kernels, null, ObjectOptions.Veristat, []);
        return problem;
    }

    /// <summary>Puts a user's types behind the releases; what their symbols' addresses are is not known then.</summary>
    /// <param name="path">A file as <c>/sys/kernel/btf/vmlinux</c> is.</param>
    /// <returns>Null, or what is wrong with the file.</returns>
    /// <exception cref="IOException">The file cannot be read.</exception>
    public string? WithTypes(string path, out AskedKernels asked)
    {
        asked = this;
        if (new FileInfo(path) is { Exists: true, Length: > MaxTypes })
            return $"{path}: larger than the types of any kernel";
        byte[] data = File.ReadAllBytes(path);
        if (!BtfTypes.TryParse(data, null, out BtfTypes? types, out string error))
            return $"{path}: no BTF as /sys/kernel/btf/vmlinux has it: {error}";
        asked = this with { Change = new ProfileChange(Convert.ToHexStringLower(SHA256.HashData(data)), profile => profile with { Types = types, Symbols = null }) };
        return null;
    }

    /// <summary>The kernel this process runs on: its types, symbols, CPUs and configuration, answered for by the release that is nearest.</summary>
    /// <param name="kernel">The kernel.</param>
    /// <param name="available">Releases at hand.</param>
    /// <param name="asked">That kernel.</param>
    /// <returns>Null, or why there is no verifier for it.</returns>
    public static string? Live(RunningKernel kernel, IReadOnlyCollection<KernelRelease> available, out AskedKernels asked)
    {
        KernelRelease? nearest = kernel.Nearest(available, out string notice);
        KernelProfile running = kernel.Profile;
        KernelRelease release = nearest == running.Release.Branch ? running.Release : nearest ?? running.Release;
        // Capabilities stay those that were asked for: what the process may do is not what the program's loader may.
        var change = new ProfileChange($"live {kernel.Name}", profile => profile with { Types = running.Types, Symbols = running.Symbols, PossibleCpus = running.PossibleCpus });
        asked = new AskedKernels(
            [new KernelSelector(kernel.Name, release, KernelFlavor.Stock)],
            change,
            ObjectOptions.Veristat with { Kconfig = kernel.Kconfig },
            notice.Length == 0 ? kernel.Notices : [.. kernel.Notices, notice]);
        return nearest is null ? "no release assembly is at hand" : null;
    }
}
