using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Emulation;

/// <summary>Runs functions of a kernel image in an emulated x86-64 processor (libunicorn): the image as its file has it, a stack, and memory
/// of ours. Nothing else exists: a function that reads elsewhere, needs a device or does not end fails, and the failure says where.</summary>
/// <remarks>Calls are made by one thread at a time.</remarks>
public sealed unsafe class KernelMachine : IKernelMachine, IDisposable
{
    private const ulong StackBase = 0x10000000, ScratchBase = 0x20000000, ReturnPage = 0x30000000, PerCpuBase = 0x40000000;
    private const int StackSize = 1 << 20, MaxAnswers = 4096;
    private const ulong PageMask = 0xfff, KernelHalf = 1ul << 63;
    private const byte Halt = 0xf4;
    /// <summary>Multiplier of the FNV-1a hash.</summary>
    private const ulong PathPrime = 0x100000001b3;
    /// <summary>Instructions between two answers; the functions asked here take some hundreds.</summary>
    private const int MaxInstructions = 200_000;
    /// <summary>Calls without an end that are put up with: those of a kernel all end.</summary>
    private const int MaxEndless = 50;
    /// <summary>Bytes of memory: kernels have some dozens of megabytes.</summary>
    private const ulong MaxMemory = 1ul << 30;
    /// <summary>Where the compiler keeps the stack protector's value: at a fixed place of the per-CPU area, or in a per-CPU variable.</summary>
    private const ulong FixedGuard = 40;
    private const string Guard = "__stack_chk_guard";

    private readonly KernelFile _kernel;
    private readonly Unicorn.Engine _engine;
    private readonly GCHandle _self;
    private readonly Dictionary<ulong, Func<KernelArguments, ulong>> _answers = [];
    private readonly HashSet<ulong> _functions;
    private readonly List<MemoryRead> _scratchReads = [], _variableReads = [];
    private readonly List<(ulong Address, byte[] Old)> _written = [];
    private readonly HashSet<ulong> _kept = [];
    private readonly ulong _gsBase, _guard;
    private string? _fault;
    private ulong _entry, _stoppedAt;
    private bool _stopAtFunctions;
    private int _endless;

    /// <summary>Loads a kernel.</summary>
    /// <exception cref="IngestException">libunicorn is not loaded or refuses.</exception>
    public KernelMachine(KernelFile kernel)
    {
        _kernel = kernel;
        Check(Unicorn.uc_open(Unicorn.ArchX86, Unicorn.Mode64, out nint engine), "cannot start");
        _engine = new Unicorn.Engine(engine);
        _self = GCHandle.Alloc(this);
        _functions = [.. kernel.Symbols.Ordered.Select(s => s.Address).Distinct().Where(a => kernel.SectionOf(a) is { IsCode: true })];

        // Up to 6.15 per-CPU symbols are offsets into an area of their own.
        ElfSection perCpu = kernel.Sections.FirstOrDefault(s => s.Name == ".data..percpu");
        bool apart = perCpu.Size > 0 && perCpu.Address < KernelHalf;
        _gsBase = apart ? PerCpuBase : 0;
        _guard = apart ? PerCpuBase + FixedGuard : kernel.Symbols.TryFind(Guard, out ulong guard) ? guard : 0;
        Load(apart ? perCpu : null);
        Map(StackBase, StackSize);
        Map(ScratchBase, (ulong)ScratchSize);
        Map(ReturnPage, PageMask + 1);
        Write(ReturnPage, [Halt]);
        Hooks(apart ? perCpu : null);
    }

    /// <inheritdoc/>
    public ulong Scratch => ScratchBase;
    /// <inheritdoc/>
    public int ScratchSize => 16 << 20;
    /// <inheritdoc/>
    public IReadOnlyList<MemoryRead> ScratchReads => _scratchReads;
    /// <inheritdoc/>
    public IReadOnlyList<MemoryRead> VariableReads => _variableReads;

