using Microsoft.ML.Internal;

namespace Microsoft.ML.Runtime;

/// <summary>State that an environment and all hosts below it share.</summary>
internal sealed class EnvironmentState(Action<ChannelMessage, string> messageSink)
{
    public ComponentCatalog ComponentCatalog { get; } = new();

    public Action<ChannelMessage, string> MessageSink { get; } = messageSink;

    public CancellationTokenSource Cancellation { get; } = new();

    public bool? FallbackToCpu { get; set; }

    public int? GpuDeviceId { get; set; }

    public string TempFilePath { get; set; } = Path.GetTempPath();
}

/// <summary>A host, or the root environment of an <see cref="MLContext"/>.</summary>
internal sealed class Host : IHost
{
    private readonly Lock _gate = new();
    private readonly Random _rand;

    /// <summary>The root; <paramref name="seed"/> is null for numbers that differ from run to run.</summary>
    public Host(EnvironmentState state, int? seed) : this(state, null, seed is { } value ? RandomUtils.Create(value) : RandomUtils.Create())
    {
        Seed = seed;
    }

    private Host(EnvironmentState state, string fullName, Random rand)
    {
        State = state;
        ContextDescription = fullName;
        _rand = rand;
    }

    public EnvironmentState State { get; }

    public int? Seed { get; private init; }

    public Random Rand => _rand;

    public string ContextDescription { get; }

    public ComponentCatalog ComponentCatalog => State.ComponentCatalog;

    public IHost Register(string name, int? seed = null, bool? verbose = null)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        lock (_gate)
        {
            var rand = seed is { } value ? RandomUtils.Create(value) : RandomUtils.Create(_rand);
            return new Host(State, ContextDescription == null ? name : $"{ContextDescription}; {name}", rand) { Seed = Seed };
        }
    }

    public IChannel Start(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new Channel(this, name);
    }

    public IPipe<TMessage> StartPipe<TMessage>(string name)
    {
        Contracts.CheckNonEmpty(name, nameof(name));
        return new SilentPipe<TMessage>(this);
    }

    public IProgressChannel StartProgressChannel(string name) => new SilentProgress();

    public TException Process<TException>(TException ex) where TException : Exception
    {
        if (ex != null && !ex.Data.Contains("Throwing component"))
            ex.Data["Throwing component"] = ContextDescription;
        return ex;
    }

    private sealed class Channel(Host host, string name) : IChannel
    {
        private readonly string _source = host.ContextDescription == null ? name : $"{host.ContextDescription}; {name}";

        public string ContextDescription => _source;

        public TException Process<TException>(TException ex) where TException : Exception => host.Process(ex);

        public void Send(ChannelMessage msg) => host.State.MessageSink?.Invoke(msg, _source);

        public void Trace(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Trace, sensitivity, fmt));
        public void Trace(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new(ChannelMessageKind.Trace, sensitivity, fmt, args));
        public void Error(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Error, sensitivity, fmt));
        public void Error(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new(ChannelMessageKind.Error, sensitivity, fmt, args));
        public void Warning(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Warning, sensitivity, fmt));
        public void Warning(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new(ChannelMessageKind.Warning, sensitivity, fmt, args));
        public void Info(MessageSensitivity sensitivity, string fmt) => Send(new(ChannelMessageKind.Info, sensitivity, fmt));
        public void Info(MessageSensitivity sensitivity, string fmt, params object[] args) => Send(new(ChannelMessageKind.Info, sensitivity, fmt, args));

        public void Dispose()
        {
        }
    }

    /// <summary>A pipe to which nobody listens.</summary>
    private sealed class SilentPipe<TMessage>(Host host) : IPipe<TMessage>
    {
        public string ContextDescription => host.ContextDescription;

        public TException Process<TException>(TException ex) where TException : Exception => host.Process(ex);

        public void Send(TMessage msg)
        {
        }

        public void Dispose()
        {
        }
    }

    /// <summary>A progress channel to which nobody listens.</summary>
    private sealed class SilentProgress : IProgressChannel
    {
        public IProgressChannel StartProgressChannel(string name) => this;

        public void SetHeader(ProgressHeader header, Action<IProgressEntry> fillAction)
        {
        }

        public void Checkpoint(params double?[] values)
        {
        }

        public void Dispose()
        {
        }
    }
}

internal static class HostExtensions
{
    /// <summary>Throws where the execution of the environment was cancelled.</summary>
    public static void CheckAlive(this IHostEnvironment env)
    {
        if (env.GetState() is { Cancellation.IsCancellationRequested: true })
            throw new OperationCanceledException("Operation was canceled.");
    }

    public static EnvironmentState GetState(this IHostEnvironment env) => env switch
    {
        Host host => host.State,
        MLContext context => context.Root.State,
        _ => null,
    };

    /// <summary>The seed given to the <see cref="MLContext"/>, if any.</summary>
    public static int? GetSeed(this IHostEnvironment env) => env switch
    {
        Host host => host.Seed,
        MLContext context => context.Root.Seed,
        _ => null,
    };
}
