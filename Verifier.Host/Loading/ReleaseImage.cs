using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Reflection.Metadata;
using System.Reflection.PortableExecutable;
using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace BpfVerifier.Host;

/// <summary>The bytes of a release assembly that has been checked, but of which nothing has run yet.</summary>
/// <remarks>What is checked, hashed and loaded are the same bytes: the file may change meanwhile.</remarks>
internal sealed class ReleaseImage
{
    private ReleaseImage(byte[] content, VerifierIdentity identity, string verifierType)
    {
        Content = content;
        Identity = identity;
        VerifierType = verifierType;
    }

    public byte[] Content { get; }

    public VerifierIdentity Identity { get; }

    /// <summary>Full name of the type that implements <see cref="IVerifier"/>.</summary>
    public string VerifierType { get; }

    /// <summary>Checks name, release and façade version, and the hash when there is a list of allowed ones.</summary>
    public static Refusal? Check(byte[] content, string origin, KernelRelease wanted, AllowList? allowed, out ReleaseImage? image)
    {
        image = null;
        string hash = Convert.ToHexStringLower(SHA256.HashData(content));
        if (allowed is not null && !allowed.Allows(hash))
            return new Refusal(RefusalReason.NotAllowed, $"{origin}: its content (sha256 {hash}) is not on the list of allowed assemblies");
        if (!TryRead(content, out string? name, out Claim? claim, out string problem))
            return new Refusal(RefusalReason.Damaged, $"{origin}: {problem}");
        if (claim is null)
            return new Refusal(RefusalReason.WrongIdentity, $"{origin}: the assembly {name} is not a release assembly: it names no verifier");
        string expected = VerifierIdentity.NameOf(wanted);
        if (name != expected || claim.Release != wanted.Branch.ToString())
            return new Refusal(RefusalReason.WrongIdentity, $"{origin}: it is {name} for Linux {claim.Release}, where {expected} was expected");
        if (claim.FacadeVersion != Facade.Version)
            return new Refusal(RefusalReason.WrongFacade, WrongFacade(origin, wanted.Branch, claim.FacadeVersion));
        image = new ReleaseImage(content, new VerifierIdentity(name, wanted.Branch, claim.FacadeVersion, hash, origin), claim.VerifierType);
        return null;
    }

    private static string WrongFacade(string origin, KernelRelease release, int made) =>
        $"{origin}: it was made for {(made == 0 ? "a façade from before versions were counted" : $"version {made} of the façade")}, this host has version {Facade.Version}. "
        + $"Rebuild it with this host's sources (dotnet build kernel-headers/{release} -c Release), or take a {VerifierIdentity.NameOf(release)} package of the host's own version";

    /// <summary>What the assembly says of itself in <see cref="VerifierReleaseAttribute"/>.</summary>
    private sealed record Claim(string Release, string VerifierType, int FacadeVersion);

    private static bool TryRead(byte[] content, [NotNullWhen(true)] out string? name, out Claim? claim, out string problem)
    {
        (name, claim, problem) = (null, null, "");
        try
        {
            using var file = new PEReader(ImmutableCollectionsMarshal.AsImmutableArray(content));
            if (!file.HasMetadata)
            {
                problem = "not a .NET assembly";
                return false;
            }
            foreach (SectionHeader section in file.PEHeaders.SectionHeaders)
                if ((long)section.PointerToRawData + section.SizeOfRawData > content.Length)
                {
                    problem = $"the file is cut short: its section {section.Name} ends behind the end";
                    return false;
                }
            MetadataReader metadata = file.GetMetadataReader();
            if (!metadata.IsAssembly)
            {
                problem = "not a .NET assembly";
                return false;
            }
            AssemblyDefinition assembly = metadata.GetAssemblyDefinition();
            name = metadata.GetString(assembly.Name);
            foreach (CustomAttributeHandle handle in assembly.GetCustomAttributes())
                claim ??= ReadClaim(metadata, metadata.GetCustomAttribute(handle));
            return true;
        }
        // The reader promises BadImageFormatException, but damaged tables lead it to others as well.
        catch (Exception e) when (e is BadImageFormatException or ArgumentException or InvalidOperationException or OverflowException or IndexOutOfRangeException or InvalidCastException)
        {
            problem = $"not a .NET assembly that can be read: {e.Message}";
            return false;
        }
    }

    private static Claim? ReadClaim(MetadataReader metadata, CustomAttribute attribute)
    {
        if (attribute.Constructor.Kind != HandleKind.MemberReference)
            return null;
        EntityHandle parent = metadata.GetMemberReference((MemberReferenceHandle)attribute.Constructor).Parent;
        if (parent.Kind != HandleKind.TypeReference)
            return null;
        TypeReference type = metadata.GetTypeReference((TypeReferenceHandle)parent);
        if (!metadata.StringComparer.Equals(type.Name, nameof(VerifierReleaseAttribute)) || !metadata.StringComparer.Equals(type.Namespace, nameof(BpfVerifier)))
            return null;
        ImmutableArray<CustomAttributeTypedArgument<string>> given = attribute.DecodeValue(new AttributeTypes()).FixedArguments;
        return given is [{ Value: string release }, { Value: string verifier }, ..]
            ? new Claim(release, verifier.Split(',')[0], given is [_, _, { Value: int version }] ? version : 0)
            : null;
    }

    /// <summary>Types in attributes' arguments, as text.</summary>
    private sealed class AttributeTypes : ICustomAttributeTypeProvider<string>
    {
        private const string TypeOfTypes = "System.Type";

        public string GetPrimitiveType(PrimitiveTypeCode typeCode) => typeCode.ToString();

        public string GetSystemType() => TypeOfTypes;

        public string GetSZArrayType(string elementType) => elementType + "[]";

        public string GetTypeFromDefinition(MetadataReader reader, TypeDefinitionHandle handle, byte rawTypeKind) =>
            Full(reader, reader.GetTypeDefinition(handle).Namespace, reader.GetTypeDefinition(handle).Name);

        public string GetTypeFromReference(MetadataReader reader, TypeReferenceHandle handle, byte rawTypeKind) =>
            Full(reader, reader.GetTypeReference(handle).Namespace, reader.GetTypeReference(handle).Name);

        public string GetTypeFromSerializedName(string name) => name;

        public PrimitiveTypeCode GetUnderlyingEnumType(string type) => PrimitiveTypeCode.Int32;

        public bool IsSystemType(string type) => type == TypeOfTypes;

        private static string Full(MetadataReader reader, StringHandle space, StringHandle name) => $"{reader.GetString(space)}.{reader.GetString(name)}";
    }
}
