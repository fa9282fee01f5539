using System.Collections.Concurrent;
using BpfVerifier.Objects;
using Xunit;

namespace BpfVerifier.Host.Tests;

/// <summary>Objects times kernels: ordered, bounded, divided, and never ended by one failure.</summary>
public sealed class MatrixTests : IDisposable
{
    private static readonly string[] s_samples = ["basics/return_constant.bpf.o", "basics/control_flow_broken.bpf.o", "alu/bounds.bpf.o", "map/tail_call.bpf.o", "stack/spill_and_fill.bpf.o"];

    private readonly TemporaryFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static IReadOnlyList<MatrixObject> Objects => [.. s_samples.Select(name => MatrixObject.File(Questions.Sample(name), name))];

    private static KernelSelector Kernel(string release) =>
        new(release, KernelRelease.TryParse(release, out KernelRelease parsed) ? parsed : throw new ArgumentException(release), KernelFlavor.Stock);

    private VerifierHost Host(params (string Release, string OnVerify)[] builds)
    {
        foreach ((string release, string onVerify) in builds)
            new FakeBuild { Release = release, AssemblyName = "BpfVerifier.Linux." + release, Label = release, OnVerify = onVerify }.WriteTo(_folder.Path);
        return new VerifierHost(_folder.Path);
    }

    private static List<MatrixAnswer> Run(VerificationMatrix matrix, CancellationToken cancellation = default)
    {
        var answers = new List<MatrixAnswer>();
        matrix.Run(answers.AddRange, null, cancellation);
        return answers;
    }

    [Fact]
    public void Answers_come_in_order_whatever_takes_longest()
    {
        using VerifierHost host = Host(("6.11", "Thread.Sleep(program.Instructions.Length % 3);"), ("6.12", ""));
        var matrix = new VerificationMatrix(host, Objects, [Kernel("6.12"), Kernel("6.11")], new MatrixOptions { Workers = 4, Ahead = 2 });
        int finished = 0;
        var answers = new List<MatrixAnswer>();
        matrix.Run(answers.AddRange, () => Interlocked.Increment(ref finished));
        Assert.Equal(2 * s_samples.Length, finished);
        string[] expected = [.. s_samples.SelectMany(sample => ((string[])["6.12", "6.11"]).SelectMany(kernel => Questions.Open(sample).Programs.Select(program => $"{Questions.Sample(sample)} {program.Name} {kernel}")))];
        Assert.Equal(expected, answers.Select(a => $"{a.FileName} {a.ProgramName} {a.Kernel}"));
        Assert.All(answers, answer => Assert.Equal(answer.Kernel, answer.Result.Message));
    }

    [Theory]
    [InlineData(1)]
    [InlineData(3)]
    [InlineData(4)]
    [InlineData(100)]
    public void Parts_together_are_the_whole(int parts)
    {
        using VerifierHost host = Host(("6.11", ""), ("6.12", ""));
        VerificationMatrix Matrix(Shard shard) => new(host, Objects, [Kernel("6.12"), Kernel("6.11")], new MatrixOptions { Shard = shard });
        string Line(MatrixAnswer a) => $"{a.Cell} {a.FileName} {a.ProgramName} {a.Kernel}";
        var joined = new List<MatrixAnswer>();
        int cells = 0;
        for (int i = 0; i < parts; i++)
        {
            VerificationMatrix part = Matrix(new Shard(i, parts));
            List<MatrixAnswer> own = Run(part);
            Assert.Equal(part.OwnCells, own.Select(a => a.Cell).Distinct().Count());
            Assert.All(own, a => Assert.Equal(i, a.Cell % parts));
            Assert.Equal(Matrix(Shard.Whole).Fingerprint(), part.Fingerprint());
            cells += part.OwnCells;
            joined.AddRange(own);
        }
        Assert.Equal(2 * s_samples.Length, cells);
        Assert.Equal(Run(Matrix(Shard.Whole)).Select(Line), joined.OrderBy(a => a.Cell).Select(Line));
    }

