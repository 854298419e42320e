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

    /// <summary>Reads the label, feature, weight and group columns, so far as there are any, in one pass, in parallel where the data allows.</summary>
    /// <param name="env">Says when to stop.</param>
    /// <param name="data">The examples.</param>
    /// <param name="keep">Which bad examples to keep.</param>
    public static TrainingSet Load(IHostEnvironment env, RoleMappedData data, KeepExamples keep = default)
    {
        var cursors = data.Data.GetRowCursorSet(data.Columns, Environment.ProcessorCount);
        var readers = Array.ConvertAll(cursors, cursor => new ExampleReader(cursor, data, keep));
        var segments = ParallelRows.Read(env, cursors, Array.ConvertAll(readers, reader => (Action)reader.Read));
        return Join(data, readers, segments);
    }

    private static TrainingSet Join(RoleMappedData data, ExampleReader[] readers, ParallelRows.Segment[] segments)
    {
        var orders = new RowOrders(data.Data);
        var kept = new List<(int Reader, int Example)>();
        foreach (var segment in segments)
        {
            var reader = readers[segment.Worker];
            for (int i = segment.Start; i < segment.Start + segment.Count; i++)
            {
                int example = reader.Rows[i];
                var id = reader.Ids.Count == 0 ? new DataViewRowId((ulong)orders.Count, 0) : reader.Ids[i];
                orders.Add(id, example < 0 ? -1 : kept.Count);
                if (example >= 0)
                    kept.Add((segment.Worker, example));
            }
        }
        var features = readers.Length == 1 ? readers[0].Features : FeatureStore.Join(Array.ConvertAll(readers, reader => reader.Features), kept);
        float[] labels = data.Label == null ? null : [.. kept.Select(place => readers[place.Reader].Labels[place.Example])];
        return new TrainingSet(
            features,
            labels,
            data.Weight == null ? null : [.. kept.Select(place => readers[place.Reader].Weights[place.Example])],
            data.Group == null ? null : [.. kept.Select(place => readers[place.Reader].Groups[place.Example])],
            orders,
            Natural(orders, labels, features.Count))
        {
            BadFeatures = readers.Sum(reader => reader.BadFeatures),
            BadLabels = readers.Sum(reader => reader.BadLabels),
            BadWeights = readers.Sum(reader => reader.BadWeights),
            Skipped = readers.Sum(reader => reader.Skipped),
        };
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
