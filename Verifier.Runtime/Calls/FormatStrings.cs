namespace BpfVerifier.Runtime;

// Constant strings in read-only maps, and the format strings among them.
internal sealed partial class Verification
{
    private Errno CheckConstString(ref RegState reg, int regno)
    {
        if (reg.Type != RegKind.MapValue)
            return Errno.EINVAL;
        MapInfo map = Map(reg.MapHandle);
        if ((map.Flags & Uapi.BPF_F_RDONLY_PROG) == 0 || !map.Map.Frozen)
        {
            Log.Write($"R{regno} does not point to a readonly map'\n");
            return Errno.EACCES;
        }
        if (!reg.Var.IsConst)
        {
            Log.Write($"R{regno} is not a constant address'\n");
            return Errno.EACCES;
        }
        if (map.Type is not (MapType.Array or MapType.Arena))
        {
            Log.Write("no direct value access support for this map type\n");
            return Errno.EACCES;
        }
        Errno error = CheckMapAccess(regno, reg.Off, (int)map.ValueSize - reg.Off, false, AccessSource.Helper);
        if (error != Errno.None)
            return error;

        int offset = reg.Off + (int)reg.Var.Value;
        if (!TryDirectValue(map, offset, out ReadOnlySpan<byte> rest, out error))
        {
            Log.Write("direct value access on string failed\n");
            return error;
        }
        if (!rest.Contains((byte)0))
        {
            Log.Write("string is not zero-terminated\n");
            return Errno.EINVAL;
        }
        return Errno.None;
    }

    /// <summary>The map's content from <paramref name="offset"/> to the end of its only value, or at least to the first zero.</summary>
    private bool TryDirectValue(MapInfo map, int offset, out ReadOnlySpan<byte> rest, out Errno error)
    {
        rest = default;
        error = Errno.None;
        if (map.Type != MapType.Array)
            throw NotModeled("constant string in an arena");
        if (map.Map.MaxEntries != 1)
            error = Errno.ENOTSUPP;
        else if (offset < 0 || offset >= map.ValueSize)
            error = Errno.EINVAL;
        if (error != Errno.None)
            return false;

        // One call may look through megabytes.
        CheckOwnBounds();
        ReadOnlySpan<byte> value = map.Map.InitialValue.Span;
        if (value.Length >= map.ValueSize)
        {
            rest = value[offset..(int)map.ValueSize];
            return true;
        }
        // What the object does not give is zero, however much of it there is.
        rest = offset < value.Length ? value[offset..] : default;
        if (!rest.Contains((byte)0))
            rest = (byte[])[.. rest, 0];
        return true;
    }

    /// <summary>bpf_snprintf: the data is an array of 8-byte values and the format asks for no more of them.</summary>
    private Errno CheckSnprintfCall(RegState[] regs)
    {
        ref RegState format = ref regs[3];
        ulong length = regs[5].Var.Value;
        if (length % 8 != 0)
            return Errno.EINVAL;
        if (!TryDirectValue(Map(format.MapHandle), format.Off + (int)format.Var.Value, out ReadOnlySpan<byte> text, out _))
            throw NotModeled("bpf_snprintf format without a value");
        if (FormatString.IsValid(text, (uint)(length / 8), Changes.NonAsciiFormats))
            return Errno.None;
        Log.Write("Invalid format string\n");
        return Errno.EINVAL;
    }
}

/// <summary>The format strings BPF understands: a subset of printf's, checked at load time.</summary>
internal static class FormatString
{
    /// <summary>True when the zero-terminated <paramref name="text"/> is a format that takes at most <paramref name="args"/> values.</summary>
    /// <param name="text">The format; what follows its zero is ignored.</param>
    /// <param name="args">Values there are.</param>
    /// <param name="nonAscii">Bytes from 0x80 on are allowed outside conversions.</param>
    public static bool IsValid(ReadOnlySpan<byte> text, uint args, bool nonAscii)
    {
        int end = text.IndexOf((byte)0);
        if (end < 0)
            return false;
        text = text[..(end + 1)];
        uint conversions = 0;
        for (int i = 0; i < end; i++)
        {
            if (text[i] >= 0x80 ? !nonAscii : !IsPrintable(text[i]) && !IsSpace(text[i]))
                return false;
            if (text[i] != '%')
                continue;
            if (text[i + 1] == '%')
            {
                i++;
                continue;
            }
            if (conversions >= args)
                return false;
            i++;
            // The text ends with a zero, so at most that is read after a lone '%'.
            if (!SkipConversion(text, ref i))
                return false;
            conversions++;
        }
        return true;
    }

    /// <summary>Moves <paramref name="i"/> from behind the '%' to the conversion's last character.</summary>
    private static bool SkipConversion(ReadOnlySpan<byte> text, ref int i)
    {
        while (text[i] is (byte)'0' or (byte)'+' or (byte)'-' or (byte)' ')
            i++;
        if (text[i] is >= (byte)'1' and <= (byte)'9')
        {
            i++;
            while (text[i] is >= (byte)'0' and <= (byte)'9')
                i++;
        }
        switch (text[i])
        {
            case (byte)'p':
                return SkipPointer(text, ref i);
            case (byte)'s':
                return EndsWord(text[i + 1]);
            case (byte)'c':
                return true;
        }
        if (text[i] == 'l')
            i++;
        if (text[i] == 'l')
            i++;
        return text[i] is (byte)'i' or (byte)'d' or (byte)'u' or (byte)'x' or (byte)'X';
    }

    private static bool SkipPointer(ReadOnlySpan<byte> text, ref int i)
    {
        byte next = text[i + 1];
        if (EndsWord(next))
            return true;
        if (next is (byte)'k' or (byte)'u' && text[i + 2] == 's')
        {
            i += 2;
            return EndsWord(text[i + 1]);
        }
        if (next is (byte)'K' or (byte)'x' or (byte)'s' or (byte)'S' or (byte)'B')
        {
            i++;
            return true;
        }
        if (next is (byte)'i' or (byte)'I' && text[i + 2] is (byte)'4' or (byte)'6')
        {
            i += 2;
            return true;
        }
        return false;
    }

    private static bool EndsWord(byte c) => c == 0 || IsSpace(c) || IsPunctuation(c);

    // The kernel's character classes are Latin-1: 0xa0 is a space, 0xa1 to 0xbf, 0xd7 and 0xf7 are punctuation.
    private static bool IsSpace(byte c) => c is (>= 9 and <= 13) or 32 or 0xa0;

    private static bool IsPrintable(byte c) => c is >= 32 and < 127 or >= 0xa0;

    private static bool IsPunctuation(byte c) =>
        c is (>= 33 and <= 47) or (>= 58 and <= 64) or (>= 91 and <= 96) or (>= 123 and <= 126) or (>= 0xa1 and <= 0xbf) or 0xd7 or 0xf7;
}
