using System.Collections.Immutable;
using System.Reflection;
using System.Runtime.Loader;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CSharp;

namespace BpfVerifier.Generator.Tests;

/// <summary>The emitted code compiled together with the runtime's type files, and loaded.</summary>
internal sealed class EmittedAssembly
{
    // The rest of the runtime that the tables touch, and what lets a test look into them.
    private const string Support = """
        global using System;
        global using System.Collections.Generic;
        global using System.Linq;
        global using System.Threading;
        global using BpfVerifier;

        namespace BpfVerifier.Runtime
        {
            internal enum AccessKind : byte { Read = 1, Write = 2 }

            internal sealed class ReleaseVerifier : IVerifier
            {
                public KernelRelease Release => new(Abi.Major, Abi.Minor, Abi.Patch);
                public KernelProfile DefaultProfile => throw new InvalidOperationException();
                public VerificationResult Verify(BpfProgram program, KernelProfile profile, VerifierOptions options, CancellationToken cancellation) =>
                    throw new InvalidOperationException();
                public IReadOnlyList<VerifierChange> GetChanges(KernelProfile profile) => throw new InvalidOperationException();
            }

            public static class Probe
            {
                private const int Types = 64;

                // Under each condition alone, what differs from the answer under none.
                public static List<string> HelperVariations()
                {
                    const int all = 15;
                    var lines = new List<string>();
                    for (int type = 0; type < Types; type++)
                    for (int id = 0; id < Abi.HelperCount; id++)
                    {
                        HelperProto? plain = HelperTable.Lookup((ProgramType)type, id);
                        void Note(string condition, HelperProto? now)
                        {
                            if (!ReferenceEquals(plain, now))
                                lines.Add($"{type} {condition} {id} {now?.Symbol}");
                        }
                        Note("nothing", HelperTable.Lookup((ProgramType)type, id, 99, false, all));
                        for (int attach = 0; attach < 90; attach++)
                            Note($"attach {attach}", HelperTable.Lookup((ProgramType)type, id, attach, false, all));
                        Note("sleepable", HelperTable.Lookup((ProgramType)type, id, 99, true, all));
                        for (int capability = 1; capability <= 8; capability *= 2)
                            Note($"without {capability}", HelperTable.Lookup((ProgramType)type, id, 99, false, all & ~8 & ~capability));
                    }
                    return lines;
                }

                public static List<string> Helpers()
                {
                    var lines = new List<string>();
                    for (int type = -1; type < Types; type++)
                    {
                        if (HelperTable.Knows((ProgramType)type))
                            lines.Add($"{type} known");
                    }
                    for (int type = -1; type < Types; type++)
                    for (int id = -2; id < Abi.HelperCount + 50; id++)
                    {
                        if (HelperTable.Lookup((ProgramType)type, id) is not { } p)
                            continue;
                        if (!ReferenceEquals(p, HelperTable.Lookup((ProgramType)type, id)))
                            lines.Add("decoded twice: " + p.Symbol);
                        string args = string.Join(";", p.Args.Select((a, i) => $"{a.Kind},{(uint)a.Flags},{p.ArgSizes[i]},{p.ArgBtfTypes[i]}"));
                        lines.Add($"{type} {id} {p.Symbol} {p.Function} {p.Return.Kind},{(uint)p.Return.Flags},{p.ReturnBtfType} [{p.Allowed}] "
                            + $"{p.GplOnly} {p.PacketAccess} {p.MightSleep} {p.AllowFastcall} {args}");
                    }
                    return lines;
                }

                public static string Unknown() => Abi.Unknown;

                public static List<string> HelperNames() => [.. Enumerable.Range(-1, Abi.HelperCount + 3).Select(HelperTable.Name)];

                public static List<string> Contexts()
                {
                    var lines = new List<string>();
                    foreach (int type in Enumerable.Range(-1, Types))
                    {
                        if (ContextTable.Knows((ProgramType)type))
                            lines.Add($"{type} known");
                        foreach (int off in Enumerable.Range(-9, 600).Append(int.MinValue).Append(int.MaxValue))
                        for (int size = -1; size < 17; size++)
                        foreach (AccessKind kind in new[] { AccessKind.Read, AccessKind.Write })
                        {
                            if (ContextTable.TryAccess((ProgramType)type, off, size, kind, out RegType yields, out int fieldSize))
                                lines.Add($"{type} {kind} {off} {size} {yields.Kind},{(uint)yields.Flags} {fieldSize}");
                        }
                    }
                    return lines;
                }

                public static string? Kfunc(int type, string name) =>
                    KfuncTable.TryLookup((ProgramType)type, name, out KfuncFlags flags, out string? filter) ? $"{flags} [{filter}]" : null;

                public static List<string> KfuncNames() => [.. KfuncTable.Names];

                public static string? AnyKfunc(string name) => KfuncTable.IsKnown(name, out KfuncFlags flags) ? $"{flags}" : null;

                public static bool InSet(string property, string name) =>
                    ((BtfSet)typeof(BtfSets).GetProperty(property)!.GetValue(null)!).Contains(name);

                public static int SizeOfSet(string property) => ((BtfSet)typeof(BtfSets).GetProperty(property)!.GetValue(null)!).Count;

                public static List<string> SetProperties() => [.. typeof(BtfSets).GetProperties().Select(p => p.Name)];

                public static string ModifyReturnOf(string name) => $"{ModifyReturn.Allows(name)} {ModifyReturn.MaySleep(name)}";

                public static string? TemplateOf(string tracepoint) => RawTracepoints.TemplateOf(tracepoint);

                public static List<string> StructOps()
                {
                    var lines = new List<string>();
                    foreach (StructOps ops in StructOpsTable.Names.Select(n => StructOpsTable.Find(n)!))
                    {
                        lines.Add($"{ops.Name} {ops.VerifierOps} {ops.GuardsReads} {string.Join('|', ops.Refusals)}");
                        foreach ((string member, StructOpsMember m) in ops.Members)
                        {
                            lines.Add($"{ops.Name}.{member} {m.Stub} {m.Refused} {m.RefusedSleepable}");
                            for (int id = -1; id < Abi.HelperCount + 1; id++)
                            {
                                if (ops.Helper(member, id) is { } p)
                                    lines.Add($"{ops.Name}.{member} {id} {p.Symbol}");
                            }
                        }
                        foreach ((string type, int[]? runs) in ops.Stores)
                            lines.Add($"{ops.Name} {type} {(runs is null ? "any" : string.Join(',', runs))}");
                    }
                    if (StructOpsTable.Find("no_such_ops") is not null)
                        lines.Add("no_such_ops");
                    return lines;
                }

                public static ulong NullArguments(string tracepoint) => RawTracepoints.NullArguments(tracepoint);

                public static string ContextOps(int type) => $"{ContextTable.Converts((ProgramType)type)} {ContextTable.WritesBtfStructs((ProgramType)type)}";

                public static string Kinds() =>
                    string.Join(' ', Enumerable.Range(-1, 300).Where(i => Abi.HasProgramType((ProgramType)i))) + "|"
                    + string.Join(' ', Enumerable.Range(-1, 300).Where(i => Abi.HasMapType((MapType)i))) + "|"
                    + string.Join(' ', Enumerable.Range(-1, 300).Where(i => Abi.HasAttachType((AttachType)i)));

                public static List<string> Changes(int patch, bool modular)
                {
                    var changes = new Changes(patch, modular);
                    var lines = new List<string>();
                    for (int i = 0; i < Runtime.Changes.Ledger.Length; i++)
                        lines.Add($"{Runtime.Changes.Ledger[i].Name}={changes[i]}");
                    return lines;
                }

                public static List<string> Ledger() => [.. Runtime.Changes.Ledger.ToArray().Select(e => e.ToString())];
            }
        }
        """;

