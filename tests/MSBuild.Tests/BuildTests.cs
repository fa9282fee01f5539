namespace BpfVerifier.MSBuild.Tests;

/// <summary>Projects with BpfObject items, really built.</summary>
public sealed class BuildTests : IDisposable
{
    private readonly ScratchProject _project = new();
    private static readonly string s_missingField = Path.Combine(ScratchProject.Samples, "core", "field_access.bpf.o");

    public void Dispose() => _project.Dispose();

    private static string Item(string path, string more = "") => $"<BpfObject Include=\"{path}\" {more} />";

    private string[] Stamps() => [.. Directory.GetFiles(Path.Combine(_project.Folder, "obj", "bpfverifier")).Order(StringComparer.Ordinal).Select(f => $"{f} {File.GetLastWriteTimeUtc(f).Ticks}")];

    [Fact]
    public void Warnings_stand_on_the_C_lines_again_in_every_build_and_unchanged_objects_are_not_checked_again()
    {
        _project.Write(Item(s_missingField, $"SourceRoot=\"{ScratchProject.Samples}\""), library: true);
        ScratchProject.Built first = _project.Build();
        Assert.True(first.ExitCode == 0, first.Text);
        ScratchProject.Said missing = Assert.Single(first.Lines, l => l.Code == "BPFV0004");
        Assert.Equal(("warning", Path.ChangeExtension(s_missingField, "c")), (missing.Kind, missing.File));
        Assert.Contains("no_such_field", File.ReadAllLines(missing.File)[missing.Line - 1], StringComparison.Ordinal);
        // The rejection is on the same line for the same reason.
        Assert.DoesNotContain(first.Lines, l => l.Code == "BPFV0010");

        string[] stamps = Stamps();
        File.SetLastWriteTimeUtc(Path.Combine(_project.Folder, "scratch.csproj"), DateTime.UtcNow);
        ScratchProject.Built second = _project.Build("--no-restore");
        Assert.Equal(first.Lines, second.Lines);
        Assert.Equal(stamps, Stamps());
        Assert.Equal(0, second.ExitCode);
    }

    [Fact]
    public void Verdicts_are_errors_if_asked_and_another_option_checks_again()
    {
        _project.Write(Item(s_missingField, $"SourceRoot=\"{ScratchProject.Samples}\""));
        ScratchProject.Built warned = _project.Build("--no-restore");
        Assert.Equal(0, warned.ExitCode);
        string[] stamps = Stamps();

        ScratchProject.Built failed = _project.Build("--no-restore", "-p:BpfVerdicts=error");
        Assert.NotEqual(0, failed.ExitCode);
        ScratchProject.Said error = Assert.Single(failed.Lines, l => l.Kind == "error");
        Assert.Equal(("BPFV0010", Path.ChangeExtension(s_missingField, "c")), (error.Code, error.File));
        Assert.Contains("no_such_field", error.Message, StringComparison.Ordinal);
        Assert.NotEqual(stamps, Stamps());

        ScratchProject.Built silent = _project.Build("--no-restore", "-p:BpfVerdicts=none", "-p:BpfDrift=none");
        Assert.Equal(0, silent.ExitCode);
        Assert.Empty(silent.Lines);
    }

    [Fact]
    public void An_object_that_changed_is_checked_again()
    {
        string copy = Path.Combine(_project.Folder, "copy.bpf.o");
        File.Copy(s_missingField, copy);
        _project.Write(Item("copy.bpf.o"));
        Assert.NotEmpty(_project.Build("--no-restore").Lines);
        string[] stamps = Stamps();
        File.Copy(Path.Combine(ScratchProject.Samples, "loop", "many_branches.bpf.o"), copy, overwrite: true);
        Assert.Empty(_project.Build("--no-restore").Lines);
        Assert.NotEqual(stamps, Stamps());
    }

    [Fact]
    public void What_is_wrong_with_items_and_properties_is_an_error_with_a_code()
    {
        File.WriteAllText(Path.Combine(_project.Folder, "not.o"), "no object");
        _project.Write(Item("not.o") + Item("absent.o") + Item(s_missingField, "TargetKernels=\"2.6\""));
        ScratchProject.Built built = _project.Build("--no-restore");
        Assert.NotEqual(0, built.ExitCode);
        Assert.Equal(["BPFV0020 absent.o", "BPFV0020 not.o", "BPFV0021 scratch.csproj"],
            built.Lines.Select(l => $"{l.Code} {Path.GetFileName(l.File)}").Order(StringComparer.Ordinal));
        Assert.Contains("unknown kernel '2.6'", built.Text, StringComparison.Ordinal);

        Assert.Equal("BPFV0021", Assert.Single(_project.Build("--no-restore", "-p:BpfVerdicts=fatal").Lines).Code);
        ScratchProject.Built noChecker = _project.Build("--no-restore", "-p:BpfVerifierChecker=/nowhere/checker.dll");
        Assert.NotEqual(0, noChecker.ExitCode);
        Assert.Contains(noChecker.Lines, l => l.Code == "BPFV0022");
    }
}
