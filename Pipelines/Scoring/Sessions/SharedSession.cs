using Microsoft.ML.OnnxRuntime;

namespace MLPipelines.Scoring;

/// <summary>A session and how many use it; the last one that releases it closes it.</summary>
internal sealed class SharedSession
{
    private readonly Lock _gate = new();
    private readonly Action<SharedSession> _closed;
    private int _users;

    public SharedSession(InferenceSession session, string key, OnnxGraph graph, OnnxExecutionProvider provider, Action<SharedSession> closed, RowTables? tables = null) =>
        (Session, Key, Graph, Provider, _closed, Tables, _users) = (session, key, graph, provider, closed, tables, 1);

    public InferenceSession Session { get; }

    public string Key { get; }

    public OnnxGraph Graph { get; }

    public OnnxExecutionProvider Provider { get; }

    /// <summary>Tables that are not in the session; null where there are none.</summary>
    public RowTables? Tables { get; }

    /// <summary>Becomes one more user, unless the session is closed already.</summary>
    public bool TryEnter()
    {
        lock (_gate)
        {
            if (_users == 0)
                return false;
            _users++;
            return true;
        }
    }

    public void Leave()
    {
        lock (_gate)
        {
            if (--_users > 0)
                return;
        }
        _closed(this);
        Session.Dispose();
        Tables?.Dispose();
    }
}
