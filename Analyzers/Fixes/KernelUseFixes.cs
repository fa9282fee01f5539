using System.Collections.Immutable;
using System.Composition;
using Microsoft.CodeAnalysis;
using Microsoft.CodeAnalysis.CodeActions;
using Microsoft.CodeAnalysis.CodeFixes;
using Microsoft.CodeAnalysis.CSharp.Syntax;
using Microsoft.CodeAnalysis.Editing;

namespace BpfVerifier.Analyzers.Fixes;

/// <summary>Inserts a guard around a use, or annotates the member it is in.</summary>
[ExportCodeFixProvider(LanguageNames.CSharp, Name = nameof(KernelUseFixes))]
[Shared]
public sealed class KernelUseFixes : CodeFixProvider
{
    /// <summary>Key of the fix that inserts a guard.</summary>
    public const string Guard = nameof(Guard);

    /// <summary>Key of the fix that annotates the member.</summary>
    public const string Annotate = nameof(Annotate);

    /// <inheritdoc/>
    public override ImmutableArray<string> FixableDiagnosticIds { get; } =
        ["BPFK0001", "BPFK0002", "BPFK0003", "BPFK0004", "BPFK0005", "BPFK0006", "BPFK0007", "BPFK0012", "BPFK0013"];

    /// <inheritdoc/>
    public override FixAllProvider GetFixAllProvider() => FixAllProvider.Create(
        async (context, document, diagnostics) => await Fix(document, diagnostics, context.CodeActionEquivalenceKey == Annotate, context.CancellationToken).ConfigureAwait(false));

    /// <inheritdoc/>
    public override async Task RegisterCodeFixesAsync(CodeFixContext context)
    {
        if (await context.Document.GetSyntaxRootAsync(context.CancellationToken).ConfigureAwait(false) is not { } root)
            return;
        foreach (Diagnostic diagnostic in context.Diagnostics)
        {
            if (Need.Of(diagnostic) is not { } need)
                continue;
            SyntaxNode use = root.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (GuardFix.Place(use) is not null)
                Register(Guard, $"Guard with {need.Guard}");
            if (AnnotationFix.Place(use) is { } member)
                Register(Annotate, $"Mark '{AnnotationFix.Name(member)}' [{need.AttributeName}(\"{need.Release}\")]");

            void Register(string key, string title) => context.RegisterCodeFix(
                CodeAction.Create(title, cancellation => Fix(context.Document, [diagnostic], key == Annotate, cancellation), key), diagnostic);
        }
    }

    private static async Task<Document> Fix(Document document, ImmutableArray<Diagnostic> diagnostics, bool annotate, CancellationToken cancellation)
    {
        DocumentEditor editor = await DocumentEditor.CreateAsync(document, cancellation).ConfigureAwait(false);
        // One place may have several uses: one guard or attribute of the strictest need will do, of each direction.
        var places = new Dictionary<(SyntaxNode Place, bool Before), Need>();
        foreach (Diagnostic diagnostic in diagnostics)
        {
            SyntaxNode use = editor.OriginalRoot.FindNode(diagnostic.Location.SourceSpan, getInnermostNodeForTie: true);
            if (Need.Of(diagnostic) is not { } need || (annotate ? (SyntaxNode?)AnnotationFix.Place(use) : GuardFix.Place(use)) is not { } place)
                continue;
            places[(place, need.Before)] = places.TryGetValue((place, need.Before), out Need known) ? known.With(need) : need;
        }
        foreach (KeyValuePair<(SyntaxNode Place, bool Before), Need> place in places.OrderBy(p => p.Key.Place.SpanStart).ThenBy(p => p.Key.Before))
        {
            if (annotate)
                AnnotationFix.Apply(editor, place.Key.Place, place.Value);
            else
                GuardFix.Apply(editor, (StatementSyntax)place.Key.Place, place.Value);
        }
        return editor.GetChangedDocument();
    }
}
