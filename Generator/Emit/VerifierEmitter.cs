using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Emit;

/// <summary>The assembly's door: its one public class and the attribute that names it.</summary>
internal static class VerifierEmitter
{
    public static string Emit(ReleaseIdentity release)
    {
        string space = FormattableString.Invariant($"BpfVerifier.Linux.V{release.Release.Major}_{release.Release.Minor}");
        CodeWriter code = CodeWriter.ForFile("abi.json");
        code.Format($"[assembly: global::BpfVerifier.VerifierRelease(\"{release.Release}\", typeof(global::{space}.LinuxVerifier), global::BpfVerifier.Facade.Version)]").Line();
        code.Line("namespace " + space + ";").Line();
        code.Summary("The eBPF verifier of Linux " + release.Release + ".").Line("/// <remarks>Stateless; nothing is read before the first use.</remarks>");
        code.Open("public sealed class LinuxVerifier : global::BpfVerifier.IVerifier");
        code.Lines("""
            private readonly global::BpfVerifier.Runtime.ReleaseVerifier _verifier = new();

            /// <inheritdoc/>
            public global::BpfVerifier.KernelRelease Release => _verifier.Release;

            /// <inheritdoc/>
            public global::BpfVerifier.KernelProfile DefaultProfile => _verifier.DefaultProfile;

            /// <inheritdoc/>
            public global::BpfVerifier.VerificationResult Verify(
                global::BpfVerifier.BpfProgram program,
                global::BpfVerifier.KernelProfile profile,
                global::BpfVerifier.VerifierOptions options,
                global::System.Threading.CancellationToken cancellation = default) => _verifier.Verify(program, profile, options, cancellation);

            /// <inheritdoc/>
            public global::System.Collections.Generic.IReadOnlyList<global::BpfVerifier.VerifierChange> GetChanges(global::BpfVerifier.KernelProfile profile) => _verifier.GetChanges(profile);
            """);
        return code.Close().ToString();
    }
}
