using Microsoft.Extensions.Options;
using MLPipelines.Artifacts;

namespace MLPipelines.SampleService;

/// <summary>The version of a model to which an alias points. It is exchanged while requests run: each ends with the version that it began with, and the last one closes it.</summary>
/// <typeparam name="T">What requests use of the model. Several do so at once.</typeparam>
/// <remarks>Thread-safe.</remarks>
internal sealed class LiveModel<T>(string name, IServiceProvider services, Func<LoadedModel, T> open) : ILiveModel, IDisposable
    where T : class
{
    private readonly ArtifactStore _store = services.GetRequiredService<ArtifactStore>();
    private readonly ModelPackage _package = services.GetRequiredService<ModelPackage>();
    private readonly string _alias = services.GetRequiredService<IOptions<ServiceSettings>>().Value.Alias;
    private Version? _current;

    /// <inheritdoc/>
    public string Name => name;

    /// <summary>The live version; dispose it when the request ends. Null where none is live.</summary>
    public Lease? Take()
    {
        while (Volatile.Read(ref _current) is { } version)
        {
            if (version.Enter())
                return new Lease(version);
        }
        return null;
    }

    /// <inheritdoc/>
    public async Task<bool> RefreshAsync(CancellationToken cancellationToken)
    {
        var wanted = _store.Find(name, _alias);
        if (Volatile.Read(ref _current)?.Number == wanted.Version.ToString())
            return false;
        // By number: the alias may move again while the model is loaded.
        var loaded = await _package.LoadAsync(_store, name, wanted.Version.ToString(), cancellationToken: cancellationToken);
        Interlocked.Exchange(ref _current, new Version(wanted.Version.ToString(), loaded, open(loaded)))?.Leave();
        return true;
    }

    public void Dispose() => Interlocked.Exchange(ref _current, null)?.Leave();

    /// <summary>A loaded version, and how many use it: the live model itself, and requests.</summary>
    internal sealed class Version(string number, LoadedModel loaded, T value)
    {
        private int _users = 1;

        public string Number => number;

        public T Value => value;

        public bool Enter()
        {
            for (int users = Volatile.Read(ref _users); users > 0; users = Volatile.Read(ref _users))
            {
                if (Interlocked.CompareExchange(ref _users, users + 1, users) == users)
                    return true;
            }
            return false;
        }

        public void Leave()
        {
            if (Interlocked.Decrement(ref _users) > 0)
                return;
            (value as IDisposable)?.Dispose();
            loaded.Dispose();
        }
    }

    /// <summary>A version while a request uses it.</summary>
    internal sealed class Lease(Version version) : IDisposable
    {
        private int _ended;

        public T Value => version.Value;

        public string Number => version.Number;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _ended, 1) == 0)
                version.Leave();
        }
    }
}

/// <summary>A live model of any kind.</summary>
internal interface ILiveModel
{
    /// <summary>The artifact's name.</summary>
    string Name { get; }

    /// <summary>Takes up the version to which the alias points, if it is another.</summary>
    /// <returns>Whether it was.</returns>
    /// <exception cref="ArtifactException">There is none, or it is damaged or refused; what was live stays live.</exception>
    Task<bool> RefreshAsync(CancellationToken cancellationToken);
}