    [Fact]
    public void Fingerprint_is_of_the_question_not_of_the_folder()
    {
        using VerifierHost host = Host(("6.11", ""), ("6.12", ""));
        string elsewhere = _folder.Sub("elsewhere");
        string Of(Func<string, string> place, KernelSelector[] kernels, MatrixOptions options) =>
            new VerificationMatrix(host, [.. s_samples.Select(name => MatrixObject.File(place(name), name))], kernels, options).Fingerprint();
        foreach (string sample in s_samples)
        {
            Directory.CreateDirectory(Path.Combine(elsewhere, Path.GetDirectoryName(sample)!));
            File.Copy(Questions.Sample(sample), Path.Combine(elsewhere, sample));
        }
        string own = Of(Questions.Sample, [Kernel("6.12")], new MatrixOptions());
        Assert.Equal(own, Of(name => Path.Combine(elsewhere, name), [Kernel("6.12")], new MatrixOptions { Workers = 1, Shard = new Shard(1, 2) }));
        Assert.NotEqual(own, Of(Questions.Sample, [Kernel("6.11")], new MatrixOptions()));
        Assert.NotEqual(own, Of(Questions.Sample, [Kernel("6.12")], new MatrixOptions { Programs = ["add"] }));
        Assert.NotEqual(own, Of(Questions.Sample, [Kernel("6.12")], new MatrixOptions { Capabilities = LoaderCapabilities.None }));
        File.AppendAllText(Path.Combine(elsewhere, s_samples[0]), " ");
        Assert.NotEqual(own, Of(name => Path.Combine(elsewhere, name), [Kernel("6.12")], new MatrixOptions()));
    }

    [Fact]
    public void Faults_in_one_cell_leave_the_others()
    {
        using VerifierHost host = Host(("6.12", "if (program.Name == \"or_too_far\") throw new InvalidOperationException(\"a bug\");"), ("6.11", "return null;"));
        File.WriteAllText(Path.Combine(_folder.Path, "BpfVerifier.Linux.6.10.dll"), "no assembly");
        using var again = new VerifierHost(_folder.Path);
        IReadOnlyList<MatrixObject> objects = [.. Objects, MatrixObject.File("missing.o", "missing.o"), new MatrixObject("throws", "throws", () => throw new InvalidDataException("cannot be opened"))];
        List<MatrixAnswer> answers = Run(new VerificationMatrix(again, objects, [Kernel("6.12"), Kernel("6.11"), Kernel("6.10")], new MatrixOptions()));
        MatrixAnswer Of(string kernel, string program) => Assert.Single(answers, a => a.Kernel == kernel && a.ProgramName == program);
        Assert.Equal((Verdict.NotImplemented, "a fault of the verifier: InvalidOperationException: a bug"), (Of("6.12", "or_too_far").Result.Verdict, Of("6.12", "or_too_far").Result.Message));
        Assert.Equal(Verdict.Accepted, Of("6.12", "xor_bits").Result.Verdict);
        // The first question already found 6.11 faulty, and 6.10 is no assembly: one answer an object says so.
        foreach (string refused in (string[])["6.11", "6.10"])
            Assert.All(answers.Where(a => a.Kernel == refused && s_samples.Any(a.FileName.EndsWith)), a => Assert.Equal((Verdict.NotImplemented, ""), (a.Result.Verdict, a.ProgramName)));
        Assert.All(answers.Where(a => a.FileName == "missing.o"), a => Assert.Equal(Verdict.Unreadable, a.Result.Verdict));
        Assert.All(answers.Where(a => a.FileName == "throws"), a => Assert.Contains("cannot be opened", a.Result.Message, StringComparison.Ordinal));
        Assert.Equal(Enumerable.Range(0, objects.Count * 3), answers.Select(a => a.Cell).Distinct());
    }

    [Fact]
    public void Objects_are_opened_once()
    {
        using VerifierHost host = Host(("6.11", ""), ("6.12", ""));
        var opened = new ConcurrentBag<string>();
        IReadOnlyList<MatrixObject> objects = [.. s_samples.Select(name => new MatrixObject(name, name, () =>
        {
            opened.Add(name);
            return Questions.Open(name);
        }))];
        Run(new VerificationMatrix(host, objects, [Kernel("6.12"), Kernel("6.11")], new MatrixOptions { Workers = 4 }));
        Assert.Equal(s_samples.Order(StringComparer.Ordinal), opened.Order(StringComparer.Ordinal));
    }

