using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Keeps the slots that are neither zero (or empty) nor missing often enough.</summary>
public sealed class CountFeatureSelectingEstimator : IEstimator<ITransformer>
{
    private readonly IHost _host;
    private readonly (string outputColumnName, string inputColumnName)[] _columns;
    private readonly long _minimumCount;

    internal CountFeatureSelectingEstimator(IHostEnvironment env, (string outputColumnName, string inputColumnName)[] columns, long minimumCount)
    {
        _host = env.Register(nameof(CountFeatureSelectingEstimator));
        _columns = columns;
        _minimumCount = minimumCount;
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(pair =>
        {
            var input = inputSchema.FindInput(pair.inputColumnName);
            if (input.IsKey || !IsSelectable(input.ItemType))
                throw ExceptType(input.Name);
            return SlotSelection.Shape(pair.outputColumnName, input);
        }));
    }

    public ITransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var inputs = Array.ConvertAll(_columns, pair => SlotSelection.FindInput(input.Schema, pair.inputColumnName));
        foreach (var column in inputs)
        {
            if (!IsSelectable(column.Type.ItemTypeOrSelf()))
                throw ExceptType(column.Name);
        }
        using var cursor = input.GetRowCursor(inputs);
        var counters = Array.ConvertAll(inputs, column =>
            GenericDispatch.Invoke<DataViewRow, DataViewSchema.Column, Counter>(column.Type.ItemTypeOrSelf().RawType, MakeCounter<int>, cursor, column));
        while (cursor.MoveNext())
        {
            _host.CheckAlive();
            foreach (var counter in counters)
                counter.AddRow();
        }
        return SlotSelection.MakeTransformer(_host, _columns, Array.ConvertAll(counters, counter => Array.ConvertAll(counter.Counts, count => count >= _minimumCount)));
    }

    private static bool IsSelectable(DataViewType item) => item == NumberDataViewType.Single || item == NumberDataViewType.Double || item is TextDataViewType;

    private static ArgumentOutOfRangeException ExceptType(string name) =>
        Contracts.ExceptUserArg("inputSchema", $"Column '{name}' does not have compatible type. Expected types are float, double or string.");

    private static Counter MakeCounter<T>(DataViewRow row, DataViewSchema.Column column) => new TypedCounter<T>(row, column);

    private abstract class Counter(int size)
    {
        public long[] Counts { get; } = new long[size];

        public abstract void AddRow();
    }

    private sealed class TypedCounter<T>(DataViewRow row, DataViewSchema.Column column) : Counter(column.Type.ValueCount())
    {
        private readonly ValueGetter<T> _scalar = column.Type is VectorDataViewType ? null : row.GetGetter<T>(column);
        private readonly ValueGetter<VBuffer<T>> _vector = column.Type is VectorDataViewType ? row.GetGetter<VBuffer<T>>(column) : null;
        private readonly InPredicate<T> _isDefault = Missing.GetDefaultPredicate<T>();
        private readonly InPredicate<T> _isMissing = Missing.GetPredicate<T>(column.Type.ItemTypeOrSelf());
        private T _value;
        private VBuffer<T> _buffer;

        public override void AddRow()
        {
            if (_scalar != null)
            {
                _scalar(ref _value);
                Add(in _value, 0);
                return;
            }
            _vector(ref _buffer);
            var values = _buffer.GetValues();
            var indices = _buffer.GetIndices();
            for (int i = 0; i < values.Length; i++)
                Add(in values[i], indices.IsEmpty ? i : indices[i]);
        }

        private void Add(in T value, int slot)
        {
            if (!_isDefault(in value) && (_isMissing == null || !_isMissing(in value)))
                Counts[slot]++;
        }
    }
}
