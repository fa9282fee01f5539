using System.Buffers.Binary;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

public class ImageTests
{
    private static readonly byte[] s_kernel = Images.Elf(".BTF", [1, 2, 3, 4, 5]);

    [Fact]
    public void A_gzip_image_gives_its_kernel_and_the_kernel_its_section()
    {
        byte[] kernel = KernelImage.ExtractVmlinux(Images.Boot(Images.Gzip(s_kernel)), "vmlinuz");
        Assert.Equal(s_kernel, kernel);
        Assert.Equal([1, 2, 3, 4, 5], ElfSections.Find(kernel, ".BTF", "vmlinuz").ToArray());
    }

    [Fact]
    public void An_image_cut_anywhere_is_refused()
    {
        byte[] image = Images.Boot(Images.Gzip(s_kernel));
        for (int length = 0; length < image.Length; length++)
            Assert.Throws<IngestException>(() => KernelImage.ExtractVmlinux(image[..length], "vmlinuz"));
        Assert.Contains("truncated", Message(() => KernelImage.ExtractVmlinux(image[..^1], "vmlinuz")), StringComparison.Ordinal);
    }

    [Fact]
    public void An_image_with_any_byte_of_its_payload_changed_is_refused_or_whole()
    {
        byte[] image = Images.Boot(Images.Gzip(s_kernel));
        int refused = 0;
        for (int at = 1024; at < image.Length; at++)
        {
            byte[] damaged = [.. image];
            damaged[at] ^= 0x55;
            try
            {
                // gzip's header holds a time stamp and flags that mean nothing here.
                Assert.Equal(s_kernel, KernelImage.ExtractVmlinux(damaged, "vmlinuz"));
            }
            catch (IngestException)
            {
                refused++;
            }
        }
        Assert.True(refused > (image.Length - 1024) * 3 / 4, $"{refused} of {image.Length - 1024}");
    }

    [Fact]
    public void Other_files_are_refused_by_name()
    {
        Assert.Equal("x: not a Linux boot image (no HdrS magic at byte 514)", Message(() => KernelImage.ExtractVmlinux(new byte[4096], "x")));
        Assert.Contains("boot protocol 2.07 is too old", Message(() => KernelImage.ExtractVmlinux(Images.Boot(Images.Gzip(s_kernel), 0x207), "x")), StringComparison.Ordinal);
        Assert.Contains("first bytes 010203040506", Message(() => KernelImage.ExtractVmlinux(Images.Boot([1, 2, 3, 4, 5, 6, 7, 8, 0, 0, 0, 0]), "x")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_size_no_kernel_has_is_refused_before_memory_is_taken()
    {
        byte[] payload = Images.Gzip(s_kernel);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan()[^4..], uint.MaxValue);
        Assert.Contains("claims 4294967295 bytes", Message(() => KernelImage.ExtractVmlinux(Images.Boot(payload), "x")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_kernel_that_is_not_as_long_as_its_trailer_says_is_refused()
    {
        byte[] payload = Images.Gzip(s_kernel);
        BinaryPrimitives.WriteUInt32LittleEndian(payload.AsSpan()[^4..], (uint)s_kernel.Length - 1);
        Assert.Throws<IngestException>(() => KernelImage.ExtractVmlinux(Images.Boot(payload), "x"));
    }

    [Fact]
    public void An_ELF_file_cut_anywhere_is_refused()
    {
        for (int length = 0; length < s_kernel.Length; length++)
            Assert.Throws<IngestException>(() => ElfSections.Find(s_kernel.AsMemory(0, length), ".BTF", "x"));
    }

    [Fact]
    public void An_ELF_file_with_any_byte_set_high_does_not_crash()
    {
        for (int at = 0; at < s_kernel.Length; at++)
        {
            byte[] damaged = [.. s_kernel];
            damaged[at] = 0xff;
            try
            {
                Assert.True(ElfSections.Find(damaged, ".BTF", "x").Length <= damaged.Length);
            }
            catch (IngestException)
            {
                // Refused, which is as good.
            }
        }
    }

    [Fact]
    public void A_section_that_is_missing_empty_or_outside_is_told()
    {
        Assert.Contains("no section .BTF", Message(() => ElfSections.Find(Images.Elf(".text", [1]), ".BTF", "x")), StringComparison.Ordinal);
        Assert.Contains("no contents", Message(() => ElfSections.Find(Images.Elf(".BTF", [1], type: 8), ".BTF", "x")), StringComparison.Ordinal);
        byte[] outside = [.. s_kernel];
        BinaryPrimitives.WriteUInt64LittleEndian(outside.AsSpan(outside.Length - 64 + 0x20), 6000);
        Assert.Contains("section .BTF lies at bytes", Message(() => ElfSections.Find(outside, ".BTF", "x")), StringComparison.Ordinal);
    }

    [Fact]
    public void The_banner_tells_release_and_package()
    {
        byte[] image = Images.Boot([0, 0, 0, 0, 0, 0, 0, 0]);
        Assert.Equal(new BootBanner("6.12.117+deb13-cloud-amd64", "6.12.117", "6.12.117-1"), BootBanner.Read(image, "x"));
        Assert.Equal(new BootBanner("6.12.30-acme", "6.12.30", ""), BootBanner.Read("\u007fELF....Linux version 6.12.30-acme (me@here) #1 SMP\n\0"u8, "x"));
        Assert.Contains("no Linux kernel", Message(() => BootBanner.Read("\u007fELF............"u8, "x")), StringComparison.Ordinal);
        Assert.Contains("names no release", Message(() => BootBanner.Read(new byte[4096], "x")), StringComparison.Ordinal);
        Assert.Contains("only 10 bytes", Message(() => BootBanner.Read(new byte[10], "x")), StringComparison.Ordinal);
    }

    [Fact]
    public void A_program_that_is_not_there_is_named() =>
        Assert.Contains("'no-such-program-of-ours' is needed", Message(() => ExternalTool.Filter("no-such-program-of-ours", [], new byte[1], "x", 1)), StringComparison.Ordinal);

    private static string Message(Action action) => Assert.Throws<IngestException>(action).Message;
}
