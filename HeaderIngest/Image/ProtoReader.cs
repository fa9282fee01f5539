using System.Globalization;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Abi;

namespace BpfVerifier.HeaderIngest.Image;

/// <summary>Reads every <c>struct bpf_func_proto</c> of a kernel, laid out and named by the kernel's own BTF.</summary>
public sealed class ProtoReader
{
    /// <summary>What a kernel has in place of a pointer that its verifier fills in while it checks a call (BPF_PTR_POISON).</summary>
    private const ulong Poison = 0xdead00000000eb9f;
    private const int MaxArguments = 5;
    /// <summary>The helper that no function runs: the verifier makes an instruction of it.</summary>
    private const string TailCall = "bpf_tail_call_proto";

    private readonly KernelFile _kernel;
    private readonly RecordLayout _layout;
    private readonly EnumNames _arguments, _returns;
    private readonly Func<ulong, uint?> _word;
    private readonly Dictionary<ulong, string> _names = [];

    /// <summary>Over a kernel.</summary>
    /// <param name="kernel">The image.</param>
    /// <param name="word">Reads the number at an address as a started kernel has it; null where nothing is.</param>
    /// <exception cref="IngestException">The kernel's BTF does not describe prototypes.</exception>
    public ProtoReader(KernelFile kernel, Func<ulong, uint?> word)
    {
        _kernel = kernel;
        _word = word;
        _layout = RecordLayout.Require(kernel.Types, "bpf_func_proto", kernel.Name);
        _arguments = EnumNames.Of(kernel.Types, "bpf_arg_type", "ARG_DONTCARE");
        _returns = EnumNames.Of(kernel.Types, "bpf_return_type", "RET_INTEGER");
    }

    /// <summary>All prototypes by symbol; where static ones share a name, the later ones have their address behind it.</summary>
    public SortedDictionary<string, ProtoInfo> All()
    {
        var protos = new SortedDictionary<string, ProtoInfo>(StringComparer.Ordinal);
        foreach (KernelSymbol symbol in _kernel.Symbols.Ordered)
        {
            if (!IsProtoName(symbol.Name) || _names.ContainsKey(symbol.Address) || Bytes(symbol) is not { } bytes)
                continue;
            string name = protos.ContainsKey(symbol.Name) ? string.Create(CultureInfo.InvariantCulture, $"{symbol.Name}@{symbol.Address:x}") : symbol.Name;
            protos.Add(name, Read(bytes, symbol));
            _names.Add(symbol.Address, name);
        }
        return protos;
    }

    /// <summary>The name <see cref="All"/> gave the prototype at an address, or null when there is none.</summary>
    public string? NameAt(ulong address) => _names.GetValueOrDefault(address);

    private static bool IsProtoName(string name) =>
        name.EndsWith("_proto", StringComparison.Ordinal) || name.Contains("_proto_", StringComparison.Ordinal) || name.Contains("_proto.", StringComparison.Ordinal);

    // The bytes of what has the shape of a prototype: its size, a function's start and known kinds, among the constants; network protocols have such names
    // too, and begin with a function, but may change.
    private byte[]? Bytes(KernelSymbol symbol)
    {
        ulong room = (_kernel.Symbols.Next(symbol.Address) ?? ulong.MaxValue) - symbol.Address;
        if (room < (ulong)_layout.Size || _kernel.SectionOf(symbol.Address) is not { Name: KernelFile.Constants }
            || !_kernel.Memory.TryRead(symbol.Address, _layout.Size, out ReadOnlySpan<byte> bytes))
            return null;
        ulong function = Value(bytes, "func");
        bool runs = _kernel.Symbols.NameAt(function) is not null && _kernel.SectionOf(function) is { IsCode: true };
        if (!runs && !(function is 0 or Poison && symbol.Name == TailCall) || !_returns.HasKind(Value(bytes, "ret_type")))
            return null;
        for (int i = 1; i <= MaxArguments; i++)
        {
            if (!_arguments.HasKind(Value(bytes, $"arg{i}_type")))
                return null;
        }
        return bytes.ToArray();
    }

    private ProtoInfo Read(byte[] bytes, KernelSymbol symbol)
    {
        ulong returned = Value(bytes, "ret_type");
        string ret = _returns.Name(returned);
        var arguments = new List<string>();
        for (int i = 1; i <= MaxArguments && Value(bytes, $"arg{i}_type") is not 0 and var type; i++)
            arguments.Add(Argument(bytes, i, type, symbol.Name));
        ulong returnedType = Value(bytes, "ret_btf_id"), allowed = Value(bytes, "allowed");
        return new ProtoInfo
        {
            // Variables of a processor may have addresses from 0.
            Func = Value(bytes, "func") is not 0 and var function ? _kernel.Symbols.NameAt(function) ?? "" : "",
            Ret = ret,
            RetBtf = returnedType != 0 && ret.Contains("BTF_ID", StringComparison.Ordinal) ? TypeNamedAt(returnedType, symbol.Name) : null,
            Args = arguments,
            GplOnly = (int)Value(bytes, "gpl_only"),
            PktAccess = (int)Value(bytes, "pkt_access"),
            MightSleep = Flag(bytes, "might_sleep"),
            AllowFastcall = Flag(bytes, "allow_fastcall"),
            Allowed = allowed == 0 ? null : _kernel.Symbols.NameAt(allowed) ?? throw new IngestException($"{_kernel.Name}: {symbol.Name} names a function without a symbol"),
        };
    }

    private string Argument(byte[] bytes, int index, ulong type, string proto)
    {
        string name = _arguments.Name(type);
        // Size and type share their place.
        if (name.Contains("FIXED_SIZE", StringComparison.Ordinal))
            return string.Create(CultureInfo.InvariantCulture, $"{name} size={Value(bytes, $"arg{index}_size")}");
        return _arguments.KindOf(type).Contains("BTF_ID", StringComparison.Ordinal) && Value(bytes, $"arg{index}_btf_id") is not 0 and var pointer
            ? $"{name} btf_id={TypeNamedAt(pointer, proto)}"
            : name;
    }

    private string TypeNamedAt(ulong pointer, string proto)
    {
        if (pointer == Poison)
            return "POISON";
        return _word(pointer) is { } id && id != 0 && _kernel.Types.IsValid((int)id) && _kernel.Types[(int)id].Name is { Length: > 0 } name
            ? name
            : throw new IngestException($"{_kernel.Name}: {proto} names a kernel type that is not there (at {_kernel.Symbols.Describe(pointer)})");
    }

    private int? Flag(byte[] bytes, string member) => _layout.TryGet(member, out RecordField field) ? (int)RecordLayout.Read(bytes, field) : null;

    private ulong Value(ReadOnlySpan<byte> bytes, string member) => _layout.TryGet(member, out RecordField field) ? RecordLayout.Read(bytes, field) : 0;
}
