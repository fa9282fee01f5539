using System.Diagnostics;
using System.Globalization;
using BpfVerifier.Host;

namespace BpfVerifier.Bench.Stress;

/// <summary>Processes that unpack packages and replace builds, ended by SIGKILL at any moment; after each a host starts on what is left.</summary>
internal static class KillStress
{
    public const string Victim = "victim";

    /// <summary>Milliseconds from the first sign of life to the kill.</summary>
    private const int LongestLife = 400;

    public static int Run(int rounds)
    {
        DirectoryInfo folder = Directory.CreateTempSubdirectory("bpfverifier-stress-");
        try
        {
            string package = Builds.Newest.Pack(folder.FullName, 1);
            var random = new Random(1);
            int whole = 0, half = 0, empty = 0, broken = 0;
            for (int round = 0; round < rounds; round++)
            {
                string left = folder.CreateSubdirectory($"round{round}").FullName;
                if (!KillOne(package, left, random.Next(LongestLife)))
                    broken++;
                foreach (string place in Directory.GetDirectories(left))
                {
                    half += Directory.GetDirectories(place, ".partial-*").Length;
                    using var host = new VerifierHost(place);
                    if (host.Releases.Count == 0)
                        empty++;
                    else if (host.Load(Builds.Newest.Release) is { Succeeded: false } refused)
                        Report(refused.Refusal.Message, ref broken);
                    else
                        whole++;
                    // And what the killed process did not finish, the next one does.
                    if (PackageFolder.Install(package, place, out _) is { } problem)
                        Report(problem.Message, ref broken);
                    else if (!new VerifierHost(place).Load(Builds.Newest.Release).Succeeded)
                        broken++;
                }
                Directory.Delete(left, recursive: true);
            }
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture,
                $"{rounds} processes killed while they unpacked and replaced: {whole} packages whole, {half} half unpacked and out of sight ({empty} folders without a release); that did not start again {broken}"));
            return broken == 0 && whole > 0 ? 0 : 1;
        }
        finally
        {
            folder.Delete(recursive: true);
        }
    }

    private static void Report(string problem, ref int broken)
    {
        broken++;
        Console.WriteLine(problem);
    }

    /// <summary>Starts a process, lets it live for a while and kills it.</summary>
    /// <returns>False when it ended by itself.</returns>
    private static bool KillOne(string package, string folder, int life)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!) { RedirectStandardOutput = true };
        if (Path.GetFileNameWithoutExtension(Environment.ProcessPath) == "dotnet")
            start.ArgumentList.Add(typeof(KillStress).Assembly.Location);
        foreach (string argument in (string[])[Victim, package, folder])
            start.ArgumentList.Add(argument);
        using Process victim = Process.Start(start)!;
        bool lived = victim.StandardOutput.ReadLine() is not null;
        Thread.Sleep(life);
        bool alive = !victim.HasExited;
        victim.Kill();
        victim.WaitForExit();
        return lived && alive;
    }

    /// <summary>Unpacks the package into one folder after another; meanwhile puts each in the place of the one before. Without an end.</summary>
    public static int RunVictim(string package, string folder)
    {
        using var host = new VerifierHost();
        int unpacked = 0;
        var replacing = new Thread(() =>
        {
            while (Volatile.Read(ref unpacked) is var newest)
                if (newest == 0 || !host.Replace(Builds.Newest.Release, VerifierSource.At(Path.Combine(folder, $"{newest}"))).Succeeded)
                    Thread.Sleep(1);
        });
        replacing.Start();
        Console.WriteLine("begun");
        while (PackageFolder.Install(package, Path.Combine(folder, $"{unpacked + 1}"), out _) is null)
            Interlocked.Increment(ref unpacked);
        return 1;
    }
}
