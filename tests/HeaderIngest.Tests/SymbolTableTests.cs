using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>symbols.br as written here and as the façade reads it, and what the committed ones hold.</summary>
public class SymbolTableTests
{
    private static readonly KernelSymbol[] s_symbols =
    [
        new("b", 7), new("a", 0xffffffff81000010), new("a", 0xffffffff81000000), new("ab", 0), new("abc", ulong.MaxValue), new("a", 0xffffffff81000010),
        new(new string('x', 300) + "1", 1), new(new string('x', 300) + "2", 2), new(new string('x', 300), 3), new("é", 4), new("", 5),
    ];

    [Fact]
    public void What_is_written_is_read_and_the_order_does_not_matter()
    {
        byte[] table = SymbolTable.Write(s_symbols, 0xffffffff81000000);
        Assert.Equal(table, SymbolTable.Write(s_symbols.Reverse(), 0xffffffff81000000));
        Assert.True(KernelSymbols.TryParse(table, out KernelSymbols? symbols, out string error), error);
        Assert.Equal(s_symbols.Distinct().Count(), symbols.Count);
        foreach (IGrouping<string, KernelSymbol> name in s_symbols.GroupBy(s => s.Name))
        {
            ulong[] addresses = [.. name.Select(s => s.Address).Distinct().Order()];
            Assert.Equal(addresses, symbols.Addresses(name.Key));
            Assert.True(symbols.TryGetAddress(name.Key, out ulong lowest));
            Assert.Equal(addresses[0], lowest);
        }
        foreach (string absent in (string[])["aa", "c", new string('x', 299), "\ud800", "z"])
        {
            Assert.False(symbols.TryGetAddress(absent, out ulong address));
            Assert.Equal(0u, address);
            Assert.Empty(symbols.Addresses(absent));
        }
    }

    [Fact]
    public void A_table_without_symbols_is_one()
    {
        Assert.True(KernelSymbols.TryParse(SymbolTable.Write([], 0), out KernelSymbols? symbols, out _));
        Assert.Equal(0, symbols.Count);
        Assert.False(symbols.TryGetAddress("", out _));
    }

    [Fact]
    public void A_table_cut_or_lengthened_is_refused_and_no_damage_throws()
    {
        byte[] table = SymbolTable.Write(s_symbols, 16);
        for (int length = 0; length < table.Length; length++)
            Assert.False(KernelSymbols.TryParse(table.AsSpan(0, length), out _, out _));
        Assert.False(KernelSymbols.TryParse([.. table, 0], out _, out _));
        for (int at = 0; at < table.Length; at++)
        {
            foreach (byte change in (byte[])[1, 0x80, 0xff])
            {
                byte[] damaged = [.. table];
                damaged[at] ^= change;
                bool read = KernelSymbols.TryParse(damaged, out KernelSymbols? symbols, out string error);
                Assert.Equal(read, symbols is not null && error.Length == 0);
            }
        }
    }

