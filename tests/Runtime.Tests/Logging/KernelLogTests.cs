using System.Globalization;
using System.Reflection;
using System.Text.RegularExpressions;
using BpfVerifier.Btf;

namespace BpfVerifier.Runtime.Tests.Logging;

/// <summary>Text and control flow against what this release's kernel printed; recorded/record.cs tells how it was recorded.</summary>
public sealed class KernelLogTests
{
    [Fact]
    public void Disassembly_EqualsKernels()
    {
        foreach (string line in Recorded("instructions.txt"))
        {
            int space = line.IndexOf(' ');
            Verification verification = Prepare(line[..space], ProgramType.SocketFilter);
            Assert.Equal(line[(space + 1)..], verification.InsnText(0));
        }
    }

    [Fact]
    public void BrokenControlFlow_IsRefusedWithKernelsMessage()
    {
        foreach (string line in Recorded("control-flow.txt"))
        {
            string[] parts = line.Split(' ', 3);
            Verification verification = Prepare(parts[0], ProgramType.SocketFilter, logLevel: 1);
            Errno errno = verification.AddSubprogAndKfunc();
            if (errno == Errno.None)
                errno = verification.CheckSubprogs();
            if (errno == Errno.None)
                errno = verification.CheckCfg();
            Assert.Equal((Errno)int.Parse(parts[1], CultureInfo.InvariantCulture), errno);
            Assert.Equal(parts[2] + "\n", verification.Log.ToString());
        }
    }

    [Fact]
    public void LiveRegistersAndLoops_EqualKernels()
    {
        List<string> lines = Recorded("live-registers.txt");
        Assert.Equal(Prepare("9500000000000000", ProgramType.SocketFilter).Changes.LiveRegisters, lines.Count > 0);
        for (int i = 0; i < lines.Count; i++)
        {
            string[] program = lines[i++].Split(' ');
            var expected = new List<string> { "Live regs before insn:" };
            for (; lines[i].Length > 0; i++)
                expected.Add(lines[i]);

            Verification verification = Prepare(program[1], (ProgramType)int.Parse(program[0], CultureInfo.InvariantCulture), logLevel: 2);
            Assert.Equal(Errno.None, verification.AddSubprogAndKfunc());
            Assert.Equal(Errno.None, verification.CheckSubprogs());
            Assert.Equal(Errno.None, verification.CheckCfg());
            Assert.Equal(Errno.None, verification.ComputePostorder());
            Assert.Equal(Errno.None, verification.ComputeScc());
            verification.Log.Reset(0);
            Assert.Equal(Errno.None, verification.ComputeLiveRegisters());
            string text = Regex.Replace(verification.Log.ToString(), @"(\(18\) r\d+ = 0x)ffff[0-9a-f]{12}\n", "$1ADDRESS\n");
            Assert.Equal(string.Join('\n', expected) + "\n", text);
        }
    }

    private static Verification Prepare(string code, ProgramType type, int logLevel = 0)
    {
        Assert.True(KernelRelease.TryParse(Abi.Release, out KernelRelease release));
        var program = new BpfProgram { Name = "recorded", Type = type, License = "GPL", Instructions = Convert.FromHexString(code) };
        var profile = new KernelProfile { Release = release, Types = BtfTypes.Empty };
        return new Verification(program, new ReleaseKernel(profile), new Changes(Abi.Patch, false), new VerifierOptions { LogLevel = logLevel }, CancellationToken.None);
    }

    private static List<string> Recorded(string name)
    {
        using Stream stream = Assembly.GetExecutingAssembly().GetManifestResourceStream("recorded/" + name)!;
        using var reader = new StreamReader(stream);
        var lines = new List<string>();
        while (reader.ReadLine() is { } line)
            lines.Add(line);
        return lines;
    }
}
