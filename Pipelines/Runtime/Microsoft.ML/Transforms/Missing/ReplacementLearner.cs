using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Learns what to replace the missing values of a column by.</summary>
internal abstract class ReplacementLearner
{
    public abstract void AddRow();

    public abstract Replacement Finish(IChannel channel);
}

/// <inheritdoc cref="ReplacementLearner"/>
internal sealed class ReplacementLearner<T> : ReplacementLearner where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ValueGetter<T> _scalar;
    private readonly ValueGetter<VBuffer<T>> _vector;
    private readonly SlotStatistic<T>[] _slots;
    private readonly bool _isBySlot;
    private readonly string _warning;
    private VBuffer<T> _buffer;
    private long _count;

    public ReplacementLearner(DataViewRow row, DataViewSchema.Column column, MissingValueReplacingEstimator.ReplacementMode mode, bool bySlot)
    {
        var vector = column.Type as VectorDataViewType;
        if (vector == null)
            _scalar = row.GetGetter<T>(column);
        else
            _vector = row.GetGetter<VBuffer<T>>(column);
        _isBySlot = bySlot && vector is { IsKnownSize: true };
        if (bySlot && vector is { IsKnownSize: false })
            _warning = "By-slot imputation can not be done on variable-length column";
        _slots = new SlotStatistic<T>[_isBySlot ? vector.Size : 1];
        for (int i = 0; i < _slots.Length; i++)
            _slots[i] = SlotStatistic<T>.Create(mode, finiteOnly: _isBySlot && typeof(T) == typeof(double));
    }

    public override void AddRow()
    {
        if (_scalar != null)
        {
            T value = default;
            _scalar(ref value);
            _slots[0].Add(value);
            _count++;
            return;
        }
        _vector(ref _buffer);
        var values = _buffer.GetValues();
        var indices = _buffer.GetIndices();
        for (int i = 0; i < values.Length; i++)
            _slots[_isBySlot ? indices.IsEmpty ? i : indices[i] : 0].Add(values[i]);
        // Of values, or of the rows of which each slot has one.
        _count += _isBySlot ? 1 : _buffer.Length;
    }

    public override Replacement Finish(IChannel channel)
    {
        if (_warning != null)
            channel.Warning(MessageSensitivity.None, _warning);
        return new Replacement<T>(Array.ConvertAll(_slots, slot => slot.Finish(_count, channel)));
    }
}

/// <summary>A statistic of the explicit values of a slot, to which zeros left out of sparse vectors come at the end.</summary>
internal abstract class SlotStatistic<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    public static SlotStatistic<T> Create(MissingValueReplacingEstimator.ReplacementMode mode, bool finiteOnly) => mode switch
    {
        MissingValueReplacingEstimator.ReplacementMode.Mean => new Mean(),
        MissingValueReplacingEstimator.ReplacementMode.Minimum => new Extreme(isMaximum: false, finiteOnly),
        MissingValueReplacingEstimator.ReplacementMode.Maximum => new Extreme(isMaximum: true, finiteOnly),
        _ => new MostFrequent(),
    };

    public abstract void Add(T value);

    /// <param name="count">How many values there were, those left out included.</param>
    /// <param name="channel">For warnings.</param>
    public abstract T Finish(long count, IChannel channel);

    /// <summary>The mean of the finite values: of the non-zero ones as they come, into which zeros are folded at the end.</summary>
    private sealed class Mean : SlotStatistic<T>
    {
        private double _mean;
        private long _nonZero;
        private long _nonFinite;

        public override void Add(T item)
        {
            double value = double.CreateTruncating(item);
            if (value == 0)
                return;
            if (!double.IsFinite(value))
            {
                _nonFinite++;
                return;
            }
            _nonZero++;
            // Where the signs differ, the difference might overflow.
            if (_mean > 0 != value > 0)
                _mean = _mean - _mean / _nonZero + value / _nonZero;
            else
                _mean += (value - _mean) / _nonZero;
        }

        public override T Finish(long count, IChannel channel)
        {
            if (count == _nonFinite)
            {
                channel.Warning(MessageSensitivity.None, "All values in this column are NAs, using default value for imputation");
                return T.Zero;
            }
            return T.CreateTruncating(_mean * ((double)_nonZero / (count - _nonFinite)));
        }
    }

    /// <summary>The least or the largest value; without any, the bound that any would pass.</summary>
    private sealed class Extreme : SlotStatistic<T>
    {
        private readonly bool _isMaximum;
        private readonly bool _finiteOnly;
        private T _extreme;
        private long _explicit;

        public Extreme(bool isMaximum, bool finiteOnly)
        {
            _isMaximum = isMaximum;
            _finiteOnly = finiteOnly;
            T start = finiteOnly ? T.CreateTruncating(double.MaxValue) : T.PositiveInfinity;
            _extreme = isMaximum ? -start : start;
        }

        public override void Add(T value)
        {
            _explicit++;
            Consider(value);
        }

        public override T Finish(long count, IChannel channel)
        {
            if (_explicit < count)
                Consider(T.Zero);
            return _extreme;
        }

        private void Consider(T value)
        {
            if (_finiteOnly && !T.IsFinite(value))
                return;
            if (_isMaximum ? value > _extreme : value < _extreme)
                _extreme = value;
        }
    }

    /// <summary>The explicit finite value that first came most often.</summary>
    private sealed class MostFrequent : SlotStatistic<T>
    {
        private readonly Dictionary<T, int> _counts = [];
        private T _best;
        private int _bestCount;

        public override void Add(T value)
        {
            if (!T.IsFinite(value))
                return;
            int count = ++CollectionsMarshal.GetValueRefOrAddDefault(_counts, value, out _);
            if (count <= _bestCount)
                return;
            _best = value;
            _bestCount = count;
        }

        public override T Finish(long count, IChannel channel) => _best;
    }
}
