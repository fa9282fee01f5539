using BpfVerifier.HeaderIngest.Emulation;
using BpfVerifier.HeaderIngest.Image;

namespace BpfVerifier.HeaderIngest.Tests;

/// <summary>A test that needs libunicorn, and is left out where neither the cache nor the system has it.</summary>
public sealed class UnicornFactAttribute() : NeedsFactAttribute(s_missing)
{
    private static readonly Lazy<string?> s_missing = Missing(() => UnicornLibrary.Load(null, Path.Combine(Repository.Root ?? "", ".cache")));
}

/// <summary>The emulated processor, with functions of a few bytes.</summary>
public class KernelMachineTests
{
    private readonly SyntheticKernel _kernel = new();

    private static byte[] Distance(ulong from, int length, ulong to) => BitConverter.GetBytes((int)(to - from - (ulong)length));

    [UnicornFact]
    public void A_function_gets_its_arguments_and_returns()
    {
        // lea rax, [rdi + rsi*2]; add rax, r9; ret
        ulong function = _kernel.Function("sum", 0x48, 0x8d, 0x04, 0x77, 0x4c, 0x01, 0xc8, 0xc3);
        using var machine = new KernelMachine(_kernel.Build());
        Assert.Equal(new CallResult(100 + 2 * 20 + 3, null), machine.Call(function, 100, 20, 0, 0, 0, 3));
        Assert.Equal(new CallResult(7, null), machine.Call(function, 7));
    }

    [UnicornFact]
    public void What_is_written_into_the_kernel_is_undone_unless_it_is_to_be_kept()
    {
        ulong counter = _kernel.Variable("counter", BitConverter.GetBytes(41ul));
        // mov rax, counter; inc qword [rax]; inc qword [rax]; mov rax, [rax]; ret
        ulong function = _kernel.Function("count", [0x48, 0xb8, .. BitConverter.GetBytes(counter), 0x48, 0xff, 0x00, 0x48, 0xff, 0x00, 0x48, 0x8b, 0x00, 0xc3]);
        using var machine = new KernelMachine(_kernel.Build());
        Assert.Equal([43, 43], ((int[])[1, 2]).Select(_ => (int)machine.Call(function).Value));
        Assert.All(machine.VariableReads, r => Assert.Equal(new MemoryRead(counter, 8), r));
        Assert.NotEmpty(machine.VariableReads);
        Assert.Equal(43ul, machine.CallAndKeep(function).Value);
        Assert.Equal(45ul, machine.Call(function).Value);
    }

    [UnicornFact]
    public void Reads_of_memory_of_ours_are_told()
    {
        // mov eax, [rdi + 4]; ret
        ulong function = _kernel.Function("look", 0x8b, 0x47, 0x04, 0xc3);
        using var machine = new KernelMachine(_kernel.Build());
        machine.Write(machine.Scratch + 0x100, [1, 2, 3, 4, 5, 6, 7, 8]);
        Assert.Equal(0x08070605ul, machine.Call(function, machine.Scratch + 0x100).Value);
        Assert.Equal([new MemoryRead(machine.Scratch + 0x104, 4)], machine.ScratchReads);
        Assert.Empty(machine.VariableReads);
    }

    [UnicornFact]
    public void Memory_that_is_not_there_and_loops_without_end_are_failures_that_say_where()
    {
        // mov rax, [rdi]; ret and: jmp to itself
        ulong look = _kernel.Function("look", 0x48, 0x8b, 0x07, 0xc3), loop = _kernel.Function("loop", 0xeb, 0xfe);
        // ud2
        ulong broken = _kernel.Function("broken", 0x0f, 0x0b);
        using var machine = new KernelMachine(_kernel.Build());
        Assert.Equal("an access to memory that is not there (0x8) at look", machine.Call(look, 8).Failure);
        Assert.StartsWith("no end within ", machine.Call(loop).Failure, StringComparison.Ordinal);
        Assert.EndsWith("at loop", machine.Call(loop).Failure, StringComparison.Ordinal);
        Assert.NotNull(machine.Call(broken).Failure);
        Assert.Equal(new CallResult(0, null), machine.Call(look, machine.Scratch));
    }

