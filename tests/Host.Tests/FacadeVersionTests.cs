using System.Globalization;
using Xunit;

namespace BpfVerifier.Host.Tests;

/// <summary>The façade's version is raised when the façade changes: only by its number a host tells an assembly that was made for another one.</summary>
public class FacadeVersionTests
{
    private const string VersionLine = "version ";

    private static string File => Path.Combine(Repository(AppContext.BaseDirectory), "Verifier.Abstractions", "facade.txt");

    private static string Repository(string folder) =>
        System.IO.File.Exists(Path.Combine(folder, "Directory.Packages.props")) ? folder : Repository(Path.GetDirectoryName(folder) ?? throw new DirectoryNotFoundException("the repository's root"));

    /// <summary>Null, or what is to be done about a façade that is not the one written down.</summary>
    private static string? Problem(int version, IReadOnlyList<string> shape, IReadOnlyList<string> written)
    {
        int known = int.Parse(written[0][VersionLine.Length..], CultureInfo.InvariantCulture);
        string[] changed = [.. shape.Except(written.Skip(1)).Select(line => "+ " + line), .. written.Skip(1).Except(shape).Select(line => "- " + line)];
        if (changed.Length == 0)
            return version == known ? null : $"Facade.Version is {version}, and nothing changed since version {known}: leave it, or write {VersionLine}{version} into Verifier.Abstractions/facade.txt when answers changed";
        return version > known
            ? "the façade of this version is not written down: VERIFY_UPDATE=1 dotnet test tests/Host.Tests --filter FacadeVersion"
            : $"what a host and a release assembly share changed, so an assembly made before is not to be loaded: raise Facade.Version above {known} (Verifier.Abstractions/Facade.cs), then VERIFY_UPDATE=1 dotnet test tests/Host.Tests --filter FacadeVersion\n{string.Join('\n', changed)}";
    }

    private static readonly string[] s_shape = FacadeShape.Of(typeof(IVerifier).Assembly, typeof(Btf.BtfTypes).Assembly);

    // Of the version itself the first line tells.
    private static string[] Shape => [.. s_shape.Where(line => !line.Contains($" {nameof(Facade.Version)} = ", StringComparison.Ordinal))];

    [Fact]
    public void The_facade_is_the_one_written_down_beside_its_version()
    {
        string[] written = System.IO.File.ReadAllLines(File);
        if (Environment.GetEnvironmentVariable("VERIFY_UPDATE") == "1" && Facade.Version > int.Parse(written[0][VersionLine.Length..], CultureInfo.InvariantCulture))
            System.IO.File.WriteAllText(File, string.Concat(Shape.Prepend(VersionLine + Facade.Version.ToString(CultureInfo.InvariantCulture)).Select(line => line + "\n")));
        Assert.Null(Problem(Facade.Version, Shape, System.IO.File.ReadAllLines(File)));
    }

    [Theory]
    [InlineData(4, "a b c", null)]
    [InlineData(4, "a b", "raise Facade.Version above 4*\n- c")]
    [InlineData(4, "a b c d", "raise Facade.Version above 4*\n+ d")]
    [InlineData(3, "a b d", "raise Facade.Version above 4*\n+ d\n- c")]
    [InlineData(5, "a b d", "VERIFY_UPDATE=1")]
    [InlineData(5, "a b c", "nothing changed since version 4")]
    public void A_change_says_what_to_do(int version, string shape, string? says)
    {
        string? problem = Problem(version, shape.Split(' '), ["version 4", "a", "b", "c"]);
        Assert.Equal(says is null, problem is null);
        Assert.All(says?.Split('*') ?? [], part => Assert.Contains(part, problem, StringComparison.Ordinal));
    }

    [Fact]
    public void The_shape_holds_what_others_are_compiled_against()
    {
        Assert.Contains("BpfVerifier.IVerifier: interface", s_shape);
        Assert.Contains(s_shape, line => line.StartsWith("BpfVerifier.IVerifier.abstract BpfVerifier.VerificationResult Verify(", StringComparison.Ordinal));
        Assert.Contains("BpfVerifier.ProgramType.static BpfVerifier.ProgramType Kprobe = 2", s_shape);
        Assert.Contains(s_shape, line => line.StartsWith("BpfVerifier.KernelProfile.System.Runtime.CompilerServices.IsExternalInit System.Void set_Types(", StringComparison.Ordinal));
        Assert.DoesNotContain(s_shape, line => line.Contains("FacadeShape", StringComparison.Ordinal));
    }
}
