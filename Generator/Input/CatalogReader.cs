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
        var symbols = new SortedDictionary<string, CatalogSymbol>(StringComparer.Ordinal);
        void Add(IEnumerable<JsonMember> members, string prefix = "")
        {
            foreach (JsonMember member in members)
                symbols[prefix + member.Name] = new CatalogSymbol(prefix + member.Name, binder.String(binder.Required(member.Value, "since")));
        }

        IReadOnlyList<JsonMember> helpers = binder.Members(binder.Required(root, "helpers"));
        IReadOnlyList<JsonMember> enumerators = binder.Members(binder.Required(root, "enumerators"));
        IReadOnlyList<JsonMember> macros = binder.Members(Binder.Optional(root, "macros"));
        IReadOnlyList<JsonMember> structs = binder.Members(binder.Required(root, "structs"));
        Add(structs);
        Add(macros);
        Add(enumerators);
        Add(binder.Members(binder.Required(root, "kfuncs")));
        Add(helpers, "bpf_");
        Add(binder.Members(binder.Required(root, "gates")));
        return new CatalogModel(
            Values(binder, helpers, "value").ToEquatable(),
            Values(binder, enumerators, "value").Concat(Values(binder, macros, "value")).ToEquatable(),
            macros.Select(m => m.Name).ToEquatable(),
            symbols.Values.ToEquatable(),
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
