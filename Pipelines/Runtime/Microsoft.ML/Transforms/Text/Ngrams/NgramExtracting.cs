using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Counts the n-grams in vectors of keys, each n-gram that the training data has being a slot.</summary>
public sealed class NgramExtractingEstimator : IEstimator<NgramExtractingTransformer>
{
    /// <summary>What an n-gram weighs in a row.</summary>
    public enum WeightingCriteria
    {
        /// <summary>How often it occurs in the row.</summary>
        Tf = 0,

        /// <summary>ln(rows / rows that have it), where it occurs.</summary>
        Idf = 1,

        /// <summary>The product of both.</summary>
        TfIdf = 2
    }

    internal const string ExpectedColumnType = "Expected vector of Key type, and Key is convertible to UInt32";

    private readonly IHost _host;
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly NgramSettings _settings;

    internal NgramExtractingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, NgramSettings settings)
    {
        _host = env.Register(nameof(NgramExtractingEstimator));
        Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        _outputColumnName = outputColumnName;
        _inputColumnName = inputColumnName ?? outputColumnName;
        _settings = settings;
    }

    public NgramExtractingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var column = input.Schema.GetColumnOrNull(_inputColumnName) ?? throw Contracts.ExceptSchemaMismatch(nameof(input), "input", _inputColumnName);
        CheckKeys(column);
        uint largest = KeyVectors.LargestKey(column);
        var builder = new NgramDictionaryBuilder(_settings, largest);
        var tokens = new TokenBuffer();
        using var cursor = input.GetRowCursor([column]);
        var fill = KeyVectors.MakeReader(cursor, column, tokens);
        while (cursor.MoveNext())
        {
            _host.CheckAlive();
            tokens.Clear();
            fill();
            builder.AddRow(tokens.Span);
        }
        return new NgramExtractingTransformer(_host, _outputColumnName, _inputColumnName, builder.Finish());
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var input = inputSchema.FindInput(_inputColumnName);
        if (!KeyVectors.IsValid(input))
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", _inputColumnName, ExpectedColumnType, input.GetTypeString());
        var annotations = input.HasKeyValues() ? new SchemaShape([SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames)]) : null;
        return inputSchema.With(new SchemaShape.Column(_outputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, annotations));
    }

    internal static void CheckKeys(DataViewSchema.Column column)
    {
        if (!KeyVectors.IsValid(column.Type))
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", column.Name, ExpectedColumnType, column.Type.ToString());
    }
}

/// <summary>The transformer of <see cref="NgramExtractingEstimator"/>.</summary>
public sealed class NgramExtractingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "NgramTransform";
    private const int FormatVersion = 1;

    private readonly NgramDictionary _dictionary;

    internal NgramExtractingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, NgramDictionary dictionary)
        : base(env.Register(nameof(NgramExtractingTransformer)), (outputColumnName, inputColumnName))
    {
        _dictionary = dictionary;
    }

    internal NgramDictionary Dictionary => _dictionary;

    internal static NgramExtractingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        Contracts.CheckDecode(columns.Length == 1);
        return new NgramExtractingTransformer(ctx.Env, columns[0].outputColumnName, columns[0].inputColumnName, NgramDictionary.Load(ctx.Reader));
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        _dictionary.Save(ctx.Writer);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        NgramExtractingEstimator.CheckKeys(input);
        var builder = new DataViewSchema.Annotations.Builder();
        if (input.HasKeyValues())
        {
            var names = new Lazy<ReadOnlyMemory<char>[]>(() =>
            {
                VBuffer<ReadOnlyMemory<char>> tokenNames = default;
                input.GetKeyValues(ref tokenNames);
                return _dictionary.MakeSlotNames(in tokenNames);
            });
            builder.AddSlotNames(_dictionary.Count, (ref VBuffer<ReadOnlyMemory<char>> destination) => destination = new VBuffer<ReadOnlyMemory<char>>(names.Value.Length, names.Value));
        }
        return new OutputColumn(outputName, new VectorDataViewType(NumberDataViewType.Single, _dictionary.Count), builder.ToAnnotations(), [input.Index], row => MakeGetter(row, input));
    }

    private ValueGetter<VBuffer<float>> MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        var tokens = new TokenBuffer();
        var fill = KeyVectors.MakeReader(row, input, tokens);
        var counter = new SlotCounter(_dictionary.Count);
        return (ref VBuffer<float> destination) =>
        {
            tokens.Clear();
            fill();
            counter.Clear();
            _dictionary.AddSlots(tokens.Span, counter);
            counter.GetCounts(ref destination);
            _dictionary.Weigh(ref destination);
        };
    }
}
