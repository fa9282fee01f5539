using System.Globalization;
using BpfVerifier.HeaderIngest.Headers;

namespace BpfVerifier.HeaderIngest.CSource;

/// <summary>Reads helper prototypes and kfunc sets out of the C files of one kernel.</summary>
public sealed class SourceReader
{
    private const string ProgramTypes = "bpf_prog_type", ProgramTypePrefix = "BPF_PROG_TYPE_";

    private readonly SourceTree _tree;
    private readonly SourceFacts _facts = new();
    private readonly Dictionary<string, SourceUnit> _units = new(StringComparer.Ordinal);
    // By list: where it is seen from other files; by file and list: where it is its own.
    private readonly Dictionary<string, List<string>> _lists = new(StringComparer.Ordinal);
    private readonly Dictionary<(string, string), List<string>> _ownLists = [];

    private readonly Dictionary<(string, string), List<(int First, int Last)>> _skipped = [];

    private SourceReader(SourceTree tree) => _tree = tree;

    /// <summary>All of a source. libclang must be loaded.</summary>
    /// <param name="tree">The source.</param>
    /// <exception cref="IngestException">Its headers do not compile.</exception>
    public static SourceFacts Read(SourceTree tree)
    {
        HeaderSymbols declared = HeaderParser.Parse(tree.Headers);
        var reader = new SourceReader(tree);
        Dictionary<string, (string Text, List<Definition> Definitions, string Unit)> files = reader.Files();
        foreach ((string unit, bool bodies) in files.Values.GroupBy(f => f.Unit).Select(g => (g.Key, g.Any(f => f.Definitions.Exists(d => d.Kind == DefinitionKind.Registration)))))
            reader.Parse(unit, bodies);
        reader.Collect(declared, files);
        foreach ((string path, (_, List<Definition> definitions, string unit)) in files)
            reader.Account(path, definitions, unit);
        return reader._facts;
    }

