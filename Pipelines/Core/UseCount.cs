namespace MLPipelines;

/// <summary>Keeps something open while it is used: closed meanwhile, it closes when the last use ends, and nothing begins any more.</summary>
/// <remarks>Thread-safe.</remarks>
/// <param name="type">The name of what is closed, for the exception.</param>
/// <param name="close">Closes it; called once.</param>
public sealed class UseCount(string type, Action close)
{
    private readonly Lock _gate = new();
    private int _uses;
    private bool _isClosed;

    /// <summary>Begins a use; dispose of it when done. Uses may overlap.</summary>
    /// <exception cref="ObjectDisposedException">It is closed.</exception>
    public IDisposable Enter()
    {
        lock (_gate)
        {
            if (_isClosed)
                throw new ObjectDisposedException(type);
            _uses++;
        }
        return new Use(this);
    }

    /// <summary>Closes it now, or when the last use ends. Further calls do nothing.</summary>
    public void Close()
    {
        lock (_gate)
        {
            if (_isClosed)
                return;
            _isClosed = true;
            if (_uses > 0)
                return;
        }
        close();
    }

    private void Leave()
    {
        lock (_gate)
        {
            if (--_uses > 0 || !_isClosed)
                return;
        }
        close();
    }

    private sealed class Use(UseCount count) : IDisposable
    {
        private UseCount? _count = count;

        public void Dispose() => Interlocked.Exchange(ref _count, null)?.Leave();
    }
}
