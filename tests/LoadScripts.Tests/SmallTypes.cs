using System.Text;
using BpfVerifier.Btf;

namespace BpfVerifier.LoadScripts.Tests;

/// <summary>BTF with one thing of each kind a script can name.</summary>
internal static class SmallTypes
{
    /// <summary>Ids of the types below.</summary>
    public const int Task = 2, Acquire = 4, Trace = 5, Variable = 6;

    private const int Int = 1, Struct = 4, Typedef = 8, Func = 12, FuncProto = 13, Var = 14;

    /// <summary>The bytes of a <c>.BTF</c> section: int, struct <c>task</c>, a prototype, functions <c>acquire</c>, typedef <c>trace</c>, variable <c>queue</c>.</summary>
    public static byte[] Bytes()
    {
        List<byte> strings = [0];
        List<uint> words = [];
        Type("int", Int, 0, 4, 32);
        Type("task", Struct, 0, 0);
        Type("", FuncProto, 0, 0);
        Type("acquire", Func, 0, 3);
        Type("trace", Typedef, 0, 3);
        Type("queue", Var, 0, 1, 1);

        uint[] header = [0x0001eb9f, 24, 0, (uint)words.Count * 4, (uint)words.Count * 4, (uint)strings.Count];
        return [.. header.Concat(words).SelectMany(BitConverter.GetBytes), .. strings];

        void Type(string name, int kind, int members, uint sizeOrType, params uint[] rest)
        {
            uint at = 0;
            if (name.Length > 0)
            {
                at = (uint)strings.Count;
                strings.AddRange([.. Encoding.UTF8.GetBytes(name), 0]);
            }
            words.AddRange([at, ((uint)kind << 24) | (uint)members, sizeOrType, .. rest]);
        }
    }

    /// <summary>A kernel that has those types.</summary>
    public static KernelProfile Kernel()
    {
        Assert.True(BtfTypes.TryParse(Bytes(), null, out BtfTypes? types, out string error), error);
        return new KernelProfile { Release = new KernelRelease(6, 12, 117), Types = types };
    }
}
