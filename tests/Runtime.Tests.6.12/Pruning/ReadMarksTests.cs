using BpfVerifier.Runtime.Tests.Scalars;

namespace BpfVerifier.Runtime.Tests.Pruning;

/// <summary>Releases that find liveness while walking.</summary>
public class ReadMarksTests
{
    [Fact]
    public void Read_is_recorded_in_all_parents_up_to_a_write()
    {
        Verification verification = new Lab(modular: false).Verification;
        LivenessMarks marks = verification.Marks!;
        FrameState frame = verification.CurFrame;
        int[] chain = [LivenessMarks.Reg(frame, 1), .. Enumerable.Range(0, 3).Select(_ => marks.Allocate() + 1)];
        for (int i = 0; i + 1 < chain.Length; i++)
            marks.Parent(chain[i]) = chain[i + 1];
        marks[chain[2]] |= Live.Written;

        Assert.Equal(Errno.None, verification.MarkRegRead(frame, 1, Live.Read64));

        Assert.Equal(Live.Read64, marks[chain[1]]);
        Assert.Equal(Live.Read64 | Live.Written, marks[chain[2]]);
        Assert.Equal(Live.None, marks[chain[3]]);
        Assert.Equal(2, verification.LongestMarkReadWalk);
    }

    [Fact]
    public void Write_in_the_current_state_hides_a_read()
    {
        Verification verification = new Lab(modular: false).Verification;
        LivenessMarks marks = verification.Marks!;
        FrameState frame = verification.CurFrame;
        int place = LivenessMarks.Reg(frame, 1), parent = marks.Allocate() + 1;
        marks.Parent(place) = parent;
        marks[place] = Live.Written;
        verification.MarkRegRead(frame, 1, Live.Read64);
        Assert.Equal(Live.None, marks[parent]);
    }

    [Fact]
    public void Whole_read_replaces_a_half_read_not_the_reverse()
    {
        Verification verification = new Lab(modular: false).Verification;
        LivenessMarks marks = verification.Marks!;
        FrameState frame = verification.CurFrame;
        int parent = marks.Allocate() + 1;
        marks.Parent(LivenessMarks.Reg(frame, 1)) = parent;
        verification.MarkRegRead(frame, 1, Live.Read32);
        Assert.Equal(Live.Read32, marks[parent]);
        verification.MarkRegRead(frame, 1, Live.Read64);
        Assert.Equal(Live.Read64, marks[parent]);
        verification.MarkRegRead(frame, 1, Live.Read32);
        Assert.Equal(Live.Read64, marks[parent]);
    }

    [Fact]
    public void Blocks_are_cleared_when_used_again()
    {
        LivenessMarks marks = new();
        int block = marks.Allocate();
        marks[block] = Live.Done;
        marks.Parent(block) = block;
        marks.Free(block);
        Assert.Equal(block, marks.Allocate());
        Assert.Equal((Live.None, 0), (marks[block], marks.Parent(block)));
    }
}
