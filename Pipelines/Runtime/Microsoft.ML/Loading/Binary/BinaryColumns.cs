using Microsoft.ML.Runtime;

namespace Microsoft.ML.Data;

/// <summary>The values of a column in the rows of one block of binary data.</summary>
internal abstract class BinaryColumn
{
    /// <summary>About how many bytes the values take.</summary>
    public abstract long ByteCount { get; }

    public abstract void Clear();

    /// <summary>Gives what adds the value of the current row of <paramref name="row"/>.</summary>
    public abstract Action Adder(DataViewRow row, DataViewSchema.Column column);

    public abstract void Write(BinaryWriter writer);

    public abstract void Read(BinaryReader reader, int rowCount);

    /// <summary>The getter of the value in the row whose index in the block <paramref name="row"/> gives.</summary>
    public abstract Delegate Getter(Func<int> row);

    public static BinaryColumn Create(DataViewType type) => type is VectorDataViewType vector
        ? GenericDispatch.Invoke<VectorDataViewType, BinaryColumn>(vector.ItemType.RawType, VectorOf<int>, vector)
        : GenericDispatch.Invoke<DataViewType, BinaryColumn>(type.RawType, ScalarOf<int>, type);

    private static BinaryColumn VectorOf<T>(VectorDataViewType type) => new Vectors<T>(type);

    private static BinaryColumn ScalarOf<T>(DataViewType type) => new Scalars<T>(BinaryItems<T>.Create(type));

    private sealed class Scalars<T>(BinaryItems<T> items) : BinaryColumn
    {
        public override long ByteCount => items.ByteCount;

        public override void Clear() => items.Clear();

        public override Action Adder(DataViewRow row, DataViewSchema.Column column)
        {
            var getter = row.GetGetter<T>(column);
            T value = default;
            return () =>
            {
                getter(ref value);
                items.Add(in value);
            };
        }

        public override void Write(BinaryWriter writer) => items.Write(writer);

        public override void Read(BinaryReader reader, int rowCount) => items.Read(reader, rowCount);

        public override Delegate Getter(Func<int> row) => (ValueGetter<T>)((ref T value) => value = items.Items[row()]);
    }

    private sealed class Vectors<T>(VectorDataViewType type) : BinaryColumn
    {
        private const int IsDense = -1;

        private readonly BinaryItems<T> _values = BinaryItems<T>.Create(type.ItemType);
        private readonly BinaryItems<int> _indices = new UnmanagedBinaryItems<int>(0);
        private readonly BinaryItems<int> _lengths = new UnmanagedBinaryItems<int>(0);
        private readonly BinaryItems<int> _counts = new UnmanagedBinaryItems<int>(0);
        private (int Value, int Index)[] _starts = [];

        public override long ByteCount => _values.ByteCount + _indices.ByteCount + _lengths.ByteCount + _counts.ByteCount;

        public override void Clear()
        {
            _values.Clear();
            _indices.Clear();
            _lengths.Clear();
            _counts.Clear();
        }

        public override Action Adder(DataViewRow row, DataViewSchema.Column column)
        {
            var getter = row.GetGetter<VBuffer<T>>(column);
            VBuffer<T> value = default;
            return () =>
            {
                getter(ref value);
                _lengths.Add(value.Length);
                _counts.Add(value.IsDense ? IsDense : value.GetValues().Length);
                foreach (ref readonly var item in value.GetValues())
                    _values.Add(in item);
                foreach (int index in value.GetIndices())
                    _indices.Add(index);
            };
        }

        public override void Write(BinaryWriter writer)
        {
            writer.Write(_indices.Count);
            writer.Write(_values.Count);
            _lengths.Write(writer);
            _counts.Write(writer);
            _indices.Write(writer);
            _values.Write(writer);
        }

        public override void Read(BinaryReader reader, int rowCount)
        {
            int indexCount = reader.ReadInt32();
            int valueCount = reader.ReadInt32();
            Contracts.CheckDecode(indexCount >= 0 && valueCount >= 0);
            _lengths.Read(reader, rowCount);
            _counts.Read(reader, rowCount);
            _indices.Read(reader, indexCount);
            _values.Read(reader, valueCount);
            if (_starts.Length < rowCount)
                _starts = new (int, int)[rowCount];
            int index = 0;
            int value = 0;
            for (int i = 0; i < rowCount; i++)
            {
                int length = _lengths.Items[i];
                int count = _counts.Items[i];
                _starts[i] = (value, index);
                Contracts.CheckDecode(length >= 0 && (!type.IsKnownSize || length == type.Size) && count >= IsDense && count <= length);
                if (count == IsDense)
                {
                    count = length;
                }
                else
                {
                    Contracts.CheckDecode(count <= indexCount - index);
                    BinaryIO.CheckIncreasing(_indices.Items.Slice(index, count), length);
                    index += count;
                }
                Contracts.CheckDecode(count <= valueCount - value);
                value += count;
            }
        }

        public override Delegate Getter(Func<int> row) => (ValueGetter<VBuffer<T>>)((ref VBuffer<T> destination) =>
        {
            int i = row();
            int length = _lengths.Items[i];
            int count = _counts.Items[i];
            var (value, index) = _starts[i];
            var editor = VBufferEditor.Create(ref destination, length, count == IsDense ? length : count);
            _values.Items.Slice(value, editor.Values.Length).CopyTo(editor.Values);
            if (count != IsDense && count < length)
                _indices.Items.Slice(index, count).CopyTo(editor.Indices);
            destination = editor.Commit();
        });
    }
}
