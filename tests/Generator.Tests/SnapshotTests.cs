using Microsoft.CodeAnalysis;
using VerifyXunit;

namespace BpfVerifier.Generator.Tests;

/// <summary>What the generator emits for the small release under Inputs.</summary>
public class SnapshotTests
{
    [Fact]
    public Task Tables()
    {
        GeneratorDriver driver = Harness.Driver(InputSet.Small.All).RunGenerators(Harness.Compilation());
        Assert.Empty(driver.GetRunResult().Diagnostics);
        return Verifier.Verify(driver);
    }

    [Fact]
    public void Output_does_not_depend_on_the_order_of_files_or_the_culture()
    {
        string[] before = Sources(InputSet.Small.All);
        System.Globalization.CultureInfo culture = System.Globalization.CultureInfo.CurrentCulture;
        try
        {
            var other = new System.Globalization.CultureInfo("");
            other.NumberFormat.NegativeSign = "minus";
            other.NumberFormat.NumberGroupSeparator = "'";
            System.Globalization.CultureInfo.CurrentCulture = other;
            Assert.Equal(before, Sources(InputSet.Small.All.Reverse()));
        }
        finally
        {
            System.Globalization.CultureInfo.CurrentCulture = culture;
        }
    }

    [Fact]
    public void Output_has_no_carriage_returns() => Assert.All(Sources(InputSet.Small.All), text => Assert.DoesNotContain('\r', text));

    private static string[] Sources(IEnumerable<AdditionalText> files) =>
        [.. Harness.Run(files).GeneratedSources.OrderBy(s => s.HintName, StringComparer.Ordinal).Select(s => s.SourceText.ToString())];
}
