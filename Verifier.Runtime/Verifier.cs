using System.Diagnostics;

namespace BpfVerifier.Runtime;

/// <summary>The list of passes; reads like the kernel's own.</summary>
internal sealed partial class Verification
{
    private readonly Stopwatch _clock = Stopwatch.StartNew();

    /// <summary>Checks the program; afterwards <see cref="Log"/> and the statistics tell what happened.</summary>
    public Errno Run()
    {
        Errno err = CheckProgramAttributes();
        if (err != Errno.None)
            return err;
        DropRefusedTypes();
        MarkVerifierStateClean();
        err = Prepare();
        if (err == Errno.None)
            err = CheckAllFunctions();
        if (err == Errno.None)
            err = CheckMaxStackDepth();
        if (err == Errno.None)
            err = CheckArenaLoads();
        if (err == Errno.None)
            err = CheckMissingKfuncs();
        if (err == Errno.None)
            err = CheckCallbacksAfterRemoval();
        if (Log.Level != 0)
            PrintVerificationStats(_clock.Elapsed);
        return err;
    }

    /// <summary>What is refused before the verifier proper starts, and without a log.</summary>
    private Errno CheckProgramAttributes()
    {
        // A load that is longer than the kernel knows.
        if ((Program.HasFdArray && !Changes.MapsByIndex) || (Program.CoreRelocations.Count != 0 && !Changes.CoreRelocationsByKernel))
            return Errno.E2BIG;
        if ((Program.Flags & ~(uint)KnownFlags) != 0)
            return Errno.EINVAL;
        if ((Program.Flags & Uapi.BPF_F_TOKEN_FD) != 0)
            throw NotModeled("BPF token");
        if (!ProgramCapabilities.Suffice(Kernel.Capabilities, Program.Type))
            return Program.Type == ProgramType.LircMode2 ? throw NotModeled("infrared program of a loader without CAP_NET_ADMIN") : Errno.EPERM;
        if (!Kernel.Has(Program.Type))
            return Errno.EINVAL;
        bool attaches = Program.Type is ProgramType.Tracing or ProgramType.Lsm or ProgramType.StructOps or ProgramType.Ext;
        if (Program.AttachBtfId != 0 && !attaches)
            return Errno.EINVAL;
        if (Program.AttachProgram is not null && Program.Type is not (ProgramType.Tracing or ProgramType.Ext))
            return Errno.EINVAL;
        return AttachTypeSuitsProgram() ? Errno.None : Errno.EINVAL;
    }

    /// <summary>Flags this release takes. That a program is for one device only means nothing while no device is named.</summary>
    private int KnownFlags => Uapi.BPF_F_STRICT_ALIGNMENT | Uapi.BPF_F_ANY_ALIGNMENT | Uapi.BPF_F_TEST_RND_HI32
        | Uapi.BPF_F_TEST_STATE_FREQ | Uapi.BPF_F_SLEEPABLE
        | (Changes.FragmentsFlag ? Uapi.BPF_F_XDP_HAS_FRAGS : 0)
        | (Changes.DeviceBoundPrograms ? Uapi.BPF_F_XDP_DEV_BOUND_ONLY : 0)
        | (Changes.RegInvariants ? Uapi.BPF_F_TEST_REG_INVARIANTS : 0)
        | (Changes.LoadTokens ? Uapi.BPF_F_TOKEN_FD : 0);

