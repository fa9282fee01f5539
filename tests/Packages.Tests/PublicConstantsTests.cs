using System.Globalization;
using System.Reflection;

namespace BpfVerifier.Packages.Tests;

/// <summary>Values that callers compile in: package validation does not see when they change.</summary>
public sealed class PublicConstantsTests
{
    private static readonly Assembly[] s_assemblies = [typeof(Btf.BtfTypes).Assembly, typeof(IVerifier).Assembly, typeof(Objects.BpfObject).Assembly];

    [Fact]
    public void Public_constants_have_the_values_of_the_baseline()
    {
        string file = Repository.Path("packaging", "baseline", "constants.txt");
        string[] now = [.. s_assemblies.SelectMany(a => a.GetExportedTypes()).SelectMany(Constants).Order(StringComparer.Ordinal)];
        if (Environment.GetEnvironmentVariable("VERIFY_UPDATE") == "1")
            File.WriteAllLines(file, now);
        string[] baseline = File.ReadAllLines(file);
        // What came is no break.
        Assert.Empty(baseline.Except(now));
    }

    private static IEnumerable<string> Constants(Type type)
    {
        const BindingFlags all = BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Static | BindingFlags.Instance | BindingFlags.DeclaredOnly;
        foreach (FieldInfo field in type.GetFields(all).Where(f => f.IsLiteral && (f.IsPublic || f.IsFamily)))
            yield return string.Create(CultureInfo.InvariantCulture, $"{type.FullName}.{field.Name} = {field.GetRawConstantValue()}");
        foreach (MethodBase method in type.GetMembers(all).OfType<MethodBase>().Where(m => m.IsPublic || m.IsFamily))
        {
            foreach (ParameterInfo parameter in method.GetParameters().Where(p => p.HasDefaultValue))
                yield return string.Create(CultureInfo.InvariantCulture, $"{type.FullName}.{method.Name}({string.Join(", ", method.GetParameters().Select(p => p.ParameterType.Name))}) {parameter.Name} = {parameter.RawDefaultValue ?? "null"}");
        }
    }
}
