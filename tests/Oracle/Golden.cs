using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace BpfVerifier.Oracle;

/// <summary>Writes answers as JSON lines: one for the kernel that answered, one for each program, in ordinal order.</summary>
/// <remarks>
/// Everything written is the same in every recording on the same image, with three exceptions that goldens leave out and
/// <c>ask</c> writes: the kernel's verification time, what libbpf says beyond its first line, and the text of a kernel's complaint.
/// </remarks>
internal static class Golden
{
    private static readonly JsonWriterOptions s_options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>Writes a file of answers.</summary>
    /// <param name="path">The file.</param>
    /// <param name="corpus">Name of the corpus.</param>
    /// <param name="kernel">Who answered.</param>
    /// <param name="identity">The kernel's words of itself.</param>
    /// <param name="settings">How it was asked: what it was given no time for is not in the file.</param>
    /// <param name="answers">The answers.</param>
    /// <param name="full">With the fields that differ from run to run.</param>
    public static void Write(string path, string corpus, IKernel kernel, IReadOnlyDictionary<string, string> identity, BatchSettings settings,
        IEnumerable<Answer> answers, bool full)
    {
        Directory.CreateDirectory(Path.GetDirectoryName(Path.GetFullPath(path))!);
        string partial = path + ".partial";
        using (FileStream file = File.Create(partial))
        {
            Line(file, w =>
            {
                w.WriteString("corpus", corpus);
                w.WriteString("kernel", kernel.Name);
                foreach ((string name, string value) in identity.Concat(kernel.Profile).OrderBy(p => p.Key, StringComparer.Ordinal))
                    w.WriteString(name, value);
                if (settings.Compact)
                    w.WriteBoolean("compact", true);
                if (settings.Unprivileged)
                    w.WriteString("capabilities", "none");
                w.WriteNumber("time_limit", settings.TimeLimit);
                w.WriteNumber("level2_instructions", settings.Level2Instructions);
            });
            BatchObject? before = null;
            foreach (Answer answer in answers.OrderBy(a => a.Object.Name, StringComparer.Ordinal).ThenBy(a => a.Program, StringComparer.Ordinal))
            {
                bool again = settings.Compact && answer.Object == before;
                Line(file, w => Program(w, answer, full, settings.Compact, again));
                before = answer.Object;
            }
        }
        File.Move(partial, path, overwrite: true);
    }

    private static void Program(Utf8JsonWriter w, Answer a, bool full, bool compact, bool again)
    {
        w.WriteString("object", a.Object.Name);
        if (!again)
            w.WriteString("sha256", a.Object.Sha256);
        w.WriteString("program", a.Program);
        w.WriteString("section", a.Section);
        w.WriteString("verdict", a.Verdict);
        w.WriteNumber("errno", a.Errno);
        w.WriteString("message", a.Message);
        if (a.Script is { } script)
            Script(w, script);
        if (a.Statistics is { } s)
        {
            w.WriteNumber("processed", s.Processed);
            w.WriteNumber("max_states_per_insn", s.MaxStatesPerInsn);
            w.WriteNumber("total_states", s.TotalStates);
            w.WriteNumber("peak_states", s.PeakStates);
            w.WriteNumber("mark_read", s.MarkRead);
            if (s.StackDepth is not null)
                w.WriteString("stack_depth", s.StackDepth);
            if (full && s.Microseconds is { } time)
                w.WriteNumber("usec", time);
        }
        Digest(w, "l1", a.Level1);
        Digest(w, "l2", a.Level2);
        if (!compact && a.Tail.Length > 0)
            w.WriteString("tail", a.Tail);
        if (full && a.Libbpf.Length > 0)
            w.WriteString("libbpf_says", a.Libbpf);
        if (full && a.Complaint.Length > 0)
            w.WriteString("complaint", a.Complaint);
        else if (a.Complaint.Length > 0)
            w.WriteBoolean("kernel_complained", true);
    }

    private static void Script(Utf8JsonWriter w, LoadScript s)
    {
        w.WriteNumber("prog_type", s.ProgType);
        w.WriteNumber("attach_type", s.AttachType);
        w.WriteNumber("attach_btf_id", s.AttachBtfId);
        w.WriteNumber("prog_flags", s.Flags);
        w.WriteNumber("insn_count", s.InsnCount);
        w.WriteString("insns_sha256", s.InsnsSha256);
        w.WriteStartArray("maps");
        foreach (string map in s.Maps)
            w.WriteStringValue(map);
        w.WriteEndArray();
        if (s.Insns is not null)
            w.WriteString("insns", s.Insns);
    }

    private static void Digest(Utf8JsonWriter w, string name, LogDigest? digest)
    {
        if (digest is null)
            return;
        w.WriteNumber(name + "_length", digest.Length);
        w.WriteString(name + "_sha256", digest.Sha256);
        if (digest.Cut)
            w.WriteBoolean(name + "_cut", true);
    }

    private static void Line(FileStream file, Action<Utf8JsonWriter> fields)
    {
        using MemoryStream line = new();
        using (Utf8JsonWriter writer = new(line, s_options))
        {
            writer.WriteStartObject();
            fields(writer);
            writer.WriteEndObject();
        }
        line.WriteByte((byte)'\n');
        line.WriteTo(file);
    }
}
