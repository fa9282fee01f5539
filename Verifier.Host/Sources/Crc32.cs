namespace BpfVerifier.Host;

/// <summary>The checksum of zip archives (ISO 3309), which the archive reader of .NET does not look at.</summary>
internal static class Crc32
{
    private const uint ReversedPolynomial = 0xedb88320;

    private static readonly uint[] s_table = Table();

    public static uint Of(ReadOnlySpan<byte> data)
    {
        uint crc = uint.MaxValue;
        foreach (byte value in data)
            crc = s_table[(byte)(crc ^ value)] ^ (crc >> 8);
        return ~crc;
    }

    private static uint[] Table()
    {
        var table = new uint[256];
        for (uint i = 0; i < table.Length; i++)
        {
            uint value = i;
            for (int bit = 0; bit < 8; bit++)
                value = (value & 1) != 0 ? (value >> 1) ^ ReversedPolynomial : value >> 1;
            table[i] = value;
        }
        return table;
    }
}