    [Fact]
    public void Cancelled_run_hands_out_nothing_that_was_cut_short()
    {
        using VerifierHost host = Host(("6.12", "cancellation.WaitHandle.WaitOne(program.Name == \"and_8\" ? -1 : 0);"));
        using var stop = new CancellationTokenSource();
        var answers = new List<MatrixAnswer>();
        var matrix = new VerificationMatrix(host, Objects, [Kernel("6.12")], new MatrixOptions { Workers = 1 });
        int finished = 0;
        Assert.ThrowsAny<OperationCanceledException>(() => matrix.Run(answers.AddRange, () =>
        {
            if (Interlocked.Increment(ref finished) == 2)
                stop.CancelAfter(20);
        }, stop.Token));
        Assert.Equal([0, 1], answers.Select(a => a.Cell).Distinct());
    }

    [Fact]
    public void Empty_matrix_has_no_answers()
    {
        using VerifierHost host = Host(("6.12", ""));
        Assert.Empty(Run(new VerificationMatrix(host, [], [Kernel("6.12")], new MatrixOptions())));
        Assert.Empty(Run(new VerificationMatrix(host, Objects, [], new MatrixOptions())));
    }

    [Fact]
    public void Work_is_never_further_ahead_than_allowed()
    {
        const int allowed = 12;
        int begun = 0, taken = 0, furthest = 0;
        var gate = new Lock();
        using var asFarAsAllowed = new ManualResetEventSlim();
        new OrderedWork<int>(500, workers: 4, ahead: 3, index =>
        {
            lock (gate)
            {
                furthest = Math.Max(furthest, ++begun - taken);
                if (begun == allowed)
                    asFarAsAllowed.Set();
            }
            // The first is the slowest: all the others that may be begun before it ends are.
            if (index == 0)
                Assert.True(asFarAsAllowed.Wait(TimeSpan.FromMinutes(1)));
            return index;
        }, index =>
        {
            lock (gate)
                Assert.Equal(taken++, index);
        }, CancellationToken.None).Run();
        Assert.Equal(500, taken);
        Assert.Equal(allowed, furthest);
    }

    [Fact]
    public void What_the_taker_throws_ends_the_run()
    {
        int begun = 0;
        var work = new OrderedWork<int>(10_000, 2, 4, index => Interlocked.Increment(ref begun), _ => throw new IOException("no space"), CancellationToken.None);
        Assert.Equal("no space", Assert.Throws<IOException>(work.Run).Message);
        Assert.True(begun < 100);
    }

    [Theory]
    [InlineData("0/1", true)]
    [InlineData("7/8", true)]
    [InlineData("8/8", false)]
    [InlineData("-1/8", false)]
    [InlineData("1/0", false)]
    [InlineData("1", false)]
    [InlineData("1/2/3", false)]
    [InlineData("0/100001", false)]
    public void Shard_is_a_part_and_a_number_of_parts(string text, bool good)
    {
        Assert.Equal(good, Shard.TryParse(text, out Shard shard));
        Assert.Equal(good ? text : "0/1", shard.ToString());
    }

    [Fact]
    public void Stamp_is_read_as_it_is_written()
    {
        var stamp = new ShardStamp(new Shard(2, 7), 330, "0123456789abcdef", "fedcba9876543210", 41);
        Assert.True(ShardStamp.TryParse(stamp.ToString(), out ShardStamp? read));
        Assert.Equal(stamp, read);
        Assert.False(ShardStamp.TryParse(stamp + " more", out _));
        Assert.False(ShardStamp.TryParse(stamp.ToString()[..^3], out _));
    }

    [Theory]
    [InlineData("", "no part is given")]
    [InlineData("0/2 a b", "missing: 1")]
    [InlineData("0/2 a b;0/2 a b", "are both part 0/2")]
    [InlineData("0/2 a b;1/3 a b", "is part 1/3")]
    [InlineData("0/2 a b;1/2 c b", "different matrices")]
    [InlineData("0/2 a b;1/2 a c", "different builds")]
    [InlineData("1/2 a b;0/2 a b", null)]
    public void Parts_that_do_not_belong_together_are_not_joined(string parts, string? reason)
    {
        (string, ShardStamp)[] stamps = [.. parts.Split(';', StringSplitOptions.RemoveEmptyEntries).Select((text, i) =>
        {
            string[] words = text.Split(' ');
            Assert.True(Shard.TryParse(words[0], out Shard shard));
            return ($"part{i}", new ShardStamp(shard, 10, words[1], words[2], 0));
        })];
        string? problem = ShardStamp.CannotJoin(stamps);
        if (reason is null)
            Assert.Null(problem);
        else
            Assert.Contains(reason, problem, StringComparison.Ordinal);
    }
}
