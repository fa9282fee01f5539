using Xunit;

namespace BpfVerifier.Surface.Tests;

/// <summary>What the verifier takes from a kernel is written down, and grows only together with that list.</summary>
public class SurfaceTests
{
    private static readonly Repository s_repository = Repository.Find(AppContext.BaseDirectory);

    private static readonly Lazy<IReadOnlyList<SurfaceUse>> s_uses = new(() => RuntimeReader.Read(s_repository.Runtime, Catalog.Read(s_repository.CatalogFile)));

    public static TheoryData<string> Releases() => [.. s_repository.Releases];

    [Theory]
    [MemberData(nameof(Releases))]
    public void List_of_the_release_is_what_the_code_takes(string release)
    {
        string path = s_repository.SurfaceFile(release);
        Assert.Empty(SurfaceFile.Of(release, s_uses.Value).Compare(File.Exists(path) ? File.ReadAllText(path) : ""));
    }

    private static List<(string Kind, string Name)> Taken(string code, string file = "Calls/Planted.cs")
    {
        string folder = Directory.CreateTempSubdirectory().FullName;
        try
        {
            foreach ((string name, string text) in (IEnumerable<(string, string)>)[(file, $"class Planted {{ void M() {{ {code} }} }}"), ("Kernel/IKernel.cs", "interface IKernel { int HelperCount { get; } bool Has(int type); }")])
            {
                Directory.CreateDirectory(Path.Combine(folder, Path.GetDirectoryName(name)!));
                File.WriteAllText(Path.Combine(folder, name), text);
            }
            return [.. SurfaceFile.Of("6.18", RuntimeReader.Read(folder, Catalog.Read(s_repository.CatalogFile))).Symbols];
        }
        finally
        {
            Directory.Delete(folder, recursive: true);
        }
    }

    [Theory]
    [InlineData("int n = Kernel.HelperCount;", "facade", "IKernel.HelperCount")]
    [InlineData("int n = HelperId.MapLookupElem;", "helper", "bpf_map_lookup_elem")]
    [InlineData("uint n = Uapi.BPF_F_RDONLY_PROG;", "number", "BPF_F_RDONLY_PROG")]
    [InlineData("bool b = Kernel.Has(ProgramType.SchedCls);", "program type", "BPF_PROG_TYPE_SCHED_CLS")]
    [InlineData("bool b = type is MapType.LpmTrie;", "map type", "BPF_MAP_TYPE_LPM_TRIE")]
    [InlineData("int n = KernelStruct.BpfSock.SrcIp;", "member", "bpf_sock.SrcIp")]
    [InlineData("bool b = name == \"bpf_cpumask_create\";", "kfunc", "bpf_cpumask_create")]
    [InlineData("bool b = Kernel.IsIn(KernelSet.BoolLsmHooks, name);", "set", "BoolLsmHooks")]
    [InlineData("bool b = Kernel.IsOpen(KernelGate.Jit);", "gate", "Jit")]
    [InlineData("int n = KernelTypes.Find(\"nobody_lists_this\");", "name", "nobody_lists_this")]
    [InlineData("bool b = name is \"bpf_iter_tcp\";", "name", "bpf_iter_tcp")]
    [InlineData("int n = KernelTypes.Find(\"sock\");", "types", "BtfTypes.Find")]
    public void Use_in_the_code_is_found(string code, string kind, string name) => Assert.Contains((kind, name), Taken(code));

    [Fact]
    public void What_the_release_does_not_have_is_not_taken_from_it()
    {
        // First in 6.19; tests/Surface reads that from the catalogue.
        Assert.Contains(s_uses.Value, use => use.IsIn("7.3") && !use.IsIn("6.1"));
        SurfaceFile first = SurfaceFile.Of("6.1", s_uses.Value), last = SurfaceFile.Of("7.3", s_uses.Value);
        Assert.NotEmpty(last.Symbols.Except(first.Symbols));
    }

    [Fact]
    public void Text_of_the_log_and_the_facade_itself_take_nothing()
    {
        Assert.Empty(Taken("string s = \"bpf_cpumask_create\";", "Logging/Planted.cs"));
        Assert.Empty(Taken("int n = Kernel.HelperCount;", "Kernel/Planted.cs"));
    }

    [Fact]
    public void Growth_is_named_with_the_code_and_the_command()
    {
        var more = new SurfaceUse("helper", "bpf_planted", "Calls/Planted.cs", _ => true);
        string committed = SurfaceFile.Of("6.18", s_uses.Value).ToString();
        string[] problems = [.. SurfaceFile.Of("6.18", [.. s_uses.Value, more]).Compare(committed)];
        Assert.Equal(2, problems.Length);
        Assert.Contains("bpf_planted (Calls/Planted.cs)", problems[0], StringComparison.Ordinal);
        Assert.Contains("dotnet run --project tests/Surface -- write", problems[1], StringComparison.Ordinal);
        Assert.Contains(SurfaceFile.Of("6.18", s_uses.Value.Where(use => use.Kind != "number")).Compare(committed), problem => problem.Contains("no longer takes", StringComparison.Ordinal));
    }
}
