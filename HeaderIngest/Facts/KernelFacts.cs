using System.Globalization;
using System.Text.Json;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Facts;

/// <summary>What a kernel's own tables and functions say: helper prototypes, who may call what, kfunc sets, context rules, struct_ops. <see cref="ImageFacts"/>
/// reads them out of an image.</summary>
/// <remarks>Answers are for every program type with attach type 0, not sleepable and all capabilities, and context offsets 0 to 255, where
/// <see cref="Varies"/> does not say otherwise.</remarks>
public sealed class KernelFacts
{
    /// <summary>Key of the struct_ops tables among the kfunc registrations; program types are in upper case.</summary>
    private const string StructOpsKey = "struct_ops";
    /// <summary>How the facts spell a type pointer that the verifier fills in itself (BPF_PTR_POISON).</summary>
    private const string PoisonedArgument = " btf_id=None";
    private const string Poison = "POISON";
    /// <summary>An id that the kernel fills in while it boots: the socket that bpf_tcp_send_ack takes.</summary>
    private const string FilledInLater = " btf_id=0", TcpSocket = " btf_id=tcp_sock";

    /// <summary>Helper numbers by name, without <c>unspec</c>.</summary>
    public required SortedDictionary<string, int> HelperIds { get; init; }
    /// <summary>Prototypes by symbol.</summary>
    public required SortedDictionary<string, ProtoInfo> Protos { get; init; }
    /// <summary>By program type, the prototype each allowed helper has.</summary>
    public required SortedDictionary<string, SortedDictionary<string, string>> Helpers { get; init; }
    /// <summary>By program type, the symbol of its verifier_ops.</summary>
    public required SortedDictionary<string, string> VerifierOps { get; init; }
    /// <summary>By program type, the callbacks of its verifier_ops.</summary>
    public required SortedDictionary<string, SortedDictionary<string, string>> Callbacks { get; init; }
    /// <summary>By program type, its kfunc sets.</summary>
    public required SortedDictionary<string, List<KfuncSet>> Kfuncs { get; init; }
    /// <summary>By program type, the context accesses allowed.</summary>
    public required SortedDictionary<string, List<ContextAccess>> Context { get; init; }

    /// <summary>By program type, what is different under one condition; null where nobody looked.</summary>
    public SortedDictionary<string, SortedDictionary<string, ProgramTypeVariation>>? Varies { get; init; }
    /// <summary>Structures that struct_ops programs may implement, by name; null where nobody looked.</summary>
    public SortedDictionary<string, StructOpsInfo>? StructOps { get; init; }
    /// <summary>What configuration and compiler to machine code allow (<see cref="AbiDocument.Gates"/>); null where nobody looked.</summary>
    public SortedSet<string>? Gates { get; init; }
    /// <summary>Questions without a sure answer, one sentence each.</summary>
    public SortedSet<string> Unknown { get; init; } = new(StringComparer.Ordinal);

    /// <summary>Reads a file of facts that another program read out of an image, to compare with.</summary>
    /// <exception cref="IngestException">Not a facts file, or one of another release.</exception>
    public static KernelFacts Parse(ReadOnlyMemory<byte> json, string release, string name)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(json);
            JsonElement root = document.RootElement;
            if (root.GetProperty("release").GetString() != release)
                throw new IngestException($"{name}: holds facts of release {root.GetProperty("release")}, not of {release}");
            return Read(root);
        }
        catch (KeyNotFoundException e)
        {
            throw new IngestException($"{name}: not a kernel-facts file: a property every such file has is missing", e);
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or IndexOutOfRangeException)
        {
            throw new IngestException($"{name}: not a kernel-facts file: {e.Message}", e);
        }
    }

    private static KernelFacts Read(JsonElement root)
    {
        JsonElement kfuncs = root.GetProperty("kfuncs");
        SortedDictionary<string, int> ids = Sorted(root.GetProperty("helper_ids"), v => v.GetInt32());
        ids.Remove("unspec");
        return new KernelFacts
        {
            HelperIds = ids,
            Protos = Sorted(root.GetProperty("protos"), Proto),
            Helpers = Sorted(root.GetProperty("helpers"), v => Sorted(v, p => p.GetString()!)),
            VerifierOps = Sorted(root.GetProperty("verifier_ops"), v => v.GetProperty("sym").GetString()!),
            Callbacks = Sorted(root.GetProperty("verifier_ops"), Present),
            Kfuncs = Sorted(kfuncs, v => v.EnumerateArray().Select(Set).ToList(), skip: StructOpsKey),
            Context = Sorted(root.GetProperty("ctx"), v => v.EnumerateObject().Select(Access).ToList()),
        };
    }

    private static ProtoInfo Proto(JsonElement e) => new()
    {
        Func = e.GetProperty("func").GetString()!,
        Ret = e.GetProperty("ret").GetString()!,
        RetBtf = !e.TryGetProperty("ret_btf", out JsonElement type) ? null : type.ValueKind == JsonValueKind.String ? type.GetString() : Poison,
        Args = [.. e.GetProperty("args").EnumerateArray().Select(a => Argument(a.GetString()!, e.GetProperty("func").GetString()!))],
        GplOnly = e.GetProperty("gpl_only").GetInt32(),
        PktAccess = e.GetProperty("pkt_access").GetInt32(),
        MightSleep = e.TryGetProperty("might_sleep", out JsonElement sleep) ? sleep.GetInt32() : null,
        AllowFastcall = e.TryGetProperty("allow_fastcall", out JsonElement fastcall) ? fastcall.GetInt32() : null,
        Allowed = e.TryGetProperty("allowed", out JsonElement allowed) ? allowed.GetString() : null,
    };

    private static string Argument(string argument, string function) => argument
        .Replace(PoisonedArgument, " btf_id=" + Poison, StringComparison.Ordinal)
        .Replace(FilledInLater, function == "bpf_tcp_send_ack" ? TcpSocket : FilledInLater, StringComparison.Ordinal);

    // A callback is [symbol], an absent one 0.
    private static SortedDictionary<string, string> Present(JsonElement ops)
    {
        var callbacks = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (JsonProperty property in ops.EnumerateObject())
        {
            if (property.Value.ValueKind == JsonValueKind.Array)
                callbacks.Add(property.Name, property.Value[0].GetString()!);
        }
        return callbacks;
    }

    private static KfuncSet Set(JsonElement e) => new(
        e.GetProperty("set").GetString()!,
        e.GetProperty("filter").GetString(),
        Sorted(e.GetProperty("kfuncs"), flags => flags.EnumerateArray().Select(f => f.GetString()!).ToList()));

    // "offset:size:r" : [register type, field size]
    private static ContextAccess Access(JsonProperty entry)
    {
        string[] key = entry.Name.Split(':');
        return new ContextAccess(
            key[2][0],
            int.Parse(key[0], CultureInfo.InvariantCulture),
            int.Parse(key[1], CultureInfo.InvariantCulture),
            entry.Value[0].GetString()!,
            entry.Value[1].GetInt32());
    }

    private static SortedDictionary<string, T> Sorted<T>(JsonElement e, Func<JsonElement, T> read, string? skip = null)
    {
        var sorted = new SortedDictionary<string, T>(StringComparer.Ordinal);
        foreach (JsonProperty property in e.EnumerateObject())
        {
            if (property.Name != skip)
                sorted.Add(property.Name, read(property.Value));
        }
        return sorted;
    }
}