    [Fact]
    public void A_compressed_table_is_opened_when_it_is_asked_first_and_only_then()
    {
        int opened = 0;
        KernelSymbols symbols = KernelSymbols.Load(() =>
        {
            opened++;
            return File.OpenRead(Path.Combine(Committed.Directory, "6.12", "symbols.br"));
        });
        Assert.Equal(0, opened);
        Assert.True(symbols.TryGetAddress("jiffies", out _));
        Assert.True(symbols.TryGetAddress("_text", out _));
        Assert.Equal(1, opened);
        Assert.Throws<InvalidDataException>(() => KernelSymbols.Load(() => new MemoryStream([1, 2, 3])).Count);
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void The_committed_table_is_the_one_its_record_tells_of(string release)
    {
        byte[] table = Committed.SymbolBytes(release);
        JsonElement record = JsonDocument.Parse(Committed.Text(release, "release.json")).RootElement.GetProperty("symbols");
        Assert.Equal(record.GetProperty("size").GetInt32(), table.Length);
        Assert.Equal(record.GetProperty("sha256").GetString(), Convert.ToHexStringLower(SHA256.HashData(table)));
        Assert.True(KernelSymbols.TryParse(table, out KernelSymbols? symbols, out string error), error);
        Assert.InRange(symbols.Count, record.GetProperty("count").GetInt32() * 99 / 100, record.GetProperty("count").GetInt32());
        Assert.InRange(new FileInfo(Path.Combine(Committed.Directory, release, "symbols.br")).Length, 1, 1 << 20);
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Functions_that_other_sections_name_have_addresses(string release)
    {
        Assert.True(KernelSymbols.TryParse(Committed.SymbolBytes(release), out KernelSymbols? symbols, out string error), error);
        AbiDocument abi = Committed.Abi(release);
        Assert.True(symbols.TryGetAddress("_text", out ulong text));
        // bpf_kptr_xchg is always inlined: its prototype names no function.
        string[] functions =
        [
            .. abi.Protos!.Where(p => p.Key is not ("bpf_tail_call_proto" or "bpf_kptr_xchg_proto")).Select(p => p.Value.Func), .. abi.Protos!.Keys.Select(p => p.Split('@')[0]),
            .. abi.ProgramTypes!.Values.SelectMany(t => t.Ops.Values), .. abi.BtfSets!["bpf_lsm_hooks"],
            .. abi.RawTracepoints!.Values.Select(t => "__bpf_trace_" + t),
        ];
        Assert.All(functions, name => Assert.True(symbols.TryGetAddress(name, out ulong address) && address >= text, name));
    }

    [Theory]
    [MemberData(nameof(Committed.Releases), MemberType = typeof(Committed))]
    public void Names_in_sets_and_tracepoints_are_those_of_BTF(string release)
    {
        AbiDocument abi = Committed.Abi(release);
        BtfTypes types = Committed.Btf(release);
        // 5.10 is older than the lists of what may not be attached to, and calls the other list by another name.
        string[] younger = release == "5.10" ? [] : ["bpf_lsm_disabled_hooks", "btf_id_deny"];
        string sleepable = release == "5.10" ? "btf_sleepable_lsm_hooks" : "sleepable_lsm_hooks";
        Assert.Subset(abi.BtfSets!.Keys.ToHashSet(), new HashSet<string>([.. younger, "bpf_lsm_hooks", sleepable, "btf_allowlist_d_path"]));
        foreach ((string set, SortedSet<string> names) in abi.BtfSets!)
        {
            Assert.NotEmpty(names);
            Assert.All(names, name => Assert.True(types.Find(name, BtfKind.Func) > 0 || types.Find(name, BtfKind.Struct) > 0, $"{set}: {name}"));
        }
        Assert.Superset(abi.BtfSets![sleepable], abi.BtfSets!["bpf_lsm_hooks"]);
        Assert.All(abi.ModifyReturn!.Keys, name => Assert.True(types.Find(name, BtfKind.Func) > 0, name));
        Assert.All(abi.RawTracepoints!.Keys, name => Assert.True(types.Find("btf_trace_" + name, BtfKind.Typedef) > 0, name));
        Assert.All(abi.RawTracepointNullArgs!, entry => Assert.True(entry.Value >> 48 == 0, entry.Key));
    }

    [Fact]
    public void A_set_that_holds_no_types_is_refused()
    {
        BtfTypes types = Committed.Btf("6.12");
        int id = types.Find("task_struct", BtfKind.Struct);
        byte[] kernel = Images.Loaded([.. BitConverter.GetBytes(2), .. BitConverter.GetBytes(0), .. BitConverter.GetBytes(id), .. BitConverter.GetBytes(types.Count)], 0x1000);
        var memory = new ElfMemory(kernel, "x");
        SortedDictionary<string, SortedSet<string>> Sets(ulong address) =>
            new KernelTables(memory, [new KernelSymbol("__BTF_ID__set__some", address)], types, new BtfSymbols(types), "x").Sets();
        Assert.Equal(["task_struct"], Sets(0x1000)["some"]);
        // As many as an id, of which one is no type; and where nothing is.
        Assert.Contains("some", Assert.Throws<IngestException>(() => Sets(0x1008)).Message, StringComparison.Ordinal);
        Assert.Contains("some", Assert.Throws<IngestException>(() => Sets(0x2000)).Message, StringComparison.Ordinal);
    }
}
