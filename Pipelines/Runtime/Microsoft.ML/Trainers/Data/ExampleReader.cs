using Microsoft.ML.Data;

namespace Microsoft.ML.Trainers;

/// <summary>Reads the examples of one cursor into memory, without those that cannot be used.</summary>
internal sealed class ExampleReader
{
    private readonly KeepExamples _keep;
    private readonly ValueGetter<DataViewRowId> _idGetter;
    private readonly ValueGetter<float> _labelGetter;
    private readonly ValueGetter<float> _weightGetter;
    private readonly ValueGetter<ulong> _groupGetter;
    private readonly ValueGetter<VBuffer<float>> _featureGetter;
    private VBuffer<float> _row;

    public ExampleReader(DataViewRowCursor cursor, RoleMappedData data, KeepExamples keep)
    {
        _keep = keep;
        _idGetter = data.Data.CanShuffle ? cursor.GetIdGetter() : null;
        _labelGetter = data.Label is { } label ? TrainingGetters.Label(cursor, label) : null;
        _weightGetter = TrainingGetters.WeightOrNull(cursor, data.Weight);
        _groupGetter = TrainingGetters.GroupOrNull(cursor, data.Group);
        _featureGetter = data.Feature is { } feature ? cursor.GetGetter<VBuffer<float>>(feature) : null;
        Features = new FeatureStore(data.FeatureCount);
    }

    /// <summary>Which of the examples kept each row is; -1 where it was left out.</summary>
    public List<int> Rows { get; } = [];

    /// <summary>The id of each row; empty for data that cannot be shuffled, whose rows go by their positions.</summary>
    public List<DataViewRowId> Ids { get; } = [];

    public FeatureStore Features { get; }

    public List<float> Labels { get; } = [];

    public List<float> Weights { get; } = [];

    public List<ulong> Groups { get; } = [];

    public long BadFeatures { get; private set; }

    public long BadLabels { get; private set; }

    public long BadWeights { get; private set; }

    public long Skipped => Rows.Count - Features.Count;

    /// <summary>Reads the row on which the cursor stands.</summary>
    public void Read()
    {
        if (_idGetter != null)
        {
            DataViewRowId id = default;
            _idGetter(ref id);
            Ids.Add(id);
        }
        float label = 0, weight = 1;
        ulong group = 0;
        if (!Accept(ref label, ref weight, ref group))
        {
            Rows.Add(-1);
            return;
        }
        Rows.Add(Features.Count);
        Features.Add(in _row);
        if (_labelGetter != null)
            Labels.Add(label);
        if (_weightGetter != null)
            Weights.Add(weight);
        if (_groupGetter != null)
            Groups.Add(group);
    }

    private bool Accept(ref float label, ref float weight, ref ulong group)
    {
        // Labels first: features are what costs time.
        _labelGetter?.Invoke(ref label);
        if (!float.IsFinite(label))
        {
            BadLabels++;
            if (!_keep.MissingLabels)
                return false;
        }
        _weightGetter?.Invoke(ref weight);
        if (!(weight > 0 && weight < float.PositiveInfinity))
        {
            BadWeights++;
            return false;
        }
        _groupGetter?.Invoke(ref group);
        if (_groupGetter != null && group == 0)
            return false;
        _featureGetter?.Invoke(ref _row);
        if (!VBufferUtils.HasNonFinite(in _row))
            return true;
        BadFeatures++;
        return false;
    }
}
