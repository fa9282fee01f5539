using Spectre.Console;

namespace BpfVerifier.Cli;

/// <summary>A bar on an interactive error stream while work takes a while.</summary>
internal static class ProgressBar
{
    /// <param name="title">What is being done.</param>
    /// <param name="steps">How often <paramref name="work"/> will report.</param>
    /// <param name="work">The work; it calls its argument after each step, from any thread.</param>
    public static T While<T>(string title, int steps, Func<Action, T> work)
    {
        if (Console.IsErrorRedirected || steps < 8)
            return work(() => { });
        IAnsiConsole error = AnsiConsole.Create(new AnsiConsoleSettings { Out = new AnsiConsoleOutput(Console.Error) });
        return error.Progress().AutoClear(true).Start(context =>
        {
            ProgressTask task = context.AddTask(title, maxValue: steps);
            return work(() => task.Increment(1));
        });
    }
}
