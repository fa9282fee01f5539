using System.Globalization;
using System.Reflection;

namespace BpfVerifier.Abi.Tests;

/// <summary>Every size, offset and number beside what a C compiler says of the same release's headers (<c>record-layouts.py</c>).</summary>
public class LayoutTests
{
    private static readonly Assembly s_abi = typeof(bpf_attr).Assembly;

    public static TheoryData<string> Recorded { get; } =
        new(Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Layouts"), "*.txt").Select(f => Path.GetFileNameWithoutExtension(f)).Order(StringComparer.Ordinal));

    [Fact]
    public void Five_releases_are_recorded() => Assert.Equal(5, Recorded.Count);

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Sizes_are_those_of_C(string release)
    {
        Version version = Version.Parse(release);
        string[][] sizes = Lines(release, "size");
        foreach (string[] line in sizes)
        {
            Type type = s_abi.GetType("BpfVerifier.Abi." + line[1], throwOnError: true)!;
            Assert.True(Life.IsIn(type, version), $"{line[1]} is in {release}");
            // C# knows no type without bytes (bpf_raw_tracepoint_args, which only something without a length follows).
            Assert.Equal((line[1], line[2] == "0" ? "1" : line[2]), (line[1], Life.Before(type, version, "size") ?? Text(Touch.Size(type))));
        }
        string[] absent = [.. Structs().Where(t => Life.IsIn(t, version)).Select(t => t.Name).Except(sizes.Select(l => l[1]))];
        Assert.Equal([], absent);
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Members_lie_where_C_has_them(string release)
    {
        Version version = Version.Parse(release);
        int compared = 0;
        foreach (string[] line in Lines(release, "member").Concat(Lines(release, "bits")))
        {
            (Type type, MemberInfo[] path) = Find(line[1]);
            Assert.True(path.All(m => Life.IsIn(m, version)), $"{line[1]} is in {release}");
            if (path[^1] is FieldInfo { IsLiteral: true } flexible)
            {
                Assert.Equal(line[2], Text(Convert.ToInt32(flexible.GetRawConstantValue(), CultureInfo.InvariantCulture) + (path.Length == 1 ? 0 : Touch.Bits(type, path[..^1]).First / 8)));
                continue;
            }
            (int first, int count) = Touch.Bits(type, path);
            string dotted = line[1][(line[1].IndexOf('.', StringComparison.Ordinal) + 1)..];
            // A member that has been declared otherwise since: the binding has the newer form.
            if (Life.Before(path[^1], version, "type of " + dotted) is not null)
                continue;
            // What is made of members grows with them; they say themselves since when they are there.
            if (path[^1] is FieldInfo { FieldType.IsNested: true } && int.Parse(line[3], CultureInfo.InvariantCulture) < count / 8)
                count = int.Parse(line[3], CultureInfo.InvariantCulture) * 8;
            Assert.Equal((line[1], line[2], line[3]), line[0] == "bits" ? (line[1], Text(first), Text(count)) : (line[1], Text(first / 8), Text(count / 8)));
            compared++;
        }
        Assert.True(compared > 400, $"{compared} members");
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Members_that_C_does_not_have_say_so(string release)
    {
        Version version = Version.Parse(release);
        HashSet<string> recorded = [.. Lines(release, "member").Concat(Lines(release, "bits")).Select(l => l[1])];
        string[] absent = [.. Structs().Where(t => Life.IsIn(t, version)).SelectMany(t => Members(t, t.Name, version)).Where(m => !recorded.Contains(m))];
        Assert.Equal([], absent);
    }

    [Theory]
    [MemberData(nameof(Recorded))]
    public void Numbers_are_those_of_C(string release)
    {
        Version version = Version.Parse(release);
        Dictionary<string, FieldInfo> constants = Constants();
        string[][] numbers = Lines(release, "number");
        foreach (string[] line in numbers)
        {
            FieldInfo constant = constants[line[1]];
            Assert.True(Life.IsIn(constant, version), $"{line[1]} is in {release}");
            object value = constant.GetRawConstantValue()!;
            string now = value is ulong wide ? Text(unchecked((long)wide)) : Convert.ToString(value, CultureInfo.InvariantCulture)!;
            Assert.Equal((line[1], line[2]), (line[1], Life.Before(constant, version, "value") ?? now));
        }
        string[] absent = [.. constants.Values.Where(c => Life.IsIn(c, version)).Select(c => c.Name).Except(numbers.Select(l => l[1]))];
        Assert.Equal([], absent);
    }

    [Fact]
    public void A_member_that_changed_is_not_passed_over_everywhere()
    {
        Assert.Equal("__u32", Life.Before(typeof(bpf_sk_lookup).GetField(nameof(bpf_sk_lookup.remote_port))!, new Version(5, 10), "type of remote_port"));
        Assert.Null(Life.Before(typeof(bpf_sk_lookup).GetField(nameof(bpf_sk_lookup.remote_port))!, new Version(6, 1), "type of remote_port"));
    }

    private static string[][] Lines(string release, string kind) =>
        [.. File.ReadLines(Path.Combine(AppContext.BaseDirectory, "Layouts", release + ".txt")).Select(l => l.Split(' ')).Where(l => l[0] == kind)];

    private static IEnumerable<Type> Structs() => s_abi.GetExportedTypes().Where(t => t.IsValueType && !t.IsEnum && !t.IsNested && t.StructLayoutAttribute!.Value == System.Runtime.InteropServices.LayoutKind.Explicit);

    private static Dictionary<string, FieldInfo> Constants() => s_abi.GetExportedTypes().Where(t => t.IsEnum).Append(typeof(Bpf))
        .SelectMany(t => t.GetFields(BindingFlags.Public | BindingFlags.Static)).ToDictionary(f => f.Name, StringComparer.Ordinal);

    private static (Type, MemberInfo[]) Find(string name)
    {
        string[] parts = name.Split('.');
        Type outer = s_abi.GetType("BpfVerifier.Abi." + parts[0], throwOnError: true)!, type = outer;
        var path = new List<MemberInfo>();
        foreach (string part in parts[1..])
        {
            MemberInfo member = type.GetMember(part).Concat(type.GetMember(part + "_offset")).Single();
            path.Add(member);
            type = member is FieldInfo field ? field.FieldType : ((PropertyInfo)member).PropertyType;
        }
        return (outer, [.. path]);
    }

    private static IEnumerable<string> Members(Type type, string prefix, Version release)
    {
        foreach (MemberInfo member in type.GetMembers(BindingFlags.Public | BindingFlags.Instance | BindingFlags.Static | BindingFlags.DeclaredOnly).Where(m => m is FieldInfo or PropertyInfo && Life.IsIn(m, release)))
        {
            bool flexible = member is FieldInfo { IsLiteral: true };
            string name = prefix + "." + (flexible ? member.Name[..^"_offset".Length] : member.Name);
            yield return name;
            if (member is FieldInfo { FieldType.IsNested: true } field)
            {
                foreach (string inner in Members(field.FieldType, name, release))
                    yield return inner;
            }
        }
    }

    private static string Text(long number) => number.ToString(CultureInfo.InvariantCulture);
}
