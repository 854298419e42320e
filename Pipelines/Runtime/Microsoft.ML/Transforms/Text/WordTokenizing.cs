using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Splits text into words at separator characters.</summary>
public sealed class WordTokenizingEstimator : TrivialEstimator<WordTokenizingTransformer>
{
    internal const string ExpectedColumnType = "String or Vector of String";

    internal WordTokenizingEstimator(IHostEnvironment env, char[] separators, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(WordTokenizingEstimator)), new WordTokenizingTransformer(env, separators, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(pair => new SchemaShape.Column(
            pair.outputColumnName, SchemaShape.Column.VectorKind.VariableVector, inputSchema.FindText(pair.inputColumnName, ExpectedColumnType).ItemType, false)));
    }
}

/// <summary>The transformer of <see cref="WordTokenizingEstimator"/>.</summary>
public sealed class WordTokenizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "TokenizeTextTransform";
    private const int FormatVersion = 1;

    private readonly char[] _separators;

    internal WordTokenizingTransformer(IHostEnvironment env, char[] separators, params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register("DelimitedTokenize"), columns)
    {
        _separators = separators is { Length: > 0 } ? [.. separators] : [' '];
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static WordTokenizingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        return new WordTokenizingTransformer(ctx.Env, ctx.Reader.ReadArray<char>(), columns);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        ctx.Writer.WriteArray<char>(_separators);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        TextColumns.CheckText(input, WordTokenizingEstimator.ExpectedColumnType);
        return new OutputColumn(outputName, new VectorDataViewType(TextDataViewType.Instance), null, [input.Index], row => MakeGetter(row, input));
    }

    private ValueGetter<VBuffer<ReadOnlyMemory<char>>> MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        var words = new List<ReadOnlyMemory<char>>();
        if (input.Type is not VectorDataViewType)
        {
            var scalar = row.GetGetter<ReadOnlyMemory<char>>(input);
            ReadOnlyMemory<char> text = default;
            return (ref VBuffer<ReadOnlyMemory<char>> destination) =>
            {
                scalar(ref text);
                words.Clear();
                AddWords(text, words);
                TextColumns.SetDense(words, ref destination);
            };
        }
        var vector = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(input);
        VBuffer<ReadOnlyMemory<char>> texts = default;
        return (ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            vector(ref texts);
            words.Clear();
            foreach (var text in texts.GetValues())
                AddWords(text, words);
            TextColumns.SetDense(words, ref destination);
        };
    }

    private void AddWords(ReadOnlyMemory<char> text, List<ReadOnlyMemory<char>> words)
    {
        foreach (var range in text.Span.SplitAny(_separators))
        {
            var word = text[range].Trim(' ');
            if (!word.IsEmpty)
                words.Add(word);
        }
    }
}
