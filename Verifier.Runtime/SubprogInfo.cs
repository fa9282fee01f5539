namespace BpfVerifier.Runtime;

/// <summary>An argument of a global function, as its BTF declares it.</summary>
internal struct SubprogArg
{
    public ArgType Type;
    public int MemSize;
    public int BtfId;
}

/// <summary>One function of the program.</summary>
internal sealed class SubprogInfo
{
    /// <summary>First instruction.</summary>
    public int Start;
    /// <summary>Index into func_info, or -1.</summary>
    public int FuncInfoIdx = -1;
    /// <summary>Where this function's instructions begin in <see cref="Verification.Postorder"/>.</summary>
    public int PostorderStart;
    /// <summary>Deepest stack access, in bytes.</summary>
    public int StackDepth;
    public int FastcallStackOff;
    public bool KeepFastcallStack;
    public bool HasTailCall;
    public bool HasLdAbs;
    public bool IsCallback;
    public bool IsAsyncCallback;
    public bool IsExceptionCallback;
    public bool ChangesPacketData;
    public bool MightSleep;

    // From func_info and the program's BTF.
    public string Name = "";
    public int BtfFuncId;
    public bool IsGlobal;
    /// <summary>Global function called from reachable code: must be verified on its own.</summary>
    public bool Called;
    public bool Verified;
    /// <summary>The BTF prototype cannot be relied on: the compiler changed the arguments.</summary>
    public bool Unreliable;
    public bool ArgsCached;
    public int ArgCount;
    public readonly SubprogArg[] Args = new SubprogArg[5];
}
