using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Internal;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>The column that a normalizer learns from.</summary>
/// <param name="Row">The cursor.</param>
/// <param name="Column">The column, of floating-point scalars or vectors of fixed size.</param>
/// <param name="MaximumRows">How many rows are looked at.</param>
internal sealed record SlotSource(DataViewRow Row, DataViewSchema.Column Column, long MaximumRows)
{
    public bool IsVector => Column.Type is VectorDataViewType;

    public int Size => Column.Type.ValueCount();
}

/// <summary>Learns the normalizer of one column from the rows of a cursor.</summary>
internal abstract class NormalizerTrainer
{
    /// <summary>Takes the current row; false once the limit is reached.</summary>
    public abstract bool AddRow();

    public abstract NormalizerFunction Finish();
}

/// <inheritdoc cref="NormalizerTrainer"/>
internal abstract class NormalizerTrainer<T> : NormalizerTrainer where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    private readonly ValueGetter<T> _scalar;
    private readonly ValueGetter<VBuffer<T>> _vector;
    private readonly long _limit;
    private readonly T[] _single = new T[1];
    private VBuffer<T> _buffer;

    protected NormalizerTrainer(SlotSource source)
    {
        IsVector = source.IsVector;
        Size = source.Size;
        _limit = source.MaximumRows;
        if (IsVector)
            _vector = source.Row.GetGetter<VBuffer<T>>(source.Column);
        else
            _scalar = source.Row.GetGetter<T>(source.Column);
    }

    protected bool IsVector { get; }

    /// <summary>The number of slots; 1 of a scalar.</summary>
    protected int Size { get; }

    /// <summary>How many rows were taken.</summary>
    protected long RowCount { get; private set; }

    public sealed override bool AddRow()
    {
        if (RowCount == _limit)
            return false;
        RowCount++;
        if (_scalar != null)
        {
            _scalar(ref _single[0]);
            Add(_single, []);
            return true;
        }
        _vector(ref _buffer);
        if (_buffer.Length != Size)
            throw Contracts.Except($"Normalizer expected {Size} slots but got {_buffer.Length}");
        Add(_buffer.GetValues(), _buffer.GetIndices());
        return true;
    }

    /// <summary>Takes the values of a row: those of all slots, or of the given ones and zero for the rest.</summary>
    /// <remarks>A vector that leaves out everything has no values, and no indices either.</remarks>
    protected abstract void Add(ReadOnlySpan<T> values, ReadOnlySpan<int> indices);

    protected static T FromDouble(double value) => T.CreateTruncating(value);

    protected static double ToDouble(T value) => double.CreateTruncating(value);
}

/// <summary>The classes, from 0, to which the labels of rows belong: keys, or whether numbers are positive.</summary>
internal sealed class BinLabels
{
    private readonly ValueGetter<ulong> _key;
    private readonly ValueGetter<double> _number;

    private BinLabels(int count, ValueGetter<ulong> key, ValueGetter<double> number)
    {
        Count = count;
        _key = key;
        _number = number;
    }

    /// <summary>The number of classes.</summary>
    public int Count { get; }

    public static BinLabels Create(DataViewRow row, string name)
    {
        var column = row.Schema.GetColumnOrNull(name) ?? throw Contracts.ExceptUserArg("labelColumnName", $"Label column '{name}' not found");
        return column.Type switch
        {
            KeyDataViewType key when key.Count < int.MaxValue => new BinLabels((int)key.Count, ConvertingGetters.Scalar<ulong>(row, column, NumberDataViewType.UInt64), null),
            PrimitiveDataViewType and not KeyDataViewType when Conversions.TryGet(column.Type, NumberDataViewType.Double, out _, out _) =>
                new BinLabels(2, null, ConvertingGetters.Scalar<double>(row, column, NumberDataViewType.Double)),
            _ => throw Contracts.ExceptUserArg("labelColumnName", $"Label column '{name}' must be a number or a key type, but is {column.Type}"),
        };
    }

    /// <summary>The class of the current row; -1 where the label is missing.</summary>
    public int Get()
    {
        if (_key != null)
        {
            ulong key = 0;
            _key(ref key);
            return key <= (ulong)Count ? (int)key - 1 : -1;
        }
        double number = 0;
        _number(ref number);
        return number > 0 ? 1 : number <= 0 ? 0 : -1;
    }
}
