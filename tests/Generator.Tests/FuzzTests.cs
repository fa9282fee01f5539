using System.Text;
using Microsoft.CodeAnalysis;

namespace BpfVerifier.Generator.Tests;

/// <summary>Whatever the files hold, the generator answers with tables or diagnostics.</summary>
public class FuzzTests
{
    public static TheoryData<string> Files => [.. InputSet.Small.All.Select(f => Path.GetFileName(f.Path))];

    private static InputText File(string name) => InputSet.Small.All.Cast<InputText>().Single(f => Path.GetFileName(f.Path) == name);

    private static GeneratorRunResult RunWith(InputText before, string text) => Harness.RunWith(before, before.With(text));

    private static void AssertSurvived(GeneratorRunResult result, string text)
    {
        Assert.True(result.Exception is null, $"{result.Exception}\n{text}");
        Assert.All(result.Diagnostics, d => Assert.StartsWith("BPFK2", d.Id, StringComparison.Ordinal));
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Cut_off_anywhere(string name)
    {
        InputText file = File(name);
        int step = Math.Max(1, file.Text.Length / 100);
        // What is left of the last brace is white space; without it the text is no JSON any more.
        for (int length = 0; length < file.Text.TrimEnd().Length; length += step)
        {
            string text = file.Text[..length];
            GeneratorRunResult result = RunWith(file, text);
            AssertSurvived(result, text);
            Diagnostic diagnostic = Assert.Single(result.Diagnostics);
            Assert.Equal("BPFK2001", diagnostic.Id);
            Assert.InRange(diagnostic.Location.SourceSpan.Start, 0, length);
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Damaged_at_random(string name)
    {
        InputText file = File(name);
        var random = new Random(name.Length);
        for (int i = 0; i < 200; i++)
        {
            var text = new StringBuilder(file.Text);
            for (int edits = random.Next(1, 5); edits > 0; edits--)
                text[random.Next(text.Length)] = (char)random.Next(1, random.Next(2) == 0 ? 128 : 0x10000);
            AssertSurvived(RunWith(file, text.ToString()), text.ToString());
        }
    }

    [Theory]
    [MemberData(nameof(Files))]
    public void Values_of_every_kind_in_every_place(string name)
    {
        // Still JSON, so that the readers behind the parser are the ones tried.
        InputText file = File(name);
        string[] values = ["null", "true", "-1", "1e400", "99999999999999999999999", "\"\"", "\"\\u0000\\ud800\\\"\"", "[]", "[[],{}]", "{}", "{\"\":null}"];
        var random = new Random(7);
        foreach ((int start, int length) in Places(file.Text))
        {
            string value = values[random.Next(values.Length)];
            string text = string.Concat(file.Text.AsSpan(0, start), value, file.Text.AsSpan(start + length));
            GeneratorRunResult result = RunWith(file, text);
            AssertSurvived(result, text);
            Assert.DoesNotContain(result.Diagnostics, d => d.Id == "BPFK2001" && !d.GetMessage(System.Globalization.CultureInfo.InvariantCulture).Contains("twice", StringComparison.Ordinal));
        }
    }

    // Where values stand: by the reader under test, which other tests compare with another.
    private static IEnumerable<(int Start, int Length)> Places(string text)
    {
        var open = new Stack<Json.JsonValue>([Json.JsonReader.Read(text, out _)!]);
        while (open.TryPop(out Json.JsonValue? value))
        {
            yield return (value.Start, value.End - value.Start);
            foreach (Json.JsonValue child in value.Items.Concat(value.Members.Select(m => m.Value)))
                open.Push(child);
        }
    }

    [Theory]
    [InlineData("")]
    [InlineData("\ufeff")]
    [InlineData("not json")]
    [InlineData("\u007fELF\u0002\u0001")]
    [InlineData("<html></html>")]
    [InlineData("{}")]
    [InlineData("[]")]
    [InlineData("null")]
    [InlineData("\"abi\"")]
    [InlineData("{\"schema\":1}")]
    public void Something_else_altogether(string text)
    {
        foreach (InputText file in InputSet.Small.All.Cast<InputText>())
        {
            GeneratorRunResult result = RunWith(file, text);
            AssertSurvived(result, text);
            Assert.NotEmpty(result.Diagnostics);
        }
    }

    [Fact]
    public void Real_files_cut_off_and_damaged()
    {
        string release = RepositoryFiles.Releases[0];
        System.Collections.Immutable.ImmutableArray<AdditionalText> files = RepositoryFiles.Inputs(release);
        var abi = (InputText)files[0];
        var random = new Random(3);
        for (int i = 0; i < 6; i++)
        {
            string cut = abi.Text[..random.Next(abi.Text.TrimEnd().Length)];
            GeneratorRunResult result = Harness.Run(files.Replace(abi, abi.With(cut)));
            AssertSurvived(result, "");
            Assert.Equal("BPFK2001", Assert.Single(result.Diagnostics).Id);
            var damaged = new StringBuilder(abi.Text);
            damaged[random.Next(damaged.Length)] = (char)random.Next(32, 127);
            AssertSurvived(Harness.Run(files.Replace(abi, abi.With(damaged.ToString()))), "");
        }
    }
}
