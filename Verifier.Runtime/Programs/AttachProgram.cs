using BpfVerifier.Btf;

namespace BpfVerifier.Runtime;

/// <summary>Programs that attach to another BPF program: freplace takes the place of a function of it, fentry and fexit trace one.</summary>
internal sealed partial class Verification
{
    /// <summary>The program attached to, after it was accepted; null where the target is the kernel.</summary>
    private readonly Verification? _target;

    /// <summary>For freplace, from the check of the target on: the attach type of the program it extends.</summary>
    private AttachType? _extendedAttachType;

    /// <summary>An fentry or fexit of a tracing program; on such a program no other may be put.</summary>
    private bool TracesTracing => Program.Type == ProgramType.Tracing && Program.AttachProgram?.Type == ProgramType.Tracing;

    /// <summary>The type by which rules are chosen: before the fix also a tracing program went by its target's.</summary>
    private ProgramType RuleType => Program.AttachProgram is { } target && !Changes.ExtensionsAloneTakeTargetType ? target.Type : ProgType;

    /// <summary>
    /// The function of the loaded program with that type. Functions which no path reached are gone, and their func_info
    /// with them; what is known of a function's arguments is not moved along.
    /// </summary>
    private SubprogInfo? FindLoadedFunction(int typeId, out bool unreliable)
    {
        unreliable = false;
        for (int i = 0, loaded = 0; i < SubprogCount && i < FuncInfos.Count; i++)
        {
            if (BpfCapable && !Aux[Subprogs[i].Start].Seen)
                continue;
            if (FuncInfos[i].TypeId == typeId)
            {
                unreliable = Subprogs[loaded].Unreliable;
                return Subprogs[i];
            }
            loaded++;
        }
        return null;
    }

    /// <summary>Whether the program may take the place of, or trace, that function of another program.</summary>
    /// <param name="target">The other program.</param>
    /// <param name="function">Its function's type.</param>
    /// <param name="conservative">The function's arguments are not what its type says.</param>
    private Errno CheckTargetFunction(Verification target, BtfType function, out bool conservative)
    {
        bool extends = Program.Type == ProgramType.Ext;
        SubprogInfo? subprog = target.FindLoadedFunction(function.Id, out conservative);
        if (subprog is null)
            return RefuseTarget($"Subprog {function.Name} doesn't exist\n");
        if (subprog.IsExceptionCallback)
            return RefuseTarget($"{(extends ? "Extension" : Changes.TracingTargetsNamed ? "Tracing" : "FENTRY/FEXIT")} programs cannot attach to exception callback\n");
        if (extends && CheckExtendedFunction(subprog, conservative) is { } refusal)
            return RefuseTarget(refusal);
        if (Program.Type == ProgramType.Tracing && Changes.TracingOfTracingPrograms)
        {
            if (target.TracesTracing)
                return RefuseTarget("Cannot nest tracing program attach more than once\n");
        }
        else if (target.Program.Type == Program.Type)
        {
            return RefuseTarget("Cannot recursively attach\n");
        }
        bool isTrace = target.IsFsession || target.Program is { Type: ProgramType.Tracing, ExpectedAttachType: AttachType.TraceFentry or AttachType.TraceFexit };
        if (extends && isTrace)
            return RefuseTarget(Changes.FsessionPrograms ? "Cannot extend fentry/fexit/fsession\n" : "Cannot extend fentry/fexit\n");
        return Errno.None;
    }

    private string? CheckExtendedFunction(SubprogInfo subprog, bool conservative)
    {
        if (conservative)
            return "Cannot replace static functions\n";
        if (Changes.AttachTargetCheckedAfterFlow && Subprogs[0].ChangesPacketData && !subprog.ChangesPacketData)
            return "Extension program changes packet data, while original does not\n";
        if (Changes.SubprogsMaySleep && Subprogs[0].MightSleep && !subprog.MightSleep)
            return "Extension program may sleep, while original does not\n";
        return null;
    }

