using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.MLNet;
using MLPipelines.Training;

namespace MLPipelines.Entities;

/// <summary>
/// Learns embeddings of entities from their columns: an encoder and a decoder of two layers each, trained with AdamW on LibTorch to reconstruct entities of which a part is hidden
/// (Vincent, Larochelle, Bengio and Manzagol, "Extracting and composing robust features with denoising autoencoders", ICML 2008). Each column counts the same: numbers by their squared error in
/// standard deviations, categories by cross-entropy, sets by binary cross-entropy over the mean size of sets.
/// </summary>
/// <remarks>
/// Reads its input once. LibTorch is loaded when it is fitted, and only then; the trainings of one process take turns. Every entity is kept, held out or not, to find neighbours among.
/// </remarks>
public sealed class AutoencoderEstimator : IEstimator<AutoencoderTransformer>
{
    private const int LeastToHoldOut = 20;
    private const int RowsBetweenChecks = 1024;

    private readonly AutoencoderOptions _options;

    /// <summary>An estimator; the options are checked when it is fitted.</summary>
    public AutoencoderEstimator(AutoencoderOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        _options = options;
    }

    /// <summary>Trains on all rows.</summary>
    /// <exception cref="ArgumentException">Options are out of range.</exception>
    /// <exception cref="ArgumentOutOfRangeException">A column is missing or of another type.</exception>
    /// <exception cref="InvalidOperationException">There are fewer than two rows; an identifier is missing or repeated; a column is constant, missing throughout, or has an infinite number.</exception>
    /// <exception cref="OperationCanceledException">The token of the options was cancelled.</exception>
    public AutoencoderTransformer Fit(IDataView input)
    {
        ArgumentNullException.ThrowIfNull(input);
        _options.Validate();
        var columns = EntityColumns.Of(_options);
        var raw = Read(input, columns, _options.CancellationToken);
        var space = FeatureSpace.Learn(raw, columns);
        EntityRow[] entities = [.. raw.Select(space.Encode)];
        string[] ids = [.. raw.Select((entity, row) => entity.Id ?? row.ToString(System.Globalization.CultureInfo.InvariantCulture))];
        var model = new AutoencoderModel(space, Train(space, entities));
        return new AutoencoderTransformer(model, columns, _options.EmbeddingColumnName, _options.ErrorColumnName, ids, entities);
    }

    /// <inheritdoc/>
    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        ArgumentNullException.ThrowIfNull(inputSchema);
        foreach (var name in _options.FeatureNames)
            inputSchema.Find(name);
        return inputSchema.With(
            SchemaShapes.Column(_options.EmbeddingColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single),
            SchemaShapes.Column(_options.ErrorColumnName, SchemaShape.Column.VectorKind.Scalar, NumberDataViewType.Single));
    }

    private static List<RawEntity> Read(IDataView input, EntityColumns columns, CancellationToken cancellationToken)
    {
        var reader = new EntityReader(input.Schema, columns, withId: true);
        var entities = new List<RawEntity>();
        var ids = new HashSet<string>(StringComparer.Ordinal);
        cancellationToken.ThrowIfCancellationRequested();
        using var cursor = input.GetRowCursor(reader.Columns);
        var read = reader.MakeReader(cursor);
        while (cursor.MoveNext())
        {
            var entity = read();
            entities.Add(entity);
            if (entities.Count % RowsBetweenChecks == 0)
                cancellationToken.ThrowIfCancellationRequested();
            if (columns.Id is { } id)
            {
                if (entity.Id is null)
                    throw EntityErrors.NoId(id, entities.Count);
                if (!ids.Add(entity.Id))
                    throw EntityErrors.SameId(id, entities.Count, entity.Id);
            }
        }
        return entities.Count switch
        {
            0 => throw EntityErrors.NoEntities(),
            1 => throw EntityErrors.OneEntity(),
            _ => entities,
        };
    }

    private AutoencoderNetwork Train(FeatureSpace space, EntityRow[] entities)
    {
        int[] order = [.. Enumerable.Range(0, entities.Length)];
        new Random(_options.Seed).Shuffle(order);
        int heldOut = entities.Length < LeastToHoldOut ? 0 : (int)Math.Round(entities.Length * _options.ValidationFraction);
        EntityRow[] held = [.. order.Take(heldOut).Select(place => entities[place])], train = [.. order.Skip(heldOut).Select(place => entities[place])];
        using var module = new AutoencoderModule(AutoencoderNetwork.Random(space.InputWidth, _options.HiddenDimension, _options.EmbeddingDimension, space.OutputWidth, _options.Seed));
        using var task = new AutoencoderTask(module, space, train, held, _options.MaskedShare);
        TrainingTurn.Train(task, new TrainingOptions
        {
            Epochs = _options.Epochs,
            BatchSize = _options.BatchSize,
            MaximumTokensPerMicroBatch = _options.BatchSize,
            LengthBuckets = 1,
            LearningRate = _options.LearningRate,
            WeightDecay = _options.WeightDecay,
            Schedule = LearningRateSchedule.Cosine,
            WarmupShare = 0.05,
            MaximumGradientNorm = 1,
            Precision = TrainingPrecision.Float32,
            Device = _options.Device,
            EarlyStoppingPatience = held.Length == 0 ? null : _options.EarlyStoppingPatience,
            MinimumDelta = 1e-4,
            Seed = _options.Seed,
            Threads = _options.NumberOfThreads,
            Progress = _options.Progress is { } progress ? new EpochProgress(progress, _options.Epochs, (train.Length + _options.BatchSize - 1) / _options.BatchSize) : null,
            CancellationToken = _options.CancellationToken,
        });
        var network = module.ToNetwork();
        return network.IsFinite ? network : throw EntityErrors.Diverged();
    }

    /// <summary>Reports once an epoch.</summary>
    private sealed class EpochProgress(IProgress<AutoencoderProgress> target, int epochs, long stepsPerEpoch) : IProgress<TrainingProgress>
    {
        public void Report(TrainingProgress value)
        {
            if (value.Step % stepsPerEpoch == 0)
                target.Report(new AutoencoderProgress((int)(value.Step / stepsPerEpoch), epochs, value.SmoothedLoss, value.Validation?.Metric));
        }
    }
}