    // The running framework, so that what is compiled can be loaded here, and the façade.
    private static readonly MetadataReference[] s_references =
    [
        .. ((string)AppContext.GetData("TRUSTED_PLATFORM_ASSEMBLIES")!).Split(Path.PathSeparator)
            .Where(path => Path.GetFileNameWithoutExtension(path) is "System.Private.CoreLib" or "System.Runtime" or "System.Collections" or "System.Linq"
                or "System.Memory" or "System.Threading" or "BpfVerifier.Abstractions" or "BpfVerifier.Btf")
            .Select(path => MetadataReference.CreateFromFile(path)),
    ];

    private readonly Assembly _assembly;
    private readonly Type _probe;

    public EmittedAssembly(ImmutableArray<AdditionalText> files)
    {
        string[] runtimeTypes = ["State/RegType.cs", "Calls/HelperProto.cs", "Calls/KfuncFlags.cs", "Kernel/StructOps.cs"];
        IEnumerable<string> sources = runtimeTypes
            .Select(file => File.ReadAllText(Path.Combine(RepositoryFiles.Root, "Verifier.Runtime", file)))
            .Append(Support);
        CSharpCompilation compilation = CSharpCompilation.Create(
            "Emitted",
            sources.Select((text, i) => CSharpSyntaxTree.ParseText(text, Harness.ParseOptions, $"Runtime{i}.cs")),
            s_references,
            new CSharpCompilationOptions(OutputKind.DynamicallyLinkedLibrary, allowUnsafe: true, nullableContextOptions: NullableContextOptions.Enable));
        Harness.Driver(files).RunGeneratorsAndUpdateCompilation(compilation, out Compilation all, out ImmutableArray<Diagnostic> diagnostics);
        Assert.Empty(diagnostics);
        using var image = new MemoryStream();
        Microsoft.CodeAnalysis.Emit.EmitResult result = all.Emit(image);
        Assert.Empty(result.Diagnostics.Where(d => d.Severity >= DiagnosticSeverity.Warning));
        Assert.True(result.Success);
        image.Position = 0;
        _assembly = new AssemblyLoadContext("Emitted", isCollectible: true).LoadFromStream(image);
        _probe = _assembly.GetType("BpfVerifier.Runtime.Probe", throwOnError: true)!;
    }

    public Assembly Assembly => _assembly;

    public T Ask<T>(string question, params object[] arguments) => (T)_probe.GetMethod(question)!.Invoke(null, arguments)!;

    public object? Constant(string type, string name) =>
        _assembly.GetType("BpfVerifier.Runtime." + type, throwOnError: true)!.GetField(name)?.GetRawConstantValue();
}
