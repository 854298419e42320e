namespace Microsoft.ML.Runtime;

/// <summary>Something that can mark exceptions with the component that raised them.</summary>
public interface IExceptionContext
{
    TException Process<TException>(TException ex) where TException : Exception;

    string ContextDescription { get; }
}

/// <summary>The environment in which components work: logging, progress and, through <see cref="Register"/>, hosts.</summary>
public interface IHostEnvironment : IChannelProvider, IProgressChannelProvider
{
    /// <summary>
    /// A host for a component. Without <paramref name="seed"/> its generator is seeded by the next
    /// number of this environment's: the order of calls decides what random numbers each component sees.
    /// </summary>
    IHost Register(string name, int? seed = null, bool? verbose = null);

    ComponentCatalog ComponentCatalog { get; }
}

/// <summary>The environment of one component, with its own random numbers.</summary>
public interface IHost : IHostEnvironment
{
    Random Rand { get; }
}

/// <summary>The base of all component factories.</summary>
public interface IComponentFactory
{
}

/// <inheritdoc cref="IComponentFactory"/>
public interface IComponentFactory<out TComponent> : IComponentFactory
{
    TComponent CreateComponent(IHostEnvironment env);
}

/// <inheritdoc cref="IComponentFactory"/>
public interface IComponentFactory<in TArg1, out TComponent> : IComponentFactory
{
    TComponent CreateComponent(IHostEnvironment env, TArg1 argument1);
}

/// <inheritdoc cref="IComponentFactory"/>
public interface IComponentFactory<in TArg1, in TArg2, out TComponent> : IComponentFactory
{
    TComponent CreateComponent(IHostEnvironment env, TArg1 argument1, TArg2 argument2);
}

/// <inheritdoc cref="IComponentFactory"/>
public interface IComponentFactory<in TArg1, in TArg2, in TArg3, out TComponent> : IComponentFactory
{
    TComponent CreateComponent(IHostEnvironment env, TArg1 argument1, TArg2 argument2, TArg3 argument3);
}
