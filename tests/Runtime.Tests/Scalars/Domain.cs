using System.Globalization;

namespace BpfVerifier.Runtime.Tests.Scalars;

/// <summary>Questions about abstract values that tests ask.</summary>
internal static class Domain
{
    /// <summary>Fails unless <paramref name="value"/> is among the values <paramref name="reg"/> may have, in every domain.</summary>
    public static void AssertHolds(ref RegState reg, ulong value, string what)
    {
        bool holds = reg.Type == RegKind.Scalar && reg.Var.Contains(value)
            && reg.UMin <= value && value <= reg.UMax && reg.SMin <= (long)value && (long)value <= reg.SMax
            && reg.U32Min <= (uint)value && (uint)value <= reg.U32Max && reg.S32Min <= (int)value && (int)value <= reg.S32Max;
        Assert.True(holds, holds ? "" : string.Create(CultureInfo.InvariantCulture, $"{what}: 0x{value:x} is not in {Text(ref reg)}"));
    }

    public static string Text(ref RegState reg) => string.Create(CultureInfo.InvariantCulture,
        $"{reg.Type} u64=[0x{reg.UMin:x},0x{reg.UMax:x}] s64=[{reg.SMin},{reg.SMax}] u32=[0x{reg.U32Min:x},0x{reg.U32Max:x}] s32=[{reg.S32Min},{reg.S32Max}] var={reg.Var}");

    /// <summary>True if every domain of <paramref name="inner"/> lies within that of <paramref name="outer"/>.</summary>
    public static bool Within(ref RegState inner, ref RegState outer) =>
        inner.UMin >= outer.UMin && inner.UMax <= outer.UMax && inner.SMin >= outer.SMin && inner.SMax <= outer.SMax
        && inner.U32Min >= outer.U32Min && inner.U32Max <= outer.U32Max && inner.S32Min >= outer.S32Min && inner.S32Max <= outer.S32Max
        && outer.Var.Contains(inner.Var);
}
