namespace MLPipelines.Data;

/// <summary>An open-addressing table from 64-bit hashes to small values that stops growing at a limit.</summary>
internal sealed class Hash64Map<TValue>
    where TValue : unmanaged
{
    /// <summary>How many keys are kept: three quarters of two million slots.</summary>
    public const int Limit = 3 << 19;

    private ulong[] _keys = new ulong[1024];
    private TValue[] _values = new TValue[1024];
    private TValue _overflow;

    public enum Outcome
    {
        Found,
        Added,

        /// <summary>The key is unknown and there is no room for it.</summary>
        Full,
    }

    public int Count { get; private set; }

    public bool IsFull { get; private set; }

    /// <summary>The value of a key, added as the default value if it is new; when full, a place whose content means nothing.</summary>
    public ref TValue GetOrAdd(ulong key, out Outcome outcome)
    {
        if (key == 0)
            key = 1; // Zero marks a free slot.
        int slot = Slot(key);
        if (_keys[slot] == key)
        {
            outcome = Outcome.Found;
            return ref _values[slot];
        }
        if (Count == Limit)
        {
            IsFull = true;
            outcome = Outcome.Full;
            return ref _overflow;
        }
        if (4L * (Count + 1) > 3L * _keys.Length)
        {
            Grow();
            slot = Slot(key);
        }
        Count++;
        _keys[slot] = key;
        outcome = Outcome.Added;
        return ref _values[slot];
    }

    /// <summary>All values, in no order.</summary>
    public IEnumerable<TValue> Values
    {
        get
        {
            for (int i = 0; i < _keys.Length; i++)
            {
                if (_keys[i] != 0)
                    yield return _values[i];
            }
        }
    }

    private int Slot(ulong key)
    {
        int mask = _keys.Length - 1;
        int slot = (int)(key >> 20) & mask;
        while (_keys[slot] != 0 && _keys[slot] != key)
            slot = (slot + 1) & mask;
        return slot;
    }

    private void Grow()
    {
        var (keys, values) = (_keys, _values);
        _keys = new ulong[2 * keys.Length];
        _values = new TValue[2 * keys.Length];
        for (int i = 0; i < keys.Length; i++)
        {
            if (keys[i] == 0)
                continue;
            int slot = Slot(keys[i]);
            (_keys[slot], _values[slot]) = (keys[i], values[i]);
        }
    }
}