    private Errno RefuseTarget(string message)
    {
        Log.Write(message);
        return Errno.EINVAL;
    }

    /// <summary>The replacement must be declared as what it replaces: global, the same result and arguments, context pointers by name.</summary>
    private Errno CheckReplacementType(BtfTypes targetTypes, BtfType replaced)
    {
        if (FuncInfos.Count == 0 || ProgramTypes is not { } types)
            return RefuseTarget("Program extension requires BTF\n");
        BtfType own = types[FuncInfos[0].TypeId];
        foreach (BtfType function in (ReadOnlySpan<BtfType>)[own, replaced])
            if (function.Linkage != BtfLinkage.Global)
                return RefuseTarget($"{function.Name}() is not a global function\n");
        BtfType proto = types[own.TypeId], replacedProto = targetTypes[replaced.TypeId];
        if (proto.Kind != BtfKind.FuncProto || replacedProto.Kind != BtfKind.FuncProto)
            return Errno.EINVAL;
        if (proto.VLen != replacedProto.VLen)
            return RefuseTarget($"{own.Name}() has {proto.VLen} args while {replaced.Name}() has {replacedProto.VLen} args\n");
        BtfType result = Underlying(types, proto.ReturnTypeId), replacedResult = Underlying(targetTypes, replacedProto.ReturnTypeId);
        if (!SameShape(result, replacedResult))
            return RefuseTarget($"Return type {BtfKindStr(result)} of {own.Name}() doesn't match type {BtfKindStr(replacedResult)} of {replaced.Name}()\n");
        for (int i = 0; i < proto.VLen; i++)
        {
            BtfType arg = Underlying(types, proto.Param(i).TypeId), replacedArg = Underlying(targetTypes, replacedProto.Param(i).TypeId);
            if (DifferingArgument(i, own, arg, replaced, replacedArg) is { } difference)
                return RefuseTarget(difference);
        }
        return Errno.None;
    }

    private static string? DifferingArgument(int index, BtfType own, BtfType arg, BtfType replaced, BtfType replacedArg)
    {
        if (!SameShape(arg, replacedArg))
            return $"arg{index} in {own.Name}() is {BtfKindStr(arg)} while {replaced.Name}() has {BtfKindStr(replacedArg)}\n";
        if (arg.Size != replacedArg.Size)
            return $"arg{index} in {own.Name}() has size {arg.Size} while {replaced.Name}() has {replacedArg.Size}\n";
        if (arg.Kind == BtfKind.Int || arg.IsEnum)
            return null;
        if (arg.Kind != BtfKind.Ptr)
            return $"arg{index} in {own.Name}() has unrecognized type\n";
        BtfType pointee = Underlying(arg.Owner, arg.TypeId), replacedPointee = Underlying(replacedArg.Owner, replacedArg.TypeId);
        if (!pointee.IsStruct)
            return $"arg{index} in {own.Name}() is not a pointer to context\n";
        if (!replacedPointee.IsStruct)
            return $"arg{index} in {replaced.Name}() is not a pointer to context\n";
        return pointee.NameBytes.SequenceEqual(replacedPointee.NameBytes)
            ? null
            : $"arg{index} {own.Name}(struct {pointee.Name} *) doesn't match {replaced.Name}(struct {replacedPointee.Name} *)\n";
    }

    /// <summary>The word of a type that holds kind, count and flag is the same.</summary>
    private static bool SameShape(BtfType a, BtfType b) => a.Kind == b.Kind && a.VLen == b.VLen && a.KindFlag == b.KindFlag;

    /// <summary>A traced program's own argument: its context is what the kernel has behind it, other pointers cannot be followed.</summary>
    private bool TracedProgramArgument(BtfTypes types, BtfType pointer, ref ContextField field)
    {
        ProgramType traced = _target!.ProgType;
        if (!IsProgCtxType(types, pointer, traced))
            return false;
        field.BtfOwner = BtfOwner.Kernel;
        field.BtfId = ContextPairMember(traced, "_kern");
        return true;
    }
}
