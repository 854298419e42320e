using System.Collections;

namespace TorchSharp;

/// <summary>Values under names, in the order of their adding.</summary>
internal sealed class OrderedNames<T> : IEnumerable<(string, T)>
{
    private readonly List<string> _order = [];
    private readonly Dictionary<string, T> _values = new(StringComparer.Ordinal);

    public T this[string name]
    {
        get => _values[name];
        set
        {
            if (!_values.ContainsKey(name))
                _order.Add(name);
            _values[name] = value;
        }
    }

    public bool Contains(string name) => _values.ContainsKey(name);

    public bool TryGet(string name, out T value) => _values.TryGetValue(name, out value);

    public bool Remove(string name) => _values.Remove(name) && _order.Remove(name);

    public void Clear()
    {
        _order.Clear();
        _values.Clear();
    }

    public IEnumerator<(string, T)> GetEnumerator()
    {
        foreach (string name in _order)
            yield return (name, _values[name]);
    }

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();
}
