using System.Collections.Concurrent;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Data;

namespace MLPipelines.SampleService;

/// <summary>Prediction engines of one model. An engine serves one thread at a time, so each request takes one and gives it back.</summary>
/// <remarks>Thread-safe.</remarks>
internal sealed class IntentEngines(MLContext context, ITransformer model) : IDisposable
{
    private readonly ITransformer _model = WithNames(context, model);
    private readonly ConcurrentBag<PredictionEngine<TextLabel, IntentPrediction>> _idle = [];

    /// <summary>Classifies texts.</summary>
    /// <param name="texts">The texts.</param>
    /// <param name="cancellationToken">Honoured per text.</param>
    public IntentPrediction[] Predict(IReadOnlyList<string> texts, CancellationToken cancellationToken)
    {
        if (!_idle.TryTake(out var engine))
            engine = context.Model.CreatePredictionEngine<TextLabel, IntentPrediction>(_model);
        try
        {
            var predictions = new IntentPrediction[texts.Count];
            for (int i = 0; i < predictions.Length; i++)
            {
                cancellationToken.ThrowIfCancellationRequested();
                predictions[i] = engine.Predict(new TextLabel { Text = texts[i] });
            }
            return predictions;
        }
        finally
        {
            _idle.Add(engine);
        }
    }

    private static ITransformer WithNames(MLContext context, ITransformer model)
    {
        var output = model.Transform(context.Data.LoadFromEnumerable<TextLabel>([]));
        const string Predicted = nameof(IntentPrediction.PredictedLabel);
        return output.Schema[Predicted].Type is KeyDataViewType ? model.Append(context.Transforms.Conversion.MapKeyToValue(Predicted).Fit(output)) : model;
    }

    public void Dispose()
    {
        while (_idle.TryTake(out var engine))
            engine.Dispose();
    }
}

/// <summary>What the model says of a text.</summary>
internal sealed class IntentPrediction
{
    /// <summary>The most probable intent.</summary>
    public string PredictedLabel { get; set; } = "";

    /// <summary>The probability of each intent.</summary>
    public float[] Score { get; set; } = [];
}
