using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Text;

namespace BpfVerifier.Live.Tests;

/// <summary>Answers bpf() calls as a test wants it and remembers what was asked and what is still open.</summary>
internal sealed unsafe class FakeKernel : IBpfCalls
{
    private int _next = 100;

    public HashSet<int> Open { get; } = [];
    public List<BpfCommand> Commands { get; } = [];
    public List<MapCreateAttributes> Maps { get; } = [];
    public List<(uint Map, uint Key, byte[] Value)> Updates { get; } = [];
    public List<ProgramLoadAttributes> Loads { get; } = [];
    /// <summary>Instructions of the last load.</summary>
    public byte[] Instructions { get; private set; } = [];
    public bool LockedMemoryRaised { get; private set; }

    public Func<MapCreateAttributes, Errno> OnMap { get; set; } = _ => Errno.None;
    public Func<Errno> OnTypes { get; set; } = () => Errno.None;
    /// <summary>Errno and log of a load; a log that does not fit makes it ENOSPC.</summary>
    public Func<ProgramLoadAttributes, (Errno Errno, string Log)> OnLoad { get; set; } = _ => (Errno.None, "");

    public int Call(BpfCommand command, Span<byte> attributes, out Errno errno)
    {
        Commands.Add(command);
        switch (command)
        {
            case BpfCommand.MapCreate:
                MapCreateAttributes map = Unsafe.As<byte, MapCreateAttributes>(ref attributes[0]);
                Maps.Add(map);
                return Descriptor(errno = OnMap(map));
            case BpfCommand.BtfLoad:
                return Descriptor(errno = OnTypes());
            case BpfCommand.MapUpdateElement:
                MapElementAttributes update = Unsafe.As<byte, MapElementAttributes>(ref attributes[0]);
                int last = Maps.Count - 1;
                Updates.Add((update.map_fd, *(uint*)update.key, new Span<byte>((void*)update.value, (int)Maps[last].value_size).ToArray()));
                errno = Errno.None;
                return 0;
            case BpfCommand.MapFreeze:
                errno = Open.Contains(MemoryMarshal.Read<int>(attributes)) ? Errno.None : Errno.EBADF;
                return errno == Errno.None ? 0 : -1;
            default:
                return Load(Unsafe.As<byte, ProgramLoadAttributes>(ref attributes[0]), out errno);
        }
    }

    public void Close(int descriptor)
    {
        if (!Open.Remove(descriptor))
            throw new InvalidOperationException($"{descriptor} is not open");
    }

    public void RaiseLockedMemory() => LockedMemoryRaised = true;

    private int Load(ProgramLoadAttributes load, out Errno errno)
    {
        Loads.Add(load);
        Instructions = new Span<byte>((void*)load.insns, (int)load.insn_cnt * 8).ToArray();
        (errno, string log) = OnLoad(load);
        byte[] text = Encoding.UTF8.GetBytes(log);
        if (load.log_buf != 0)
        {
            var buffer = new Span<byte>((void*)load.log_buf, (int)load.log_size);
            if (text.Length >= buffer.Length)
                errno = Errno.ENOSPC;
            int kept = Math.Min(text.Length, buffer.Length - 1);
            text.AsSpan(0, kept).CopyTo(buffer);
            buffer[kept] = 0;
        }
        return Descriptor(errno);
    }

    private int Descriptor(Errno errno)
    {
        if (errno != Errno.None)
            return -1;
        Open.Add(++_next);
        return _next;
    }
}