    /// <inheritdoc/>
    public ulong Path { get; private set; }

    /// <inheritdoc/>
    public void Answer(string function, Func<KernelArguments, ulong> answer)
    {
        foreach (ulong address in _kernel.Symbols.AddressesOf(function).Where(_functions.Contains))
            _answers[address] = answer;
    }

    /// <inheritdoc/>
    public CallResult Call(ulong function, params ReadOnlySpan<ulong> arguments)
    {
        Begin(function, arguments);
        CallResult result = Run(function, null);
        Undo();
        return result;
    }

    /// <inheritdoc/>
    public CallResult CallAndKeep(ulong function, params ReadOnlySpan<ulong> arguments)
    {
        Begin(function, arguments);
        CallResult result = Run(function, null);
        foreach ((ulong address, byte[] old) in _written)
            Keep(address, old.Length);
        return result;
    }

    /// <inheritdoc/>
    public void Keep(ulong address, ReadOnlySpan<byte> bytes)
    {
        Write(address, bytes);
        Keep(address, bytes.Length);
    }

    /// <summary>Runs a function while every function it calls returns at once: what it is answered, else 0.</summary>
    /// <param name="function">Where it starts.</param>
    /// <param name="watched">Start of a function whose calls are told, and return 0.</param>
    /// <param name="called">Told of each such call: where it returns to (<see cref="ReturnAddress"/> where it is the last thing done), its arguments.</param>
    public CallResult CallAlone(ulong function, ulong watched, Action<ulong, KernelArguments> called)
    {
        Begin(function, []);
        _entry = function;
        _stopAtFunctions = true;
        try
        {
            return Run(function, address =>
            {
                if (address == watched)
                    called(Return, Arguments());
                else if (_answers.TryGetValue(address, out Func<KernelArguments, ulong>? answer))
                    return answer(Arguments());
                return 0;
            });
        }
        finally
        {
            _stopAtFunctions = false;
            Undo();
        }
    }

    /// <summary>Where a function returns to that was called from here.</summary>
    public static ulong ReturnAddress => ReturnPage;

    /// <inheritdoc/>
    public void Write(ulong address, ReadOnlySpan<byte> bytes)
    {
        fixed (byte* pointer = bytes)
            Check(Unicorn.uc_mem_write(_engine, address, pointer, (nuint)bytes.Length), $"cannot write {bytes.Length} bytes at {address:x}");
    }

    /// <inheritdoc/>
    public bool TryRead(ulong address, Span<byte> bytes)
    {
        fixed (byte* pointer = bytes)
            return Unicorn.uc_mem_read(_engine, address, pointer, (nuint)bytes.Length) == Unicorn.Ok;
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _engine.Dispose();
        if (_self.IsAllocated)
            _self.Free();
    }

    private void Begin(ulong function, ReadOnlySpan<ulong> arguments)
    {
        _scratchReads.Clear();
        _variableReads.Clear();
        _written.Clear();
        _fault = null;
        Path = 0;
        ReadOnlySpan<int> registers = [Unicorn.Rdi, Unicorn.Rsi, Unicorn.Rdx, Unicorn.Rcx, Unicorn.R8, Unicorn.R9];
        for (int i = 0; i < registers.Length; i++)
            Set(registers[i], i < arguments.Length ? arguments[i] : 0);
        Set(Unicorn.GsBase, _gsBase);
        // As at a function's first instruction: the return address lies 8 bytes below a multiple of 16.
        ulong stack = StackBase + StackSize / 2 - 8;
        Span<byte> word = stackalloc byte[8];
        BinaryPrimitives.WriteUInt64LittleEndian(word, ReturnPage);
        Write(stack, word);
        Set(Unicorn.Rsp, stack);
    }

