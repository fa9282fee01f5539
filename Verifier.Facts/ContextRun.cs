using System.Text.Json;
using System.Text.Json.Serialization;

namespace BpfVerifier.Facts;

/// <summary>Context accesses that follow one rule: <c>Size</c> bytes at <c>Offset</c>, <c>Offset + Step</c>, … below <c>End</c>.</summary>
/// <param name="Access"><c>r</c> or <c>w</c>.</param>
/// <param name="Offset">First offset in bytes.</param>
/// <param name="End">One past the last offset.</param>
/// <param name="Size">Access size in bytes: 1, 2, 4 or 8.</param>
/// <param name="Step">Distance between offsets in bytes; 1 for a single one.</param>
/// <param name="RegisterType">What the loaded register holds, in the names of <c>enum bpf_reg_type</c>; NOT_INIT is a plain number.</param>
/// <param name="FieldSize"><c>ctx_field_size</c>: size of the whole field a narrower load is widened to, 0 where it is not.</param>
/// <param name="KernelType">Name of the kernel structure a PTR_TO_BTF_ID points to, else null.</param>
[JsonConverter(typeof(ContextRunConverter))]
public sealed record ContextRun(char Access, int Offset, int End, int Size, int Step, string RegisterType, int FieldSize, string? KernelType = null);

/// <summary>One allowed access to the context.</summary>
/// <param name="Access"><c>r</c> or <c>w</c>.</param>
/// <param name="Offset">Offset in bytes.</param>
/// <param name="Size">Size in bytes.</param>
/// <param name="RegisterType">See <see cref="ContextRun"/>.</param>
/// <param name="FieldSize">See <see cref="ContextRun"/>.</param>
/// <param name="KernelType">See <see cref="ContextRun"/>.</param>
public readonly record struct ContextAccess(char Access, int Offset, int Size, string RegisterType, int FieldSize, string? KernelType = null);

/// <summary>Folds single accesses into runs and unfolds them again.</summary>
public static class ContextRuns
{
    private static readonly int[] s_steps = [1, 2, 4, 8, 16, 32];

    /// <summary>The runs that stand for exactly <paramref name="accesses"/>: reads before writes, by size, type and offset.</summary>
    public static List<ContextRun> Fold(IEnumerable<ContextAccess> accesses)
    {
        var runs = new List<ContextRun>();
        var groups = accesses
            .GroupBy(a => (a.Access, a.Size, a.RegisterType, a.FieldSize, a.KernelType), a => a.Offset)
            .OrderBy(g => g.Key.Access).ThenBy(g => g.Key.Size).ThenBy(g => g.Key.RegisterType, StringComparer.Ordinal).ThenBy(g => g.Key.FieldSize).ThenBy(g => g.Key.KernelType, StringComparer.Ordinal);
        foreach (var group in groups)
        {
            var left = new SortedSet<int>(group);
            while (left.Count > 0)
            {
                // The longest run that starts at the lowest offset left; of equals the one with the smallest step.
                int start = left.Min, best = 1, count = 1;
                foreach (int step in s_steps)
                {
                    int n = 1;
                    while (left.Contains(start + n * step))
                        n++;
                    if (n > count)
                        (best, count) = (step, n);
                }
                for (int i = 0; i < count; i++)
                    left.Remove(start + i * best);
                runs.Add(new ContextRun(group.Key.Access, start, start + (count - 1) * best + 1, group.Key.Size, best, group.Key.RegisterType, group.Key.FieldSize, group.Key.KernelType));
            }
        }
        return runs;
    }

    /// <summary>Every access the runs stand for.</summary>
    public static IEnumerable<ContextAccess> Unfold(IEnumerable<ContextRun> runs) =>
        from run in runs
        from i in Enumerable.Range(0, (run.End - run.Offset + run.Step - 1) / run.Step)
        select new ContextAccess(run.Access, run.Offset + i * run.Step, run.Size, run.RegisterType, run.FieldSize, run.KernelType);
}

/// <summary>Writes a run as <c>["r", offset, end, size, step, type, field size]</c>, with the kernel structure behind where there is one.</summary>
public sealed class ContextRunConverter : JsonConverter<ContextRun>
{
    /// <inheritdoc/>
    public override ContextRun Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        JsonElement[] items = JsonSerializer.Deserialize<JsonElement[]>(ref reader, options)!;
        if (items.Length is not (7 or 8) || items[0].GetString() is not ("r" or "w") || items[4].GetInt32() < 1)
            throw new JsonException("a context run is [\"r\" or \"w\", offset, end, size, step, type, field size], perhaps with a kernel type");
        return new ContextRun(items[0].GetString()![0], items[1].GetInt32(), items[2].GetInt32(), items[3].GetInt32(), items[4].GetInt32(),
            items[5].GetString()!, items[6].GetInt32(), items.Length == 8 ? items[7].GetString() : null);
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ContextRun value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        writer.WriteStringValue([value.Access]);
        writer.WriteNumberValue(value.Offset);
        writer.WriteNumberValue(value.End);
        writer.WriteNumberValue(value.Size);
        writer.WriteNumberValue(value.Step);
        writer.WriteStringValue(value.RegisterType);
        writer.WriteNumberValue(value.FieldSize);
        if (value.KernelType is not null)
            writer.WriteStringValue(value.KernelType);
        writer.WriteEndArray();
    }
}
