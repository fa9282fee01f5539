using System.Globalization;
using System.Text;

namespace BpfVerifier.LoadScripts;

/// <summary>Reads and writes the text of load scripts.</summary>
public static class LoadScriptText
{
    /// <summary>The cases of a script, in order.</summary>
    /// <exception cref="FormatException">A line is not understood; the message says which and why.</exception>
    public static IReadOnlyList<LoadScript> Read(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var scripts = new List<LoadScript>();
        Case? open = null;
        int number = 0;
        foreach (string line in text.Split('\n'))
        {
            number++;
            string[] words = line.Split([' ', '\t', '\r'], StringSplitOptions.RemoveEmptyEntries);
            if (words.Length == 0 || words[0][0] == '#')
                continue;
            try
            {
                if (words is ["case", var name])
                {
                    if (open is not null)
                        throw new FormatException($"case {open.Name} has no end");
                    open = new Case(name);
                }
                else if (open is null)
                {
                    throw new FormatException("a case begins with \"case NAME\"");
                }
                else if (words is ["end"])
                {
                    scripts.Add(open.Finish());
                    open = null;
                }
                else
                {
                    open.Take(words);
                }
            }
            catch (Exception e) when (e is FormatException or OverflowException)
            {
                throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"line {number}: {e.Message}"), e);
            }
        }
        return open is null ? scripts : throw new FormatException($"case {open.Name} has no end");
    }

    /// <summary>Writes one case.</summary>
    public static void Write(StringBuilder to, LoadScript script)
    {
        ArgumentNullException.ThrowIfNull(to);
        ArgumentNullException.ThrowIfNull(script);
        Line(to, $"case {script.Name}");
        byte[]? types = null;
        foreach (ScriptMap map in script.Maps)
        {
            WriteTypes(to, map.Btf, ref types);
            WriteMap(to, map);
        }
        WriteTypes(to, script.Btf, ref types);
        Line(to, $"prog type={(int)script.Type}{Optional("attach_type", (int)script.AttachType)}{Optional("flags", script.Flags)} license={script.License}{(script.Attach is null ? "" : " attach=" + script.Attach)}");
        if (script.Instructions.Length > 0)
            Line(to, $"insns {Convert.ToHexStringLower(script.Instructions)}");
        foreach (MapReference reference in script.MapReferences)
            Line(to, $"{(reference.ByIndex ? "mapidx" : "mapfd")} {reference.Instruction} {reference.Map}{(reference.Value ? " value" : "")}");
        foreach (NameReference reference in script.Kfuncs)
            Line(to, $"kfunc {reference.Instruction} {reference.Name}");
        foreach (NameReference reference in script.Ksyms)
            Line(to, $"ksym {reference.Instruction} {reference.Name}");
        if (script.FuncInfoSize > 0)
            Line(to, $"func_info {script.FuncInfoSize} {Convert.ToHexStringLower(script.FuncInfo)}");
        if (script.LineInfoSize > 0)
            Line(to, $"line_info {script.LineInfoSize} {Convert.ToHexStringLower(script.LineInfo)}");
        if (script.CoreRelocationSize > 0)
            Line(to, $"core_relo {script.CoreRelocationSize} {Convert.ToHexStringLower(script.CoreRelocations)}");
        Line(to, $"end");
    }

    private static void WriteTypes(StringBuilder to, byte[]? wanted, ref byte[]? written)
    {
        if (wanted is null || ReferenceEquals(wanted, written))
            return;
        Line(to, $"btf {Convert.ToHexStringLower(wanted)}");
        written = wanted;
    }

    private static void WriteMap(StringBuilder to, ScriptMap map)
    {
        string name = map.Name.Length == 0 ? "" : " name=" + map.Name;
        string inner = map.Inner is { } template ? string.Create(CultureInfo.InvariantCulture, $" inner={template}") : "";
        string initial = map.Initial is null ? "" : " init=" + Convert.ToHexStringLower(map.Initial);
        Line(to, $"map type={(int)map.Type} key={map.KeySize} value={map.ValueSize} max={map.MaxEntries}{name}{Optional("flags", map.Flags)}{Optional("extra", map.Extra)}{inner}{Optional("btf_key", map.KeyTypeId)}{Optional("btf_value", map.ValueTypeId)}{initial}{(map.Freeze ? " freeze=1" : "")}");
    }

    private static string Optional<T>(string key, T value) where T : struct, IFormattable =>
        value.Equals(default(T)) ? "" : string.Create(CultureInfo.InvariantCulture, $" {key}={value}");

    private static void Line(StringBuilder to, FormattableString line) => to.Append(line.ToString(CultureInfo.InvariantCulture)).Append('\n');

    /// <summary>A case whose lines are being read.</summary>
    private sealed class Case(string name)
    {
        private readonly List<ScriptMap> _maps = [];
        private readonly List<MapReference> _mapReferences = [];
        private readonly List<NameReference> _kfuncs = [], _ksyms = [];
        private LoadScript _script = new() { Name = name, Type = ProgramType.Unspec, Instructions = [] };

        public string Name => name;

        public LoadScript Finish() => _script with { Maps = _maps, MapReferences = _mapReferences, Kfuncs = _kfuncs, Ksyms = _ksyms };

        public void Take(string[] words)
        {
            switch (words)
            {
                case ["btf", var hex]:
                    _script = _script with { Btf = Convert.FromHexString(hex) };
                    break;
                case ["map", ..]:
                    _maps.Add(ReadMap(words));
                    break;
                case ["prog", ..]:
                    _script = _script with
                    {
                        Type = (ProgramType)Number(words, "type"),
                        AttachType = (AttachType)Number(words, "attach_type"),
                        Flags = (uint)Number(words, "flags"),
                        License = Word(words, "license") ?? "GPL",
                        Attach = Word(words, "attach"),
                    };
                    break;
                case ["insns", var hex]:
                    _script = _script with { Instructions = Convert.FromHexString(hex) };
                    break;
                case ["mapfd" or "mapidx", var at, var map]:
                    _mapReferences.Add(new MapReference(Index(at), Index(map), Value: false, ByIndex: words[0] == "mapidx"));
                    break;
                case ["mapfd" or "mapidx", var at, var map, "value"]:
                    _mapReferences.Add(new MapReference(Index(at), Index(map), Value: true, ByIndex: words[0] == "mapidx"));
                    break;
                case ["kfunc", var at, var called]:
                    _kfuncs.Add(new NameReference(Index(at), called));
                    break;
                case ["ksym", var at, var symbol]:
                    _ksyms.Add(new NameReference(Index(at), symbol));
                    break;
                case ["func_info", var size, .. var hex]:
                    _script = _script with { FuncInfoSize = Index(size), FuncInfo = Convert.FromHexString(string.Concat(hex)) };
                    break;
                case ["line_info", var size, .. var hex]:
                    _script = _script with { LineInfoSize = Index(size), LineInfo = Convert.FromHexString(string.Concat(hex)) };
                    break;
                case ["core_relo", var size, .. var hex]:
                    _script = _script with { CoreRelocationSize = Index(size), CoreRelocations = Convert.FromHexString(string.Concat(hex)) };
                    break;
                default:
                    throw new FormatException($"unknown line: {words[0]}");
            }
        }

        private ScriptMap ReadMap(string[] words) => new()
        {
            Type = (MapType)Number(words, "type"),
            Name = Word(words, "name") ?? "",
            KeySize = (uint)Number(words, "key"),
            ValueSize = (uint)Number(words, "value"),
            MaxEntries = (uint)Number(words, "max"),
            Flags = (uint)Number(words, "flags"),
            Extra = Number(words, "extra"),
            Inner = Word(words, "inner") is { } inner ? Index(inner) : null,
            KeyTypeId = (int)Number(words, "btf_key"),
            ValueTypeId = (int)Number(words, "btf_value"),
            Btf = Number(words, "btf_key") + Number(words, "btf_value") > 0 ? _script.Btf : null,
            Initial = Word(words, "init") is { } hex ? Convert.FromHexString(hex) : null,
            Freeze = Word(words, "freeze") is not null,
        };

        private static string? Word(string[] words, string key) =>
            words.Skip(1).FirstOrDefault(w => w.StartsWith(key + "=", StringComparison.Ordinal))?[(key.Length + 1)..];

        private static ulong Number(string[] words, string key) => Word(words, key) switch
        {
            null => 0,
            ['0', 'x', .. var hex] => ulong.Parse(hex, NumberStyles.HexNumber, CultureInfo.InvariantCulture),
            var text => ulong.Parse(text, CultureInfo.InvariantCulture),
        };

        private static int Index(string text) => int.Parse(text, NumberStyles.None, CultureInfo.InvariantCulture);
    }
}
