using System.Reflection;

namespace Microsoft.ML.AutoML;

/// <summary>The parts of an experiment by their types. A part may ask for others in its constructor or through <see cref="IServiceProvider"/>.</summary>
internal sealed class Services
{
    private readonly Dictionary<Type, (Func<IServiceProvider, object> Make, bool IsShared)> _makers = [];

    public bool Has<T>() => _makers.ContainsKey(typeof(T));

    /// <summary>Whether the part is the same for the whole run, or its owner's.</summary>
    public bool IsShared<T>() => _makers.TryGetValue(typeof(T), out var maker) && maker.IsShared;

    public void Remove<T>() => _makers.Remove(typeof(T));

    public void SetInstance<T>(T instance)
        where T : class =>
        _makers[typeof(T)] = (_ => instance, true);

    /// <summary>A part that is made once for each run.</summary>
    public void SetShared<T>(Func<IServiceProvider, T> make)
        where T : class =>
        _makers[typeof(T)] = (make, true);

    /// <summary>A part that is made anew whenever it is asked for.</summary>
    public void SetTransient<T>(Func<IServiceProvider, T> make)
        where T : class =>
        _makers[typeof(T)] = (make, false);

    /// <summary>The parts of one run.</summary>
    public IServiceProvider NewProvider() => new Provider(new(_makers));

    /// <summary>An object whose constructor is given what it asks for; of several constructors the one with the most parameters that can be served.</summary>
    public static T Make<T>(IServiceProvider services)
        where T : class
    {
        foreach (var constructor in typeof(T).GetConstructors(BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance).OrderByDescending(constructor => constructor.GetParameters().Length))
        {
            var parameters = constructor.GetParameters();
            object[] arguments = Array.ConvertAll(parameters, parameter => services.GetService(parameter.ParameterType) ?? (parameter.HasDefaultValue ? parameter.DefaultValue : Missing.Value));
            if (!arguments.Contains(Missing.Value))
                return (T)constructor.Invoke(BindingFlags.DoNotWrapExceptions, null, arguments, null);
        }
        throw new InvalidOperationException($"'{typeof(T)}' cannot be made: each of its constructors asks for something that the experiment does not have. Give an object or a factory instead.");
    }

    private sealed class Provider(Dictionary<Type, (Func<IServiceProvider, object> Make, bool IsShared)> makers) : IServiceProvider
    {
        private readonly Dictionary<Type, object> _made = [];

        public object GetService(Type serviceType)
        {
            if (serviceType == typeof(IServiceProvider))
                return this;
            if (_made.TryGetValue(serviceType, out object made))
                return made;
            if (!makers.TryGetValue(serviceType, out var maker))
                return null;
            made = maker.Make(this);
            if (maker.IsShared)
                _made[serviceType] = made;
            return made;
        }
    }
}

internal static class ServiceProviderExtensions
{
    public static T Get<T>(this IServiceProvider services)
        where T : class =>
        (T)services.GetService(typeof(T));
}
