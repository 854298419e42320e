using System.Collections;

namespace TorchSharp.Modules;

/// <summary>Modules in a list; their names are their places.</summary>
public class ModuleList<T> : torch.nn.Module, IList<T> where T : torch.nn.Module
{
    private readonly List<T> _list = [];

    /// <summary>A list of modules.</summary>
    public ModuleList(params T[] modules)
        : base(nameof(ModuleList<T>))
    {
        extend(modules);
    }

    /// <summary>The number of modules.</summary>
    public int Count => _list.Count;

    /// <summary>Always false.</summary>
    public bool IsReadOnly => false;

    /// <summary>The module at a place.</summary>
    public T this[int index]
    {
        get => _list[index];
        set
        {
            _list[index] = value;
            Rename();
        }
    }

    /// <summary>Adds a module at the end.</summary>
    public void Add(T item)
    {
        register_module(_list.Count.ToString(System.Globalization.CultureInfo.InvariantCulture), item);
        _list.Add(item);
    }

    /// <summary>Adds modules at the end.</summary>
    public void append(params T[] parameters) => extend(parameters);

    /// <summary>Adds modules at the end.</summary>
    public void extend(IEnumerable<T> modules)
    {
        foreach (var module in modules)
            Add(module);
    }

    /// <summary>Takes all modules out; none is disposed of.</summary>
    public void Clear()
    {
        _list.Clear();
        ClearChildren();
    }

    /// <summary>Whether a module is in the list.</summary>
    public bool Contains(T item) => _list.Contains(item);

    /// <summary>Copies the modules into an array.</summary>
    public void CopyTo(T[] array, int arrayIndex) => _list.CopyTo(array, arrayIndex);

    /// <summary>The place of a module; -1 where it is not in the list.</summary>
    public int IndexOf(T item) => _list.IndexOf(item);

    /// <summary>Puts a module in at a place.</summary>
    public void Insert(int index, T item)
    {
        _list.Insert(index, item);
        Rename();
    }

    /// <summary>Takes a module out.</summary>
    public bool Remove(T item)
    {
        bool removed = _list.Remove(item);
        Rename();
        return removed;
    }

    /// <summary>Takes the module at a place out.</summary>
    public void RemoveAt(int index)
    {
        _list.RemoveAt(index);
        Rename();
    }

    /// <summary>The modules, one after another.</summary>
    public IEnumerator<T> GetEnumerator() => _list.GetEnumerator();

    IEnumerator IEnumerable.GetEnumerator() => GetEnumerator();

    private void Rename()
    {
        ClearChildren();
        for (int i = 0; i < _list.Count; i++)
            register_module(i.ToString(System.Globalization.CultureInfo.InvariantCulture), _list[i]);
    }
}
