using System.Collections;

namespace TorchSharp.Modules;

/// <summary>Modules under names, in the order of their adding.</summary>
public class ModuleDict<T> : torch.nn.Module, IDictionary<string, T> where T : torch.nn.Module
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);

    /// <summary>An empty dictionary.</summary>
    public ModuleDict()
        : base(nameof(ModuleDict<T>))
    {
    }

    /// <summary>Always false.</summary>
    public bool IsReadOnly => false;

    /// <summary>The number of modules.</summary>
    public int Count => _order.Count;

    /// <summary>The names.</summary>
    public ICollection<string> Keys => _order.AsReadOnly();

    /// <summary>The modules.</summary>
    public ICollection<T> Values => [.. _order.Select(name => _values[name])];

    /// <summary>The module of a name.</summary>
    public T this[string key]
    {
        get => _values[key];
        set
        {
            if (_values.ContainsKey(key))
                register_module(key, null);
            else
                _order.Add(key);
            register_module(key, value);
            _values[key] = value;
        }
    }

    /// <summary>The names.</summary>
    public IEnumerable<string> keys() => Keys;

    /// <summary>The modules.</summary>
    public IEnumerable<T> values() => Values;

    /// <summary>Takes all modules out; none is disposed of.</summary>
    public void clear() => Clear();

    /// <summary>Adds a module under a name.</summary>
    public void Add(string key, T value)
    {
        register_module(key, value);
        _order.Add(key);
        _values.Add(key, value);
    }

    /// <summary>Adds a module under a name.</summary>
    public void Add(KeyValuePair<string, T> item) => Add(item.Key, item.Value);

    /// <summary>Takes all modules out; none is disposed of.</summary>
    public void Clear()
    {
        _order.Clear();
        _values.Clear();
        ClearChildren();
    }

    /// <summary>Whether the module is there under that name.</summary>
    public bool Contains(KeyValuePair<string, T> item) => _values.TryGetValue(item.Key, out var value) && ReferenceEquals(value, item.Value);

    /// <summary>Whether there is a module of that name.</summary>
    public bool ContainsKey(string key) => _values.ContainsKey(key);

    /// <summary>Copies the names and modules into an array.</summary>
    public void CopyTo(KeyValuePair<string, T>[] array, int arrayIndex)
    {
        foreach (string name in _order)
            array[arrayIndex++] = new KeyValuePair<string, T>(name, _values[name]);
    }

    /// <summary>Takes the module of a name out.</summary>
    public bool Remove(string key)
    {
        if (!_values.Remove(key))
            return false;
        _order.Remove(key);
        register_module(key, null);
        return true;
    }

    /// <summary>Takes a module out.</summary>
    public bool Remove(KeyValuePair<string, T> item) => Contains(item) && Remove(item.Key);

    /// <summary>The module of a name, where there is one.</summary>
    public bool TryGetValue(string key, out T value) => _values.TryGetValue(key, out value);

    IEnumerator<KeyValuePair<string, T>> IEnumerable<KeyValuePair<string, T>>.GetEnumerator() => Pairs().GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => Pairs().GetEnumerator();

    private IEnumerable<KeyValuePair<string, T>> Pairs() => _order.Select(name => new KeyValuePair<string, T>(name, _values[name]));
}
