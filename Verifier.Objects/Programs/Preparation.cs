using BpfVerifier.Btf;
using BpfVerifier.Objects.Core;
using BpfVerifier.Objects.Externs;
using BpfVerifier.Objects.Kernel;
using BpfVerifier.Objects.Maps;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>What libbpf does to load one program of an object, in its order: externs, CO-RE, linking, types, maps, attach target.</summary>
internal sealed class Preparation
{
    private const uint Sleepable = 1 << 4, XdpHasFrags = 1 << 5;

    private readonly ObjectImage _image;
    private readonly CodeFunction _entry;
    private readonly KernelFacts _kernel;
    private readonly ObjectOptions _options;
    private readonly List<string> _warnings = [];

    private Preparation(ObjectImage image, CodeFunction entry, KernelFacts kernel, ObjectOptions options)
    {
        _image = image;
        _entry = entry;
        _kernel = kernel;
        _options = options;
    }

    public static PrepareResult Prepare(ObjectImage image, CodeFunction entry, BtfTypes kernelTypes, KernelRelease release, ObjectOptions options) =>
        new Preparation(image, entry, new KernelFacts(kernelTypes, release), options).Prepare();

    private PrepareResult Prepare()
    {
        var comparer = new CoreTypeComparer();
        var code = new CodeImage(_image);
        var structOps = new StructOpsBinder(_image, _kernel.Types, _entry);
        LinkedProgram? linked = null;
        CodeFunction? callback = null;
        ObjectFailure? failure = ExternResolver.Resolve(_image, _kernel, _options, comparer, out ExternValues externs)
            ?? structOps.Bind()
            ?? CoreRelocator.Apply(_image, _kernel.Types, code, comparer, f => f.IsSubprogram || f == _entry)
            ?? FindExceptionCallback(out callback)
            ?? ProgramLinker.Link(_image, code, _entry, callback, out linked);
        if (failure is not null)
            return Failed(failure);
        _warnings.AddRange(linked!.Warnings);

        // The types follow func_info, the maps refer to the types, and the code to the maps.
        failure = LoadTypes(linked, out BtfTypes? btf);
        if (failure is not null)
            return Failed(failure);
        var maps = new MapCreation(_image, _kernel, btf, _options, structOps, externs.Config);
        var data = new DataRelocator(_image, linked, externs, _kernel, maps.IsCreated);
        failure = data.Apply() ?? maps.Create() ?? CheckType(structOps);
        if (failure is not null)
            return Failed(failure);
        UseOldHelpers(linked.Code);
        failure = AttachTarget.Find(_entry, _kernel.Types, _kernel.Release, _options, out AttachTarget target);
        return failure is not null
            ? Failed(failure)
            : new PrepareResult(Build(linked, btf, [.. maps.Maps, .. data.JumpTables], structOps, target), Poisoned(linked, code), _warnings);
    }

    private PrepareResult Failed(ObjectFailure failure) => new(failure, _warnings);

    private ObjectFailure? FindExceptionCallback(out CodeFunction? callback)
    {
        callback = null;
        return _kernel.BtfDeclTag ? ExceptionCallback.Find(_image, _entry, out callback) : null;
    }

    /// <summary>The object's types as the kernel gets them; null when there are none or it refuses them, which libbpf takes lightly.</summary>
    private ObjectFailure? LoadTypes(LinkedProgram linked, out BtfTypes? types)
    {
        types = null;
        if (_image.Btf is not { } btf)
            return null;
        BtfTypes amended = _kernel.ContextArgumentTag ? btf : ContextTagFallback.Apply(btf, _entry.Type, linked.FuncInfos);
        (BtfTypes sanitized, string complaint) = amended == btf
            ? _image.SanitizedBtf.GetOrAdd(_kernel.TypeFeatures, _ => Sanitize(btf))
            : Sanitize(amended);
        if (complaint.Length == 0)
        {
            types = sanitized;
            return null;
        }
        _warnings.Add(complaint);
        if (_image.HasStructOps)
            return ObjectFailure.LoadFailed(Errno.EINVAL, "Error loading .BTF into kernel: -EINVAL. BTF is mandatory, can't proceed.");
        _warnings.Add("Error loading .BTF into kernel: -EINVAL. BTF is optional, ignoring.");
        return null;
    }

