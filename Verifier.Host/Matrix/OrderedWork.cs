namespace BpfVerifier.Host;

/// <summary>Runs numbered pieces of work in parallel and hands out what they give in order, never more than a bounded number ahead.</summary>
internal sealed class OrderedWork<T>(int count, int workers, int ahead, Func<int, T> work, Action<T> take, CancellationToken cancellation)
{
    private readonly Lock _gate = new();
    private readonly (bool Done, T Value)[] _finished = new (bool, T)[Math.Max(1, (int)Math.Min(count, (long)workers * ahead))];
    // One permit for each piece that may be begun and not yet handed out.
    private readonly SemaphoreSlim _permits = new(Math.Max(1, (int)Math.Min(count, (long)workers * ahead)));
    private readonly CancellationTokenSource _stop = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
    private int _begun;
    private int _handedOut;

    /// <summary>Returns when all is handed out.</summary>
    /// <exception cref="OperationCanceledException">The run was cancelled.</exception>
    /// <remarks>What <c>work</c> or <c>take</c> throws ends the run and is thrown again.</remarks>
    public void Run()
    {
        try
        {
            var tasks = new Task[Math.Min(workers, Math.Max(1, count))];
            // Threads of their own: workers wait for each other, and the pool may have none to spare.
            for (int i = 0; i < tasks.Length; i++)
                tasks[i] = Task.Factory.StartNew(Work, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
            Task.WaitAll(tasks, CancellationToken.None);
        }
        catch (AggregateException failures)
        {
            // The others were only stopped because of the first.
            Exception first = failures.InnerExceptions.FirstOrDefault(e => e is not OperationCanceledException) ?? failures.InnerExceptions[0];
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(first);
        }
        finally
        {
            _stop.Dispose();
            _permits.Dispose();
        }
    }

    private void Work()
    {
        try
        {
            while (true)
            {
                _permits.Wait(_stop.Token);
                int index = Interlocked.Increment(ref _begun) - 1;
                if (index >= count)
                {
                    _permits.Release();
                    return;
                }
                T value = work(index);
                // What was cut short by cancellation is no answer. The caller's token is cancelled before the one linked to it.
                cancellation.ThrowIfCancellationRequested();
                _stop.Token.ThrowIfCancellationRequested();
                HandOut(index, value);
            }
        }
        catch
        {
            _stop.Cancel();
            throw;
        }
    }

    private void HandOut(int index, T value)
    {
        lock (_gate)
        {
            _finished[index % _finished.Length] = (true, value);
            while (_handedOut < count && _finished[_handedOut % _finished.Length] is { Done: true } next)
            {
                _finished[_handedOut % _finished.Length] = default;
                take(next.Value);
                _handedOut++;
                _permits.Release();
            }
        }
    }
}
