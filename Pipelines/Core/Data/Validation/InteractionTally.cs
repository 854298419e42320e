namespace MLPipelines.Data;

/// <summary>Counts users, items and interactions by 64-bit hashes of the identifiers.</summary>
internal sealed class InteractionTally
{
    private readonly Hash64Map<int> _users = new();
    private readonly Hash64Map<int> _items = new();
    private long _interactions;
    private DateTimeOffset? _from;
    private DateTimeOffset? _to;

    public long Users => _users.Count;

    public long Items => _items.Count;

    public long Interactions => _interactions;

    /// <summary>False when there were more users or items than are kept.</summary>
    public bool IsComplete => !_users.IsFull && !_items.IsFull;

    public double Density => _interactions == 0 ? 0 : _interactions / ((double)Users * Items);

    public void Add(Interaction interaction)
    {
        _interactions++;
        _users.GetOrAdd(StableHash.Of(interaction.UserId), out _)++;
        _items.GetOrAdd(StableHash.Of(interaction.ItemId), out _)++;
        if (interaction.Timestamp is { } time)
        {
            _from = _from is null || time < _from ? time : _from;
            _to = _to is null || time > _to ? time : _to;
        }
    }

    public InteractionStatistics Statistics() => new()
    {
        Users = Users,
        Items = Items,
        Interactions = Interactions,
        IsComplete = IsComplete,
        Density = Density,
        PerUser = Summarize(_users),
        PerItem = Summarize(_items),
        From = _from,
        To = _to,
    };

    private static QuantileSummary Summarize(Hash64Map<int> counts)
    {
        var quantiles = new QuantileCounter();
        foreach (int count in counts.Values)
            quantiles.Add(count);
        return quantiles.Summarize();
    }
}
