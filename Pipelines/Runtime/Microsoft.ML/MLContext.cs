using System.Collections.Concurrent;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML;

/// <summary>
/// The entry to everything: catalogs of operations on data, transforms, trainers and models.
/// With a seed, the same sequence of calls gives the same results.
/// </summary>
/// <remarks>Thread-safe for the creation of components; the order of creation decides which random numbers each gets.</remarks>
public sealed class MLContext : IHostEnvironment
{
    private readonly ConcurrentDictionary<string, object> _options = new(StringComparer.Ordinal);

    public MLContext(int? seed = null)
    {
        Root = new Host(new EnvironmentState(OnMessage), seed);
        BinaryClassification = new BinaryClassificationCatalog(this);
        MulticlassClassification = new MulticlassClassificationCatalog(this);
        Regression = new RegressionCatalog(this);
        Clustering = new ClusteringCatalog(this);
        Ranking = new RankingCatalog(this);
        AnomalyDetection = new AnomalyDetectionCatalog(this);
        Forecasting = new ForecastingCatalog(this);
        Transforms = new TransformsCatalog(this);
        Model = new ModelOperationsCatalog(this);
        Data = new DataOperationsCatalog(this);
    }

    internal Host Root { get; }

    public BinaryClassificationCatalog BinaryClassification { get; }

    public MulticlassClassificationCatalog MulticlassClassification { get; }

    public RegressionCatalog Regression { get; }

    public ClusteringCatalog Clustering { get; }

    public RankingCatalog Ranking { get; }

    public AnomalyDetectionCatalog AnomalyDetection { get; }

    public ForecastingCatalog Forecasting { get; }

    public TransformsCatalog Transforms { get; }

    public ModelOperationsCatalog Model { get; }

    public DataOperationsCatalog Data { get; }

    public ComponentCatalog ComponentCatalog => Root.ComponentCatalog;

    public string TempFilePath
    {
        get => Root.State.TempFilePath;
        set => Root.State.TempFilePath = value;
    }

    public bool FallbackToCpu
    {
        get => Root.State.FallbackToCpu ?? true;
        set => Root.State.FallbackToCpu = value;
    }

    public int? GpuDeviceId
    {
        get => Root.State.GpuDeviceId;
        set => Root.State.GpuDeviceId = value;
    }

    /// <summary>Raised for every message of a component.</summary>
    public event EventHandler<LoggingEventArgs> Log;

    internal void CancelExecution() => Root.State.Cancellation.Cancel();

    public bool TryAddOption<T>(string name, T value) => _options.TryAdd(name, value);

    public void SetOption<T>(string name, T value) => _options[name] = value;

    public bool TryGetOption<T>(string name, out T value)
    {
        bool found = _options.TryGetValue(name, out var held);
        value = found ? (T)held : default;
        return found;
    }

    public T GetOptionOrDefault<T>(string name) => TryGetOption<T>(name, out var value) ? value : default;

    public bool RemoveOption(string name) => _options.TryRemove(name, out _);

    private void OnMessage(ChannelMessage message, string source) =>
        Log?.Invoke(this, new LoggingEventArgs(message.Message, message.Kind, source));

    IHost IHostEnvironment.Register(string name, int? seed, bool? verbose) => Root.Register(name, seed, verbose);

    IChannel IChannelProvider.Start(string name) => Root.Start(name);

    IPipe<TMessage> IChannelProvider.StartPipe<TMessage>(string name) => Root.StartPipe<TMessage>(name);

    IProgressChannel IProgressChannelProvider.StartProgressChannel(string name) => Root.StartProgressChannel(name);

    string IExceptionContext.ContextDescription => Root.ContextDescription;

    TException IExceptionContext.Process<TException>(TException ex) => Root.Process(ex);
}

/// <summary>A message of a component.</summary>
public class LoggingEventArgs : EventArgs
{
    public LoggingEventArgs(string message)
    {
        Message = message;
        RawMessage = message;
    }

    public LoggingEventArgs(string message, ChannelMessageKind kind, string source)
    {
        RawMessage = message;
        Kind = kind;
        Source = source;
        Message = $"[Source={source}, Kind={kind}] {message}";
    }

    public string Source { get; }

    public ChannelMessageKind Kind { get; }

    public string Message { get; }

    public string RawMessage { get; }
}
