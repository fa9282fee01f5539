using BpfVerifier.Btf;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Programs;

/// <summary>Finds the subprogram that a program names as its exception callback with a declaration tag.</summary>
internal static class ExceptionCallback
{
    private const string Tag = "exception_callback:";

    public static ObjectFailure? Find(ObjectImage image, CodeFunction entry, out CodeFunction? callback)
    {
        callback = null;
        if (image.Btf is not { } btf)
            return null;
        string prog = $"prog '{entry.Name}'";
        for (int id = 1; id < btf.Count; id++)
        {
            BtfType tag = btf[id];
            if (tag.Kind != BtfKind.DeclTag || tag.ComponentIndex != -1 || !tag.NameBytes.StartsWith("exception_callback:"u8))
                continue;
            BtfType function = btf[tag.TypeId];
            if (function.Kind != BtfKind.Func || function.Linkage != BtfLinkage.Global)
                return Fail(Errno.EINVAL, $"{prog}: exception_callback:<value> decl tag not applied to the main program");
            if (function.Name != entry.Name)
                continue;
            if (callback is not null)
            {
                // Several are the verifier's to complain of.
                callback = null;
                return null;
            }
            string name = tag.Name[Tag.Length..];
            if (name.Length == 0)
                return Fail(Errno.EINVAL, $"{prog}: exception_callback:<value> decl tag contains empty value");
            CodeFunction? found = image.Functions.Find(f => f.IsSubprogram && f.Name == name);
            if (found is null)
                return Fail(Errno.ENOENT, $"{prog}: cannot find exception callback '{name}'");
            if (!found.IsGlobal || found.IsHidden)
                return Fail(Errno.EINVAL, $"{prog}: exception callback {name} must be a global non-hidden function");
            callback = found;
        }
        return null;
    }

    private static ObjectFailure Fail(Errno errno, string message) => ObjectFailure.LoadFailed(errno, message);
}
