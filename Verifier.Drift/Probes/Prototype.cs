using System.Globalization;
using BpfVerifier.Btf;
using BpfVerifier.Facts;

namespace BpfVerifier.Drift.Probes;

/// <summary>Prototypes as reports write them.</summary>
internal static class Prototype
{
    /// <summary>A function of the kernel, <c>2 args (struct file *, int)</c>; what it returns is told by those to whom it matters.</summary>
    public static string Arguments(BtfTypes types, int prototypeId, int skip)
    {
        BtfType prototype = types[prototypeId];
        int count = Math.Max(prototype.VLen - skip, 0);
        IEnumerable<string> all = Enumerable.Range(skip, count).Select(i => prototype.Param(i).TypeId == 0 ? "..." : BtfSpelling.Of(types, prototype.Param(i).TypeId));
        return string.Create(CultureInfo.InvariantCulture, $"{count} {(count == 1 ? "arg" : "args")} ({string.Join(", ", all)})");
    }

    /// <summary>A kfunc, <c>int(struct task_struct *)</c>.</summary>
    public static string Of(BtfTypes types, string function)
    {
        int id = types.Find(function, BtfKind.Func);
        if (id < 0)
            return "";
        (string returns, List<string[]> parameters) = BtfSpelling.OfFunction(types, id);
        return $"{returns}({string.Join(", ", parameters.Select(p => p[0]))})";
    }
}
