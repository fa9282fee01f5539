using System.Text;
using BpfVerifier.Btf;
using BpfVerifier.Facts;

namespace BpfVerifier.Drift;

/// <summary>A kernel to compare with: its facts, types, symbols and verifier.</summary>
public sealed class KernelView
{
    /// <summary>A kernel of these facts.</summary>
    /// <param name="name">How reports name it.</param>
    /// <param name="facts">The facts of its release.</param>
    /// <param name="verifier">Its verifier.</param>
    /// <param name="profile">What programs are prepared for and verified with.</param>
    public KernelView(string name, AbiDocument facts, IVerifier verifier, KernelProfile profile)
    {
        Name = name;
        Facts = facts;
        Verifier = verifier;
        Profile = profile;
    }

    /// <summary>The kernel behind the verifier of a release assembly that is referenced, not loaded by a host.</summary>
    /// <param name="verifier">The verifier, of the assembly's own type.</param>
    /// <param name="name">How reports name it.</param>
    /// <exception cref="InvalidDataException">The assembly has no facts, or damaged ones.</exception>
    public static KernelView Of(IVerifier verifier, string name) => new(name, ReadFacts(verifier, name), verifier, verifier.DefaultProfile);

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

    /// <summary>The facts that the assembly of a release's verifier carries.</summary>
    /// <exception cref="InvalidDataException">It carries none, or damaged ones.</exception>
    public static AbiDocument ReadFacts(IVerifier verifier, string name)
    {
        ArgumentNullException.ThrowIfNull(verifier);
        using Stream stream = verifier.GetType().Assembly.GetManifestResourceStream("abi.json")
            ?? throw new InvalidDataException($"the assembly of {name} carries no abi.json");
        using var reader = new StreamReader(stream, Encoding.UTF8);
        return AbiJson.Read(reader.ReadToEnd(), $"{name}/abi.json");
    }
}
