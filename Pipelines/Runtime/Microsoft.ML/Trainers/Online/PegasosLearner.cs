using Microsoft.ML.Internal;

namespace Microsoft.ML.Trainers;

/// <summary>Steps along the hinge loss of batches of examples, with shrinking weights.</summary>
internal sealed class PegasosLearner : OnlineLearner
{
    private readonly LinearSvmTrainer.Options _options;
    private readonly BatchUpdate _update;
    private int _batch;
    private long _examplesOfBatch;
    private float _biasUpdate;

    public PegasosLearner(float[] weights, float bias, LinearSvmTrainer.Options options) : base(weights, options.NoBias ? 0 : bias)
    {
        _options = options;
        _update = options.BatchSize > 1 ? new BatchUpdate(weights.Length) : null;
    }

    public override void BeginPass() => BeginBatch();

    public override void Learn(in FeatureRow features, float label, float weight)
    {
        float sign = label > 0 ? 1 : -1;
        float excess = Margin(in features) * sign - 1;
        float step = excess < 0 ? sign * weight : 0;
        _biasUpdate += step;
        if (_update != null && step != 0)
            _update.Add(in features, step);
        if (++_examplesOfBatch < _options.BatchSize)
            return;
        if (_update != null)
            Apply(_update.ToRow(), 1);
        else
            Apply(in features, step);
        BeginBatch();
    }

    private void BeginBatch()
    {
        _batch++;
        _examplesOfBatch = 0;
        _biasUpdate = 0;
        _update?.Clear();
    }

    private void Apply(in FeatureRow update, float updateScale)
    {
        float rate = 1 / (1 + _options.Lambda * _batch);
        Scale *= 1 - rate * _options.Lambda;
        ApplyScaleIfExtreme();
        update.AddTo(rate * updateScale / (_examplesOfBatch * Scale), Weights);
        if (!_options.NoBias)
            Bias += rate / _examplesOfBatch * _biasUpdate;
        if (_options.PerformProjection)
            Project();
    }

    private void Project()
    {
        float norm = (float)Math.Sqrt(VectorMath.SumSq(Weights));
        float ratio = 1 / ((float)Math.Sqrt(_options.Lambda) * norm * Math.Abs(Scale));
        if (ratio >= 1)
            return;
        Scale *= ratio;
        ApplyScaleIfExtreme();
    }

    /// <summary>A sum of multiples of rows; sparse while all its rows are.</summary>
    private sealed class BatchUpdate(int featureCount)
    {
        private readonly float[] _sum = new float[featureCount];
        private readonly bool[] _isSet = new bool[featureCount];
        private readonly List<int> _set = [];
        private bool _isDense;
        private bool _isEmpty = true;

        public void Clear()
        {
            if (_isDense)
                _sum.AsSpan().Clear();
            foreach (int index in _set)
            {
                _sum[index] = 0;
                _isSet[index] = false;
            }
            _set.Clear();
            _isDense = false;
            _isEmpty = true;
        }

        public void Add(in FeatureRow row, float scale)
        {
            if (row.IsDense)
            {
                if (_isEmpty)
                    VectorMath.Scale(scale, row.Values, _sum);
                else
                    VectorMath.AddMult(scale, row.Values, _sum);
                _isDense = true;
            }
            else
            {
                for (int i = 0; i < row.Indices.Length; i++)
                {
                    int index = row.Indices[i];
                    _sum[index] += scale * row.Values[i];
                    if (_isSet[index])
                        continue;
                    _isSet[index] = true;
                    _set.Add(index);
                }
            }
            _isEmpty &= row.Values.IsEmpty;
        }

        public FeatureRow ToRow()
        {
            if (_isDense)
                return new FeatureRow(_sum, default, featureCount);
            _set.Sort();
            int[] indices = [.. _set];
            return new FeatureRow(Array.ConvertAll(indices, index => _sum[index]), indices, featureCount);
        }
    }
}
