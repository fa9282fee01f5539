namespace BpfVerifier.Runtime;
internal sealed partial class Verification
{
    public Errno CheckKfuncCall(ref Insn insn, ref int insnIdx) => throw NotModeled("kfunc");
    private bool KfuncAllowedUnderLock(int id) => false;
    private Errno SetRbTreeLess(FrameState caller, FrameState callee) => throw NotModeled("rbtree");
}
