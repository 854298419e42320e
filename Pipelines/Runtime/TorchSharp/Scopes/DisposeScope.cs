namespace TorchSharp;

/// <summary>
/// Disposes of the tensors that its thread made while it was the innermost scope, unless they were disposed of before,
/// moved to the scope around it or detached. Made by <see cref="torch.NewDisposeScope"/>; for one thread.
/// </summary>
public sealed class DisposeScope : IDisposable
{
    private const int LeastToCompact = 64;

    private readonly DisposeScopeManager _manager;
    private readonly List<IDisposable> _items = [];
    private int _count;
    private bool _disposed;

    internal DisposeScope(DisposeScopeManager manager, DisposeScope outer)
    {
        _manager = manager;
        OuterScope = outer;
    }

    /// <summary>What the scope holds now; a copy.</summary>
    public IReadOnlyList<IDisposable> DisposablesView => [.. _items.Where(item => item is not null)];

    /// <summary>How many tensors and other objects the scope holds.</summary>
    public int DisposablesCount => _count;

    internal DisposeScope OuterScope { get; set; }

    /// <summary>Adds an object that the scope is to dispose of.</summary>
    /// <exception cref="ObjectDisposedException">The scope was disposed of.</exception>
    public T Attach<T>(T disposable) where T : IDisposable
    {
        AttachTo(this, disposable);
        return disposable;
    }

    /// <summary>Adds objects that the scope is to dispose of.</summary>
    /// <exception cref="ObjectDisposedException">The scope was disposed of.</exception>
    public void Attach(params IDisposable[] disposables) => Attach((IEnumerable<IDisposable>)disposables);

