using BpfVerifier.Btf;

namespace BpfVerifier.Objects;

/// <summary>How libbpf's messages name kinds of types, and its notion of a type name's essential part.</summary>
internal static class BtfNames
{
    public static string Kind(BtfKind kind) => kind switch
    {
        BtfKind.Unknown => "void",
        BtfKind.FuncProto => "func_proto",
        BtfKind.DataSec => "datasec",
        BtfKind.DeclTag => "decl_tag",
        BtfKind.TypeTag => "type_tag",
        _ => kind.ToString().ToLowerInvariant(),
    };

    /// <summary>The name without its flavor: what stands before the last <c>___</c> that has no further underscore on either side.</summary>
    public static ReadOnlySpan<byte> Essential(ReadOnlySpan<byte> name)
    {
        for (int i = name.Length - 5; i >= 0; i--)
        {
            if (name[i] != '_' && name[i + 1] == '_' && name[i + 2] == '_' && name[i + 3] == '_' && name[i + 4] != '_')
                return name[..(i + 1)];
        }
        return name;
    }

    /// <inheritdoc cref="Essential(ReadOnlySpan{byte})"/>
    public static string Essential(string name) => System.Text.Encoding.UTF8.GetString(Essential(System.Text.Encoding.UTF8.GetBytes(name)));
}
