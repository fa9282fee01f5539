using System.Globalization;
using BpfVerifier.LoadScripts;

namespace BpfVerifier.Fuzz;

/// <summary>Makes programs: the same ones for the same seed and release, each independent of the others.</summary>
/// <param name="seed">Chooses the programs.</param>
/// <param name="release">The kernel they are for; instructions it does not have are left out.</param>
public sealed class Generator(ulong seed, KernelRelease release)
{
    /// <summary>Shares of a hundred programs that are changed after they were written, which most verifiers then refuse.</summary>
    public int MutatedShare { get; init; } = 50;

    /// <summary>Only kinds of programs that a process without capabilities may load.</summary>
    public bool Unprivileged { get; init; }

    /// <summary>Program <paramref name="index"/>, from 0.</summary>
    public LoadScript Script(int index)
    {
        var random = new SeededRandom(seed ^ ((ulong)index * 0xd1342543de82ef95) ^ 0x5851f42d4c957f2d);
        random = new SeededRandom(random.Bits());
        string name = string.Create(CultureInfo.InvariantCulture, $"s{seed}_{index}");
        LoadScript script = new ProgramWriter(random, release, Unprivileged).Write(name);
        return random.Percent(MutatedShare) ? new Mutator(random).Mutate(script) : script;
    }
}
