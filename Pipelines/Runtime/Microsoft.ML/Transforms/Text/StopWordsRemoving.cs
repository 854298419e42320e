using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Removes the most common words of a language from vectors of words.</summary>
public sealed class StopWordsRemovingEstimator : TrivialEstimator<StopWordsRemovingTransformer>
{
    /// <summary>The choice of this remover within <see cref="TextFeaturizingEstimator.Options"/>.</summary>
    public sealed class Options : IStopWordsRemoverOptions
    {
        public TextFeaturizingEstimator.Language Language;

        public Options()
        {
            Language = TextFeaturizingEstimator.Language.English;
        }
    }

    public enum Language
    {
        English = 0,
        French = 1,
        German = 2,
        Dutch = 3,
        Danish = 4,
        Swedish = 5,
        Italian = 6,
        Spanish = 7,
        Portuguese = 8,
        Portuguese_Brazilian = 9,
        Norwegian_Bokmal = 10,
        Russian = 11,
        Polish = 12,
        Czech = 13,
        Arabic = 14,
        Japanese = 15
    }

    internal const string ExpectedColumnType = "vector of Text type";

    internal StopWordsRemovingEstimator(IHostEnvironment env, Language language, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(StopWordsRemovingEstimator)), new StopWordsRemovingTransformer(env, language, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => ShapeOf(inputSchema, Transformer.Columns);

    internal static SchemaShape ShapeOf(SchemaShape inputSchema, IEnumerable<(string outputColumnName, string inputColumnName)> columns)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(columns.Select(pair =>
        {
            var input = inputSchema.FindText(pair.inputColumnName, ExpectedColumnType);
            if (input.Kind == SchemaShape.Column.VectorKind.Scalar)
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", input.Name, ExpectedColumnType, input.ItemType.ToString());
            return new SchemaShape.Column(pair.outputColumnName, SchemaShape.Column.VectorKind.VariableVector, TextDataViewType.Instance, false);
        }));
    }

    internal static OutputColumn MapColumn(string outputName, DataViewSchema.Column input, StopWordList stopWords)
    {
        if (input.Type is not VectorDataViewType { ItemType: TextDataViewType })
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, ExpectedColumnType, input.Type.ToString());
        return new OutputColumn(outputName, new VectorDataViewType(TextDataViewType.Instance), null, [input.Index], row =>
        {
            var source = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(input);
            VBuffer<ReadOnlyMemory<char>> words = default;
            var kept = new List<ReadOnlyMemory<char>>();
            return (ValueGetter<VBuffer<ReadOnlyMemory<char>>>)((ref VBuffer<ReadOnlyMemory<char>> destination) =>
            {
                source(ref words);
                kept.Clear();
                foreach (var word in words.GetValues())
                {
                    if (!word.IsEmpty && !stopWords.Contains(word.Span))
                        kept.Add(word);
                }
                TextColumns.SetDense(kept, ref destination);
            });
        });
    }
}

/// <summary>The transformer of <see cref="StopWordsRemovingEstimator"/>.</summary>
public sealed class StopWordsRemovingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "StopWordsTransform";
    private const int FormatVersion = 1;

    private readonly StopWordsRemovingEstimator.Language _language;

    internal StopWordsRemovingTransformer(IHostEnvironment env, StopWordsRemovingEstimator.Language language, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register("StopWordsRemover"), columns)
    {
        Contracts.CheckUserArg(Enum.IsDefined(language), nameof(language), $"'{language}' is none of the languages {string.Join(", ", Enum.GetNames<StopWordsRemovingEstimator.Language>())}.");
        _language = language;
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static StopWordsRemovingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        var language = (StopWordsRemovingEstimator.Language)ctx.Reader.ReadInt32();
        Contracts.CheckDecode(Enum.IsDefined(language));
        return new StopWordsRemovingTransformer(ctx.Env, language, columns);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        ctx.Writer.Write((int)_language);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input) =>
        StopWordsRemovingEstimator.MapColumn(outputName, input, StopWordList.For(_language));
}
