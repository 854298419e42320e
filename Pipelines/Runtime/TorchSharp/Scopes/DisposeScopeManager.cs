namespace TorchSharp;

/// <summary>Keeps the dispose scopes of each thread: the innermost takes the tensors that the thread makes.</summary>
public class DisposeScopeManager
{
    [ThreadStatic]
    private static DisposeScopeManager current;

    internal static DisposeScopeManager ThreadSingleton => current ??= new DisposeScopeManager();

    /// <summary>The innermost open scope of this thread; null where there is none.</summary>
    internal DisposeScope Innermost { get; private set; }

    internal static DisposeScope NewDisposeScope()
    {
        var manager = ThreadSingleton;
        return manager.Innermost = new DisposeScope(manager, manager.Innermost);
    }

    internal static void Register(torch.Tensor tensor) => current?.Innermost?.Add(tensor);

    /// <summary>Takes a scope out, whether it is the innermost or not.</summary>
    internal void Remove(DisposeScope scope)
    {
        if (Innermost == scope)
        {
            Innermost = scope.OuterScope;
            return;
        }
        for (var inner = Innermost; inner is not null; inner = inner.OuterScope)
        {
            if (inner.OuterScope == scope)
            {
                inner.OuterScope = scope.OuterScope;
                return;
            }
        }
    }
}
