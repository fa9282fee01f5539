using System.Text;
using BpfVerifier.Btf;
using BpfVerifier.Facts;

namespace BpfVerifier.Drift;

/// <summary>A kernel to compare with: its facts, types, symbols and verifier.</summary>
public sealed class KernelView
{
    private KernelView(string name, AbiDocument facts, IVerifier verifier, KernelProfile profile)
    {
        Name = name;
        Facts = facts;
        Verifier = verifier;
        Profile = profile;
    }

    /// <summary>As the user names it: <c>6.12</c>, <c>6.12+modular</c>.</summary>
    public string Name { get; }
    /// <summary>The facts of its release.</summary>
    public AbiDocument Facts { get; }
    /// <summary>Its verifier.</summary>
    public IVerifier Verifier { get; }
    /// <summary>The kernel programs are prepared for and verified on.</summary>
    public KernelProfile Profile { get; }
    /// <summary>Its types.</summary>
    public BtfTypes Types => Profile.Types;

    /// <summary>The kernel behind a release's verifier.</summary>
    /// <param name="verifier">The verifier of a release assembly, which carries the release's <c>abi.json</c>.</param>
    /// <param name="name">How reports name it.</param>
    /// <param name="profile">The profile to verify with; the verifier's own by default.</param>
    /// <exception cref="InvalidDataException">The assembly has no facts, or damaged ones.</exception>
    public static KernelView Of(IVerifier verifier, string name, KernelProfile? profile = null)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        using Stream stream = verifier.GetType().Assembly.GetManifestResourceStream("abi.json")
            ?? throw new InvalidDataException($"the assembly of {name} carries no abi.json");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return new KernelView(name, AbiJson.Read(reader.ReadToEnd(), $"{name}/abi.json"), verifier, profile ?? verifier.DefaultProfile);
    }
}
