using System.CommandLine;
using BpfVerifier.Objects;

namespace BpfVerifier.Cli;

/// <summary><c>--attach-target FILE[:PROGRAM]</c>: the BPF program that a loader would name with <c>bpf_program__set_attach_target()</c>.</summary>
internal static class AttachTargetOption
{
    public static Option<string?> Create() => new("--attach-target")
    {
        Description = "Object of the program whose functions freplace programs replace, and fentry, fexit and fmod_ret programs trace where it has them",
        HelpName = "FILE[:PROGRAM]",
    };

    /// <summary>Adds the target to the way objects are opened.</summary>
    /// <param name="value">The option's value, null when it was not given.</param>
    /// <param name="options">How objects are opened; the target is opened the same way.</param>
    /// <param name="with">The same with the target.</param>
    /// <returns>Null, or what is wrong with it.</returns>
    public static string? Apply(string? value, ObjectOptions options, out ObjectOptions with)
    {
        with = options;
        if (value is null)
            return null;
        // A path may have a colon itself.
        int colon = File.Exists(value) ? -1 : value.LastIndexOf(':');
        string path = colon < 0 ? value : value[..colon];
        string? program = colon < 0 ? null : value[(colon + 1)..];
        BpfObject target = BpfObject.Open(path, options);
        if (target.Failure is { } failure)
            return $"--attach-target: {failure.Message}";
        if (program is null ? target.Programs.Count == 0 : target.Programs.All(p => p.Name != program))
            return $"--attach-target: {path} has no program{(program is null ? "" : $" '{program}'; it has {string.Join(", ", target.Programs.Select(p => p.Name))}")}";
        with = options with { AttachObject = target, AttachObjectProgram = program };
        return null;
    }
}
