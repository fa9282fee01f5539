using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>What a boot image says it is.</summary>
/// <param name="Abi">What <c>uname -r</c> prints.</param>
/// <param name="Version">Release with patch level.</param>
/// <param name="PackageVersion">Version of the Debian package it was built as.</param>
public sealed partial record BootBanner(string Abi, string Version, string PackageVersion)
{
    /// <summary>Where the boot header says the banner lies, counted from byte 0x200.</summary>
    private const int BannerPointer = 0x20e, BannerBase = 0x200;
    private const int MaxLength = 512;

    /// <summary>Reads the banner of a <c>vmlinuz</c>.</summary>
    /// <exception cref="IngestException">There is none, or it is not that of a Debian kernel.</exception>
    public static BootBanner Read(ReadOnlySpan<byte> vmlinuz, string name)
    {
        if (vmlinuz.Length < BannerPointer + 2)
            throw new IngestException($"{name}: not a Linux boot image (only {vmlinuz.Length} bytes)");
        int start = BannerBase + BinaryPrimitives.ReadUInt16LittleEndian(vmlinuz[BannerPointer..]);
        ReadOnlySpan<byte> text = start < vmlinuz.Length ? vmlinuz.Slice(start, Math.Min(MaxLength, vmlinuz.Length - start)) : default;
        int end = text.IndexOf((byte)0);
        string banner = Encoding.ASCII.GetString(end < 0 ? default : text[..end]);
        Match match = Debian().Match(banner);
        return match.Success
            ? new BootBanner(match.Groups["abi"].Value, match.Groups["version"].Value, match.Groups["package"].Value)
            : throw new IngestException($"{name}: the boot header names no Debian kernel (it says '{banner}')");
    }

    [GeneratedRegex(@"^(?<abi>\S+) .*\bDebian (?<package>(?<version>\d+\.\d+\.\d+)\S*)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Debian();
}