    /// <summary>Program types that take only some attach types, of those this release has.</summary>
    private bool AttachTypeSuitsProgram()
    {
        AttachType attach = ExpectedAttachType;
        bool suits = Program.Type switch
        {
            ProgramType.CgroupSock => attach is AttachType.CgroupInetSockCreate or AttachType.CgroupInetSockRelease
                or AttachType.CgroupInet4PostBind or AttachType.CgroupInet6PostBind,
            ProgramType.CgroupSockAddr => attach is AttachType.CgroupInet4Bind or AttachType.CgroupInet6Bind
                or AttachType.CgroupInet4Connect or AttachType.CgroupInet6Connect or AttachType.CgroupUnixConnect
                or AttachType.CgroupInet4Getpeername or AttachType.CgroupInet6Getpeername or AttachType.CgroupUnixGetpeername
                or AttachType.CgroupInet4Getsockname or AttachType.CgroupInet6Getsockname or AttachType.CgroupUnixGetsockname
                or AttachType.CgroupUdp4Sendmsg or AttachType.CgroupUdp6Sendmsg or AttachType.CgroupUnixSendmsg
                or AttachType.CgroupUdp4Recvmsg or AttachType.CgroupUdp6Recvmsg or AttachType.CgroupUnixRecvmsg,
            ProgramType.CgroupSkb => attach is AttachType.CgroupInetIngress or AttachType.CgroupInetEgress,
            ProgramType.CgroupSockOpt => attach is AttachType.CgroupSetsockopt or AttachType.CgroupGetsockopt,
            ProgramType.SkLookup => attach == AttachType.SkLookup,
            ProgramType.SkReusePort => attach is AttachType.SkReuseportSelect or AttachType.SkReuseportSelectOrMigrate,
            ProgramType.Netfilter => attach == AttachType.Netfilter,
            ProgramType.Syscall or ProgramType.Ext => attach == 0,
            _ => true,
        };
        bool restricted = Program.Type is ProgramType.CgroupSockAddr or ProgramType.Netfilter or ProgramType.SkLookup;
        return suits && (!restricted || Kernel.Has(attach));
    }

    /// <summary>Everything that is known before an instruction is walked.</summary>
    private Errno Prepare()
    {
        Errno err = Errno.None;
        if (Changes.FuncInfoCheckedEarly)
            err = CheckBtfInfoEarly();
        if (err == Errno.None && Changes.CoreRelocationsFirst)
            err = CheckCoreRelocations();
        if (err == Errno.None)
            err = AddSubprogAndKfunc();
        if (err == Errno.None)
            err = CheckSubprogs();
        if (err == Errno.None)
            err = CheckBtfInfo();
        if (err == Errno.None && !Changes.AttachTargetCheckedAfterFlow)
            err = CheckAttachBtfId();
        if (err == Errno.None)
            err = ResolvePseudoLdImm64();
        if (err == Errno.None)
            err = CheckCfg();
        if (err == Errno.None && Changes.LiveRegisters)
            err = ComputePostorder();
        if (err == Errno.None && Changes.LivenessByDataflow)
            err = InitStackLiveness();
        if (err == Errno.None && Changes.AttachTargetCheckedAfterFlow)
            err = CheckAttachBtfId();
        if (err == Errno.None)
            err = CheckRecursion();
        if (err == Errno.None)
            err = ComputeScc();
        if (err == Errno.None)
            err = ComputeLiveRegisters();
        if (err == Errno.None && Changes.FastcallPatterns)
            err = MarkFastcallPatterns();
        return err;
    }

    private Errno CheckAllFunctions()
    {
        // Newer releases check only those global functions the main program turned out to call.
        if (Changes.GlobalFunctionsCheckedLazily)
        {
            Errno main = CheckMain();
            return main != Errno.None ? main : CheckCalledGlobalFunctions();
        }
        Errno err = CheckEveryGlobalFunction();
        return err != Errno.None ? err : CheckMain();
    }

    private Errno CheckMain()
    {
        InsnIdx = 0;
        return CheckFunction(0);
    }

    private Errno CheckEveryGlobalFunction()
    {
        for (int i = 1; i < SubprogCount && FuncInfos.Count != 0; i++)
        {
            if (!Subprogs[i].IsGlobal)
                continue;
            Errno err = CheckGlobalFunction(i);
            if (err != Errno.None)
                return err;
        }
        return Errno.None;
    }