    private CallResult Run(ulong from, Func<ulong, ulong>? intercept)
    {
        ulong at = from;
        for (int answers = 0; answers < MaxAnswers; answers++)
        {
            int code = Unicorn.uc_emu_start(_engine, at, ReturnPage, 0, MaxInstructions);
            ulong rip = Get(Unicorn.Rip), stopped = _stoppedAt;
            _stoppedAt = 0;
            if (code != Unicorn.Ok || _fault is not null)
                return new CallResult(0, $"{_fault ?? Text(code)} at {_kernel.Symbols.Describe(rip)}");
            if (rip is ReturnPage or ReturnPage + 1)
                return new CallResult(Get(Unicorn.Rax), null);
            ulong value;
            if (stopped != 0 && intercept is not null)
                value = intercept(stopped);
            else if (stopped != 0)
                value = _answers[stopped](Arguments());
            else if (++_endless > MaxEndless)
                throw new IngestException($"{_kernel.Name}: more than {MaxEndless} calls of the kernel's functions did not end");
            else
                return new CallResult(0, string.Create(CultureInfo.InvariantCulture, $"no end within {MaxInstructions} instructions, at {_kernel.Symbols.Describe(rip)}"));
            Set(Unicorn.Rax, value);
            at = Return;
            Set(Unicorn.Rsp, Get(Unicorn.Rsp) + 8);
            if (at == ReturnPage)
                return new CallResult(value, null);
        }
        return new CallResult(0, string.Create(CultureInfo.InvariantCulture, $"more than {MaxAnswers} calls of other functions"));
    }

    private void Keep(ulong address, int size)
    {
        for (int i = 0; i < size; i++)
            _kept.Add(address + (ulong)i);
    }

    private void Undo()
    {
        for (int i = _written.Count - 1; i >= 0; i--)
            Write(_written[i].Address, _written[i].Old);
    }

    private ulong Return
    {
        get
        {
            Span<byte> word = stackalloc byte[8];
            return TryRead(Get(Unicorn.Rsp), word) ? BinaryPrimitives.ReadUInt64LittleEndian(word) : 0;
        }
    }

    private KernelArguments Arguments() => new(Get(Unicorn.Rdi), Get(Unicorn.Rsi), Get(Unicorn.Rdx), Get(Unicorn.Rcx), Get(Unicorn.R8), Get(Unicorn.R9));

    // Compilers return and jump through these; they are part of the code that does so.
    private bool IsThunk(ulong address) => _kernel.Symbols.NamesAt(address).Any(n => n.Contains("_thunk", StringComparison.Ordinal) || n == "__fentry__");

    private void Load(ElfSection? perCpu)
    {
        ReadOnlySpan<byte> elf = _kernel.Elf;
        var pages = new SortedSet<ulong>();
        List<ElfSection> loaded = [.. _kernel.Sections.Where(s => s.IsLoaded && s.Size > 0 && s.Address >= KernelHalf)];
        ulong total = 0;
        foreach (ElfSection section in loaded)
        {
            if (section.Size > MaxMemory || (total += section.Size) > MaxMemory || section.Address + section.Size < section.Address)
                throw new IngestException($"{_kernel.Name}: section {section.Name} has a size no kernel has");
            for (ulong page = section.Address & ~PageMask; page < section.Address + section.Size; page += PageMask + 1)
                pages.Add(page);
        }
        // Adjacent pages at once: every mapping costs.
        ulong first = 0, next = 0;
        foreach (ulong page in pages)
        {
            if (page != next)
            {
                if (next != 0)
                    Map(first, next - first);
                first = page;
            }
            next = page + PageMask + 1;
        }
        if (next != 0)
            Map(first, next - first);
        foreach (ElfSection section in loaded.Where(s => s.HasContents))
            Write(section.Address, elf.Slice(section.Offset, (int)section.Size));
        if (perCpu is { } apart)
        {
            Map(PerCpuBase, (apart.Size + PageMask) & ~PageMask);
            Write(PerCpuBase + apart.Address, elf.Slice(apart.Offset, (int)apart.Size));
        }
    }

