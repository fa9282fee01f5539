using BpfVerifier.Generator.Json;
using BpfVerifier.Generator.Model;

namespace BpfVerifier.Generator.Input;

/// <summary>Reads the sections of <c>abi.json</c> that come from tables of the kernel's image.</summary>
internal static class ImageReader
{
    public static ImageModel Read(Binder binder, JsonValue root) => new(
        Members(binder, root, "btfSets").Select(s => new NameSet(s.Name, Ordered(binder.Strings(s.Value)))).ToEquatable(),
        Members(binder, root, "modifyReturn").Select(f => new ModifyReturnModel(f.Name, binder.Strings(f.Value).Contains("SLEEPABLE"))).ToEquatable(),
        Members(binder, root, "rawTracepointNullArgs").Select(t => new NamedValue(t.Name, binder.Integer(t.Value))).ToEquatable(),
        Members(binder, root, "rawTracepoints").Select(t => new RawTracepointModel(t.Name, binder.String(t.Value))).ToEquatable(),
        Ordered(binder.Strings(binder.RequiredOrNull(root, "gates"))));

    private static IEnumerable<JsonMember> Members(Binder binder, JsonValue root, string section) =>
        binder.Members(binder.RequiredOrNull(root, section)).OrderBy(m => m.Name, StringComparer.Ordinal);

    private static EquatableArray<string> Ordered(string[] names) => names.Distinct().OrderBy(n => n, StringComparer.Ordinal).ToEquatable();
}
