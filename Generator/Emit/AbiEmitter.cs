using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary><c>Abi</c>: which release this is and which kinds of things it has; and the decoder all tables share.</summary>
internal static class AbiEmitter
{
    public static string Emit(ReleaseIdentity release, KindsModel kinds, int helperCount)
    {
        CodeWriter code = CodeWriter.ForRuntime("abi.json");
        code.Summary("The release this assembly is made for.").Open("internal static class Abi");
        code.Summary("Mainline release.").Format($"public const string Release = \"{release.Release}\";");
        code.Format($"public const int Major = {release.Release.Major};").Format($"public const int Minor = {release.Release.Minor};");
        code.Summary("Patch level of the image the facts were read from.").Format($"public const int Patch = {release.Patch};");
        code.Summary("Release and patch level.").Line("public const string Version = " + CodeWriter.Literal(release.Version) + ";");
        code.Summary("What uname -r prints on that image.").Line("public const string KernelAbi = " + CodeWriter.Literal(release.KernelAbi) + ";");
        code.Summary("Facts without which no verdict is sure and that nothing told, as abi.json calls them; empty for a kernel whose image was read.")
            .Line("public static string Unknown => " + CodeWriter.Literal(string.Join(", ", release.Unknown.Items)) + ";");
        code.Summary("One more than the largest helper number, __BPF_FUNC_MAX_ID.").Format($"public const int HelperCount = {helperCount};").Line();
        Kind(code, "ProgramType", "The kernel was built with this program type.", kinds.ProgramTypes);
        Kind(code, "MapType", "The release has this map type.", kinds.MapTypes);
        Kind(code, "AttachType", "The release has this attach type.", kinds.AttachTypes);
        code.Line("private static bool Has(ReadOnlySpan<byte> bits, uint number) =>");
        code.Line("    number < (uint)bits.Length * 8 && (bits[(int)(number >> 3)] >> (int)(number & 7) & 1) != 0;").Line();
        for (int i = 0; i < 3; i++)
        {
            (string name, EquatableArray<int> numbers) = i switch
            {
                0 => ("ProgramTypes", kinds.ProgramTypes),
                1 => ("MapTypes", kinds.MapTypes),
                _ => ("AttachTypes", kinds.AttachTypes),
            };
            code.Data("byte", name, Bits(numbers));
        }
        return code.Close().ToString();
    }

    public static string EmitTables() => CodeWriter.ForRuntime("nothing but itself").Lines("""
        /// <summary>What the generated tables share.</summary>
        internal static class Tables
        {
            /// <summary>The lines of a table of names.</summary>
            public static string[] Lines(ReadOnlySpan<byte> text) => text.IsEmpty ? [] : global::System.Text.Encoding.UTF8.GetString(text).Split('\n');

            /// <summary>Index of <paramref name="value"/> in an ascending column of a table of rows, or a negative number.</summary>
            public static int Find(ReadOnlySpan<ushort> rows, int rowSize, int value)
            {
                int low = 0, high = (rows.Length / rowSize) - 1;
                while (low <= high)
                {
                    int middle = (low + high) >> 1;
                    int at = rows[middle * rowSize];
                    if (at == value)
                        return middle;
                    if (at < value)
                        low = middle + 1;
                    else
                        high = middle - 1;
                }
                return -1;
            }
        }
        """).ToString();

    private static void Kind(CodeWriter code, string type, string summary, EquatableArray<int> numbers)
    {
        code.Summary(summary + FormattableString.Invariant($" There are {numbers.Count}."));
        code.Format($"public static bool Has{type}(global::BpfVerifier.{type} type) => Has({type}s, (uint)type);").Line();
    }

    private static int[] Bits(EquatableArray<int> numbers)
    {
        var bytes = new int[numbers.Count == 0 ? 0 : (numbers.Items.Max() / 8) + 1];
        foreach (int number in numbers)
            bytes[number / 8] |= 1 << (number % 8);
        return bytes;
    }
}
