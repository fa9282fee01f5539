using Xunit;

namespace BpfVerifier.Btf.Tests;

public sealed class TypeQueryTests
{
    [Fact]
    public void Modifiers_and_typedefs_are_skipped()
    {
        var builder = new BtfBuilder();
        int number = builder.AddInt("int", 4, BtfIntEncoding.Signed);
        int name = builder.AddTypedef("number", number);
        int constant = builder.AddReference(BtfKind.Const, name);
        int tagged = builder.AddReference(BtfKind.TypeTag, constant, "user");
        BtfTypes types = builder.Build();
        Assert.Equal(name, types.SkipModifiers(tagged));
        Assert.Equal(number, types.SkipModifiersAndTypedefs(tagged));
        Assert.Equal(number, types.SkipModifiers(number));
        Assert.Equal(BtfIntEncoding.Signed, types[number].IntEncoding);
    }

    [Fact]
    public void Cycles_end_at_void()
    {
        var builder = new BtfBuilder();
        int first = builder.AddReference(BtfKind.Const, 2);
        builder.AddTypedef("again", first);
        int self = builder.AddArray(3, 3, 2);
        BtfTypes types = builder.Build();
        Assert.Equal(0, types.SkipModifiersAndTypedefs(first));
        Assert.False(types.TryResolveSize(first, out _));
        Assert.False(types.TryResolveSize(self, out _));
    }

    [Fact]
    public void Sizes_multiply_through_arrays()
    {
        var builder = new BtfBuilder();
        int number = builder.AddInt("int", 4);
        int row = builder.AddArray(number, number, 3);
        int table = builder.AddArray(row, number, 5);
        int pointer = builder.AddPtr(0);
        int huge = builder.AddArray(table, number, 0x80000000);
        int none = builder.AddArray(number, number, 0);
        int forward = builder.AddFwd("f", union: false);
        BtfTypes types = builder.Build();
        Assert.True(types.TryResolveSize(table, out long size));
        Assert.Equal(60, size);
        Assert.True(types.TryResolveSize(pointer, out size));
        Assert.Equal(8, size);
        Assert.True(types.TryResolveSize(none, out size));
        Assert.Equal(0, size);
        Assert.False(types.TryResolveSize(huge, out _));
        Assert.False(types.TryResolveSize(forward, out _));
        Assert.False(types.TryResolveSize(0, out _));
    }

    [Fact]
    public void Split_types_continue_the_ids_and_strings_of_their_base()
    {
        var kernel = new BtfBuilder();
        int number = kernel.AddInt("int", 4);
        kernel.AddStruct(BtfKind.Struct, "shared", 4, new BtfNewMember("x", number, 0, 0));
        BtfTypes baseTypes = kernel.Build();
        var module = new BtfBuilder(baseTypes);
        int pointer = module.AddPtr(number);
        int own = module.AddStruct(BtfKind.Struct, "own", 8, new BtfNewMember("p", pointer, 0, 0));
        int shadow = module.AddStruct(BtfKind.Struct, "shared", 8, new BtfNewMember("q", pointer, 0, 0));
        BtfTypes types = module.Build();
        Assert.Equal(3, pointer);
        Assert.Same(baseTypes, types.Base);
        Assert.Equal(3, types.FirstOwnId);
        Assert.Equal("int", types[number].Name);
        Assert.Equal("own", types[own].Name);
        Assert.Equal("p", types[own].Member(0).Name);
        Assert.Equal(own, types.Find("own", BtfKind.Struct));
        Assert.Equal(2, types.Find("shared"));
        Assert.Equal([2, shadow], types.FindAll("shared"));
        Assert.Same(types, types[number].Owner);
    }

    [Fact]
    public void Bitfields_have_a_size_and_plain_members_none()
    {
        var builder = new BtfBuilder();
        int number = builder.AddInt("int", 4);
        int id = builder.AddStruct(BtfKind.Struct, "bits", 8, new BtfNewMember("a", number, 0, 3), new BtfNewMember("b", number, 3, 7), new BtfNewMember("c", number, 32, 0));
        BtfType type = builder.Build()[id];
        Assert.True(type.KindFlag);
        Assert.Equal((3u, 7), (type.Member(1).BitOffset, type.Member(1).BitSize));
        Assert.Equal((32u, 0), (type.Member(2).BitOffset, type.Member(2).BitSize));
    }

    [Fact]
    public void A_layout_section_lets_unknown_kinds_be_stepped_over()
    {
        var builder = new BtfBuilder();
        builder.Add((BtfKind)20, "new", 2, false, 0, 11, 1, 2, 3, 4);
        int after = builder.AddInt("int", 4);
        byte[] plain = builder.ToArray();
        Assert.False(BtfTypes.TryParse(plain, null, out _, out _));
        byte[] data = WithLayout(plain, kinds: 21, unknownInfo: 4, unknownElement: 8);
        Assert.True(BtfTypes.TryParse(data, null, out BtfTypes? types, out string error), error);
        Assert.Equal(BtfKind.Unknown, types[1].Kind);
        Assert.Equal("int", types[after].Name);
    }

    // Rewrites a section with a header of 32 bytes that describes how long types of the last kind are.
    private static byte[] WithLayout(byte[] plain, int kinds, byte unknownInfo, byte unknownElement)
    {
        int typeLength = BitConverter.ToInt32(plain, 12), stringLength = BitConverter.ToInt32(plain, 20);
        byte[] data = new byte[32 + typeLength + kinds * 4 + stringLength];
        plain.AsSpan(0, 4).CopyTo(data);
        int[] header = [32, 0, typeLength, typeLength + kinds * 4, stringLength, typeLength, kinds * 4];
        for (int i = 0; i < header.Length; i++)
            BitConverter.TryWriteBytes(data.AsSpan(4 + i * 4), header[i]);
        plain.AsSpan(24, typeLength).CopyTo(data.AsSpan(32));
        (data[32 + typeLength + (kinds - 1) * 4], data[32 + typeLength + (kinds - 1) * 4 + 1]) = (unknownInfo, unknownElement);
        plain.AsSpan(24 + typeLength, stringLength).CopyTo(data.AsSpan(32 + typeLength + kinds * 4));
        return data;
    }
}
