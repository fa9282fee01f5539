using BpfVerifier.Runtime;

namespace BpfVerifier.Soundness;

/// <summary>The probe of the release this assembly is compiled against.</summary>
internal sealed class ReleaseProbe : IReleaseProbe
{
    private readonly ReleaseVerifier _verifier = new();

    public KernelProfile Profile => _verifier.DefaultProfile;

    public bool WalksCallbacksOnce(KernelProfile profile) => !MakeChanges(profile).CallbacksIterated;

    public VerificationResult Verify(BpfProgram program, KernelProfile profile) =>
        _verifier.Verify(program, profile, new VerifierOptions { Timeout = TimeSpan.FromSeconds(20) });

    public WalkRecord Walk(BpfProgram program, KernelProfile profile, int limit)
    {
        var recorder = new Recorder(program.Instructions.Length / 8, limit);
        string? incomplete = Walk(program, profile, recorder, 0, out _);
        return new WalkRecord(recorder.States, incomplete);
    }

    public string Describe(BpfProgram program, KernelProfile profile, int number)
    {
        var printer = new Printer(number);
        Walk(program, profile, printer, 2, out Verification walk);
        return printer.Text ?? $"state {number} of {walk.InsnProcessed}";
    }

    public string Disassemble(BpfProgram program, KernelProfile profile, int instruction) =>
        Start(program, profile, 0).InsnText(instruction);

    public bool KnowsContext(ProgramType type) => ContextTable.Knows(type);

    public (ValueKind Kind, bool MaybeNull) ContextField(ProgramType type, int offset, int size)
    {
        // What the table leaves to the attach type or lies behind its window are plain numbers.
        return ContextTable.TryAccess(type, offset, size, AccessKind.Read, out RegType yields, out _) && yields.Kind != RegKind.NotInit
            ? ((ValueKind)yields.Kind, yields.MaybeNull)
            : (ValueKind.Scalar, false);
    }

    public HelperShape? Helper(ProgramType type, int helper)
    {
        if (HelperTable.Lookup(type, helper) is not { } proto)
            return null;
        var arguments = new HelperArgument[proto.Args.Length];
        for (int i = 0; i < arguments.Length; i++)
            arguments[i] = new HelperArgument(Use(proto.Args[i].Kind), proto.Args[i].Has(TypeFlags.Uninit | TypeFlags.Write), Size(proto, i));
        bool number = proto.Return is { Kind: ReturnKind.Integer, Flags: TypeFlags.None };
        return new HelperShape(number, proto.Return.Kind == ReturnKind.Void, arguments);
    }

    public string HelperName(int helper) => HelperTable.Name(helper);

    public string KernelFunctionName(int id) => Profile.Types.IsValid(id) ? Profile.Types[id].Name : $"{id}";

    private static int Size(HelperProto proto, int argument) => proto.Args[argument].Kind switch
    {
        ArgKind.PtrToLong => 8,
        ArgKind.PtrToInt => 4,
        _ => proto.ArgSizes[argument],
    };

    private static ArgumentUse Use(ArgKind kind) => kind switch
    {
        ArgKind.DontCare => ArgumentUse.None,
        ArgKind.Anything or ArgKind.Scalar or ArgKind.PtrToSocket or ArgKind.PtrToSockCommon or ArgKind.PtrToBtfIdSockCommon
            or ArgKind.PtrToConstStr => ArgumentUse.Number,
        ArgKind.ConstSize or ArgKind.ConstSizeOrZero => ArgumentUse.Size,
        ArgKind.PtrToMem or ArgKind.PtrToLong or ArgKind.PtrToInt => ArgumentUse.Buffer,
        ArgKind.ConstMapPtr => ArgumentUse.Map,
        ArgKind.PtrToMapKey => ArgumentUse.Key,
        ArgKind.PtrToMapValue => ArgumentUse.Value,
        ArgKind.PtrToCtx => ArgumentUse.Context,
        _ => ArgumentUse.Other,
    };

    private static Verification Start(BpfProgram program, KernelProfile profile, int logLevel)
    {
        var options = new VerifierOptions { LogLevel = logLevel, LogSize = 1 << 16, Timeout = TimeSpan.FromSeconds(20) };
        return new Verification(program, new ReleaseKernel(profile), MakeChanges(profile), options, CancellationToken.None);
    }

    private static Changes MakeChanges(KernelProfile profile) => new(profile.Release.Patch ?? Abi.Patch, profile.Flavor == KernelFlavor.Modular);

    /// <summary>Returns why the walk did not come to its end, null when it did.</summary>
    private static string? Walk(BpfProgram program, KernelProfile profile, IWalkObserver observer, int logLevel, out Verification walk)
    {
        walk = Start(program, profile, logLevel);
        walk.Observer = observer;
        try
        {
            Errno err = walk.Run();
            return err == Errno.None ? null : $"walking every path ends with {err}: {walk.ToResult(Verdict.Rejected, err, null).Message}";
        }
        catch (NotModeledException construct)
        {
            return construct.Message;
        }
        catch (BoundReachedException bound)
        {
            return bound.Message;
        }
    }

    /// <summary>Keeps every state.</summary>
    private sealed class Recorder : IWalkObserver
    {
        private readonly int _limit;
        private int _count;

        public Recorder(int instructions, int limit)
        {
            _limit = limit;
            States = new IReadOnlyList<AbstractState>[instructions];
            for (int i = 0; i < instructions; i++)
                States[i] = new List<AbstractState>();
        }

        public IReadOnlyList<AbstractState>[] States { get; }

        public bool WalksEveryPath => true;

        public void BeforeInsn(Verification walk)
        {
            if (_count >= _limit)
                throw new BoundReachedException($"walking every path takes more than {_limit} instructions");
            ((List<AbstractState>)States[walk.InsnIdx]).Add(StateCopy.Of(walk, _count++));
        }
    }

    /// <summary>Prints one state.</summary>
    private sealed class Printer(int wanted) : IWalkObserver
    {
        private int _count;

        public string? Text { get; private set; }

        public bool WalksEveryPath => true;

        public void BeforeInsn(Verification walk)
        {
            if (_count++ != wanted)
                return;
            int before = walk.Log.ToString().Length;
            for (int frame = 0; frame <= walk.State.CurFrame; frame++)
                walk.PrintVerifierState(walk.State, frame, printAll: true);
            Text = walk.Log.ToString()[before..].TrimEnd('\n');
            throw new BoundReachedException("printed");
        }
    }
}
