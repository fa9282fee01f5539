using System.Globalization;
using BpfVerifier;
using BpfVerifier.Bench.Speed;
using BpfVerifier.Host;

// "generator": how long the generator takes for each release, warm. "verdict": a release assembly's first verdict, in processes of their own.
switch (args)
{
    case ["generator", var headers]:
        GeneratorSpeed.Print(headers);
        return 0;
    case ["verdict"]:
        foreach (KernelRelease release in new VerifierHost().Releases)
            Console.WriteLine(FirstVerdict.Of(release));
        return 0;
    case ["verdict", var file]:
        Console.WriteLine(string.Join(' ', FirstVerdict.Measure(file).Select(ms => ms.ToString("F2", CultureInfo.InvariantCulture))));
        return 0;
    default:
        Console.Error.WriteLine("bench-speed generator HEADERS | verdict");
        return 2;
}
