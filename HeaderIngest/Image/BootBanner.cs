using System.Buffers.Binary;
using System.Text;
using System.Text.RegularExpressions;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>What a boot image says it is.</summary>
/// <param name="Abi">What <c>uname -r</c> prints.</param>
/// <param name="Version">Release with patch level.</param>
/// <param name="PackageVersion">Version of the Debian package it was built as; empty for a kernel that says nothing of Debian.</param>
public sealed partial record BootBanner(string Abi, string Version, string PackageVersion)
{
    /// <summary>Where the boot header says the banner lies, counted from byte 0x200.</summary>
    private const int BannerPointer = 0x20e, BannerBase = 0x200;
    private const int MaxLength = 512;

    /// <summary>Reads the banner of a <c>vmlinuz</c>, or of a <c>vmlinux</c>.</summary>
    /// <exception cref="IngestException">There is none, or it names no release.</exception>
    public static BootBanner Read(ReadOnlySpan<byte> vmlinuz, string name)
    {
        if (vmlinuz.StartsWith<byte>([0x7f, (byte)'E', (byte)'L', (byte)'F']))
        {
            // The same text behind two words, among the kernel's own constants.
            int at = vmlinuz.IndexOf("Linux version "u8);
            return at < 0 ? throw new IngestException($"{name}: an ELF file that is no Linux kernel") : Of(Text(vmlinuz[(at + "Linux version ".Length)..]), name);
        }
        if (vmlinuz.Length < BannerPointer + 2)
            throw new IngestException($"{name}: not a Linux boot image (only {vmlinuz.Length} bytes)");
        int start = BannerBase + BinaryPrimitives.ReadUInt16LittleEndian(vmlinuz[BannerPointer..]);
        return Of(start < vmlinuz.Length ? Text(vmlinuz[start..]) : "", name);
    }

    private static string Text(ReadOnlySpan<byte> bytes)
    {
        bytes = bytes[..Math.Min(MaxLength, bytes.Length)];
        int end = bytes.IndexOf((byte)0);
        return Encoding.ASCII.GetString(end < 0 ? default : bytes[..end]).TrimEnd('\n');
    }

    /// <summary>Debian's names have its own count in the place of the patch level, and the release in the package's version.</summary>
    private static BootBanner Of(string banner, string name)
    {
        if (Debian().Match(banner) is { Success: true } debian)
            return new BootBanner(debian.Groups["abi"].Value, debian.Groups["version"].Value, debian.Groups["package"].Value);
        return Any().Match(banner) is { Success: true } other
            ? new BootBanner(other.Groups["abi"].Value, other.Groups["version"].Value, "")
            : throw new IngestException($"{name}: the boot header names no release (it says '{banner}')");
    }

    [GeneratedRegex(@"^(?<abi>(?<version>\d{1,2}\.\d{1,3}\.\d{1,3})\S*) ", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Any();

    [GeneratedRegex(@"^(?<abi>\S+) .*\bDebian (?<package>(?<version>\d+\.\d+\.\d+)\S*)", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Debian();
}
