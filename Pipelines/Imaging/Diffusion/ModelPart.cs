using System.Reflection;
using MLPipelines.Scoring;

namespace MLPipelines.Imaging;

/// <summary>How the attention of a model of a pipeline is computed.</summary>
internal enum PartAttention
{
    /// <summary>As exported.</summary>
    AsExported,

    /// <summary>As the options say.</summary>
    AsChosen,

    /// <summary>As the options say, where the model has any.</summary>
    AsChosenIfAny,
}

/// <summary>A model of a pipeline: opened when it is first used, closed on request once nobody uses it.</summary>
internal sealed class ModelPart(string path, StableDiffusionOptions options, PartAttention attention) : IDisposable
{
    private readonly Lock _gate = new();
    private OnnxModel? _model;
    private int _users;
    private bool _disposed;

    /// <summary>Opens the model, which the token may stop, or joins those who use it; dispose of the lease when done.</summary>
    public Lease Use(CancellationToken cancellation)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(StableDiffusionPipeline));
            _model ??= Open(cancellation);
            _users++;
            return new Lease(this, _model);
        }
    }

    /// <summary>Closes the model now, or when its last user is done.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _disposed = true;
            CloseIfUnused();
        }
    }

    private OnnxModel Open(CancellationToken cancellation)
    {
        var session = options.Session;
        using var either = CancellationTokenSource.CreateLinkedTokenSource(session.CancellationToken, cancellation);
        var own = new OnnxSessionOptions();
        foreach (var property in typeof(OnnxSessionOptions).GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(property => property.CanWrite))
            property.SetValue(own, property.GetValue(session));
        own.CancellationToken = either.Token;
        if (attention != PartAttention.AsExported)
            ChooseAttention(own);
        return OnnxModel.Open(path, own);
    }

    private void ChooseAttention(OnnxSessionOptions own)
    {
        if (!options.RewritesAttention)
            own.FusedAttention = options.FusedAttention is null && own.Provider == OnnxExecutionProvider.Cpu && OnnxModelInfo.Read(path).CanFuseAttention();
        else if (attention == PartAttention.AsChosen || OnnxModelInfo.Read(path).HasOperator("Softmax"))
            (own.AttentionSlices, own.FusedAttention) = (options.AttentionSlices, options.FusedAttention == true);
    }

    private void Leave()
    {
        lock (_gate)
        {
            _users--;
            if (options.ReleaseBetweenStages || _disposed)
                CloseIfUnused();
        }
    }

    private void CloseIfUnused()
    {
        if (_users > 0)
            return;
        _model?.Dispose();
        _model = null;
    }

    /// <summary>One use of the model.</summary>
    public sealed class Lease(ModelPart part, OnnxModel model) : IDisposable
    {
        private int _disposed;

        public OnnxModel Model => model;

        public void Dispose()
        {
            if (Interlocked.Exchange(ref _disposed, 1) == 0)
                part.Leave();
        }
    }
}
