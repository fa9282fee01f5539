using System.Globalization;
using BpfVerifier.Fuzz;
using BpfVerifier.LoadScripts;
using BpfVerifier.Objects;

namespace BpfVerifier.Soundness;

/// <summary>A program and what to call it.</summary>
internal readonly record struct NamedProgram(string Name, BpfProgram Program);

/// <summary>Where programs come from.</summary>
internal static class Corpora
{
    /// <summary>Every program of every object below a folder that libbpf would get as far as loading.</summary>
    public static IEnumerable<NamedProgram> Objects(string folder, KernelProfile profile)
    {
        foreach (string file in Directory.EnumerateFiles(folder, "*.bpf.o", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            BpfObject opened = BpfObject.Open(file, new ObjectOptions { RelaxedMaps = true, FillMaxEntries = true });
            string name = Path.GetRelativePath(folder, file).Replace('\\', '/');
            foreach (ObjectProgram program in opened.Programs)
                if (opened.Prepare(program.Name, profile) is { Succeeded: true, Program: { } prepared })
                    yield return new NamedProgram($"{name} {program.Name}", prepared);
        }
    }

    /// <summary>Programs of tests/FuzzGenerator, by number.</summary>
    public static IEnumerable<NamedProgram> Generated(int first, int count, ulong seed, KernelProfile profile)
    {
        var generator = new Generator(seed, profile.Release);
        for (int i = first; i < first + count; i++)
        {
            LoadScript script = generator.Script(i);
            if (ScriptProgram.TryMake(script, profile, out BpfProgram? program, out _))
                yield return new NamedProgram(string.Create(CultureInfo.InvariantCulture, $"generated {seed}/{i}"), program);
        }
    }

    /// <summary>The folder of the samples, found from where the program runs.</summary>
    public static string Samples
    {
        get
        {
            for (string? directory = AppContext.BaseDirectory; directory is not null; directory = Path.GetDirectoryName(directory))
                if (File.Exists(Path.Combine(directory, "Directory.Packages.props")))
                    return Path.Combine(directory, "samples");
            return "samples";
        }
    }
}
