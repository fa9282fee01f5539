using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace BpfVerifier.Abi.Tests;

/// <summary>Finds where a member lies by writing to it and looking at the bytes of the whole.</summary>
internal static class Touch
{
    /// <summary>Size in bytes.</summary>
    public static int Size(Type type) => (int)typeof(Touch).GetMethod(nameof(SizeOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, null)!;

    /// <summary>First bit and number of bits of a member, in a value of <paramref name="type"/>.</summary>
    public static (int First, int Count) Bits(Type type, MemberInfo[] path)
    {
        byte[] bytes = Bytes(With(type, path));
        int[] set = [.. Enumerable.Range(0, bytes.Length * 8).Where(i => (bytes[i / 8] >> (i % 8) & 1) != 0)];
        Assert.NotEmpty(set);
        Assert.Equal(set.Length, set[^1] - set[0] + 1);
        return (set[0], set.Length);
    }

    private static object With(Type type, ReadOnlySpan<MemberInfo> path)
    {
        object value = Activator.CreateInstance(type)!;
        Type inner = path[0] is FieldInfo f ? f.FieldType : ((PropertyInfo)path[0]).PropertyType;
        object content = path.Length > 1 ? With(inner, path[1..]) : Ones(inner);
        if (path[0] is FieldInfo field)
            field.SetValue(value, content);
        else
            ((PropertyInfo)path[0]).SetValue(value, content);
        return value;
    }

    private static object Ones(Type type) => typeof(Touch).GetMethod(nameof(OnesOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(type).Invoke(null, null)!;

    private static byte[] Bytes(object value) => (byte[])typeof(Touch).GetMethod(nameof(BytesOf), BindingFlags.NonPublic | BindingFlags.Static)!.MakeGenericMethod(value.GetType()).Invoke(null, [value])!;

    private static int SizeOf<T>() where T : unmanaged => Unsafe.SizeOf<T>();

    private static T OnesOf<T>() where T : unmanaged
    {
        T value = default;
        MemoryMarshal.AsBytes(new Span<T>(ref value)).Fill(0xFF);
        return value;
    }

    private static byte[] BytesOf<T>(T value) where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(ref value)).ToArray();
}
