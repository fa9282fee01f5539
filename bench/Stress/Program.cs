// What the host promises, under load: `replace` swaps builds of a release while verifications run (`tiny`: of one that
// is loaded in milliseconds, `real`: of the newest kernel's), `kill` ends processes
// with SIGKILL while they unpack and replace. Both print figures and exit with 1 when a promise was broken.
using System.Globalization;
using BpfVerifier.Bench.Stress;

switch (args)
{
    case ["replace", "tiny" or "real", .. var rest]:
        return ReplaceStress.Run(args[1] == "real", Number(rest, 0, 10_000), Number(rest, 1, Environment.ProcessorCount), Number(rest, 2, 0));
    case ["kill", .. var rest]:
        return KillStress.Run(Number(rest, 0, 100));
    case [KillStress.Victim, string package, string folder]:
        return KillStress.RunVictim(package, folder);
    default:
        Console.Error.WriteLine("bench-stress replace tiny|real [REPLACEMENTS [WORKERS [REST_MS]]] | kill [ROUNDS]");
        return 2;
}

static int Number(string[] arguments, int index, int otherwise) =>
    index < arguments.Length ? int.Parse(arguments[index], NumberStyles.None, CultureInfo.InvariantCulture) : otherwise;
