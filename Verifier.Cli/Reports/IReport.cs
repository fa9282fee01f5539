using BpfVerifier.Host;

namespace BpfVerifier.Cli;

/// <summary>One way to show the answers of a run.</summary>
internal interface IReport
{
    /// <summary>Takes the next answers, in order.</summary>
    void Add(IReadOnlyList<MatrixAnswer> answers);

    /// <summary>Writes what is still to be written.</summary>
    /// <param name="stamp">What a part of a matrix says of itself; null for a whole one.</param>
    void Finish(ShardStamp? stamp);
}
