using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>Gives each distinct value a key.</summary>
public sealed class ValueToKeyMappingEstimator : IEstimator<ValueToKeyMappingTransformer>
{
    /// <summary>The order of the keys.</summary>
    public enum KeyOrdinality : byte
    {
        /// <summary>As the values come in the data.</summary>
        ByOccurrence = 0,

        /// <summary>Sorted, text by ordinal comparison.</summary>
        ByValue = 1
    }

    internal const int DefaultMaximumNumberOfKeys = 1_000_000;

    private readonly IHost _host;
    private readonly ColumnOptions[] _columns;
    private readonly IDataView _keyData;

    /// <summary>What one column is to be mapped to.</summary>
    internal sealed record ColumnOptions(
        string OutputColumnName,
        string InputColumnName,
        int MaximumNumberOfKeys = DefaultMaximumNumberOfKeys,
        KeyOrdinality KeyOrdinality = KeyOrdinality.ByOccurrence,
        bool AddKeyValueAnnotationsAsText = false);

    internal ValueToKeyMappingEstimator(IHostEnvironment env, ColumnOptions[] columns, IDataView keyData = null)
    {
        _host = env.Register(nameof(ValueToKeyMappingEstimator));
        Contracts.CheckNonEmpty(columns, nameof(columns));
        foreach (var column in columns)
            Contracts.CheckUserArg(column.MaximumNumberOfKeys > 0, "maximumNumberOfKeys", "Must be positive");
        if (keyData != null && keyData.Schema.Count != 1)
            throw Contracts.ExceptParam(nameof(keyData), $"The custom terms {nameof(IDataView)} contains more than one column and can only contain one.");
        _columns = columns;
        _keyData = keyData;
    }

    public ValueToKeyMappingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var inputs = Array.ConvertAll(_columns, column =>
            input.Schema.GetColumnOrNull(column.InputColumnName) ?? throw Contracts.ExceptSchemaMismatch(nameof(input), "input", column.InputColumnName));
        var vocabularies = _keyData == null ? Collect(input, inputs) : TakeFromKeyData(inputs);
        return new ValueToKeyMappingTransformer(_host, _columns, vocabularies);
    }

    private Vocabulary[] Collect(IDataView input, DataViewSchema.Column[] inputs)
    {
        using var cursor = input.GetRowCursor(inputs);
        var collectors = new Vocabulary.Collector[inputs.Length];
        for (int i = 0; i < collectors.Length; i++)
            collectors[i] = Vocabulary.Collector.Create(cursor, inputs[i], _columns[i].MaximumNumberOfKeys);
        var open = collectors.ToList();
        while (open.Count > 0 && cursor.MoveNext())
        {
            _host.CheckAlive();
            open.RemoveAll(collector => !collector.AddRow());
        }
        return [.. collectors.Select((collector, i) => collector.Finish(_columns[i].KeyOrdinality == KeyOrdinality.ByValue))];
    }

    private Vocabulary[] TakeFromKeyData(DataViewSchema.Column[] inputs)
    {
        var column = _keyData.Schema[0];
        foreach (var input in inputs)
        {
            if (!input.Type.ItemTypeOrSelf().Equals(column.Type))
                throw Contracts.ExceptUserArg("keyData", $"Input data's column must be of type '{input.Type.ItemTypeOrSelf()}' but was '{column.Type}'");
        }
        using var cursor = _keyData.GetRowCursor([column]);
        var collector = Vocabulary.Collector.Create(cursor, column, int.MaxValue);
        while (cursor.MoveNext() && collector.AddRow())
        {
        }
        var vocabulary = collector.Finish(_columns[0].KeyOrdinality == KeyOrdinality.ByValue);
        return [.. inputs.Select(_ => vocabulary)];
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(_columns.Select(options =>
        {
            var input = inputSchema.FindInput(options.InputColumnName);
            var annotations = new List<SchemaShape.Column>
            {
                KeyValuesOf(input, options.AddKeyValueAnnotationsAsText),
            };
            if (input.HasSlotNames())
                annotations.Add(SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames));
            return new SchemaShape.Column(options.OutputColumnName, input.Kind, NumberDataViewType.UInt32, true, new SchemaShape(annotations));
        }));
    }

    private static SchemaShape.Column KeyValuesOf(SchemaShape.Column input, bool asText)
    {
        if (asText)
            return SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.KeyValues);
        return input.HasKeyValues() && input.Annotations.TryFindColumn(AnnotationUtils.Kinds.KeyValues, out var values)
            ? values
            : new SchemaShape.Column(AnnotationUtils.Kinds.KeyValues, SchemaShape.Column.VectorKind.Vector, input.ItemType, input.IsKey);
    }
}

/// <summary>The transformer of <see cref="ValueToKeyMappingEstimator"/>.</summary>
public sealed class ValueToKeyMappingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "TermTransform";
    private const int FormatVersion = 1;

    private readonly Vocabulary[] _vocabularies;
    private readonly bool[] _keyValuesAsText;

    internal ValueToKeyMappingTransformer(IHostEnvironment env, ValueToKeyMappingEstimator.ColumnOptions[] columns, Vocabulary[] vocabularies)
        : this(env, Array.ConvertAll(columns, column => (column.OutputColumnName, column.InputColumnName)), vocabularies, Array.ConvertAll(columns, column => column.AddKeyValueAnnotationsAsText))
    {
    }

    private ValueToKeyMappingTransformer(IHostEnvironment env, (string, string)[] columns, Vocabulary[] vocabularies, bool[] keyValuesAsText)
        : base(env.Register(nameof(ValueToKeyMappingTransformer)), columns)
    {
        _vocabularies = vocabularies;
        _keyValuesAsText = keyValuesAsText;
    }

    /// <summary>The vocabulary of each column.</summary>
    internal IReadOnlyList<Vocabulary> Vocabularies => _vocabularies;

    internal static ValueToKeyMappingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        var asText = new bool[columns.Length];
        var vocabularies = new Vocabulary[columns.Length];
        for (int i = 0; i < columns.Length; i++)
        {
            asText[i] = ctx.Reader.ReadBoolean();
            vocabularies[i] = Vocabulary.Load(ctx.Reader);
        }
        return new ValueToKeyMappingTransformer(ctx.Env, columns, vocabularies, asText);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        for (int i = 0; i < _vocabularies.Length; i++)
        {
            ctx.Writer.Write(_keyValuesAsText[i]);
            _vocabularies[i].Save(ctx.Writer);
        }
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        var vocabulary = _vocabularies[index];
        if (!input.Type.ItemTypeOrSelf().Equals(vocabulary.ItemType))
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, vocabulary.ItemType.ToString(), input.Type.ToString());
        DataViewType type = input.Type is VectorDataViewType vector ? new VectorDataViewType(vocabulary.KeyType, vector.Dimensions) : vocabulary.KeyType;
        var builder = new DataViewSchema.Annotations.Builder();
        vocabulary.AddKeyValues(builder, input, _keyValuesAsText[index]);
        builder.Add(input.Annotations, kind => kind == AnnotationUtils.Kinds.SlotNames);
        return new OutputColumn(outputName, type, builder.ToAnnotations(), [input.Index], row => vocabulary.MakeKeyGetter(row, input));
    }
}