    private (BtfTypes Types, string Complaint) Sanitize(BtfTypes btf)
    {
        BtfTypes sanitized = BtfSanitizer.Apply(_image, btf, _kernel);
        return (sanitized, KernelBtfCheck.Check(sanitized, _kernel));
    }

    private ObjectFailure? CheckType(StructOpsBinder structOps)
    {
        if (_entry.Type == ProgramType.Unspec)
            return ObjectFailure.LoadFailed(Errno.EINVAL, $"prog '{_entry.Name}': missing BPF prog type, check ELF section name '{_entry.SectionName}'");
        if (_entry.Type == ProgramType.StructOps && structOps.AttachBtfId == 0)
            return ObjectFailure.LoadFailed(Errno.EINVAL, $"prog '{_entry.Name}': SEC(\"struct_ops\") program isn't referenced anywhere, did you forget to use it?");
        // Whether the kernel has the type is the verifier's to say.
        return null;
    }

    private void UseOldHelpers(List<Instruction> code)
    {
        const int ProbeRead = 4, ProbeReadStr = 45, ProbeReadUser = 112, ProbeReadKernel = 113, ProbeReadUserStr = 114, ProbeReadKernelStr = 115;
        for (int i = 0; !_kernel.ProbeReadKernel && i < code.Count; i++)
        {
            Instruction call = code[i];
            if (!call.IsCall || call.Registers != 0)
                continue;
            call.Immediate = call.Immediate switch
            {
                ProbeReadUser or ProbeReadKernel => ProbeRead,
                ProbeReadUserStr or ProbeReadKernelStr => ProbeReadStr,
                _ => call.Immediate,
            };
            code[i] = call;
        }
    }

    private BpfProgram Build(LinkedProgram linked, BtfTypes? btf, List<BpfMap> maps, StructOpsBinder structOps, AttachTarget target)
    {
        SectionFlags flags = _entry.Rule?.Flags ?? SectionFlags.None;
        AttachType attach = _entry.AttachType;
        if (_entry.Type == ProgramType.StructOps)
            attach = (AttachType)structOps.MemberIndex;
        else if (flags.HasFlag(SectionFlags.Usdt) && _kernel.UprobeMultiLink)
            attach = AttachType.TraceUprobeMulti;
        return new BpfProgram
        {
            Name = _entry.Name,
            SectionName = _entry.SectionName,
            Type = _entry.Type,
            ExpectedAttachType = attach,
            Flags = (flags.HasFlag(SectionFlags.Sleepable) ? Sleepable : 0) | (flags.HasFlag(SectionFlags.XdpFrags) ? XdpHasFrags : 0),
            License = _image.License,
            Instructions = Instruction.Write(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(linked.Code)),
            Maps = maps,
            Btf = btf,
            FuncInfos = btf is null ? [] : linked.FuncInfos,
            LineInfos = btf is null ? [] : linked.LineInfos,
            AttachBtfId = structOps.AttachBtfId != 0 ? structOps.AttachBtfId : target.BtfId,
            AttachTargetName = structOps.MemberName ?? target.Name,
            AttachProgram = target.Program,
        };
    }

    private Dictionary<int, string> Poisoned(LinkedProgram linked, CodeImage code)
    {
        var poisoned = new Dictionary<int, string>();
        for (int i = 0; i < linked.Code.Count; i++)
        {
            Instruction call = linked.Code[i];
            if (!call.IsCall || call.Registers != 0)
                continue;
            if (call.Immediate == CorePatcher.InvalidHelper && linked.CoreRelocation(code, i) is { } relocation
                && CoreSpec.TryParse(_image.Btf!, relocation, out _) is { } spec)
                poisoned[i] = $"{i}: <invalid CO-RE relocation>\nfailed to resolve CO-RE relocation {spec}\n";
            else if (call.Immediate - DataRelocator.MissingMap is >= 0 and var map && map < _image.Maps.Count)
                poisoned[i] = $"{i}: <invalid BPF map reference>\nBPF map '{_image.Maps[map].Name}' is referenced but wasn't created\n";
            else if (call.Immediate - DataRelocator.MissingKfunc is >= 0 and var kfunc && kfunc < _image.Externs.Count)
                poisoned[i] = $"{i}: <invalid kfunc call>\nkfunc '{_image.Externs[kfunc].Name}' is referenced but wasn't resolved\n";
        }
        return poisoned;
    }
}