    private Errno CheckCalledGlobalFunctions()
    {
        if (FuncInfos.Count == 0)
            return Errno.None;
        if (ExceptionCallbackSubprog != 0)
            Subprogs[ExceptionCallbackSubprog].Called = true;
        bool found;
        do
        {
            found = false;
            for (int i = 1; i < SubprogCount; i++)
            {
                SubprogInfo subprog = Subprogs[i];
                if (!subprog.IsGlobal || !subprog.Called || subprog.Verified)
                    continue;
                Errno err = CheckGlobalFunction(i);
                if (err != Errno.None)
                    return err;
                subprog.Verified = true;
                found = true;
            }
        }
        while (found);
        return Errno.None;
    }

    private Errno CheckGlobalFunction(int subprog)
    {
        InsnIdx = Subprogs[subprog].Start;
        Errno err = CheckFunction(subprog);
        if (err == Errno.None && Log.Verbose)
            Log.Write($"Func#{subprog} {(Changes.GlobalFunctionsCheckedLazily ? $"('{Subprogs[subprog].Name}') " : "")}is safe for any args that match its prototype\n");
        return err;
    }

    /// <summary>Walks one function that can be entered from outside: the program, or a global function.</summary>
    private Errno CheckFunction(int subprog)
    {
        ResetLineInfo();
        VerifierState state = Pool.NewState();
        Pool.Reset(state);
        state.Branches = 1;
        state.InSleepable = ProgramIsSleepable && Changes.SleepableByStateAlone;
        state.Frames[0] = Pool.NewFrame(FrameState.MainFrame, 0, subprog);
        state.FirstInsnIdx = Subprogs[subprog].Start;
        state.LastInsnIdx = -1;
        State = state;
        InitRegState(state.Frames[0]!);

        Errno err = InitArguments(subprog);
        if (err == Errno.None)
            err = DoCheck();
        if (err == Errno.None && !Log.Level2)
            Log.Reset(0);
        _pending.Clear();
        FreeStates();
        return err;
    }

    /// <summary>What the arguments hold when the function is entered.</summary>
    private Errno InitArguments(int subprog)
    {
        if (subprog == 0 && Program.Type != ProgramType.Ext)
            return InitMainArguments();
        SubprogInfo info = Subprogs[subprog];
        if (Changes.SubprogArgumentsDescribed)
            Log.Write($"Validating {info.Name}() func#{subprog}...\n");
        Errno err = BtfPrepareFuncArgs(subprog);
        if (err == Errno.None && info.IsExceptionCallback)
        {
            State.Cur.InExceptionCallback = true;
            if (info.ArgCount != 1 || info.Args[0].Type != ArgKind.Anything)
            {
                Log.Write("exception cb only supports single integer argument\n");
                return Errno.EINVAL;
            }
        }
        for (int i = 0; err == Errno.None && i < info.ArgCount; i++)
            err = InitGlobalFunctionArgument(ref Regs[i + 1], in info.Args[i]);
        return err;
    }

    private Errno InitMainArguments()
    {
        if (FuncInfos.Count != 0 && Changes.SubprogArgumentsDescribed)
        {
            SubprogInfo main = Subprogs[0];
            if (BtfPrepareFuncArgs(0) != Errno.None || main.ArgCount != 1 || main.Args[0].Type != ArgKind.PtrToCtx)
                main.Unreliable = true;
        }
        Regs[1].Type = RegKind.Ctx;
        Regs[1].SetKnownZero();
        AcquireArgumentReferences();
        return Changes.SubprogArgumentsDescribed ? Errno.None : MatchMainArguments();
    }

    /// <summary>Older releases compare the main program's declared arguments with the context; only an internal error counts.</summary>
    private Errno MatchMainArguments() =>
        BtfCheckSubprogArgMatch(0, Regs) == Errno.EFAULT ? Errno.EFAULT : Errno.None;

