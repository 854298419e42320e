using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Removes given words from vectors of words.</summary>
public sealed class CustomStopWordsRemovingEstimator : TrivialEstimator<CustomStopWordsRemovingTransformer>
{
    /// <summary>The choice of this remover within <see cref="TextFeaturizingEstimator.Options"/>.</summary>
    public sealed class Options : IStopWordsRemoverOptions
    {
        public string[] StopWords;
    }

    internal CustomStopWordsRemovingEstimator(IHostEnvironment env, string[] stopWords, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(CustomStopWordsRemovingEstimator)), new CustomStopWordsRemovingTransformer(env, Check(stopWords), columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema) => StopWordsRemovingEstimator.ShapeOf(inputSchema, Transformer.Columns);

    private static string[] Check(string[] stopWords)
    {
        Contracts.CheckValue(stopWords, nameof(stopWords));
        return stopWords;
    }
}

/// <summary>The transformer of <see cref="CustomStopWordsRemovingEstimator"/>.</summary>
public sealed class CustomStopWordsRemovingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "CustomStopWords";
    private const int FormatVersion = 1;

    private readonly StopWordList _stopWords;

    internal CustomStopWordsRemovingTransformer(IHostEnvironment env, IEnumerable<string> stopWords, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register("CustomStopWordsRemover"), columns)
    {
        _stopWords = StopWordList.Custom(stopWords);
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static CustomStopWordsRemovingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        return new CustomStopWordsRemovingTransformer(ctx.Env, ctx.Reader.ReadStrings(), columns);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        ctx.Writer.WriteStrings([.. _stopWords.Words.Order(StringComparer.Ordinal)]);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input) =>
        StopWordsRemovingEstimator.MapColumn(outputName, input, _stopWords);
}
