using System.Globalization;

namespace BpfVerifier.HeaderIngest;

/// <summary>Tells the user what goes on: lines on standard error, and on a terminal a running percentage.</summary>
public sealed class Progress
{
    private readonly TextWriter _writer;
    private readonly bool _terminal;

    /// <summary>Writes to <paramref name="writer"/>; <paramref name="terminal"/> when lines can be written over.</summary>
    public Progress(TextWriter writer, bool terminal)
    {
        _writer = writer;
        _terminal = terminal;
    }

    /// <summary>One line.</summary>
    public void Say(string line) => _writer.WriteLine(line);

    /// <summary>Does <paramref name="work"/>, which makes <paramref name="file"/> grow to <paramref name="size"/> bytes.</summary>
    public void Watch(string what, string file, long size, Action work)
    {
        string megabytes = (size / 1e6).ToString("0.0", CultureInfo.InvariantCulture) + " MB";
        if (!_terminal)
        {
            Say($"{what}: {megabytes}");
            work();
            return;
        }
        Task task = Task.Run(work);
        do
        {
            long got = File.Exists(file) ? new FileInfo(file).Length : 0;
            _writer.Write(string.Create(CultureInfo.InvariantCulture, $"\r{what}: {100 * got / Math.Max(size, 1),3} % of {megabytes}"));
        }
        while (!((IAsyncResult)task).AsyncWaitHandle.WaitOne(200));
        _writer.WriteLine($"\r{what}: {megabytes}          ");
        task.GetAwaiter().GetResult();
    }
}
