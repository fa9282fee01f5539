using System.Buffers.Binary;

namespace BpfVerifier.Soundness;

/// <summary>What a region of memory is.</summary>
public enum RegionKind
{
#pragma warning disable CS1591
    Stack, Context, Packet, MapValue, MapKey, Map, Memory, Socket, Function,
#pragma warning restore CS1591
}

/// <summary>A piece of memory with bounds of its own. Regions never touch: an address outside is in none.</summary>
public sealed class Region
{
    private readonly int[] _pointers;

    /// <summary>Makes a region at an address made of its number.</summary>
    public Region(int id, RegionKind kind, byte[] bytes)
    {
        Id = id;
        Kind = kind;
        Bytes = bytes;
        Start = Base + ((ulong)id << 24);
        Origin = Start;
        _pointers = new int[(bytes.Length + 7) / 8];
    }

    private const ulong Base = 0xffff_8880_0000_0000;
    /// <summary>Bytes a region may have.</summary>
    public const int MaxSize = 1 << 23;

    /// <summary>Number, from 1.</summary>
    public int Id { get; }
    /// <summary>What it is.</summary>
    public RegionKind Kind { get; }
    /// <summary>Lowest address.</summary>
    public ulong Start { get; }
    /// <summary>Address that pointers' offsets are told from: the frame pointer, the first byte of packet data, else <see cref="Start"/>.</summary>
    public ulong Origin { get; init; }
    /// <summary>Content.</summary>
    public byte[] Bytes { get; }
    /// <summary>Stacks: bytes the program wrote.</summary>
    public bool[]? WrittenBytes { get; init; }
    /// <summary>The program may not write.</summary>
    public bool ReadOnly { get; init; }
    /// <summary>False after the function returned, the record was submitted, the packet moved.</summary>
    public bool Alive { get; set; } = true;
    /// <summary>Maps, keys, values: the map.</summary>
    public BpfMap? Map { get; init; }
    /// <summary>Functions: first instruction.</summary>
    public int Function { get; init; }

    /// <summary>Address behind the last byte.</summary>
    public ulong End => Start + (ulong)Bytes.Length;

    /// <summary>Whether <paramref name="size"/> bytes at an address lie inside.</summary>
    public bool Holds(ulong address, long size) =>
        size >= 0 && address >= Start && address - Start <= (ulong)Bytes.Length && (ulong)size <= (ulong)Bytes.Length - (address - Start);

    /// <summary>Reads a value; a pointer stored whole is a pointer again.</summary>
    public Value Read(ulong address, int size)
    {
        int at = (int)(address - Start);
        ReadOnlySpan<byte> from = Bytes.AsSpan(at, size);
        ulong bits = size switch
        {
            1 => from[0],
            2 => BinaryPrimitives.ReadUInt16LittleEndian(from),
            4 => BinaryPrimitives.ReadUInt32LittleEndian(from),
            _ => BinaryPrimitives.ReadUInt64LittleEndian(from),
        };
        return new Value(bits, size == 8 && at % 8 == 0 ? _pointers[at / 8] : 0, true);
    }

    /// <summary>Writes a value.</summary>
    public void Write(ulong address, int size, Value value)
    {
        int at = (int)(address - Start);
        Span<byte> bytes = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(bytes, value.Bits);
        Write(at, bytes[..size]);
        if (size == 8 && at % 8 == 0)
            _pointers[at / 8] = value.Region;
    }

    /// <summary>Writes plain bytes.</summary>
    /// <param name="at">Place from <see cref="Start"/>.</param>
    /// <param name="bytes">What to write.</param>
    public void Write(int at, ReadOnlySpan<byte> bytes)
    {
        bytes.CopyTo(Bytes.AsSpan(at));
        if (bytes.Length == 0)
            return;
        _pointers.AsSpan(at / 8, ((at + bytes.Length - 1) / 8) - (at / 8) + 1).Clear();
        WrittenBytes?.AsSpan(at, bytes.Length).Fill(true);
    }
}
