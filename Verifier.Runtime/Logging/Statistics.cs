namespace BpfVerifier.Runtime;

/// <summary>The figures at the log's end.</summary>
internal sealed partial class Verification
{
    /// <summary>Prints the statistics; the time and stack depths only when asked for (level 4).</summary>
    public void PrintVerificationStats(TimeSpan elapsed)
    {
        if (Log.Statistics)
        {
            long microseconds = elapsed.Ticks / TimeSpan.TicksPerMicrosecond;
            Log.Write($"verification time {microseconds} usec\nstack depth ");
            int count = _finalStackDepths.Count != 0 ? _finalStackDepths.Count : SubprogCount;
            for (int i = 0; i < count; i++)
            {
                int depth = _finalStackDepths.Count != 0 ? _finalStackDepths[i] : Subprogs[i].StackDepth;
                Log.Write($"{(i == 0 ? "" : "+")}{depth}");
            }
            Log.Write('\n');
        }
        Log.Write($"processed {InsnProcessed} insns (limit {ComplexityLimitInsns}) max_states_per_insn {MaxStatesPerInsn} "
            + $"total_states {TotalStates} peak_states {PeakStates} mark_read {LongestMarkReadWalk}\n");
    }

    /// <summary>"At program exit the register R0 has … should have been in …", the form that names a tnum (before 6.8).</summary>
    public void VerboseInvalidScalar(in RegState reg, Tnum range, string context, string regName)
    {
        Log.Write($"At {context} the register {regName} ");
        Log.Write(reg.Var.IsUnknown ? "has unknown scalar value" : $"has value {TnumStr(reg.Var)}");
        Log.Write($" should have been in {TnumStr(range)}\n");
    }

    /// <summary>The form that names a range (since 6.8).</summary>
    public void VerboseInvalidScalar(in RegState reg, ReturnRange range, string context, string regName)
    {
        Log.Write($"{context} the register {regName} has");
        if (reg.SMin > long.MinValue)
            Log.Write($" smin={reg.SMin}");
        if (reg.SMax < long.MaxValue)
            Log.Write($" smax={reg.SMax}");
        if (reg.SMin == long.MinValue && reg.SMax == long.MaxValue)
            Log.Write(" unknown scalar value");
        Log.Write($" should have been in [{range.Min}, {range.Max}]\n");
    }
}
