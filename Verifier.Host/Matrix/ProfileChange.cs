namespace BpfVerifier.Host;

/// <summary>Another kernel behind a release's verifier: types a user gives, or those of a running kernel.</summary>
/// <param name="Identity">The same for the same kernel on every machine; part of a matrix's fingerprint.</param>
/// <param name="Apply">Makes the profile to answer for from the release's own.</param>
public sealed record ProfileChange(string Identity, Func<KernelProfile, KernelProfile> Apply);
