using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using TorchSharp;

namespace MLPipelines.Text;

/// <summary>Receives what a network gives for one row: its last dimensions, flattened.</summary>
internal delegate void TakeOutput(int row, ReadOnlySpan<float> output);

/// <summary>Runs a network over texts, for predictions.</summary>
/// <remarks>
/// Thread-safe: one batch runs at a time, on all of LibTorch's threads. Rows of one length in tokens go together, so that nothing is padded and no row's
/// attention depends on the others. What is left is the order in which a matrix product adds up, which libraries choose by its size.
/// </remarks>
internal sealed class EncoderRunner : IDisposable
{
    private const int TokensPerBatch = 4096;
    private const int TokensPerGpuBatch = 65536;

    private readonly Lock _gate = new();
    private readonly Func<EncoderInput, torch.Tensor> _forward;
    private readonly torch.Device _device;
    private bool _disposed;

    /// <param name="module">The network, on its device, in evaluation mode; disposed with the runner.</param>
    /// <param name="config">Its configuration.</param>
    /// <param name="tokenizer">Its tokenizer.</param>
    /// <param name="maximumTokens">The most tokens of a text that are read.</param>
    /// <param name="forward">What to compute: [rows, …].</param>
    public EncoderRunner(torch.nn.Module module, EncoderConfig config, TextTokenizer tokenizer, int maximumTokens, Func<EncoderInput, torch.Tensor> forward)
    {
        (Module, Config, Tokenizer, MaximumTokens, _forward) = (module, config, tokenizer, maximumTokens, forward);
        _device = module.parameters().First().device;
    }

    /// <summary>A runner of a model's logits.</summary>
    public EncoderRunner(EncoderModel model, TextTokenizer tokenizer, int maximumTokens)
        : this(model, model.Config, tokenizer, maximumTokens, model.forward)
    {
    }

    public torch.nn.Module Module { get; }

    public EncoderConfig Config { get; }

    public TextTokenizer Tokenizer { get; }

    public int MaximumTokens { get; }

    public torch.Device Device => _device;

    /// <summary>The type that the network computes in.</summary>
    public torch.ScalarType Precision => Module.parameters().First().dtype;

    /// <summary>Runs texts, encoded as a whole each.</summary>
    public void Run(IReadOnlyList<string> texts, TakeOutput take, CancellationToken cancellation = default) =>
        Run(Tokenizer.Tokenize(texts, MaximumTokens, cancellation), take, cancellation);

    /// <summary>Runs tokenized texts; the outputs come in no particular order.</summary>
    public void Run(IReadOnlyList<TokenizedText> texts, TakeOutput take, CancellationToken cancellation = default)
    {
        int[] order = [.. Enumerable.Range(0, texts.Count)];
        int[] lengths = [.. texts.Select(text => text.Ids.Length)];
        Array.Sort(lengths, order);
        int budget = _device.type == DeviceType.CPU ? TokensPerBatch : TokensPerGpuBatch;
        for (int start = 0; start < order.Length;)
        {
            int length = lengths[start], end = start + 1;
            while (end < order.Length && lengths[end] == length && (end - start + 1L) * length <= budget)
                end++;
            cancellation.ThrowIfCancellationRequested();
            RunBatch(texts, order.AsSpan(start, end - start), take);
            start = end;
        }
    }

    /// <summary>Does something with the network while nobody else does.</summary>
    public T Exclusively<T>(Func<T> action)
    {
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(EncoderTransformer));
            return action();
        }
    }

    public void Dispose()
    {
        lock (_gate)
        {
            if (_disposed)
                return;
            _disposed = true;
            Module.Dispose();
        }
    }

    private void RunBatch(IReadOnlyList<TokenizedText> texts, ReadOnlySpan<int> rows, TakeOutput take)
    {
        var ids = new int[rows.Length][];
        for (int i = 0; i < ids.Length; i++)
            ids[i] = texts[rows[i]].Ids;
        float[] values = Exclusively(() => Compute(ids));
        int width = values.Length / rows.Length;
        for (int i = 0; i < rows.Length; i++)
            take(rows[i], values.AsSpan(i * width, width));
    }

    private float[] Compute(int[][] ids)
    {
        using var inference = torch.inference_mode();
        using var scope = torch.NewDisposeScope();
        var output = _forward(EncoderInput.Create(Config, ids, device: _device));
        return output.to(torch.ScalarType.Float32).cpu().contiguous().data<float>().ToArray();
    }
}
