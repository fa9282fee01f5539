using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>Reads <c>catalog.json</c> (form: docs/abi-json.md).</summary>
internal static class CatalogReader
{
    private const int SchemaRead = 1;

    public static Parsed<CatalogModel> Read(InputFile file) => Binder.Read(file, Read);

    private static CatalogModel Read(Binder binder, JsonValue root)
    {
        binder.Schema(root, SchemaRead);
        var symbols = new SortedSet<string>(StringComparer.Ordinal);
        void Add(IEnumerable<string> names) => symbols.UnionWith(names);

        IReadOnlyList<JsonMember> helpers = binder.Members(binder.Required(root, "helpers"));
        IReadOnlyList<JsonMember> enumerators = binder.Members(binder.Required(root, "enumerators"));
        IReadOnlyList<JsonMember> macros = binder.Members(Binder.Optional(root, "macros"));
        IReadOnlyList<JsonMember> structs = binder.Members(binder.Required(root, "structs"));
        Add(helpers.Select(h => "bpf_" + h.Name));
        Add(binder.Members(binder.Required(root, "kfuncs")).Select(k => k.Name));
        Add(enumerators.Select(e => e.Name));
        Add(macros.Select(m => m.Name));
        Add(structs.Select(s => s.Name));
        return new CatalogModel(
            Values(binder, helpers, "value").ToEquatable(),
            Values(binder, enumerators, "value").Concat(Values(binder, macros, "value")).ToEquatable(),
            symbols.ToEquatable(),
            structs.Select(s => s.Name).OrderBy(s => s, StringComparer.Ordinal).ToEquatable());
    }

    private static IEnumerable<NamedValue> Values(Binder binder, IEnumerable<JsonMember> members, string key)
    {
        foreach (JsonMember member in members)
        {
            if (Binder.Optional(member.Value, key) is { } value)
                yield return new NamedValue(member.Name, binder.Integer(value));
        }
    }
}
