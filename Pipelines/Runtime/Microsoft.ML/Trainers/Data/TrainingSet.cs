using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Trainers;

/// <summary>Which examples are left out.</summary>
/// <param name="MissingLabels">Whether to keep examples whose label is missing or infinite.</param>
internal readonly record struct KeepExamples(bool MissingLabels = false);

/// <summary>
/// The examples of a training set, read once and kept in memory. Examples with a feature that is no finite number, a weight
/// that is not positive and finite, a missing group or (unless kept) a missing label are left out.
/// </summary>
/// <remarks>Thread-safe for reading.</remarks>
internal sealed class TrainingSet
{
    private readonly FeatureStore _features;
    private readonly float[] _weights;
    private readonly ulong[] _groups;
    private readonly int[] _natural;

    private TrainingSet(FeatureStore features, float[] labels, float[] weights, ulong[] groups, RowOrders orders, int[] natural)
    {
        _features = features;
        Labels = labels;
        _weights = weights;
        _groups = groups;
        Orders = orders;
        _natural = natural;
    }

    /// <summary>The number of examples that a pass visits.</summary>
    public int Count => _natural.Length;

    /// <summary>The number of rows in memory: row numbers are below it.</summary>
    public int RowCount => _features.Count;

    public int FeatureCount => _features.FeatureCount;

    /// <summary>Whether no row is dense.</summary>
    public bool IsAllSparse => _features.IsAllSparse;

    /// <summary>The labels by row; null where there is no label column.</summary>
    public float[] Labels { get; }

    public bool HasWeights => _weights != null;

    /// <summary>Examples left out for their features.</summary>
    public long BadFeatures { get; private init; }

    /// <summary>Examples left out for their label.</summary>
    public long BadLabels { get; private init; }

    /// <summary>Examples left out for their weight.</summary>
    public long BadWeights { get; private init; }

    /// <summary>All examples left out.</summary>
    public long Skipped { get; private init; }

    /// <summary>How the rows of the source correspond to those in memory.</summary>
    internal RowOrders Orders { get; }

    public FeatureRow Features(int row) => _features[row];

    /// <summary>The weight of a row, 1 where there is no weight column.</summary>
    public float Weight(int row) => _weights == null ? 1 : _weights[row];

    /// <summary>The group key of a row, 0 where there is no group column.</summary>
    public ulong Group(int row) => _groups == null ? 0 : _groups[row];

    /// <summary>The rows in the order in which a pass over the source meets them.</summary>
    /// <param name="rand">The generator of a shuffled pass; null for the order of the source.</param>
    public ReadOnlySpan<int> Order(Random rand = null)
    {
        if (rand == null || !Orders.CanShuffle)
            return _natural;
        var order = Orders.Next(rand);
        return _natural.Length == RowCount ? order : WithLabel(order, Labels);
    }

    /// <summary>The same examples with other labels, by row; those whose label is no finite number are left out.</summary>
    public TrainingSet WithLabels(float[] labels)
    {
        Contracts.CheckParam(labels.Length == RowCount, nameof(labels));
        return With(labels, Orders, labels.LongCount(label => !float.IsFinite(label)));
    }

    /// <summary>The same examples in the orders that a pool gives them.</summary>
    public TrainingSet ShuffledBy(ShufflingDataView shuffler) => With(Labels, Orders.With(shuffler), BadLabels);

    private TrainingSet With(float[] labels, RowOrders orders, long badLabels) =>
        new(_features, labels, _weights, _groups, orders, Natural(orders, labels, RowCount))
        {
            BadFeatures = BadFeatures,
            BadLabels = badLabels,
            BadWeights = BadWeights,
            Skipped = Skipped,
        };

    /// <summary>Reads the label, feature, weight and group columns, so far as there are any, in one pass.</summary>
    /// <param name="env">Says when to stop.</param>
    /// <param name="data">The examples.</param>
    /// <param name="keep">Which bad examples to keep.</param>
    public static TrainingSet Load(IHostEnvironment env, RoleMappedData data, KeepExamples keep = default)
    {
        var features = new FeatureStore(data.FeatureCount);
        var labels = data.Label == null ? null : new List<float>();
        var weights = data.Weight == null ? null : new List<float>();
        var groups = data.Group == null ? null : new List<ulong>();
        var orders = new RowOrders(data.Data);
        long badFeatures = 0, badLabels = 0, badWeights = 0, skipped = 0;

        using var cursor = data.Data.GetRowCursor(data.Columns);
        var idGetter = cursor.GetIdGetter();
        var labelGetter = data.Label is { } label ? TrainingGetters.Label(cursor, label) : null;
        var weightGetter = TrainingGetters.WeightOrNull(cursor, data.Weight);
        var groupGetter = TrainingGetters.GroupOrNull(cursor, data.Group);
        var featureGetter = data.Feature is { } feature ? cursor.GetGetter<VBuffer<float>>(feature) : null;
        VBuffer<float> row = default;
        DataViewRowId id = default;
        float labelValue = 0, weightValue = 1;
        ulong groupValue = 0;
        while (cursor.MoveNext())
        {
            env.CheckAlive();
            idGetter(ref id);
            if (Accept())
            {
                orders.Add(id, features.Count);
                features.Add(in row);
                labels?.Add(labelValue);
                weights?.Add(weightValue);
                groups?.Add(groupValue);
            }
            else
            {
                orders.Add(id, -1);
                skipped++;
            }
        }
        float[] labelArray = labels?.ToArray();
        return new TrainingSet(features, labelArray, weights?.ToArray(), groups?.ToArray(), orders, Natural(orders, labelArray, features.Count))
        {
            BadFeatures = badFeatures,
            BadLabels = badLabels,
            BadWeights = badWeights,
            Skipped = skipped,
        };

        bool Accept()
        {
            // Labels first: features are what costs time.
            labelGetter?.Invoke(ref labelValue);
            if (!float.IsFinite(labelValue))
            {
                badLabels++;
                if (!keep.MissingLabels)
                    return false;
            }
            weightGetter?.Invoke(ref weightValue);
            if (!(weightValue > 0 && weightValue < float.PositiveInfinity))
            {
                badWeights++;
                return false;
            }
            groupGetter?.Invoke(ref groupValue);
            if (groupGetter != null && groupValue == 0)
                return false;
            featureGetter?.Invoke(ref row);
            if (!VBufferUtils.HasNonFinite(in row))
                return true;
            badFeatures++;
            return false;
        }
    }

    private static int[] Natural(RowOrders orders, float[] labels, int rowCount) =>
        WithLabel(orders.AlwaysShuffles ? orders.Next(null) : [.. Enumerable.Range(0, rowCount)], labels);

    private static int[] WithLabel(int[] order, float[] labels)
    {
        int count = 0;
        foreach (int row in order)
        {
            if (IsFinite(labels, row))
                order[count++] = row;
        }
        return count == order.Length ? order : order[..count];
    }

    private static bool IsFinite(float[] labels, int row) => labels == null || float.IsFinite(labels[row]);
}