    [UnicornFact]
    public void Answered_functions_do_not_run()
    {
        // mov eax, 1; ret
        ulong capable = _kernel.Function("capable", 0xb8, 1, 0, 0, 0, 0xc3);
        ulong at = SyntheticKernel.CodeBase + 16;
        // mov edi, 39; call capable; add eax, 5; ret
        ulong function = _kernel.Function("ask", [0xbf, 39, 0, 0, 0, 0xe8, .. Distance(at + 5, 5, capable), 0x83, 0xc0, 0x05, 0xc3]);
        using var machine = new KernelMachine(_kernel.Build());
        Assert.Equal(6ul, machine.Call(function).Value);
        var asked = new List<ulong>();
        machine.Answer("capable", a =>
        {
            asked.Add(a.First);
            return 20;
        });
        machine.Answer("no such function", _ => 0);
        Assert.Equal(25ul, machine.Call(function).Value);
        Assert.Equal([39ul], asked);
    }

    [UnicornFact]
    public void Other_ways_through_the_code_are_told_apart()
    {
        // cmp edi, 3; je +6; mov eax, 1; ret; mov eax, 1; ret
        ulong function = _kernel.Function("choose", 0x83, 0xff, 0x03, 0x74, 0x06, 0xb8, 1, 0, 0, 0, 0xc3, 0xb8, 1, 0, 0, 0, 0xc3);
        using var machine = new KernelMachine(_kernel.Build());
        ulong Path(ulong argument)
        {
            Assert.Equal(1ul, machine.Call(function, argument).Value);
            return machine.Path;
        }
        Assert.Equal(Path(1), Path(2));
        Assert.NotEqual(Path(1), Path(3));
    }

    [UnicornFact]
    public void Registrations_are_seen_and_those_not_reached_are_told()
    {
        ulong register = _kernel.Function("register_it"), other = _kernel.Function("other", 0xb8, 1, 0, 0, 0, 0xc3);
        ulong at = SyntheticKernel.CodeBase + 32;
        // call other; test eax, eax; jne +12; mov edi, 7; call register_it; xor eax, eax; ret — then: call register_it; ret
        byte[] code =
        [
            0xe8, .. Distance(at, 5, other), 0x85, 0xc0, 0x75, 0x0d, 0xbf, 7, 0, 0, 0, 0xe8, .. Distance(at + 14, 5, register), 0x31, 0xc0, 0xc3,
            0xe8, .. Distance(at + 22, 5, register), 0xc3,
        ];
        ulong start = _kernel.Function("start", code);
        // mov edi, 9; jmp register_it
        ulong tail = SyntheticKernel.CodeBase + 64;
        _kernel.Function("tail", [0xbf, 9, 0, 0, 0, 0xe9, .. Distance(tail + 5, 5, register)]);
        KernelFile kernel = _kernel.Build();
        using var machine = new KernelMachine(kernel);
        var unknown = new List<string>();
        Assert.Equal([(start, 7ul), (tail, 9ul)], StartCalls.Of(kernel, machine, "register_it", unknown.Add).Select(c => (c.Caller, c.Arguments.First)));
        Assert.Equal(["register_it: 1 of 2 calls in start were not reached"], unknown);
        Assert.Empty(StartCalls.Of(kernel, machine, "no such function", unknown.Add));
    }

    [UnicornFact]
    public void Kernels_that_claim_more_memory_than_any_has_are_refused()
    {
        _kernel.Function("f");
        byte[] elf = _kernel.Elf();
        // The size of section 3 (.data) in the section table.
        int table = (int)BitConverter.ToUInt64(elf, 0x28), data = table + 3 * 64;
        BitConverter.TryWriteBytes(elf.AsSpan(data + 4), 8u);
        BitConverter.TryWriteBytes(elf.AsSpan(data + 0x20), 1ul << 40);
        KernelFile kernel = KernelFile.Of(elf, "huge", _ => [.. _kernel.Symbols]);
        Assert.Equal("huge: section .data has a size no kernel has", Assert.Throws<IngestException>(() => new KernelMachine(kernel)).Message);
    }

    [UnicornFact]
    public void An_image_whose_functions_never_end_is_given_up()
    {
        ulong loop = _kernel.Function("loop", 0xeb, 0xfe);
        using var machine = new KernelMachine(_kernel.Build());
        Assert.Contains("did not end", Assert.Throws<IngestException>(() =>
        {
            for (int i = 0; i < 2000; i++)
                machine.Call(loop);
        }).Message, StringComparison.Ordinal);
    }
}
