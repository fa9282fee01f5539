namespace BpfVerifier.Live;

/// <summary>The commands of bpf() that are used: none of them attaches, links, runs or pins anything.</summary>
internal enum BpfCommand
{
    MapCreate = 0,
    MapUpdateElement = 2,
    ProgramLoad = 5,
    BtfLoad = 18,
    MapFreeze = 22,
}

/// <summary>The system calls of a load.</summary>
internal interface IBpfCalls
{
    /// <summary>Calls bpf().</summary>
    /// <param name="command">The command.</param>
    /// <param name="attributes">The command's attributes, read and written by the kernel.</param>
    /// <param name="errno">Why it failed, else <see cref="Errno.None"/>.</param>
    /// <returns>What the call returned: a descriptor or 0, -1 when it failed.</returns>
    int Call(BpfCommand command, Span<byte> attributes, out Errno errno);

    /// <summary>Closes a descriptor.</summary>
    void Close(int descriptor);

    /// <summary>Raises the limit of locked memory, to which kernels before 5.11 charge maps; as libbpf, without telling whether it worked.</summary>
    void RaiseLockedMemory();
}
