namespace BpfVerifier.Fuzz;

/// <summary>A rough idea of what arithmetic leaves.</summary>
internal static class Arithmetics
{
    /// <summary>What an operation with an immediate leaves of a number.</summary>
    public static Held After(Held before, int operation, int immediate, bool narrow)
    {
        ulong most = narrow ? uint.MaxValue : ulong.MaxValue;
        ulong value = narrow ? (uint)immediate : (ulong)(long)immediate;
        ulong old = before.Kind == Kind.Scalar ? Math.Min(before.Max, ulong.MaxValue) : ulong.MaxValue;
        bool fits = old <= most;
        return Held.Number(operation switch
        {
            Op.Mov => value,
            Op.And => Math.Min(value, fits ? old : most),
            Op.Rsh when fits || narrow => Math.Min(old, most) >> (immediate & 63),
            Op.Add when old < 1 << 30 && immediate is >= 0 and < 1 << 30 => old + value,
            _ => most,
        });
    }
}
