namespace BpfVerifier.Runtime;

/// <summary>Arenas: memory that a program shares with user space at 32-bit addresses of its own.</summary>
internal sealed partial class Verification
{
    private const int PageSize = 4096;

    /// <summary>The program's arena, of which there is one at most.</summary>
    private MapInfo? _arena;

    private Errno UseArena(MapInfo map)
    {
        if (_arena is not null)
        {
            Log.Write("Only one arena per program\n");
            return Errno.EBUSY;
        }
        if (!AllowPtrLeaks || !BpfCapable)
        {
            Log.Write("CAP_BPF and CAP_PERFMON are required to use arena\n");
            return Errno.EPERM;
        }
        if (!Kernel.IsOpen(KernelGate.Jit))
            throw NotModeled("an arena, on a kernel whose compiler to machine code is off");
        _arena = map;
        if (map.Map.Extra != 0)
            return Errno.None;
        Log.Write("arena's user address must be set via map_extra or mmap()\n");
        return Errno.EINVAL;
    }

    /// <summary>Sign-extending loads from arenas, which the compiler to machine code of some releases lacks; found when all paths are walked.</summary>
    private Errno CheckArenaLoads()
    {
        if (Changes.ArenaLoadsSignExtend || _arena is null)
            return Errno.None;
        for (int i = 0; i < Insns.Length; i++)
        {
            ref readonly Insn insn = ref Insns[i];
            if (!Aux[i].Seen || insn.Class != Opcode.Ldx || insn.Mode != Opcode.Memsx || Aux[i].PtrType != RegKind.Arena)
                continue;
            Log.Write("sign extending loads from arena are not supported yet\n");
            return Errno.EOPNOTSUPP;
        }
        return Errno.None;
    }
}
