using BpfVerifier.Btf;
using BpfVerifier.Objects.Core;
using BpfVerifier.Objects.Kernel;
using BpfVerifier.Objects.Sections;

namespace BpfVerifier.Objects.Externs;

/// <summary>Finds the values of an object's externs: configuration, addresses and BTF ids of kernel symbols.</summary>
internal static class ExternResolver
{
    // Start of the kernel's text on x86-64: where a symbol that exists at an unknown address is said to be.
    private const ulong UnknownAddress = 0xffffffff81000000;

    public static ObjectFailure? Resolve(ObjectImage image, KernelFacts kernel, ObjectOptions options, CoreTypeComparer comparer, out ExternValues values)
    {
        values = new ExternValues(image);
        bool needConfig = false, needAddresses = false;
        for (int i = 0; i < image.Externs.Count; i++)
        {
            ExternSymbol symbol = image.Externs[i];
            if (!symbol.IsConfig)
                needAddresses |= symbol.TypeId == 0;
            else if (symbol.Name.StartsWith("CONFIG_", StringComparison.Ordinal))
                needConfig = true;
            else if (SetVirtual(values, i, symbol, kernel) is { } failure)
                return failure;
        }
        if (needConfig)
        {
            if (options.Kconfig is null)
                return ObjectFailure.LoadFailed(Errno.EINVAL, "failed to open system Kconfig");
            if (values.ReadConfig(options.Kconfig) is { } failure)
                return failure;
        }
        if (needAddresses && FindAddresses(image, kernel, options, values) is { } unknown)
            return unknown;
        for (int i = 0; i < image.Externs.Count; i++)
        {
            ExternSymbol symbol = image.Externs[i];
            if (symbol.IsConfig || symbol.TypeId == 0)
                continue;
            if (Find(image, kernel, comparer, values, i) is { } failure)
                return failure;
        }
        for (int i = 0; i < image.Externs.Count; i++)
        {
            if (!values.IsSet(i) && !image.Externs[i].IsWeak)
                return ObjectFailure.LoadFailed(Errno.ESRCH, $"extern '{image.Externs[i].Name}' (strong): not resolved");
        }
        return null;
    }

    /// <summary>Looks a typed kernel symbol up and notes its BTF id; a weak one that is not there stays unset.</summary>
    public static ObjectFailure? Find(ObjectImage image, KernelFacts kernel, CoreTypeComparer comparer, ExternValues values, int index) => image.Externs[index].IsFunction
        ? FindFunction(image, kernel, comparer, values, index)
        : FindVariable(image, kernel, comparer, values, index);

    private static ObjectFailure? SetVirtual(ExternValues values, int index, ExternSymbol symbol, KernelFacts kernel)
    {
        switch (symbol.Name)
        {
            case "LINUX_KERNEL_VERSION":
                return values.SetNumber(index, kernel.VersionCode);
            case "LINUX_HAS_BPF_COOKIE":
                return values.SetNumber(index, kernel.AttachCookie ? 1u : 0u);
            case "LINUX_HAS_SYSCALL_WRAPPER":
                // True of x86-64 since 4.17.
                return values.SetNumber(index, 1);
        }
        if (!symbol.Name.StartsWith("LINUX_", StringComparison.Ordinal) || !symbol.IsWeak)
            return ObjectFailure.LoadFailed(Errno.EINVAL, $"extern (kcfg) '{symbol.Name}': unrecognized virtual extern");
        return values.SetNumber(index, 0);
    }

    private static ObjectFailure? FindAddresses(ObjectImage image, KernelFacts kernel, ObjectOptions options, ExternValues values)
    {
        for (int i = 0; i < image.Externs.Count; i++)
        {
            ExternSymbol symbol = image.Externs[i];
            if (symbol.IsConfig || symbol.TypeId != 0)
                continue;
            if (options.KernelSymbols is { } lookup)
            {
                if (lookup(symbol.Name) is { } address)
                    values.SetAddress(i, address);
                continue;
            }
            // Without a symbol table the kernel's types still tell of functions and per-CPU variables; of others nothing can be said.
            if (kernel.Types.Find(symbol.Name, BtfKind.Func) < 0 && kernel.Types.Find(symbol.Name, BtfKind.Var) < 0)
                return new ObjectFailure(Verdict.NotImplemented, Errno.EOPNOTSUPP, $"extern (ksym) '{symbol.Name}': the kernel's symbol table is not known");
            values.SetAddress(i, UnknownAddress + (ulong)i * 16);
        }
        return null;
    }

    private static ObjectFailure? FindVariable(ObjectImage image, KernelFacts kernel, CoreTypeComparer comparer, ExternValues values, int index)
    {
        ExternSymbol symbol = image.Externs[index];
        int id = kernel.Types.Find(symbol.Name, BtfKind.Var);
        if (id < 0)
            return symbol.IsWeak ? null : ObjectFailure.LoadFailed(Errno.EINVAL, $"extern (var ksym) '{symbol.Name}': not found in kernel BTF");
        int typeId = kernel.Types.SkipModifiersAndTypedefs(kernel.Types[id].TypeId);
        if (comparer.AreCompatible(image.Btf!, symbol.TypeId, kernel.Types, typeId) != CoreMatch.Yes)
        {
            BtfType local = image.Btf![symbol.TypeId], target = kernel.Types[typeId];
            return ObjectFailure.LoadFailed(Errno.EINVAL, $"extern (var ksym) '{symbol.Name}': incompatible types, expected [{local.Id}] {BtfNames.Kind(local.Kind)} {local.Name}, but kernel has [{typeId}] {BtfNames.Kind(target.Kind)} {target.Name}");
        }
        values.SetBtfId(index, id);
        return null;
    }

    private static ObjectFailure? FindFunction(ObjectImage image, KernelFacts kernel, CoreTypeComparer comparer, ExternValues values, int index)
    {
        ExternSymbol symbol = image.Externs[index];
        int id = kernel.Types.Find(BtfNames.Essential(symbol.Name), BtfKind.Func);
        if (id < 0)
            return symbol.IsWeak ? null : ObjectFailure.LoadFailed(Errno.EINVAL, $"extern (func ksym) '{symbol.Name}': not found in kernel or module BTFs");
        int prototype = kernel.Types[id].TypeId;
        if (comparer.AreCompatible(image.Btf!, symbol.TypeId, kernel.Types, prototype) == CoreMatch.Yes)
        {
            values.SetBtfId(index, id);
            return null;
        }
        return symbol.IsWeak
            ? null
            : ObjectFailure.LoadFailed(Errno.EINVAL, $"extern (func ksym) '{symbol.Name}': func_proto [{symbol.TypeId}] incompatible with vmlinux [{prototype}]");
    }
}
