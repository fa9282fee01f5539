namespace BpfVerifier.Soundness;

/// <summary>One function being run.</summary>
/// <param name="Entry">Its first instruction.</param>
/// <param name="CallSite">The call that entered it, -1 for the program.</param>
/// <param name="Stack">Its stack.</param>
public sealed record Frame(int Entry, int CallSite, Region Stack)
{
    /// <summary>r0 to r10.</summary>
    public Value[] Registers { get; } = new Value[11];

    /// <summary>Called back: takes what the function returned and goes on with what called it.</summary>
    public Action<Value>? Returned { get; init; }

    /// <summary>may_goto jumps left before the loop budget is used up.</summary>
    public int LoopBudget { get; set; }
}
