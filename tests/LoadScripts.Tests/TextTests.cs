using System.Text;

namespace BpfVerifier.LoadScripts.Tests;

/// <summary>The text form of load scripts.</summary>
public sealed class TextTests
{
    private static readonly string s_everything =
        $"""
        case maps_and_types
        map type=1 key=8 value=16 max=1 flags=1
        btf {Convert.ToHexStringLower(SmallTypes.Bytes())}
        map type=2 key=4 value=8 max=1 name=test_map flags=128 btf_key=1 btf_value=3 init=0102030405060708 freeze=1
        map type=27 key=0 value=0 max=4096 extra=5
        map type=12 key=4 value=4 max=1 inner=0
        btf 9feb0100
        prog type=29 attach_type=27 flags=20 license=GPL attach=func:bpf_lsm_bpf
        insns 18010000000000000000000000000000180200000000000000000000040000008510000000000000180300000000000000000000000000009500000000000000
        mapfd 0 3
        mapfd 2 1 value
        mapidx 0 3
        kfunc 4 acquire
        ksym 5 queue
        func_info 8 0000000003000000
        line_info 16 00000000010000000200000003040000
        end
        case second
        prog type=1 license=none
        insns b7000000000000009500000000000000
        end

        """;

    [Fact]
    public void Text_read_and_written_is_the_same_text()
    {
        StringBuilder written = new();
        foreach (LoadScript script in LoadScriptText.Read(s_everything))
            LoadScriptText.Write(written, script);

        Assert.Equal(s_everything, written.ToString());
    }

    [Fact]
    public void Every_word_has_its_place_in_the_model()
    {
        IReadOnlyList<LoadScript> scripts = LoadScriptText.Read(s_everything);
        LoadScript first = scripts[0];
        ScriptMap named = first.Maps[1];

        Assert.Equal(["maps_and_types", "second"], scripts.Select(s => s.Name));
        Assert.Equal(((ProgramType)29, (AttachType)27, 20u, "GPL", "func:bpf_lsm_bpf"), (first.Type, first.AttachType, first.Flags, first.License, first.Attach));
        Assert.Equal((8 * 8, 8, 16), (first.Instructions.Length, first.FuncInfo.Length, first.LineInfo.Length));
        Assert.Equal([new MapReference(0, 3), new MapReference(2, 1, Value: true), new MapReference(0, 3, ByIndex: true)], first.MapReferences);
        Assert.Equal([new NameReference(4, "acquire")], first.Kfuncs);
        Assert.Equal([new NameReference(5, "queue")], first.Ksyms);
        Assert.Equal(("test_map", (MapType)2, 4u, 8u, 1u, 128u, 1, 3, true),
            (named.Name, named.Type, named.KeySize, named.ValueSize, named.MaxEntries, named.Flags, named.KeyTypeId, named.ValueTypeId, named.Freeze));
        Assert.Equal([1, 2, 3, 4, 5, 6, 7, 8], named.Initial);
        Assert.Equal(SmallTypes.Bytes(), named.Btf);
        Assert.Equal([0x9f, 0xeb, 1, 0], first.Btf);
        Assert.Equal((null, "", 5ul, (int?)0), (first.Maps[0].Btf, first.Maps[0].Name, first.Maps[2].Extra, first.Maps[3].Inner));
        Assert.Equal(("none", null), (scripts[1].License, scripts[1].Attach));
    }

    [Fact]
    public void Comments_blank_lines_and_hexadecimal_numbers_are_read()
    {
        LoadScript script = Assert.Single(LoadScriptText.Read("# a script\n\ncase one\r\n\t prog  type=0x1f flags=0xA\r\n#\nend\n"));

        Assert.Equal(((ProgramType)31, 10u, "GPL", 0), (script.Type, script.Flags, script.License, script.Instructions.Length));
    }

    [Fact]
    public void Script_without_instructions_is_written_and_read()
    {
        StringBuilder written = new();
        LoadScriptText.Write(written, new LoadScript { Name = "empty", Type = ProgramType.SocketFilter, Instructions = [] });

        Assert.Empty(Assert.Single(LoadScriptText.Read(written.ToString())).Instructions);
    }

    [Theory]
    [InlineData("prog type=1", "line 1: a case begins with \"case NAME\"")]
    [InlineData("case a b", "line 1: a case begins with \"case NAME\"")]
    [InlineData("case a\n\nwhat 1 2\nend", "line 3: unknown line: what")]
    [InlineData("case a\ninsns\nend", "line 2: unknown line: insns")]
    [InlineData("case a\ncase b\nend", "line 2: case a has no end")]
    [InlineData("case a\nprog type=1", "case a has no end")]
    public void Line_that_is_not_understood_is_named(string text, string message) =>
        Assert.Equal(message, Assert.Throws<FormatException>(() => LoadScriptText.Read(text)).Message);

    [Theory]
    [InlineData("insns 9500000")]
    [InlineData("insns 95zz")]
    [InlineData("btf xx")]
    [InlineData("prog type=one")]
    [InlineData("prog type=-1")]
    [InlineData("prog type=0x")]
    [InlineData("map type=1 max=99999999999999999999")]
    [InlineData("map type=1 inner=-1")]
    [InlineData("map type=1 init=1")]
    [InlineData("mapfd 0 x")]
    [InlineData("mapfd 0 1 key")]
    [InlineData("mapfd 99999999999 0")]
    [InlineData("kfunc one acquire")]
    [InlineData("ksym 1.5 queue")]
    [InlineData("func_info eight 00")]
    [InlineData("line_info 16 0")]
    public void Word_that_is_not_understood_names_its_line(string line) =>
        Assert.StartsWith("line 3: ", Assert.Throws<FormatException>(() => LoadScriptText.Read($"case a\n# bad\n{line}\nend\n")).Message, StringComparison.Ordinal);
}
