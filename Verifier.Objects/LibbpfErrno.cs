using System.Globalization;

namespace BpfVerifier.Objects;

/// <summary>Error numbers that libbpf adds to the system's, and their spelling in its messages.</summary>
public static class LibbpfErrno
{
    /// <summary>The object's format is invalid.</summary>
    public const Errno Format = (Errno)4001;
    /// <summary>The object's byte order is not the machine's.</summary>
    public const Errno Endian = (Errno)4003;
    /// <summary>A relocation failed.</summary>
    public const Errno Reloc = (Errno)4005;

    /// <summary>The spelling in libbpf's messages: <c>-EINVAL</c>, or the number when it has no name.</summary>
    public static string Text(Errno errno) => Enum.IsDefined(errno)
        ? "-" + errno.ToString()
        : (-(int)errno).ToString(CultureInfo.InvariantCulture);
}
