using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>
/// Reads <c>kernel-types.json</c>: <c>{"types": ["bpf_timer", {"name": "bpf_prog", "members": ["aux"]}]}</c>. Offsets of
/// members listed are emitted for every release, -1 where the release lacks them.
/// </summary>
internal static class TypesReader
{
    public static Parsed<TypesModel> Read(InputFile file) => Binder.Read(file, Read);

    private static TypesModel Read(Binder binder, JsonValue root)
    {
        var types = new List<KernelTypeModel>();
        var names = new HashSet<string>(StringComparer.Ordinal);
        foreach (JsonValue item in binder.Items(binder.Required(root, "types")))
        {
            bool isObject = item.Kind == JsonKind.Object;
            string name = isObject ? binder.String(item, "name") : binder.String(item);
            string[] members = isObject ? binder.Strings(Binder.Optional(item, "members")) : [];
            if (!Identifier.IsValid(name))
            {
                if (name.Length > 0)
                    binder.Report(Diagnostics.BadName, item, "'" + name + "' is not the name of a C type");
            }
            else if (!names.Add(Identifier.Pascal(name)))
                binder.Report(Diagnostics.BadName, item, "'" + name + "' occurs twice");
            else
                types.Add(new KernelTypeModel(name, members.ToEquatable(), binder.Place(item)));
        }
        return new TypesModel(types.ToEquatable());
    }
}
