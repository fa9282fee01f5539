using BpfVerifier.HeaderIngest.CSource;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>Which C files a configuration builds.</summary>
public sealed class KbuildTests : IDisposable
{
    private readonly SourceFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private BuildState Of(string path, string config = "#define CONFIG_Y 1\n#define CONFIG_M_MODULE 1\n#define CONFIG_TEXT \"x\"\n")
    {
        _folder.Config(config);
        return new Kbuild(_folder.Root, _folder.Tree().Config).Of(path);
    }

    [Theory]
    [InlineData("obj-y += a.o", Built.In, "always built")]
    [InlineData("obj-$(CONFIG_Y) += a.o", Built.In, "CONFIG_Y=y")]
    [InlineData("obj-${CONFIG_Y}\t+= b.o \\\n\ta.o", Built.In, "CONFIG_Y=y")]
    [InlineData("obj-$(CONFIG_M) += a.o", Built.Module, "built as a module (CONFIG_M=m)")]
    [InlineData("obj-$(CONFIG_N) += a.o", Built.Not, "CONFIG_N is not set")]
    [InlineData("obj-$(CONFIG_N) += a.o\nobj-$(CONFIG_Y) += a.o", Built.In, "CONFIG_Y=y")]
    [InlineData("obj-y += b.o # a.o", Built.Unknown, "no list in part/Makefile names a.o")]
    [InlineData("obj-$(CONFIG_M) += whole.o\nwhole-y := b.o a.o", Built.Module, "built as a module (CONFIG_M=m)")]
    [InlineData("obj-$(CONFIG_Y) += whole.o\nwhole-objs := a.o", Built.In, "CONFIG_Y=y")]
    [InlineData("obj-y += whole.o\nwhole-$(CONFIG_N) := a.o", Built.Not, "CONFIG_N is not set")]
    [InlineData("x-y := a.o\ny-y := x.o\nx-y += y.o", Built.Unknown, "lists that name each other")]
    [InlineData("parts := a.o b.o\nobj-y += $(parts)", Built.In, "always built")]
    [InlineData("ifeq ($(CONFIG_Y),y)\nobj-y += a.o\nendif", Built.In, "always built")]
    [InlineData("ifneq ($(CONFIG_Y),y)\nobj-y += a.o\nelse\nobj-$(CONFIG_N) += a.o\nendif", Built.Not, "CONFIG_N is not set")]
    [InlineData("ifdef CONFIG_N\nobj-y += a.o\nelse ifeq ($(CONFIG_M),m)\nobj-$(CONFIG_M) += a.o\nelse\nobj-y += a.o\nendif", Built.Module, "built as a module (CONFIG_M=m)")]
    [InlineData("ifndef CONFIG_N\nifdef CONFIG_Y\nobj-y += a.o\nendif\nendif", Built.In, "always built")]
    public void A_makefile_says_what_becomes_of_a_file(string makefile, Built built, string reason)
    {
        _folder.Add("part/Makefile", makefile + "\n");
        _folder.Add("part/a.c", "");
        Assert.Equal(new BuildState(built, reason, "part/a.c"), Of("part/a.c"));
    }

    [Fact]
    public void A_folder_that_is_left_out_leaves_out_its_files()
    {
        _folder.Add("part/deep/Makefile", "obj-y += a.o\n");
        _folder.Add("part/deep/a.c", "");
        _folder.Add("part/Makefile", "obj-$(CONFIG_N) += deep/\n");
        Assert.Equal(new BuildState(Built.Not, "CONFIG_N is not set", "part/deep/a.c"), Of("part/deep/a.c"));
        Assert.Equal(Built.In, Of("part/deep/a.c", "#define CONFIG_N 1\n").Built);
        Assert.Equal(Built.Module, Of("part/deep/a.c", "#define CONFIG_N_MODULE 1\n").Built);
    }

    [Fact]
    public void A_file_that_another_takes_in_is_built_where_that_is()
    {
        _folder.Add("part/Makefile", "obj-y += all.o\n");
        _folder.Add("part/all.c", "int x;\n# include \"deep/a.c\"\n#include \"b.c\"\n");
        _folder.Add("part/b.c", "#include \"c.c\"\n");
        foreach (string path in (string[])["part/deep/a.c", "part/b.c", "part/c.c"])
        {
            _folder.Add(path, path == "part/b.c" ? "#include \"c.c\"\n" : "");
            Assert.Equal(new BuildState(Built.In, "always built", "part/all.c"), Of(path));
        }
    }

    [Fact]
    public void Files_that_take_each_other_in_end_as_unknown()
    {
        _folder.Add("part/a.c", "#include \"b.c\"\n");
        _folder.Add("part/b.c", "#include \"a.c\"\n");
        Assert.Equal(Built.Unknown, Of("part/a.c").Built);
    }

    [Fact]
    public void A_source_without_configuration_or_headers_is_refused()
    {
        Assert.Contains("autoconf.h is missing", Assert.Throws<IngestException>(() => new SourceTree(_folder.Root, _folder.Root)).Message, StringComparison.Ordinal);
        File.Delete(Path.Combine(_folder.Root, "include/linux/bpf.h"));
        Assert.Contains("holds no kernel source", Assert.Throws<IngestException>(_folder.Tree).Message, StringComparison.Ordinal);
    }
}
