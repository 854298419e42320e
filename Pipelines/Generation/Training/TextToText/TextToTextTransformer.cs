using Microsoft.ML;
using MLPipelines.Generation.T5;
using MLPipelines.Metrics;
using MLPipelines.MLNet;
using MLPipelines.Tokenization;
using MLPipelines.Training;

namespace MLPipelines.Generation;

/// <summary>Writes texts for texts: adds the generated text and how sure the model is of it.</summary>
/// <remarks>
/// Thread-safe for reading, and to be disposed: it holds native memory, and a temporary folder with the model's files. Rows are generated in batches; in float32 a row alone and among
/// others gives the same text unless two tokens are equally probable to about 1e-5. Saved through <see cref="TextToTextCodec"/>.
/// </remarks>
public sealed class TextToTextTransformer : RowTransformer, IDisposable
{
    private const int LongestTarget = 4096;

    internal TextToTextTransformer(T5Generator generator, TextToTextColumns columns, string prefix, GenerationOptions generation, TrainingResult? training = null) =>
        (Generator, Columns, Prefix, Defaults, Training) = (generator, columns, prefix, generation, training);

    /// <summary>What is put before each input.</summary>
    public string Prefix { get; }

    /// <summary>How texts are generated; a copy.</summary>
    public GenerationOptions Generation => Defaults.Clone();

    /// <summary>What training came to; null for a model that was loaded.</summary>
    public TrainingResult? Training { get; }

    /// <summary>The tokenizer.</summary>
    public TextTokenizer Tokenizer => Generator.Generator.Tokenizer;

    internal T5Generator Generator { get; }

    internal TextToTextColumns Columns { get; }

    internal GenerationOptions Defaults { get; }

    /// <summary>Generates texts without any data view. Thread-safe.</summary>
    /// <param name="inputs">Any number of texts.</param>
    /// <param name="options">How; null for <see cref="Generation"/>.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    public IReadOnlyList<GeneratedText> Generate(IReadOnlyList<string> inputs, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(inputs);
        return Generator.Generator.Generate([.. inputs.Select(input => Prefix + input)], options ?? Defaults, cancellationToken);
    }

    /// <summary>Generates a text and gives it out as it comes.</summary>
    /// <param name="input">The text to write for.</param>
    /// <param name="options">How; null for <see cref="Generation"/>.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    public IAsyncEnumerable<string> StreamAsync(string input, GenerationOptions? options = null, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(input);
        return Generator.Generator.StreamAsync(Prefix + input, options ?? Defaults, cancellationToken: cancellationToken);
    }

    /// <summary>Generates for every row that has a target, and judges what comes: BLEU, ROUGE, chrF, exact match, diversity, and the perplexity of the right texts.</summary>
    /// <param name="data">Rows with the input column that was trained on, and one with targets.</param>
    /// <param name="targetColumnName">The column with the right texts.</param>
    /// <param name="cancellationToken">Honoured between steps and within them.</param>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">No row has a target.</exception>
    public TextGenerationReport Evaluate(IDataView data, string targetColumnName = "Target", CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(data);
        var (inputs, targets) = TextToTextRows.Read(data, Columns.Input, targetColumnName, cancellationToken);
        if (targets.Count == 0)
            throw T5Errors.NoTargets(targetColumnName);
        var predictions = Generate(inputs, cancellationToken: cancellationToken);
        var config = T5Config.Parse(File.ReadAllBytes(Path.Combine(Generator.Folder, T5Checkpoint.ConfigFile)));
        var examples = TextToTextExample.Make(Tokenizer, config, [.. inputs.Select(input => Prefix + input)], targets, Generator.MaximumInputTokens, LongestTarget, cancellationToken);
        float[][] likelihoods = Generator.Generator.Model.LogProbabilities([.. examples.Select(example => example.Input)], [.. examples.Select(example => example.Target)], cancellationToken);
        double perplexity = TextGenerationMetrics.PerplexityOf(likelihoods.Select(row => (row.Sum(value => (double)value), row.Length)));
        return TextGenerationReport.Make(inputs, [.. predictions.Select(text => text.Text)], targets, perplexity);
    }

    /// <summary>Writes config.json, generation_config.json (<see cref="Generation"/>), model.safetensors and the tokenizer's files into a folder, which Python's transformers opens, and <see cref="T5Source.Checkpoint"/> too.</summary>
    /// <param name="folder">The folder; made if it is missing. Files of those names are replaced.</param>
    public void SaveCheckpoint(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        foreach (string name in T5Checkpoint.FilesOf(Generator.Folder))
            File.Copy(Path.Combine(Generator.Folder, name), Path.Combine(folder, name), overwrite: true);
        WriteGenerationConfig(folder);
    }

    /// <summary>Writes the exported model, in Optimum's layout with the tokenizer and <see cref="Generation"/> as generation_config.json, into a folder, which <see cref="TextGenerator.Load"/> opens.</summary>
    /// <param name="folder">The folder; made if it is missing. Files of those names are replaced.</param>
    public void SaveOnnx(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        foreach (string path in Directory.EnumerateFiles(Generator.Exported))
            File.Copy(path, Path.Combine(folder, Path.GetFileName(path)), overwrite: true);
        WriteGenerationConfig(folder);
    }

    /// <summary>Releases the model and its files. Transforming afterwards throws <see cref="ObjectDisposedException"/>.</summary>
    public void Dispose()
    {
        Generator.Dispose();
        GC.SuppressFinalize(this);
    }

    private void WriteGenerationConfig(string folder) =>
        File.WriteAllBytes(Path.Combine(folder, GenerationConfig.GenerationFile), GenerationConfigWriter.Write(Defaults, Generator.Generator.Model.SpecialIds));

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new TextMapping<GeneratedText>(
        inputSchema,
        [Columns.Input],
        [TextColumns.Text<GeneratedText>(Columns.GeneratedText, text => text.Text), TextColumns.Number<GeneratedText>(Columns.Confidence, text => text.Confidence)],
        rows => [.. Generate([.. rows.Select(row => row[0])])]);
}
