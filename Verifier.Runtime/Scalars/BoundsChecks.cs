namespace BpfVerifier.Runtime;

/// <summary>The verifier's check of itself: the domains must not contradict one another.</summary>
internal sealed partial class Verification
{
    /// <summary>
    /// Reports contradicting bounds, which a dead branch can leave behind. With BPF_F_TEST_REG_INVARIANTS that rejects the
    /// program, otherwise the bounds are forgotten and the walk goes on.
    /// </summary>
    /// <param name="reg">The register that just changed.</param>
    /// <param name="context">Where, as the message names it.</param>
    public Errno ReportBoundsViolations(ref RegState reg, string context)
    {
        if (!Changes.RegInvariants || FindBoundsViolation(ref reg) is not { } violation)
            return Errno.None;

        Log.Write($"{(Changes.VerifierBugMessages ? "verifier bug: " : "")}REG INVARIANTS VIOLATION ({context}): {violation}");
        Log.Write($" u64=[0x{reg.UMin:x}, 0x{reg.UMax:x}] s64=[0x{reg.SMin:x}, 0x{reg.SMax:x}]");
        Log.Write($" u32=[0x{reg.U32Min:x}, 0x{reg.U32Max:x}] s32=[0x{reg.S32Min:x}, 0x{reg.S32Max:x}]");
        Log.Write($" var_off=(0x{reg.Var.Value:x}, 0x{reg.Var.Mask:x})\n");
        if (TestRegInvariants)
            return Errno.EFAULT;
        reg.SetUnbounded();
        return Errno.None;
    }

    private static string? FindBoundsViolation(ref RegState reg)
    {
        if (reg.Wide.Empty || reg.Sub.Empty)
            return "range bounds violation";
        if (reg.Var.IsConst && !reg.Wide.IsConst(reg.Var.Value))
            return "const tnum out of sync with range bounds";
        if (reg.Var.IsConstSubreg && !reg.Sub.IsConst((uint)reg.Var.Value))
            return "const subreg tnum out of sync with range bounds";
        return null;
    }
}
