using MLPipelines.MLNet;
using MLPipelines.Text.Encoders;
using MLPipelines.Tokenization;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>The base of transformers that run an encoder over a text column.</summary>
/// <remarks>
/// Thread-safe for reading, and to be disposed: it holds native memory. One batch runs at a time, on all threads that LibTorch has; texts are tokenized side by side.
/// The same rows in the same order give the same values to the last bit. A row alone, or among others, may differ in the last digits, since matrix libraries add up products of
/// other sizes in other orders: by about 1e-6 in float32 (no more than 1e-4 is promised), and 1e-2 in bfloat16.
/// Saved through a stage codec of the artifact store.
/// </remarks>
public abstract class EncoderTransformer : RowTransformer, IDisposable
{
    private protected EncoderTransformer(EncoderRunner runner, TrainingResult? training) => (Runner, Training) = (runner, training);

    /// <summary>The configuration of the encoder.</summary>
    public EncoderConfig Config => Runner.Config;

    /// <summary>The tokenizer.</summary>
    public TextTokenizer Tokenizer => Runner.Tokenizer;

    /// <summary>The most tokens of a text that are read, special ones included.</summary>
    public int MaximumTokens => Runner.MaximumTokens;

    /// <summary>What training came to; null for a model that was loaded, and for one that was not trained here.</summary>
    public TrainingResult? Training { get; }

    internal EncoderRunner Runner { get; }

    /// <summary>Writes config.json, model.safetensors and the tokenizer's files into a folder, which Python's transformers opens, and <see cref="EncoderSource.Checkpoint"/> too.</summary>
    /// <param name="folder">The folder; made if it is missing. Files of those names are replaced.</param>
    public void SaveCheckpoint(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Runner.Exclusively(() =>
        {
            EncoderModels.Save(Runner.Module, folder, Tokenizer);
            return 0;
        });
    }

    /// <summary>Releases the encoder. Transforming afterwards throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Runner.Dispose();
        GC.SuppressFinalize(this);
    }
}
