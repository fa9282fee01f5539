using System.Collections.Concurrent;
using System.Globalization;
using System.Text.Json;
using BpfVerifier.Btf;
using Xunit;

namespace BpfVerifier.Objects.Tests;

/// <summary>
/// Compares with what libbpf 1.7.0 handed to the kernel (Linux 6.18) for every program of the objects here; see <c>record/</c>.
/// The kernel's types are those of <c>objects/kernel.c</c>.
/// </summary>
public sealed class RecordedTests
{
    private static readonly KernelRelease s_release = new(6, 18, 44);

    private static readonly ObjectOptions s_options = new()
    {
        Kconfig = File.ReadAllText(TestFiles.PathOf("kernel.config")),
        // The kernel that was recorded has none of the symbols the objects ask for.
        KernelSymbols = _ => null,
    };

    private static readonly Dictionary<string, JsonElement> s_recorded = File.ReadLines(TestFiles.PathOf("libbpf.jsonl"))
        .Select(line => JsonDocument.Parse(line).RootElement)
        .ToDictionary(e => $"{e.GetProperty("object").GetString()} {(e.TryGetProperty("program", out JsonElement program) ? program.GetString() : "")}");

    public static TheoryData<string> Programs() => [.. s_recorded.Where(e => e.Value.TryGetProperty("program", out _)).Select(e => e.Key)];

    public static TheoryData<string> UnopenableObjects() => [.. s_recorded.Where(e => !e.Value.TryGetProperty("program", out _)).Select(e => e.Key)];

    private static readonly ConcurrentDictionary<string, BpfObject> s_objects = new();

    private static BpfObject Open(JsonElement recorded) =>
        s_objects.GetOrAdd(recorded.GetProperty("object").GetString()!, static file => BpfObject.Open(TestFiles.Read(file), "./" + file));

    private static string[] Messages(JsonElement recorded) =>
        recorded.GetProperty("messages").GetString()!.Split('\n').Select(m => m.StartsWith("libbpf: ", StringComparison.Ordinal) ? m[8..] : m).ToArray();

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_program_is_prepared_as_libbpf_prepares_it(string key)
    {
        JsonElement recorded = s_recorded[key];
        string name = recorded.GetProperty("program").GetString()!;
        PrepareResult result = Open(recorded).Prepare(name, TestFiles.KernelTypes, s_release, s_options);
        if (recorded.TryGetProperty("errno", out JsonElement errno))
        {
            Assert.False(result.Succeeded);
            Assert.Equal(errno.GetInt32(), (int)result.Failure.Errno);
            Assert.Contains(result.Failure.Message, Messages(recorded));
            return;
        }
        Assert.True(result.Succeeded, result.Failure?.Message);
        BpfProgram program = result.Program;
        Assert.Equal(recorded.GetProperty("type").GetUInt32(), (uint)program.Type);
        Assert.Equal(recorded.GetProperty("attach_type").GetUInt32(), (uint)program.ExpectedAttachType);
        Assert.Equal(recorded.GetProperty("flags").GetUInt32(), program.Flags);
        Assert.Equal(recorded.GetProperty("license").GetString(), program.License);
        Assert.Equal(recorded.GetProperty("section").GetString(), program.SectionName);
        Assert.Equal(Split(recorded.GetProperty("insns").GetString()!), Split(Convert.ToHexStringLower(program.Instructions.Span)));
        Assert.Equal(Numbers(recorded.GetProperty("func_info")), program.FuncInfos.SelectMany(f => new long[] { f.InstructionOffset, f.TypeId }));
        Assert.Equal(Numbers(recorded.GetProperty("line_info")), program.LineInfos.SelectMany(l => new long[] { l.InstructionOffset, l.FileNameOffset, l.LineOffset, l.LineColumn }));
        Assert.Equal(
            recorded.GetProperty("maps").EnumerateArray().Select(m => m.GetRawText()),
            program.Maps.Select(m => $"[\"{m.Name}\",{(uint)m.Type},{m.KeySize},{m.ValueSize},{m.MaxEntries},{m.Flags},{m.Extra},{m.KeyTypeId},{m.ValueTypeId}]"));
    }