    private void Hooks(ElfSection? perCpu)
    {
        nint self = GCHandle.ToIntPtr(_self);
        void* read = (delegate* unmanaged[Cdecl]<nint, int, ulong, int, long, nint, void>)&OnRead;
        void* write = (delegate* unmanaged[Cdecl]<nint, int, ulong, int, long, nint, void>)&OnWrite;
        void* unmapped = (delegate* unmanaged[Cdecl]<nint, int, ulong, int, long, nint, byte>)&OnUnmapped;
        void Watch(int type, void* callback, ulong from, ulong to) => Check(Unicorn.uc_hook_add(_engine, out _, type, callback, self, from, to), "cannot watch memory");
        Watch(Unicorn.HookRead, read, ScratchBase, ScratchBase + (ulong)ScratchSize - 1);
        foreach (ElfSection section in _kernel.Sections.Where(s => s.IsWritable && s.Size > 0 && s.Address >= KernelHalf))
            Watch(Unicorn.HookRead, read, section.Address, section.Address + section.Size - 1);
        if (perCpu is { } apart)
            Watch(Unicorn.HookRead, read, PerCpuBase, PerCpuBase + apart.Size - 1);
        Watch(Unicorn.HookWrite, write, KernelHalf, ulong.MaxValue);
        // From the start, since code once translated without it would not be watched later.
        Watch(Unicorn.HookBlock, (delegate* unmanaged[Cdecl]<nint, ulong, uint, nint, void>)&OnBlock, 1, 0);
        Watch(Unicorn.HookReadUnmapped | Unicorn.HookWriteUnmapped | Unicorn.HookFetchUnmapped, unmapped, 1, 0);
    }

    private void Map(ulong address, ulong size) => Check(Unicorn.uc_mem_map(_engine, address, (nuint)size, Unicorn.ProtAll), $"cannot map {size} bytes at {address:x}");

    private void Set(int register, ulong value) => Check(Unicorn.uc_reg_write(_engine, register, &value), "cannot set a register");

    private ulong Get(int register)
    {
        ulong value = 0;
        Check(Unicorn.uc_reg_read(_engine, register, &value), "cannot read a register");
        return value;
    }

    private static string Text(int code) => Marshal.PtrToStringUTF8(Unicorn.uc_strerror(code)) ?? $"error {code}";

    private static void Check(int code, string what)
    {
        if (code != Unicorn.Ok)
            throw new IngestException($"the emulator {what}: {Text(code)}");
    }

    private static KernelMachine Self(nint data) => (KernelMachine)GCHandle.FromIntPtr(data).Target!;

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnRead(nint engine, int type, ulong address, int size, long value, nint data)
    {
        KernelMachine machine = Self(data);
        if (address - ScratchBase < (ulong)machine.ScratchSize)
            machine._scratchReads.Add(new MemoryRead(address, size));
        else if (address != machine._guard && !machine._kept.Contains(address))
            machine._variableReads.Add(new MemoryRead(address, size));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnWrite(nint engine, int type, ulong address, int size, long value, nint data)
    {
        KernelMachine machine = Self(data);
        byte[] old = new byte[size];
        if (machine.TryRead(address, old))
            machine._written.Add((address, old));
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static byte OnUnmapped(nint engine, int type, ulong address, int size, long value, nint data)
    {
        Self(data)._fault = string.Create(CultureInfo.InvariantCulture, $"an access to memory that is not there (0x{address:x})");
        return 0;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void OnBlock(nint engine, ulong address, uint size, nint data)
    {
        KernelMachine machine = Self(data);
        machine.Path = (machine.Path ^ address) * PathPrime;
        if (machine._answers.ContainsKey(address) || machine._stopAtFunctions && address != machine._entry && machine._functions.Contains(address) && !machine.IsThunk(address))
        {
            machine._stoppedAt = address;
            Unicorn.uc_emu_stop(engine);
        }
    }
}
