using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Changes the case of text and removes diacritical marks, punctuation marks and numbers.</summary>
public sealed class TextNormalizingEstimator : TrivialEstimator<TextNormalizingTransformer>
{
    /// <summary>What becomes of the case, by the rules of the invariant culture.</summary>
    public enum CaseMode
    {
        Lower = 0,
        Upper = 1,
        None = 2
    }

    internal const string ExpectedColumnType = "String or vector of String";

    internal TextNormalizingEstimator(
        IHostEnvironment env,
        CaseMode caseMode = CaseMode.Lower,
        bool keepDiacritics = false,
        bool keepPunctuations = true,
        bool keepNumbers = true,
        params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register(nameof(TextNormalizingEstimator)), new TextNormalizingTransformer(env, caseMode, keepDiacritics, keepPunctuations, keepNumbers, columns))
    {
    }

    public override SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        return inputSchema.With(Transformer.Columns.Select(pair =>
        {
            var input = inputSchema.FindText(pair.inputColumnName, ExpectedColumnType);
            var kind = input.Kind == SchemaShape.Column.VectorKind.Scalar ? SchemaShape.Column.VectorKind.Scalar : SchemaShape.Column.VectorKind.VariableVector;
            return new SchemaShape.Column(pair.outputColumnName, kind, input.ItemType, false);
        }));
    }
}

/// <summary>The transformer of <see cref="TextNormalizingEstimator"/>.</summary>
public sealed class TextNormalizingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "TextNormalizerTransform";
    private const int FormatVersion = 1;

    private readonly TextNormalizingEstimator.CaseMode _caseMode;
    private readonly bool _keepDiacritics;
    private readonly bool _keepPunctuations;
    private readonly bool _keepNumbers;
    private readonly CharacterNormalizer _normalizer;

    internal TextNormalizingTransformer(
        IHostEnvironment env,
        TextNormalizingEstimator.CaseMode caseMode,
        bool keepDiacritics,
        bool keepPunctuations,
        bool keepNumbers,
        params (string outputColumnName, string inputColumnName)[] columns)
        : base(env.Register("TextNormalizer"), columns)
    {
        _caseMode = caseMode;
        _keepDiacritics = keepDiacritics;
        _keepPunctuations = keepPunctuations;
        _keepNumbers = keepNumbers;
        _normalizer = CharacterNormalizer.Get(caseMode, keepDiacritics, keepPunctuations, keepNumbers);
    }

    internal IReadOnlyList<(string outputColumnName, string inputColumnName)> Columns => ColumnPairs;

    internal static TextNormalizingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        var caseMode = (TextNormalizingEstimator.CaseMode)ctx.Reader.ReadByte();
        Contracts.CheckDecode(Enum.IsDefined(caseMode));
        return new TextNormalizingTransformer(ctx.Env, caseMode, ctx.Reader.ReadBoolean(), ctx.Reader.ReadBoolean(), ctx.Reader.ReadBoolean(), columns);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        ctx.Writer.Write((byte)_caseMode);
        ctx.Writer.Write(_keepDiacritics);
        ctx.Writer.Write(_keepPunctuations);
        ctx.Writer.Write(_keepNumbers);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        TextColumns.CheckText(input, TextNormalizingEstimator.ExpectedColumnType);
        return input.Type is VectorDataViewType
            ? new OutputColumn(outputName, new VectorDataViewType(TextDataViewType.Instance), null, [input.Index], row => MakeVectorGetter(row, input))
            : new OutputColumn(outputName, input.Type, null, [input.Index], row => MakeGetter(row, input));
    }

    private ValueGetter<ReadOnlyMemory<char>> MakeGetter(DataViewRow row, DataViewSchema.Column input)
    {
        var source = row.GetGetter<ReadOnlyMemory<char>>(input);
        ReadOnlyMemory<char> text = default;
        char[] buffer = null;
        return (ref ReadOnlyMemory<char> destination) =>
        {
            source(ref text);
            destination = _normalizer.Normalize(text, ref buffer);
        };
    }

    private ValueGetter<VBuffer<ReadOnlyMemory<char>>> MakeVectorGetter(DataViewRow row, DataViewSchema.Column input)
    {
        var source = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(input);
        VBuffer<ReadOnlyMemory<char>> texts = default;
        var kept = new List<ReadOnlyMemory<char>>();
        char[] buffer = null;
        return (ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            source(ref texts);
            kept.Clear();
            foreach (var text in texts.GetValues())
            {
                var normalized = _normalizer.Normalize(text, ref buffer);
                if (!normalized.IsEmpty)
                    kept.Add(normalized);
            }
            TextColumns.SetDense(kept, ref destination);
        };
    }
}
