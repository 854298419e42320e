using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The class of each row by the values of one slot: those of some rows, and one that all others have.</summary>
internal readonly record struct Classification(int RowCount, int ClassCount, int ClassOfOthers, int[] Rows, int[] Classes)
{
    public int[] ToDense()
    {
        var dense = new int[RowCount];
        Array.Fill(dense, ClassOfOthers);
        for (int i = 0; i < Rows.Length; i++)
            dense[Rows[i]] = Classes[i];
        return dense;
    }
}

/// <summary>How much the class of a row tells about its label, in bits.</summary>
internal sealed class MutualInformation(int[] labels)
{
    private readonly int _labelCount = labels.Length == 0 ? 0 : labels.Max() + 1;

    public float With(Classification features)
    {
        var table = new int[_labelCount * features.ClassCount];
        var labelSums = new int[_labelCount];
        var featureSums = new int[features.ClassCount];
        foreach (int label in labels)
        {
            labelSums[label]++;
            table[label * features.ClassCount + features.ClassOfOthers]++;
        }
        featureSums[features.ClassOfOthers] = labels.Length;
        for (int i = 0; i < features.Rows.Length; i++)
        {
            int start = labels[features.Rows[i]] * features.ClassCount;
            table[start + features.ClassOfOthers]--;
            table[start + features.Classes[i]]++;
            featureSums[features.ClassOfOthers]--;
            featureSums[features.Classes[i]]++;
        }

        double score = 0, total = labels.Length;
        for (int i = 0; i < _labelCount; i++)
        {
            for (int j = 0; j < features.ClassCount; j++)
            {
                int count = table[i * features.ClassCount + j];
                if (count > 0)
                    score += count / total * Math.Log(count * total / ((double)labelSums[i] * featureSums[j]), 2);
            }
        }
        return (float)score;
    }
}

/// <summary>Collects the values of a column slot by slot, and sorts rows into classes by them.</summary>
internal abstract class SlotClasses
{
    public abstract int SlotCount { get; }

    public abstract void AddRow();

    public abstract Classification Classify(int slot, int numberOfBins);

    public static bool CanClassify(DataViewType type) =>
        type is BooleanDataViewType or KeyDataViewType { Count: < int.MaxValue }
        || type == NumberDataViewType.Single || type == NumberDataViewType.Double || type == NumberDataViewType.Int32;

    public static SlotClasses Create(DataViewRow row, DataViewSchema.Column column) =>
        GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, SlotClasses>(column.Type.ItemTypeOrSelf().RawType, CreateTyped<int>, row, column);

    private static SlotClasses CreateTyped<T>(DataViewRow row, DataViewSchema.Column column) => column.Type.ItemTypeOrSelf() switch
    {
        KeyDataViewType key => new Keys<T>(row, column, (int)key.Count),
        BooleanDataViewType => new Booleans(row, column),
        var type when type == NumberDataViewType.Single => new Numbers<float>(row, column),
        var type when type == NumberDataViewType.Double => new Numbers<double>(row, column),
        _ => new Integers(row, column),
    };

    /// <summary>Keeps what is not the default.</summary>
    private abstract class Typed<T> : SlotClasses
    {
        private readonly ValueGetter<T> _scalar;
        private readonly ValueGetter<VBuffer<T>> _vector;
        private readonly InPredicate<T> _isDefault = Missing.GetDefaultPredicate<T>();
        private readonly (List<int> Rows, List<T> Values)[] _slots;
        private T _value;
        private VBuffer<T> _buffer;

        protected Typed(DataViewRow row, DataViewSchema.Column column)
        {
            if (column.Type is VectorDataViewType)
                _vector = row.GetGetter<VBuffer<T>>(column);
            else
                _scalar = row.GetGetter<T>(column);
            _slots = new (List<int>, List<T>)[column.Type.ValueCount()];
            for (int i = 0; i < _slots.Length; i++)
                _slots[i] = ([], []);
        }

        public override int SlotCount => _slots.Length;

        protected int RowCount { get; private set; }

        public override void AddRow()
        {
            if (_scalar != null)
            {
                _scalar(ref _value);
                Add(in _value, 0);
            }
            else
            {
                _vector(ref _buffer);
                var values = _buffer.GetValues();
                var indices = _buffer.GetIndices();
                for (int i = 0; i < values.Length; i++)
                    Add(in values[i], indices.IsEmpty ? i : indices[i]);
            }
            RowCount++;
        }

        private void Add(in T value, int slot)
        {
            if (_isDefault(in value))
                return;
            _slots[slot].Rows.Add(RowCount);
            _slots[slot].Values.Add(value);
        }

        public override Classification Classify(int slot, int numberOfBins)
        {
            var (rows, values) = _slots[slot];
            var (classCount, classOf) = FindClasses(CollectionsMarshal.AsSpan(values), numberOfBins);
            return new Classification(RowCount, classCount, classOf(default), [.. rows], [.. values.Select(classOf)]);
        }

        /// <summary>The number of classes, and the class of a value, of the default too. Missing values have their own.</summary>
        protected abstract (int ClassCount, Func<T, int> ClassOf) FindClasses(ReadOnlySpan<T> values, int numberOfBins);
    }

    private sealed class Numbers<T>(DataViewRow row, DataViewSchema.Column column) : Typed<T>(row, column)
        where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>
    {
        protected override (int ClassCount, Func<T, int> ClassOf) FindClasses(ReadOnlySpan<T> values, int numberOfBins)
        {
            var present = new List<T>(values.Length);
            foreach (T value in values)
            {
                if (!T.IsNaN(value))
                    present.Add(value);
            }
            var bounds = EqualFrequencyBins.FindUpperBounds(CollectionsMarshal.AsSpan(present), RowCount - values.Length, numberOfBins);
            return (bounds.Length + 1, value => T.IsNaN(value) ? 0 : 1 + BinFunction<T>.FindBin(bounds, value));
        }
    }

    /// <summary>Integers all go into one class, as in the official library: they tell nothing.</summary>
    private sealed class Integers(DataViewRow row, DataViewSchema.Column column) : Typed<int>(row, column)
    {
        protected override (int ClassCount, Func<int, int> ClassOf) FindClasses(ReadOnlySpan<int> values, int numberOfBins) => (1, _ => 0);
    }

    private sealed class Booleans(DataViewRow row, DataViewSchema.Column column) : Typed<bool>(row, column)
    {
        protected override (int ClassCount, Func<bool, int> ClassOf) FindClasses(ReadOnlySpan<bool> values, int numberOfBins) => (2, value => value ? 1 : 0);
    }

    private sealed class Keys<T>(DataViewRow row, DataViewSchema.Column column, int keyCount) : Typed<T>(row, column)
    {
        protected override (int ClassCount, Func<T, int> ClassOf) FindClasses(ReadOnlySpan<T> values, int numberOfBins)
        {
            var toIndex = Conversions.Get<T, ulong>();
            return (keyCount + 1, key =>
            {
                ulong index = 0;
                toIndex(in key, ref index);
                return index <= (ulong)keyCount ? (int)index : 0;
            });
        }
    }
}
