using System.Text;
using BpfVerifier.Btf;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>What is answered where the functions asked leave the small world of <see cref="KernelMachine"/>: capabilities, types, locks and logs.
/// Every other function runs for real or makes the fact unknown.</summary>
public sealed class KernelAnswers
{
    /// <summary>Numbers of include/uapi/linux/capability.h; they never change.</summary>
    public const uint CapNetAdmin = 12, CapSysAdmin = 21, CapPerfmon = 38, CapBpf = 39;
    private const ulong NotFound = unchecked((ulong)-2L), NotPermitted = unchecked((ulong)-1L);
    private const int MaxText = 512;
    /// <summary>Distance of our things from the start of the machine's own memory: a BTF object that is only passed on, what an allocation gave, and the types.</summary>
    private const ulong BtfObject = 0x10000, Allocated = 0x11000, TypesOffset = 0x100000;

    private readonly KernelFile _kernel;
    private readonly IKernelMachine _machine;
    private readonly ulong[] _typeAddresses;

    /// <summary>Over a kernel; installs the answers.</summary>
    public KernelAnswers(KernelFile kernel, IKernelMachine machine)
    {
        _kernel = kernel;
        _machine = machine;
        if (TypesOffset + (ulong)kernel.BtfBytes.Length > (ulong)machine.ScratchSize)
            throw new IngestException($"{kernel.Name}: {kernel.BtfBytes.Length} bytes of BTF are more than any kernel has");
        machine.Write(machine.Scratch + TypesOffset, kernel.BtfBytes);
        _typeAddresses = TypeAddresses(kernel, machine.Scratch + TypesOffset);
        Capabilities();
        Types();
        WithoutEffect();
    }

    /// <summary>Whether the loader has a capability.</summary>
    public Func<uint, bool> HasCapability { get; set; } = static _ => true;

    /// <summary>Capabilities asked for since this was last cleared.</summary>
    public HashSet<uint> AskedCapabilities { get; } = [];

    /// <summary>Whether the kernel is locked down: its memory may not be read by programs.</summary>
    public bool LockedDown { get; set; }

    /// <summary>Whether anything asked about the lockdown since this was last cleared.</summary>
    public bool AskedLockdown { get; set; }

    /// <summary>What was sent to the verifier's log since this was last cleared, as formats.</summary>
    public List<string> Logged { get; } = [];

    /// <summary>An address that stands for the kernel's types as an object.</summary>
    public ulong TypesObject => _machine.Scratch + BtfObject;

    /// <summary>Address of a type's <c>struct btf_type</c>.</summary>
    public ulong AddressOfType(int id) => _typeAddresses[id];

    /// <summary>Address of a member of a structure, a <c>struct btf_member</c>.</summary>
    public ulong AddressOfMember(int id, int index) => _typeAddresses[id] + 12 + 12 * (ulong)index;

    private void Capabilities()
    {
        ulong Has(uint capability)
        {
            AskedCapabilities.Add(capability);
            return HasCapability(capability) ? 1u : 0;
        }
        _machine.Answer("capable", a => Has((uint)a.First));
        foreach (string function in (string[])["ns_capable", "ns_capable_noaudit", "bpf_token_capable"])
            _machine.Answer(function, a => Has((uint)a.Second));
        // 0 grants, an error number refuses.
        _machine.Answer("security_capable", a => Has((uint)a.Third) - 1);
        _machine.Answer("security_locked_down", _ =>
        {
            AskedLockdown = true;
            return LockedDown ? NotPermitted : 0;
        });
    }

    private void Types()
    {
        _machine.Answer("bpf_get_btf_vmlinux", _ => TypesObject);
        _machine.Answer("btf_type_by_id", a => _kernel.Types.IsValid((int)a.Second) ? AddressOfType((int)a.Second) : 0);
        _machine.Answer("btf_find_by_name_kind", a =>
        {
            int id = Text(a.Second) is { } name && a.Third <= (ulong)BtfKind.Enum64 ? _kernel.Types.Find(name, (BtfKind)a.Third) : -1;
            return id > 0 ? (ulong)id : NotFound;
        });
    }

    // Locks, messages, registrations and preparations that have no part in what the functions asked return.
    private void WithoutEffect()
    {
        foreach (string function in (string[])["mutex_lock", "mutex_unlock", "_printk", "printk", "__warn_printk", "__set_printk_clr_event", "trace_set_clr_event", "queue_work_on", "___ratelimit", "register_btf_kfunc_id_set",
            "bpf_warn_invalid_xdp_action"])
            _machine.Answer(function, _ => 0);
        _machine.Answer("metadata_dst_alloc_percpu", _ => _machine.Scratch + Allocated);
        _machine.Answer("bpf_log", a =>
        {
            Logged.Add(Text(a.Second) ?? "");
            return 0;
        });
    }

    private string? Text(ulong address)
    {
        var text = new List<byte>();
        Span<byte> one = stackalloc byte[1];
        while (text.Count < MaxText && _machine.TryRead(address + (ulong)text.Count, one))
        {
            if (one[0] == 0)
                return Encoding.UTF8.GetString([.. text]);
            text.Add(one[0]);
        }
        return null;
    }

    // The section lies in memory as it does in the file; types follow each other in it.
    private static ulong[] TypeAddresses(KernelFile kernel, ulong at)
    {
        var addresses = new ulong[kernel.Types.Count];
        ReadOnlySpan<byte> header = kernel.BtfBytes;
        ulong offset = BitConverter.ToUInt32(header[4..]) + BitConverter.ToUInt32(header[8..]);
        for (int id = 1; id < kernel.Types.Count; id++)
        {
            addresses[id] = at + offset;
            BtfType type = kernel.Types[id];
            offset += 12 + (ulong)(type.Kind switch
            {
                BtfKind.Int or BtfKind.Var or BtfKind.DeclTag => 4,
                BtfKind.Array => 12,
                BtfKind.Struct or BtfKind.Union or BtfKind.DataSec or BtfKind.Enum64 => 12 * type.VLen,
                BtfKind.Enum or BtfKind.FuncProto => 8 * type.VLen,
                _ => 0,
            });
        }
        return addresses;
    }
}