    // Files that are built and define something, with the file that is compiled.
    private Dictionary<string, (string, List<Definition>, string)> Files()
    {
        var kbuild = new Kbuild(_tree.Root, _tree.Config);
        var files = new Dictionary<string, (string, List<Definition>, string)>(StringComparer.Ordinal);
        foreach (string file in Directory.EnumerateFiles(_tree.Root, "*.c", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            string text = File.ReadAllText(file), path = Path.GetRelativePath(_tree.Root, file);
            List<Definition> definitions = Definition.In(text);
            if (definitions.Count == 0 && !DefinesLists(text))
                continue;
            BuildState state = kbuild.Of(path);
            if (state.Built == Built.In)
                files.Add(path, (text, definitions, state.Unit));
            else if (state.Built == Built.Unknown)
                _facts.Unparsed.AddRange(definitions.Select(d => $"{d.Describe()} ({new SourcePlace(path, d.Line)}): {state.Reason}"));
            else
                _facts.LeftOut.AddRange(definitions.Select(d => new LeftOut(d.Describe(), new SourcePlace(path, d.Line), $"the file is not in the image: {state.Reason}")));
        }
        return files;
    }

    // Lists that prototypes of other files lead to.
    private static bool DefinesLists(string text) => text.Contains("BTF_ID_LIST_GLOBAL", StringComparison.Ordinal);

    private void Parse(string path, bool bodies)
    {
        SourceUnit unit = SourceUnit.Parse(_tree, path, bodies);
        _units.Add(path, unit);
        _facts.Files++;
        _facts.Errors.AddRange(unit.Errors);
        foreach ((string name, List<string> ids) in unit.Lists)
        {
            _lists[name] = ids;
            _ownLists[(path, name)] = ids;
        }
    }

    private void Collect(HeaderSymbols declared, Dictionary<string, (string Text, List<Definition> Definitions, string Unit)> files)
    {
        if (!declared.Enums.TryGetValue(ProgramTypes, out EnumInfo? types))
            throw new IngestException("the source declares no enum bpf_prog_type");
        var programTypes = types.Values.Where(v => v.Key.StartsWith(ProgramTypePrefix, StringComparison.Ordinal)).DistinctBy(v => v.Value).ToDictionary(v => (long)v.Value, v => v.Key[ProgramTypePrefix.Length..]);
        var text = new ProtoText(declared, (file, name) => _ownLists.GetValueOrDefault((files.TryGetValue(file, out (string, List<Definition>, string Unit) f) ? f.Unit : file, name)) ?? _lists.GetValueOrDefault(name));
        foreach (SourceUnit unit in _units.Values)
        {
            _facts.Protos.AddRange(unit.Protos.Select(p => text.Of(p, p.IsStatic && files.TryGetValue(p.Place.File, out (string Text, List<Definition>, string) f) && !IsSpokenOfTwice(f.Text, p.Name))));
            _facts.Sets.AddRange(unit.Sets);
            foreach (RawRegistration call in unit.Registrations)
            {
                string? type = call.ProgramType is null ? "fmod_ret" : call.ProgramType.Value.Number is { } number ? programTypes.GetValueOrDefault(number) : null;
                if (type is null || unit.IdSets.Find(s => s.Name == call.IdSet.Symbol) is not { Set: { } set } found)
                    _facts.Unparsed.Add($"registration at {call.Place}: program type or set is no constant");
                else if (call.NeverBy > 0)
                    _facts.LeftOut.Add(new LeftOut($"registration of {set} for {type}", call.Place, string.Create(CultureInfo.InvariantCulture, $"the condition of line {call.NeverBy} is constant in this configuration")));
                else if (call.ProgramType is null)
                    _facts.ModifyReturn.Add(set);
                else
                    _facts.Registrations.Add(new SourceRegistration(type, set, found.Filter, call.Place));
            }
        }
    }

    // Everything the text defines was parsed, is left out by a condition, or is told.
    private void Account(string path, List<Definition> definitions, string unitPath)
    {
        SourceUnit unit = _units[unitPath];
        List<Definition> missing = [.. definitions.Where(d => d.Kind switch
        {
            DefinitionKind.Prototype => !unit.Protos.Exists(p => p.Name == d.Name && p.Place.File == path),
            DefinitionKind.Set => !unit.Sets.Exists(s => s.Name == d.Name && s.Place.File == path),
            _ => !unit.Registrations.Exists(r => r.Place == new SourcePlace(path, d.Line)),
        })];
        if (missing.Count == 0)
            return;
        string? whole = path == unitPath ? null : Left(unitPath, unitPath, [.. Kbuild.Inclusions(File.ReadAllText(_tree.PathOf(unitPath)), Path.GetRelativePath(Path.GetDirectoryName(unitPath)!, path))]);
        foreach (Definition definition in missing)
        {
            var place = new SourcePlace(path, definition.Line);
            if ((whole ?? Left(unitPath, path, [definition.Line])) is { } reason)
                _facts.LeftOut.Add(new LeftOut(definition.Describe(), place, reason));
            else
                _facts.Unparsed.Add($"{definition.Describe()} ({place}) was not found in what libclang parsed");
        }
    }

    // The condition that leaves lines of a file out, or null when it leaves in one of them.
    private string? Left(string unitPath, string path, int[] lines)
    {
        if (!_skipped.TryGetValue((unitPath, path), out List<(int First, int Last)>? skipped))
            _skipped.Add((unitPath, path), skipped = SourceUnit.Skipped(_tree, unitPath, path));
        int first = 0;
        foreach (int line in lines)
        {
            (first, _) = skipped.Find(s => s.First < line && line < s.Last);
            if (first == 0)
                return null;
        }
        return first == 0 ? null : $"'{File.ReadLines(_tree.PathOf(path)).ElementAt(first - 1).Trim()}' ({new SourcePlace(path, first)}) leaves it out";
    }

    private static bool IsSpokenOfTwice(string text, string name)
    {
        int count = 0;
        for (int at = text.IndexOf(name, StringComparison.Ordinal); at >= 0; at = text.IndexOf(name, at + 1, StringComparison.Ordinal))
        {
            bool whole = (at == 0 || !IsWord(text[at - 1])) && (at + name.Length == text.Length || !IsWord(text[at + name.Length]));
            count += whole ? 1 : 0;
        }
        return count > 1;

        static bool IsWord(char c) => char.IsAsciiLetterOrDigit(c) || c == '_';
    }
}
