using BpfVerifier.Btf;

namespace BpfVerifier.Runtime.Tests.Logging;

/// <summary>Adding up stacks must not walk every path of the call graph.</summary>
public sealed class StackDepthTests
{
    [Fact(Timeout = 20_000)]
    public async Task EightLevelsOfManyCalls_AreAddedUpAtOnce() => Assert.Equal(Errno.None, await Task.Run(() => Check(levels: 8)));

    [Fact(Timeout = 20_000)]
    public async Task NineLevels_AreTooDeep() => Assert.Equal(Errno.E2BIG, await Task.Run(() => Check(levels: 9)));

    /// <summary>Each function calls the next sixty times.</summary>
    private static Errno Check(int levels)
    {
        const int calls = 60;
        const int length = calls + 1;
        var code = new List<byte>();
        for (int level = 0; level < levels; level++)
        {
            for (int i = 0; i < calls && level < levels - 1; i++)
            {
                int distance = length - i - 1;
                code.AddRange([0x85, 0x10, 0, 0, (byte)distance, 0, 0, 0]);
            }
            code.AddRange([0x95, 0, 0, 0, 0, 0, 0, 0]);
        }

        Assert.True(KernelRelease.TryParse(Abi.Release, out KernelRelease release));
        var program = new BpfProgram { Name = "calls", Type = ProgramType.SocketFilter, Instructions = code.ToArray() };
        var profile = new KernelProfile { Release = release, Types = BtfTypes.Empty };
        var verification = new Verification(program, new ReleaseKernel(profile), new Changes(Abi.Patch, false), new VerifierOptions(), CancellationToken.None);
        Assert.Equal(Errno.None, verification.AddSubprogAndKfunc());
        Assert.Equal(Errno.None, verification.CheckSubprogs());
        Assert.Equal(levels, verification.SubprogCount);
        return verification.CheckMaxStackDepth();
    }
}
