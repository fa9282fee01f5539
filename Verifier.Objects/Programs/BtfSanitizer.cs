using BpfVerifier.Btf;
using BpfVerifier.Objects.Kernel;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>Rewrites an object's types into what a kernel accepts: hidden functions become static, kinds it does not know become others.</summary>
internal static class BtfSanitizer
{
    public static BtfTypes Apply(ObjectImage image, BtfTypes btf, KernelFacts kernel)
    {
        BtfBuilder? edits = null;
        MarkHidden(image, btf, ref edits);
        bool complete = kernel is { BtfFloat: true, BtfDeclTag: true, BtfTypeTag: true, BtfEnum64: true, BtfQuestionMark: true };
        int placeholder = 0;
        for (int id = 1; !complete && id < btf.Count; id++)
            Replace(btf[id], kernel, ref edits, ref placeholder);
        return edits is not null && BtfTypes.TryParse(edits.ToArray(), null, out BtfTypes? amended, out _) ? amended : btf;
    }

    private static BtfBuilder Edit(BtfTypes btf, ref BtfBuilder? edits) => edits ??= BtfBuilder.From(btf);

    private static uint Info(BtfKind kind, int vlen = 0) => (uint)kind << 24 | (uint)vlen;

    private static void MarkHidden(ObjectImage image, BtfTypes btf, ref BtfBuilder? edits)
    {
        foreach (CodeFunction function in image.Functions)
        {
            if (!function.IsHidden || !function.IsSubprogram)
                continue;
            foreach (int id in btf.FindAll(function.Name))
            {
                if (btf[id] is not { Kind: BtfKind.Func, Linkage: BtfLinkage.Global })
                    continue;
                Edit(btf, ref edits).SetWord(id, 1, Info(BtfKind.Func));
                break;
            }
        }
    }

    private static void Replace(BtfType type, KernelFacts kernel, ref BtfBuilder? edits, ref int placeholder)
    {
        BtfTypes btf = type.Owner;
        switch (type.Kind)
        {
            case BtfKind.DeclTag when !kernel.BtfDeclTag:
                // An integer of one byte takes the tag's place, and its length.
                Edit(btf, ref edits).SetWord(type.Id, 1, Info(BtfKind.Int));
                edits!.SetWord(type.Id, 2, 1);
                edits.SetWord(type.Id, 3, 8);
                break;
            case BtfKind.DataSec when !kernel.BtfQuestionMark && type.NameBytes.StartsWith("?"u8):
                Edit(btf, ref edits).SetStringByte(type.NameOffset, (byte)'_');
                break;
            case BtfKind.Float when !kernel.BtfFloat:
                Edit(btf, ref edits).SetWord(type.Id, 0, 0);
                edits!.SetWord(type.Id, 1, Info(BtfKind.Struct));
                break;
            case BtfKind.TypeTag when !kernel.BtfTypeTag:
                Edit(btf, ref edits).SetWord(type.Id, 0, 0);
                edits!.SetWord(type.Id, 1, Info(BtfKind.Const));
                break;
            case BtfKind.Enum when !kernel.BtfEnum64 && type.KindFlag:
                Edit(btf, ref edits).SetWord(type.Id, 1, Info(BtfKind.Enum, type.VLen));
                break;
            case BtfKind.Enum64 when !kernel.BtfEnum64:
                // A union of one-byte members keeps the names and the size.
                if (placeholder == 0)
                    placeholder = Edit(btf, ref edits).AddInt("enum64_placeholder", 1);
                edits!.SetWord(type.Id, 1, Info(BtfKind.Union, type.VLen));
                for (int i = 0; i < type.VLen; i++)
                {
                    edits.SetWord(type.Id, 4 + i * 3, (uint)placeholder);
                    edits.SetWord(type.Id, 5 + i * 3, 0);
                }
                break;
        }
    }
}
