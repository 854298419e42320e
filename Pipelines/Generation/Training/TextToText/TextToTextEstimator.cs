using Microsoft.ML;
using MLPipelines.Generation.T5;
using MLPipelines.MLNet;
using MLPipelines.Tokenization;
using MLPipelines.Training;

namespace MLPipelines.Generation;

/// <summary>
/// Learns to write target texts for input texts by training a T5 model, from a checkpoint or from random weights, with the right outputs given (teacher forcing). What is learnt
/// is exported to ONNX, which generates.
/// </summary>
/// <remarks>Reads its input once and leaves it alone. The same seed on the same rows and machine gives the same model.</remarks>
public sealed class TextToTextEstimator : IEstimator<TextToTextTransformer>
{
    private readonly TextToTextOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public TextToTextEstimator(TextToTextOptions? options = null) => _options = options ?? new();

    /// <summary>Trains on the rows that have a target.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There is nothing to learn from.</exception>
    /// <exception cref="T5Exception">The checkpoint is no T5 model, or its tokenizer does not fit it.</exception>
    /// <exception cref="TrainingException">The loss was not a number, or memory ran out.</exception>
    /// <exception cref="OperationCanceledException">The token of the training options was cancelled.</exception>
    public TextToTextTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        var training = _options.EffectiveTraining;
        var (inputs, targets) = TextToTextRows.Read(input, _options.InputColumnName, _options.TargetColumnName, training.CancellationToken);
        if (targets.Count == 0)
            throw T5Errors.NoTargets(_options.TargetColumnName);
        string[] prompts = [.. inputs.Select(text => _options.Prefix + text)];
        var (train, validation) = Split(targets.Count, training.Seed);
        var (model, tokenizer) = _options.Model.Open(train.SelectMany(row => (string[])[prompts[row], targets[row]]), training.Seed, training.CancellationToken);
        using (model)
        {
            var result = Train(model, Examples(tokenizer, model.Config, prompts, targets, train), Examples(tokenizer, model.Config, prompts, targets, validation), training);
            var generator = T5Generator.Make(folder => T5Checkpoint.Save(model, tokenizer, folder), _options.GenerationWeights, _options.MaximumInputTokens, training.CancellationToken);
            return new TextToTextTransformer(generator, _options.Columns, _options.Prefix, GenerationDefaults(), result);
        }
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        inputSchema.Find(_options.InputColumnName);
        inputSchema.Find(_options.TargetColumnName);
        return inputSchema.With(TextColumns.TextShape(_options.GeneratedTextColumnName), TextColumns.NumberShape(_options.ConfidenceColumnName));
    }

    private TrainingResult Train(T5Model model, TextToTextExample[] train, TextToTextExample[] validation, TrainingOptions training)
    {
        _options.Lora?.AddTo(model, training.Seed);
        using var task = new TextToTextTask(model, train, validation, _options.LabelSmoothing);
        var result = TrainingTurn.Train(task, training);
        model.MergeUpdates();
        return result;
    }

    private TextToTextExample[] Examples(TextTokenizer tokenizer, T5Config config, string[] prompts, IReadOnlyList<string> targets, int[] rows) => TextToTextExample.Make(
        tokenizer, config, [.. rows.Select(row => prompts[row])], [.. rows.Select(row => targets[row])], _options.MaximumInputTokens, _options.MaximumTargetTokens, _options.EffectiveTraining.CancellationToken);

    private (int[] Train, int[] Validation) Split(int rows, int seed)
    {
        int held = Math.Min((int)Math.Round(_options.ValidationFraction * rows), rows - 1);
        int[] order = [.. Enumerable.Range(0, rows)];
        new Random(seed).Shuffle(order);
        return ([.. order[held..].Order()], [.. order[..held].Order()]);
    }

    private GenerationOptions GenerationDefaults() => _options.Generation?.Clone() ?? new GenerationOptions { MaximumNewTokens = _options.MaximumTargetTokens };
}
