using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>The input columns of a featurizer within a schema.</summary>
internal sealed class TextSource
{
    private readonly DataViewSchema.Column[] _columns;

    /// <summary>Throws the documented errors where a column is missing or does not hold text.</summary>
    public TextSource(TextFeaturizerSettings settings, DataViewSchema schema)
    {
        _columns = Array.ConvertAll(settings.InputColumnNames, name =>
            schema.GetColumnOrNull(name) ?? throw Contracts.ExceptSchemaMismatch("inputSchema", "input", name));
        foreach (var column in _columns)
            TextColumns.CheckText(column, settings.Normalizer != null ? TextNormalizingEstimator.ExpectedColumnType : WordTokenizingEstimator.ExpectedColumnType);
        Indices = Array.ConvertAll(_columns, column => column.Index);
        IsVector = _columns.Length > 1 || _columns[0].Type is VectorDataViewType;
    }

    public int[] Indices { get; }

    public IReadOnlyList<DataViewSchema.Column> Columns => _columns;

    /// <summary>Whether a row has a vector of texts rather than a single one.</summary>
    public bool IsVector { get; }

    /// <summary>Reads the texts of the current row into a list.</summary>
    public Action<List<ReadOnlyMemory<char>>> MakeReader(DataViewRow row)
    {
        if (!IsVector)
        {
            var single = row.GetGetter<ReadOnlyMemory<char>>(_columns[0]);
            ReadOnlyMemory<char> value = default;
            return texts =>
            {
                single(ref value);
                texts.Add(value);
            };
        }
        var scalars = new ValueGetter<ReadOnlyMemory<char>>[_columns.Length];
        var vectors = new ValueGetter<VBuffer<ReadOnlyMemory<char>>>[_columns.Length];
        for (int i = 0; i < _columns.Length; i++)
        {
            if (_columns[i].Type is VectorDataViewType)
                vectors[i] = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(_columns[i]);
            else
                scalars[i] = row.GetGetter<ReadOnlyMemory<char>>(_columns[i]);
        }
        return new VectorReader(scalars, vectors).Read;
    }

    /// <summary>Several columns are read as if they were concatenated, which leaves out empty texts where that makes a sparse vector.</summary>
    private sealed class VectorReader(ValueGetter<ReadOnlyMemory<char>>[] scalars, ValueGetter<VBuffer<ReadOnlyMemory<char>>>[] vectors)
    {
        private readonly VBuffer<ReadOnlyMemory<char>>[] _buffers = new VBuffer<ReadOnlyMemory<char>>[vectors.Length];
        private ReadOnlyMemory<char> _value;

        public void Read(List<ReadOnlyMemory<char>> texts)
        {
            int length = 0, explicitCount = 0;
            for (int i = 0; i < vectors.Length; i++)
            {
                vectors[i]?.Invoke(ref _buffers[i]);
                length += vectors[i] == null ? 1 : _buffers[i].Length;
                explicitCount += vectors[i] == null ? 1 : _buffers[i].ExplicitCount;
            }
            bool isSparse = vectors.Length == 1 || explicitCount <= length - length / 2;
            for (int i = 0; i < vectors.Length; i++)
            {
                if (vectors[i] == null)
                {
                    scalars[i](ref _value);
                    if (!isSparse || !_value.IsEmpty)
                        texts.Add(_value);
                }
                else if (isSparse || _buffers[i].IsDense)
                    texts.AddRange(_buffers[i].GetValues());
                else
                    texts.AddRange(_buffers[i].DenseValues());
            }
        }
    }
}
