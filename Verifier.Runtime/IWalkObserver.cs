namespace BpfVerifier.Runtime;

/// <summary>Sees every state of a walk. For tests that hold what the verifier claims against what a machine does.</summary>
internal interface IWalkObserver
{
    /// <summary>No path ends because a finished one stands for it: each state then holds what its own path brings.</summary>
    bool WalksEveryPath { get; }

    /// <summary><see cref="Verification.State"/> is what holds before instruction <see cref="Verification.InsnIdx"/>, about to be checked.</summary>
    void BeforeInsn(Verification walk);
}
