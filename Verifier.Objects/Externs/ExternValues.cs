using System.Buffers.Binary;
using System.Globalization;
using System.Text;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Externs;

/// <summary>What the externs of an object come to on one kernel.</summary>
internal sealed class ExternValues(ObjectImage image)
{
    private readonly bool[] _isSet = new bool[image.Externs.Count];
    private readonly int[] _btfIds = new int[image.Externs.Count];
    private readonly ulong[] _addresses = new ulong[image.Externs.Count];

    /// <summary>Content of the <c>.kconfig</c> map.</summary>
    public byte[] Config { get; } = image.KconfigMap < 0 ? [] : new byte[image.Maps[image.KconfigMap].ValueSize];

    public bool IsSet(int index) => _isSet[index];
    /// <summary>Id of a typed symbol in the kernel's BTF.</summary>
    public int BtfId(int index) => _btfIds[index];
    /// <summary>Address of an untyped symbol, 0 for a weak one that is not there.</summary>
    public ulong Address(int index) => _addresses[index];

    public void SetBtfId(int index, int id)
    {
        _isSet[index] = true;
        _btfIds[index] = id;
    }

    public void SetAddress(int index, ulong address)
    {
        _isSet[index] = true;
        _addresses[index] = address;
    }

    private static ObjectFailure Invalid(string message, Errno errno = Errno.EINVAL) => ObjectFailure.LoadFailed(errno, message);

    private Span<byte> Place(ExternSymbol symbol) => Config.AsSpan(symbol.DataOffset, symbol.Size);

    /// <summary>Stores a number into a configuration variable; null when it fits.</summary>
    public ObjectFailure? SetNumber(int index, ulong value)
    {
        ExternSymbol symbol = image.Externs[index];
        if (symbol.ConfigType is not (KconfigType.Int or KconfigType.Char or KconfigType.Bool))
            return Invalid($"extern (kcfg) '{symbol.Name}': value '{value}' implies integer, char, or boolean type");
        if (symbol.ConfigType == KconfigType.Bool && value > 1)
            return Invalid($"extern (kcfg) '{symbol.Name}': value '{value}' isn't boolean compatible");
        int bits = symbol.Size * 8;
        bool fits = bits == 64 || (symbol.IsSigned ? value + (1UL << (bits - 1)) < 1UL << bits : value >> bits == 0);
        if (!fits)
            return Invalid($"extern (kcfg) '{symbol.Name}': value '{value}' doesn't fit in {symbol.Size} bytes", Errno.ERANGE);
        Span<byte> whole = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(whole, value);
        whole[..symbol.Size].CopyTo(Place(symbol));
        _isSet[index] = true;
        return null;
    }

    /// <summary>Takes the values of configuration variables from a kernel's configuration file; the first line for a variable counts.</summary>
    public ObjectFailure? ReadConfig(string text)
    {
        var byName = new Dictionary<string, int>(StringComparer.Ordinal);
        for (int i = 0; i < image.Externs.Count; i++)
            byName.TryAdd(image.Externs[i].Name, i);
        foreach (ReadOnlySpan<char> rawLine in text.AsSpan().EnumerateLines())
        {
            if (!rawLine.StartsWith("CONFIG_", StringComparison.Ordinal))
                continue;
            string line = rawLine.ToString();
            int equals = line.IndexOf('=', StringComparison.Ordinal);
            if (equals < 0)
                return Invalid($"failed to parse '{line}': no separator");
            if (equals == line.Length - 1)
                return Invalid($"failed to parse '{line}': no value");
            if (byName.TryGetValue(line[..equals], out int index) && image.Externs[index].IsConfig && !_isSet[index]
                && SetText(index, line[(equals + 1)..]) is { } failure)
                return Invalid($"error parsing system Kconfig line '{line}': {LibbpfErrno.Text(failure.Errno)}", failure.Errno);
        }
        return null;
    }

    private ObjectFailure? SetText(int index, string value)
    {
        ExternSymbol symbol = image.Externs[index];
        if (value[0] is 'y' or 'n' or 'm')
            return SetTristate(index, value[0]);
        if (value[0] == '"')
            return SetString(index, value);
        bool hex = value.StartsWith("0x", StringComparison.OrdinalIgnoreCase);
        bool negative = value[0] == '-';
        string digits = hex ? value[2..] : negative ? value[1..] : value;
        if (!ulong.TryParse(digits, hex ? NumberStyles.AllowHexSpecifier : NumberStyles.None, CultureInfo.InvariantCulture, out ulong number))
            return Invalid($"extern (kcfg) '{symbol.Name}': value '{value}' isn't a valid integer");
        if (symbol.ConfigType is not (KconfigType.Int or KconfigType.Char))
            return Invalid($"extern (kcfg) '{symbol.Name}': value '{value}' implies integer type");
        return SetNumber(index, negative ? 0 - number : number);
    }

    private ObjectFailure? SetTristate(int index, char value)
    {
        ExternSymbol symbol = image.Externs[index];
        switch (symbol.ConfigType)
        {
            case KconfigType.Bool when value != 'm':
                Place(symbol)[0] = value == 'y' ? (byte)1 : (byte)0;
                break;
            case KconfigType.Tristate:
                // enum libbpf_tristate: no, yes, module.
                Place(symbol)[0] = value switch { 'y' => 1, 'm' => 2, _ => 0 };
                break;
            case KconfigType.Char:
                Place(symbol)[0] = (byte)value;
                break;
            default:
                return Invalid($"extern (kcfg) '{symbol.Name}': value '{value}' implies bool, tristate, or char type");
        }
        _isSet[index] = true;
        return null;
    }

    private ObjectFailure? SetString(int index, string value)
    {
        ExternSymbol symbol = image.Externs[index];
        if (symbol.ConfigType != KconfigType.CharArray)
            return Invalid($"extern (kcfg) '{symbol.Name}': value '{value}' implies char array type");
        if (value.Length < 2 || value[^1] != '"')
            return Invalid($"extern (kcfg) '{symbol.Name}': invalid string config '{value}'");
        byte[] bytes = Encoding.UTF8.GetBytes(value[1..^1]);
        bytes.AsSpan(0, Math.Min(bytes.Length, symbol.Size - 1)).CopyTo(Place(symbol));
        _isSet[index] = true;
        return null;
    }
}