    private Errno InitGlobalFunctionArgument(ref RegState reg, in SubprogArg arg)
    {
        const TypeFlags pointerFlags = TypeFlags.MaybeNull | TypeFlags.Untrusted | TypeFlags.Trusted;
        switch (arg.Type.Kind)
        {
            case ArgKind.PtrToCtx:
                reg.Type = RegKind.Ctx;
                reg.SetKnownZero();
                break;
            case ArgKind.Anything:
            case ArgKind.PtrToArena:
                reg.SetUnknown(this);
                break;
            case ArgKind.PtrToDynptr:
                // Of no particular kind: what can be done with any dynptr can be done with it.
                MarkDynptrReg(ref reg, DynptrKind.Local, true, (int)NewId());
                break;
            case ArgKind.PtrToMem:
                TypeFlags memFlags = Changes.UntrustedMemArguments ? TypeFlags.MaybeNull | TypeFlags.Untrusted | TypeFlags.ReadOnly : TypeFlags.MaybeNull;
                reg.Type = new RegType(RegKind.Mem, arg.Type.Flags & memFlags);
                reg.SetKnownZero();
                reg.MemSize = arg.MemSize;
                if (reg.Type.MaybeNull || !Changes.UntrustedMemArguments)
                    reg.Id = NewId();
                break;
            case ArgKind.PtrToBtfId:
                reg.Type = new RegType(RegKind.BtfId, arg.Type.Flags & pointerFlags);
                reg.SetKnownZero();
                reg.BtfOwner = BtfOwner.Kernel;
                reg.BtfId = arg.BtfId;
                reg.Id = NewId();
                break;
            default:
                throw NotModeled($"argument of kind {arg.Type.Kind} of a global function");
        }
        return Errno.None;
    }

    /// <summary>The outcome with message, place and statistics.</summary>
    public VerificationResult ToResult(Verdict verdict, Errno errno, string? message)
    {
        bool placed = verdict is Verdict.Rejected or Verdict.NotImplemented or Verdict.LimitReached && InsnProcessed > 0;
        int insnIdx = placed && (uint)InsnIdx < (uint)Insns.Length ? InsnIdx : -1;
        string log = Log.ToString();
        return new VerificationResult
        {
            Verdict = verdict,
            Errno = errno,
            Message = message ?? (verdict == Verdict.Accepted ? "" : LastMessage(log)),
            Log = Log.Level == 0 ? "" : log,
            InstructionIndex = insnIdx,
            Instruction = insnIdx < 0 ? "" : InsnText(insnIdx),
            Source = insnIdx < 0 ? null : SourceOf(insnIdx),
            Statistics = new VerificationStatistics(InsnProcessed, MaxStatesPerInsn, TotalStates, PeakStates, LongestMarkReadWalk, _clock.Elapsed),
            HeldStates = Pool.MostHeld,
        };
    }

    /// <summary>The last line before the statistics.</summary>
    private static string LastMessage(string log)
    {
        ReadOnlySpan<char> rest = log;
        while (rest.Length > 0)
        {
            rest = rest.TrimEnd('\n');
            int start = rest.LastIndexOf('\n') + 1;
            ReadOnlySpan<char> line = rest[start..];
            // A message without a newline has the statistics behind it on the same line.
            int behind = line.EndsWith(" usec") ? line.IndexOf("verification time ") : line.IndexOf("processed ");
            if (behind > 0 && (line.EndsWith(" usec") || line[behind..].Contains(" insns (limit ", StringComparison.Ordinal)))
                return line[..behind].ToString();
            bool statistics = line.StartsWith("processed ") || line.StartsWith("verification time ") || line.StartsWith("stack depth ");
            if (!statistics && !line.IsWhiteSpace())
                return line.ToString();
            rest = rest[..start];
        }
        return "";
    }

    private SourceLine? SourceOf(int insnIdx)
    {
        int index = FindLineInfo(insnIdx);
        if (index < 0 || ProgramTypes is null)
            return null;
        LineInfo line = LineInfos[index];
        return new SourceLine(ProgramTypes.String(line.FileNameOffset), line.Line, line.Column, ProgramTypes.String(line.LineOffset));
    }
}