    /// <summary>Adds objects that the scope is to dispose of.</summary>
    /// <exception cref="ObjectDisposedException">The scope was disposed of.</exception>
    public void Attach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            AttachTo(this, disposable);
    }

    /// <summary>Hands an object to the scope around this one; without one, it belongs to none.</summary>
    public T MoveToOuter<T>(T disposable) where T : IDisposable
    {
        MoveToOther(OuterScope, disposable);
        return disposable;
    }

    /// <summary>Hands two objects to the scope around this one; without one, they belong to none.</summary>
    public (T1 first, T2 second) MoveToOuter<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (MoveToOuter(first), MoveToOuter(second));

    /// <summary>Hands three objects to the scope around this one; without one, they belong to none.</summary>
    public (T1 first, T2 second, T3 third) MoveToOuter<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (MoveToOuter(first), MoveToOuter(second), MoveToOuter(third));

    /// <summary>Hands objects to the scope around this one; without one, they belong to none.</summary>
    public void MoveToOuter(params IDisposable[] disposables) => MoveToOuter((IEnumerable<IDisposable>)disposables);

    /// <summary>Hands objects to the scope around this one; without one, they belong to none.</summary>
    public void MoveToOuter(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            MoveToOuter<IDisposable>(disposable);
    }

    /// <summary>Hands an object to another scope; where that is null, it belongs to none.</summary>
    public T MoveToOther<T>(DisposeScope scope, T disposable) where T : IDisposable
    {
        if (Remove(disposable))
            AttachTo(scope, disposable);
        return disposable;
    }

    /// <summary>Takes an object out of the scope: nothing but its finalizer disposes of it then.</summary>
    public T Detach<T>(T disposable) where T : IDisposable
    {
        Remove(disposable);
        return disposable;
    }

    /// <summary>Takes two objects out of the scope.</summary>
    public (T1 first, T2 second) Detach<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable => (Detach(first), Detach(second));

    /// <summary>Takes three objects out of the scope.</summary>
    public (T1 first, T2 second, T3 third) Detach<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable =>
        (Detach(first), Detach(second), Detach(third));

    /// <summary>Takes objects out of the scope.</summary>
    public void Detach(params IDisposable[] disposables) => Detach((IEnumerable<IDisposable>)disposables);

    /// <summary>Takes objects out of the scope.</summary>
    public void Detach(IEnumerable<IDisposable> disposables)
    {
        foreach (var disposable in disposables)
            Remove(disposable);
    }

    /// <summary>Disposes of all that the scope holds; it stays open.</summary>
    public void DisposeEverything()
    {
        if (_disposed)
            TorchErrors.ScopeDisposed();
        for (int i = 0; i < _items.Count; i++)
        {
            var item = _items[i];
            if (item is torch.Tensor tensor)
                tensor.OwningDisposeScope = null;
            _items[i] = null;
            item?.Dispose();
        }
        _items.Clear();
        _count = 0;
    }

    /// <summary>Disposes of all that the scope holds but some, which it goes on to hold.</summary>
    public void DisposeEverythingBut(IEnumerable<IDisposable> inKeep)
    {
        IDisposable[] kept = [.. inKeep.Where(Remove)];
        DisposeEverything();
        foreach (var item in kept)
            Add(item);
    }

    /// <summary>Disposes of all that the scope holds but some, which it goes on to hold.</summary>
    public void DisposeEverythingBut(params IDisposable[] keep) => DisposeEverythingBut((IEnumerable<IDisposable>)keep);

    /// <summary>Disposes of all that the scope holds but one object, which it goes on to hold.</summary>
    public T DisposeEverythingBut<T>(T keep) where T : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[keep]);
        return keep;
    }

    /// <summary>Disposes of all that the scope holds but two objects, which it goes on to hold.</summary>
    public (T1 first, T2 second) DisposeEverythingBut<T1, T2>(T1 first, T2 second) where T1 : IDisposable where T2 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second]);
        return (first, second);
    }

    /// <summary>Disposes of all that the scope holds but three objects, which it goes on to hold.</summary>
    public (T1 first, T2 second, T3 third) DisposeEverythingBut<T1, T2, T3>(T1 first, T2 second, T3 third) where T1 : IDisposable where T2 : IDisposable where T3 : IDisposable
    {
        DisposeEverythingBut((IEnumerable<IDisposable>)[first, second, third]);
        return (first, second, third);
    }

    /// <summary>Disposes of all that the scope holds, and closes it.</summary>
    public void Dispose()
    {
        if (_disposed)
            return;
        DisposeEverything();
        _disposed = true;
        _manager.Remove(this);
    }

    /// <summary>Tells the scope that an object was disposed of otherwise.</summary>
    public void MarkAsDisposed(IDisposable disposable) => Remove(disposable);

    /// <summary>Whether the scope holds the object.</summary>
    public bool Contains(IDisposable disposable) => disposable is torch.Tensor tensor ? tensor.OwningDisposeScope == this : IndexOf(disposable) >= 0;

    internal void Add(IDisposable disposable)
    {
        if (_items.Count > LeastToCompact && _count < _items.Count / 2)
            Compact();
        if (disposable is torch.Tensor tensor)
        {
            tensor.OwningDisposeScope = this;
            tensor.ScopeIndex = _items.Count;
        }
        _items.Add(disposable);
        _count++;
    }

    // The list shrinks at its end alone, so that the places of the others stay.
    internal bool Remove(IDisposable disposable)
    {
        int index;
        if (disposable is torch.Tensor tensor)
        {
            if (tensor.OwningDisposeScope != this)
                return false;
            index = tensor.ScopeIndex;
            tensor.OwningDisposeScope = null;
        }
        else
        {
            index = IndexOf(disposable);
            if (index < 0)
                return false;
        }
        _items[index] = null;
        _count--;
        while (_items.Count > 0 && _items[^1] is null)
            _items.RemoveAt(_items.Count - 1);
        return true;
    }

    private void Compact()
    {
        _items.RemoveAll(item => item is null);
        for (int i = 0; i < _items.Count; i++)
        {
            if (_items[i] is torch.Tensor tensor)
                tensor.ScopeIndex = i;
        }
    }

    private static void AttachTo(DisposeScope scope, IDisposable disposable)
    {
        if (disposable is null)
            return;
        if (scope is { _disposed: true })
            TorchErrors.ScopeDisposed();
        if (disposable is torch.Tensor { OwningDisposeScope: { } owner })
            owner.Remove(disposable);
        scope?.Add(disposable);
    }

    private int IndexOf(IDisposable disposable)
    {
        for (int i = 0; i < _items.Count; i++)
        {
            if (ReferenceEquals(_items[i], disposable))
                return i;
        }
        return -1;
    }
}
