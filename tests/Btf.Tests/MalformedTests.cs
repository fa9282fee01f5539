using System.Buffers.Binary;
using Xunit;

namespace BpfVerifier.Btf.Tests;

/// <summary>Bad input gives an error with a text, never an exception, and what is read of accepted input is always in bounds.</summary>
public sealed class MalformedTests
{
    private static byte[] Good() => File.ReadAllBytes(RecordedTypesTests.PathOf("types.btf"));

    private static string ErrorOf(byte[] data)
    {
        Assert.False(BtfTypes.TryParse(data, null, out BtfTypes? types, out string error));
        Assert.Null(types);
        Assert.NotEqual("", error);
        return error;
    }

    private static byte[] With(int offset, uint value)
    {
        byte[] data = Good();
        BinaryPrimitives.WriteUInt32LittleEndian(data.AsSpan(offset), value);
        return data;
    }

    [Fact]
    public void Every_truncation_is_refused()
    {
        byte[] good = Good();
        for (int length = 0; length < good.Length; length++)
            ErrorOf(good[..length]);
    }

    [Theory]
    [InlineData(0, 0x0001eb9eu, "Invalid BTF magic: eb9e")]
    [InlineData(0, 0x00019febu, "BTF is big-endian")]
    [InlineData(0, 0x0002eb9fu, "Unsupported BTF version: 2")]
    [InlineData(4, 20u, "BTF header len 20 is too small")]
    [InlineData(4, 0x7fffffffu, "BTF header len 2147483647 larger")]
    [InlineData(8, 2u, "Invalid BTF data sections layout")]
    [InlineData(20, 0u, "Invalid BTF string section")]
    [InlineData(20, 0xffffffffu, "Invalid BTF total size")]
    public void Broken_headers_are_named(int offset, uint value, string message) =>
        Assert.StartsWith(message, ErrorOf(With(offset, value)), StringComparison.Ordinal);

    [Fact]
    public void A_type_with_an_id_that_does_not_exist_is_refused()
    {
        var builder = new BtfBuilder();
        builder.AddPtr(7);
        Assert.Equal("btf: type [1]: invalid referenced type ID 7", ErrorOf(builder.ToArray()));
    }

    [Fact]
    public void A_member_without_a_type_is_refused()
    {
        var builder = new BtfBuilder();
        builder.AddStruct(BtfKind.Struct, "s", 4, new BtfNewMember("m", 9, 0, 0));
        Assert.Equal("btf: type [1]: invalid referenced type ID 9", ErrorOf(builder.ToArray()));
    }

    [Fact]
    public void A_name_outside_the_strings_is_refused()
    {
        var builder = new BtfBuilder();
        int id = builder.AddInt("int", 4);
        builder.SetWord(id, 0, 99);
        Assert.Equal("btf: type [1]: invalid type name (string offset 99)", ErrorOf(builder.ToArray()));
    }

    [Fact]
    public void A_function_of_something_else_than_a_prototype_is_refused()
    {
        var builder = new BtfBuilder();
        int number = builder.AddInt("int", 4);
        builder.AddFunc("f", number, BtfLinkage.Static);
        Assert.Equal("btf: type [2]: referenced type [1] is not FUNC_PROTO", ErrorOf(builder.ToArray()));
    }

    [Fact]
    public void An_unknown_kind_is_refused()
    {
        var builder = new BtfBuilder();
        builder.Add((BtfKind)77, "x", 0, false, 0);
        Assert.Equal("btf: type [1]: unrecognized kind 77", ErrorOf(builder.ToArray()));
    }

    [Fact]
    public void A_list_that_reaches_past_the_types_is_refused()
    {
        var builder = new BtfBuilder();
        builder.Add(BtfKind.Enum, "e", 3, false, 4);
        Assert.Equal("BTF type [1] is malformed", ErrorOf(builder.ToArray()));
    }

    [Fact]
    public void Flipped_bytes_never_throw()
    {
        byte[] good = Good();
        var random = new Random(1);
        int accepted = 0;
        for (int round = 0; round < 5_000; round++)
        {
            byte[] data = (byte[])good.Clone();
            for (int flips = random.Next(1, 4); flips > 0; flips--)
                data[random.Next(data.Length)] = (byte)random.Next(256);
            if (!BtfTypes.TryParse(data, null, out BtfTypes? types, out string error))
            {
                Assert.NotEqual("", error);
                continue;
            }
            accepted++;
            ReadAll(types);
        }
        // Names and sizes may be anything, so that a good part of the changes goes unnoticed: both sides must have been tried.
        Assert.InRange(accepted, 250, 4_750);
    }

    private static void ReadAll(BtfTypes types)
    {
        for (int id = -1; id <= types.Count; id++)
        {
            BtfType type = types[id];
            Assert.NotNull(type.Name);
            types.TryResolveSize(id, out _);
            Assert.True(types.IsValid(types.SkipModifiersAndTypedefs(id)));
            Assert.True(types.IsValid(types.SkipModifiers(id)));
            for (int i = -1; i <= Math.Min(type.VLen, 100); i++)
            {
                Assert.NotNull(type.Member(i).Name);
                Assert.NotNull(type.Enumerator(i).Name);
                Assert.NotNull(type.Param(i).Name);
                _ = type.Variable(i);
            }
        }
        Assert.Equal(-1, types.Find("no such type"));
    }
}
