using BpfVerifier.Objects.Core;
using BpfVerifier.Objects.Maps;
using BpfVerifier.Objects.Programs;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Requirements;

/// <summary>Finds what an object asks of a kernel, and where: a walk over the functions that each entry program reaches.</summary>
internal sealed class RequirementReader
{
    /// <summary>What an instruction needs; two that are equal ask the same.</summary>
    /// <param name="Kind">What kind of thing.</param>
    /// <param name="Index">Helper id, index of an extern or map, or of a CO-RE question.</param>
    private readonly record struct Need(NeedKind Kind, int Index);

    private enum NeedKind
    {
        Helper,
        Extern,
        Map,
        Core,
    }

    private readonly ObjectImage _image;
    private readonly CodeImage _code;
    private readonly LineTable _lines;
    // CO-RE records that ask the same of instructions of the same class are one; the class decides what a value of another size does.
    private readonly Dictionary<(int Type, string Path, CoreKind Kind, int Class), int> _questions = [];
    private readonly List<(CoreRelocation Relocation, CoreSpec Spec, Instruction[] Instructions)> _core = [];
    private readonly Dictionary<CodeFunction, List<(int Instruction, int Question)>> _coreOf = [];
    private readonly Dictionary<CodeFunction, (List<(Need Need, int Instruction)> Needs, List<CodeFunction> Calls)> _functions = [];
    private readonly Dictionary<Need, List<RequirementUse>> _uses = [];

    private RequirementReader(ObjectImage image)
    {
        _image = image;
        _code = new CodeImage(image);
        _lines = new LineTable(image);
    }

    public static IReadOnlyList<ObjectRequirement> Read(ObjectImage image, IReadOnlyList<ObjectProgram> programs, IReadOnlyList<ObjectMap> maps)
    {
        var reader = new RequirementReader(image);
        reader.ReadCore();
        foreach (ObjectProgram program in programs)
        {
            if (image.FindProgram(program.Name) is { } entry)
                reader.Walk(program, entry);
        }
        return [.. reader.Requirements(programs, maps)];
    }

    private IEnumerable<ObjectRequirement> Requirements(IReadOnlyList<ObjectProgram> programs, IReadOnlyList<ObjectMap> maps)
    {
        foreach (ObjectProgram program in programs)
            yield return new ProgramRequirement(program, [Start(program)]);
        for (int i = 0; i < maps.Count; i++)
            yield return new MapRequirement(maps[i], UsesOf(NeedKind.Map, i));
        foreach (MapSpec map in _image.Maps)
        {
            foreach (StructOpsRequirement member in map.StructOps is { } ops ? Members(map, ops, programs) : [])
                yield return member;
        }
        foreach (Need helper in _uses.Keys.Where(n => n.Kind == NeedKind.Helper).OrderBy(n => n.Index))
            yield return new HelperRequirement(helper.Index, _uses[helper]);
        for (int i = 0; i < _image.Externs.Count; i++)
        {
            yield return _image.Externs[i].IsConfig
                ? new ConfigRequirement(_image.Externs[i].Name, _image.Externs[i].IsWeak, UsesOf(NeedKind.Extern, i))
                : new SymbolRequirement(_image, i, UsesOf(NeedKind.Extern, i));
        }
        for (int i = 0; i < _core.Count; i++)
        {
            // What no program reaches is not relocated either.
            if (UsesOf(NeedKind.Core, i) is { Count: > 0 } uses)
                yield return new CoreRequirement(_image.Btf!, _core[i].Relocation, _core[i].Spec, _core[i].Instructions, uses);
        }
    }

    private List<RequirementUse> UsesOf(NeedKind kind, int index) => _uses.GetValueOrDefault(new Need(kind, index)) ?? [];

    private RequirementUse Start(ObjectProgram program) =>
        new(program, _image.FindProgram(program.Name) is { } function ? _lines.Find(function.SectionIndex, function.First) : null);

    private IEnumerable<StructOpsRequirement> Members(MapSpec map, StructOpsSpec ops, IReadOnlyList<ObjectProgram> programs)
    {
        Btf.BtfType type = _image.Btf![ops.TypeId];
        string name = BtfNames.Essential(type.Name);
        yield return new StructOpsRequirement(name, null, []);
        for (int i = 0; i < type.VLen; i++)
        {
            Btf.BtfMember member = type.Member(i);
            if (ops.Programs.TryGetValue(i, out CodeFunction? function))
                yield return new StructOpsRequirement(name, member.Name, [.. programs.Where(p => p.Name == function.Name).Take(1).Select(Start)]);
            else if (IsSet(map, member))
                yield return new StructOpsRequirement(name, member.Name, []);
        }
    }