    [Fact]
    public void Configuration_variables_have_the_values_libbpf_gives_them()
    {
        JsonElement recorded = s_recorded["config.bpf.o configuration"];
        PrepareResult result = Open(recorded).Prepare("configuration", TestFiles.KernelTypes, s_release, s_options);
        Assert.True(result.Succeeded, result.Failure?.Message);
        BpfMap config = Assert.Single(result.Program.Maps, m => m.Name == "config.kconfig");
        Assert.True(config.Frozen);
        Assert.Equal(recorded.GetProperty("kconfig").GetString(), Convert.ToHexStringLower(config.InitialValue.Span));
    }

    [Theory]
    [MemberData(nameof(Programs))]
    public void A_section_name_stands_for_the_type_libbpf_takes_it_for(string key)
    {
        JsonElement recorded = s_recorded[key];
        ObjectProgram program = Assert.Single(Open(recorded).Programs, p => p.Name == recorded.GetProperty("program").GetString());
        Assert.Equal(recorded.GetProperty("section").GetString(), program.SectionName);
        Assert.Equal(recorded.GetProperty("open_type").GetUInt32(), (uint)program.Type);
        Assert.Equal(recorded.GetProperty("open_attach_type").GetUInt32(), (uint)program.ExpectedAttachType);
    }

    [Theory]
    [MemberData(nameof(UnopenableObjects))]
    public void An_object_libbpf_does_not_open_fails_with_its_words(string key)
    {
        JsonElement recorded = s_recorded[key];
        BpfObject opened = Open(recorded);
        Assert.NotNull(opened.Failure);
        Assert.Equal(Verdict.LoadFailed, opened.Failure.Verdict);
        Assert.Equal(recorded.GetProperty("errno").GetInt32(), (int)opened.Failure.Errno);
        Assert.Contains(opened.Failure.Message, Messages(recorded));
        Assert.Same(opened.Failure, opened.Prepare("prog", TestFiles.KernelTypes, s_release).Failure);
    }

    public static TheoryData<string> Logs() => [.. s_recorded.Where(e => e.Value.TryGetProperty("improved_log", out _)).Select(e => e.Key)];

    [Theory]
    [MemberData(nameof(Logs))]
    public void A_log_that_ends_at_an_invalid_instruction_is_improved_as_libbpf_does(string key)
    {
        JsonElement recorded = s_recorded[key];
        PrepareResult result = Open(recorded).Prepare(recorded.GetProperty("program").GetString()!, TestFiles.KernelTypes, s_release);
        Assert.Equal(recorded.GetProperty("improved_log").GetString(), result.ImproveLog(recorded.GetProperty("log").GetString()!));
    }

    [Theory]
    [MemberData(nameof(Logs))]
    public void A_result_is_improved_with_its_log(string key)
    {
        JsonElement recorded = s_recorded[key];
        string log = recorded.GetProperty("log").GetString()!, improved = recorded.GetProperty("improved_log").GetString()!;
        string[] lines = log.Split('\n');
        int call = Array.FindIndex(lines, line => line.Contains("call unknown#", StringComparison.Ordinal));
        var result = new VerificationResult
        {
            Verdict = Verdict.Rejected, Errno = Errno.EINVAL, Message = lines[call + 1], Log = log,
            InstructionIndex = int.Parse(lines[call].AsSpan(0, lines[call].IndexOf(':', StringComparison.Ordinal)), CultureInfo.InvariantCulture),
        };
        PrepareResult prepared = Open(recorded).Prepare(recorded.GetProperty("program").GetString()!, TestFiles.KernelTypes, s_release);
        Assert.Equal(result with { Message = improved.Split('\n')[call + 1], Log = improved }, prepared.Improve(result));
        Assert.Equal("", prepared.Improve(result with { Log = "" }).Log);
        VerificationResult other = result with { Message = "R0 !read_ok" };
        Assert.Same(other, prepared.Improve(other));
    }

    [Fact]
    public void Other_logs_are_left_alone()
    {
        PrepareResult result = BpfObject.Open(TestFiles.Read("core.bpf.o"), "core.bpf.o").Prepare("missing_field", TestFiles.KernelTypes, s_release);
        Assert.NotEmpty(result.InvalidInstructions);
        foreach (string log in (string[])["", "\n", "invalid func unknown#195896080\n", "x\ninvalid func unknown#12\n", "0: (95) exit\nprocessed 1 insns\n"])
            Assert.Equal(log, result.ImproveLog(log));
    }

    private static IEnumerable<string> Split(string hex) => hex.Chunk(16).Select(c => new string(c));

    private static IEnumerable<long> Numbers(JsonElement array) => array.EnumerateArray().Select(n => n.GetInt64());
}
