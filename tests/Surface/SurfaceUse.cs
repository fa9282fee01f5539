namespace BpfVerifier.Surface;

/// <summary>Something the runtime takes from a kernel, and where.</summary>
/// <param name="Kind"><c>facade</c>, <c>types</c>, <c>helper</c>, <c>kfunc</c>, <c>type</c>, <c>program type</c>, <c>map type</c>, <c>attach type</c>, <c>number</c>, <c>set</c>, <c>gate</c> or <c>name</c>.</param>
/// <param name="Name">What the kernel, or the façade, calls it.</param>
/// <param name="File">File of Verifier.Runtime, with slashes.</param>
/// <param name="IsIn">Whether a release has it.</param>
internal sealed record SurfaceUse(string Kind, string Name, string File, Func<string, bool> IsIn);