    private bool IsSet(MapSpec map, Btf.BtfMember member)
    {
        _image.Btf!.TryResolveSize(member.TypeId, out long size);
        ReadOnlySpan<byte> content = map.Content.Span;
        int start = (int)Math.Min(member.BitOffset / 8, (uint)content.Length);
        return content.Slice(start, (int)Math.Min(size, content.Length - start)).ContainsAnyExcept((byte)0);
    }

    private void Walk(ObjectProgram program, CodeFunction entry)
    {
        var found = new HashSet<Need>();
        var seen = new HashSet<CodeFunction> { entry };
        var open = new Queue<CodeFunction>(seen);
        while (open.TryDequeue(out CodeFunction? function))
        {
            (List<(Need Need, int Instruction)> needs, List<CodeFunction> calls) = Scan(function);
            foreach ((Need need, int instruction) in needs)
            {
                if (!found.Add(need))
                    continue;
                if (!_uses.TryGetValue(need, out List<RequirementUse>? uses))
                    _uses[need] = uses = [];
                uses.Add(new RequirementUse(program, _lines.Find(function.SectionIndex, function.First + instruction)));
            }
            foreach (CodeFunction called in calls.Where(seen.Add))
                open.Enqueue(called);
        }
    }

    /// <summary>The first instruction for each need of a function, and the functions it calls.</summary>
    private (List<(Need Need, int Instruction)> Needs, List<CodeFunction> Calls) Scan(CodeFunction function)
    {
        if (_functions.TryGetValue(function, out var known))
            return known;
        var first = new Dictionary<Need, int>();
        var calls = new List<CodeFunction>();
        Span<Instruction> code = _code.Of(function);
        for (int i = 0; i < code.Length; i++)
        {
            Instruction instruction = code[i];
            if (instruction.IsCall && instruction.Registers == 0)
                first.TryAdd(new Need(NeedKind.Helper, instruction.Immediate), i);
            else if (instruction.IsSubprogramCall && ProgramLinker.Target(_image, function, i, instruction, out CodeFunction? target) is null && target is not null)
                calls.Add(target);
            if (instruction.IsLoadImm64)
                i++;
        }
        foreach (Relocation relocation in function.Relocations)
        {
            int at = relocation.Instruction;
            switch (relocation.Kind)
            {
                case RelocationKind.Map or RelocationKind.Data:
                    first.TryAdd(new Need(NeedKind.Map, relocation.Target), at);
                    break;
                case RelocationKind.ExternCall or RelocationKind.ExternLoad:
                    first.TryAdd(new Need(NeedKind.Extern, relocation.Target), at);
                    break;
                case RelocationKind.FunctionAddress when at < code.Length
                    && ProgramLinker.Target(_image, function, at, code[at], out CodeFunction? callback) is null && callback is not null:
                    calls.Add(callback);
                    break;
            }
        }
        foreach ((int instruction, int question) in _coreOf.GetValueOrDefault(function) ?? [])
            first.TryAdd(new Need(NeedKind.Core, question), instruction);
        return _functions[function] = ([.. first.Select(f => (f.Key, f.Value)).OrderBy(f => f.Value)], calls);
    }

    // Records that cannot be read are left out: the object then fails to load, and says why.
    private void ReadCore()
    {
        if (_image.BtfExt?.CoreRelocations is not { } info || _image.Btf is not { } btf)
            return;
        foreach (BtfExtSection section in info.Sections)
        {
            for (int i = 0; i < info.Count(section); i++)
            {
                int index = (int)(info.Word(section, i, 0) / Instruction.Size);
                var relocation = new CoreRelocation((int)info.Word(section, i, 1), info.Word(section, i, 2), (CoreKind)info.Word(section, i, 3));
                if (relocation.Kind == CoreKind.TypeIdLocal || !btf.IsValid(relocation.TypeId)
                    || _image.FindFunction(section.SectionIndex, index) is not { } function || CoreSpec.TryParse(btf, relocation, out _) is not { } spec)
                    continue;
                Span<Instruction> code = _code.Of(function);
                int at = index - function.First;
                var key = (relocation.TypeId, btf.String(relocation.AccessOffset), relocation.Kind, code[at].Class);
                if (!_questions.TryGetValue(key, out int question))
                {
                    _questions[key] = question = _core.Count;
                    _core.Add((relocation, spec, code.Slice(at, Math.Min(2, code.Length - at)).ToArray()));
                }
                if (!_coreOf.TryGetValue(function, out var list))
                    _coreOf[function] = list = [];
                list.Add((at, question));
            }
        }
    }
}
