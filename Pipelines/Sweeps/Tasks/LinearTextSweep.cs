using Microsoft.ML;
using Microsoft.ML.Data;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;
using MLPipelines.Text;

namespace MLPipelines.Sweeps;

/// <summary>Searches the options of the linear text classifier.</summary>
public static class LinearTextSweep
{
    /// <summary>Sets the space, the task and the metric, accuracy, of a sweep.</summary>
    public static SweepOptions Configure(SweepOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.Space = new SearchSpace
        {
            ["word-ngrams"] = new UniformIntOption(1, 3, defaultValue: 2),
            ["shortest-character-ngrams"] = new UniformIntOption(1, 3, defaultValue: 2),
            ["longest-character-ngrams"] = new UniformIntOption(3, 7, defaultValue: 5),
            ["character-weight"] = new UniformSingleOption(0.1f, 2, true, 0.8f),
            ["minimum-document-frequency"] = new UniformIntOption(1, 5, defaultValue: 2),
            ["supervised-term-weighting"] = new ChoiceOption([true, false], true),
            ["cost"] = new UniformSingleOption(0.05f, 20, true, 1),
        };
        (options.Task, options.Metric, options.Maximize) = ("linear-text", "accuracy", true);
        return options;
    }

    /// <summary>The classifier that a trial tries.</summary>
    public static LinearTextClassificationOptions Create(Parameter parameter)
    {
        ArgumentNullException.ThrowIfNull(parameter);
        return new LinearTextClassificationOptions
        {
            WordNGramLength = parameter["word-ngrams"].AsType<int>(),
            MinimumCharacterNGramLength = parameter["shortest-character-ngrams"].AsType<int>(),
            MaximumCharacterNGramLength = parameter["longest-character-ngrams"].AsType<int>(),
            CharacterWeight = parameter["character-weight"].AsType<float>(),
            MinimumDocumentFrequency = parameter["minimum-document-frequency"].AsType<int>(),
            UseSupervisedTermWeighting = parameter["supervised-term-weighting"].AsType<bool>(),
            Costs = [parameter["cost"].AsType<float>()],
        };
    }

    /// <summary>Trains each trial on one part of the data and measures its accuracy on the other.</summary>
    /// <param name="context">The context.</param>
    /// <param name="options">The budget and the place of the ledger.</param>
    /// <param name="train">Texts with labels, both of type text, in the columns "Text" and "Label" unless <paramref name="common"/> names others.</param>
    /// <param name="validation">Texts to measure on.</param>
    /// <param name="common">Sets what is the same for all trials.</param>
    public static Task<SweepResult> RunAsync(MLContext context, SweepOptions options, IDataView train, IDataView validation, Action<LinearTextClassificationOptions>? common = null)
    {
        ArgumentNullException.ThrowIfNull(context);
        ArgumentNullException.ThrowIfNull(train);
        ArgumentNullException.ThrowIfNull(validation);
        return Sweep.RunAsync(Configure(options), trial =>
        {
            var classifier = Create(trial.Parameter);
            common?.Invoke(classifier);
            (classifier.Seed, classifier.CancellationToken) = (trial.Seed, trial.CancellationToken);
            var model = context.MulticlassClassification.Trainers.LinearText(classifier).Fit(train);
            using var held = (object)model as IDisposable;
            var named = model.Append(context.Transforms.Conversion.MapKeyToValue(classifier.PredictedLabelColumnName).Fit(model.Transform(validation)));
            var scored = named.Transform(validation);
            int right = 0, count = 0;
            foreach (var (label, predicted) in scored.GetColumn<ReadOnlyMemory<char>>(classifier.LabelColumnName).Zip(scored.GetColumn<ReadOnlyMemory<char>>(classifier.PredictedLabelColumnName)))
            {
                count++;
                right += label.Span.SequenceEqual(predicted.Span) ? 1 : 0;
            }
            return Task.FromResult(count == 0 ? throw new InvalidOperationException("The validation data has no rows.") : (double)right / count);
        });
    }
}
