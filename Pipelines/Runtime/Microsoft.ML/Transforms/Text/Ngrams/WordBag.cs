using System.Globalization;
using System.Text;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Splits texts into words and counts their n-grams, each n-gram of the training data being a slot.</summary>
public sealed class WordBagEstimator : IEstimator<ITransformer>
{
    /// <summary>Which n-grams <see cref="TextFeaturizingEstimator"/> counts.</summary>
    public class Options
    {
        /// <summary>The length of the longest n-grams, from 1 to 10; the default value is 2.</summary>
        public int NgramLength;

        /// <summary>How many tokens may be left out within an n-gram; the default value is 0.</summary>
        public int SkipLength;

        /// <summary>Whether shorter n-grams are counted too; the default value is true.</summary>
        public bool UseAllLengths;

        /// <summary>The largest number of n-grams of each length from 1, the last number standing for all longer ones; the default value is 10,000,000.</summary>
        public int[] MaximumNgramsCount;

        /// <summary>What an n-gram weighs; the default value is <see cref="NgramExtractingEstimator.WeightingCriteria.Tf"/>.</summary>
        public NgramExtractingEstimator.WeightingCriteria Weighting;

        public Options()
        {
            NgramLength = 2;
            SkipLength = 0;
            UseAllLengths = true;
            MaximumNgramsCount = [NgramSettings.DefaultMaximumCount];
            Weighting = NgramExtractingEstimator.WeightingCriteria.Tf;
        }
    }

    private readonly IHost _host;
    private readonly string _outputColumnName;
    private readonly string[] _inputColumnNames;
    private readonly NgramSettings _settings;
    private readonly int _maximumNgramsCount;
    private readonly (char Term, char Frequency)? _separators;

    internal WordBagEstimator(
        IHostEnvironment env,
        string outputColumnName,
        string[] inputColumnNames,
        int ngramLength,
        int skipLength,
        bool useAllLengths,
        int maximumNgramsCount,
        NgramExtractingEstimator.WeightingCriteria weighting,
        (char Term, char Frequency)? separators = null)
    {
        _host = env.Register(nameof(WordBagEstimator));
        TextColumns.CheckNames(outputColumnName, inputColumnNames);
        _outputColumnName = outputColumnName;
        _inputColumnNames = inputColumnNames;
        _settings = NgramSettings.Create(ngramLength, skipLength, useAllLengths, weighting, [maximumNgramsCount]);
        _maximumNgramsCount = maximumNgramsCount;
        _separators = separators;
    }

    public ITransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var chain = new TransformerChain<ITransformer>();
        string source = _inputColumnNames[0];
        if (_inputColumnNames.Length > 1)
            Append(new ColumnConcatenatingTransformer(_host, _outputColumnName, _inputColumnNames));
        if (_separators is var (term, frequency))
            Append(new TermFrequencyExpandingTransformer(_host, term, frequency, _outputColumnName, source));
        Append(new WordTokenizingTransformer(_host, null, (_outputColumnName, source)));
        Append(new ValueToKeyMappingEstimator(_host, [new(_outputColumnName, _outputColumnName, _maximumNgramsCount)]).Fit(input));
        Append(new NgramExtractingEstimator(_host, _outputColumnName, _outputColumnName, _settings).Fit(input));
        return chain;

        void Append(ITransformer transformer)
        {
            chain = chain.Append(transformer);
            input = transformer.Transform(input);
            source = _outputColumnName;
        }
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        foreach (string name in _inputColumnNames)
            inputSchema.FindText(name, WordTokenizingEstimator.ExpectedColumnType);
        return inputSchema.With(new SchemaShape.Column(_outputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false,
            new SchemaShape([SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames)])));
    }
}

/// <summary>Writes out texts like <c>a:2;b:1</c> as <c>a a b</c>; a term without frequency counts once.</summary>
internal sealed class TermFrequencyExpandingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "TermFrequencyExpander";
    private const int FormatVersion = 1;

    private readonly char _termSeparator;
    private readonly char _frequencySeparator;

    internal TermFrequencyExpandingTransformer(IHostEnvironment env, char termSeparator, char frequencySeparator, string outputColumnName, string inputColumnName)
        : base(env.Register(nameof(TermFrequencyExpandingTransformer)), (outputColumnName, inputColumnName))
    {
        _termSeparator = termSeparator;
        _frequencySeparator = frequencySeparator;
    }

    internal static TermFrequencyExpandingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        Contracts.CheckDecode(columns.Length == 1);
        return new TermFrequencyExpandingTransformer(ctx.Env, (char)ctx.Reader.ReadUInt16(), (char)ctx.Reader.ReadUInt16(), columns[0].outputColumnName, columns[0].inputColumnName);
    }

    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        ctx.Writer.Write((ushort)_termSeparator);
        ctx.Writer.Write((ushort)_frequencySeparator);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        if (input.Type is not TextDataViewType)
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, "String", input.Type.ToString());
        return new OutputColumn(outputName, input.Type, null, [input.Index], row =>
        {
            var source = row.GetGetter<ReadOnlyMemory<char>>(input);
            ReadOnlyMemory<char> text = default;
            var expanded = new StringBuilder();
            return (ValueGetter<ReadOnlyMemory<char>>)((ref ReadOnlyMemory<char> destination) =>
            {
                source(ref text);
                expanded.Clear();
                foreach (var range in text.Span.Split(_termSeparator))
                    Expand(text.Span[range], expanded);
                destination = expanded.ToString().AsMemory();
            });
        });
    }

    private void Expand(ReadOnlySpan<char> pair, StringBuilder expanded)
    {
        int separator = pair.IndexOf(_frequencySeparator);
        var term = separator < 0 ? pair : pair[..separator];
        if (term.IsEmpty)
            return;
        int frequency = 1;
        if (separator >= 0 && !int.TryParse(pair[(separator + 1)..], NumberStyles.Integer, CultureInfo.InvariantCulture, out frequency))
            throw Contracts.ExceptDecode($"'{pair[(separator + 1)..]}', the frequency of the term '{term}', is not a whole number. Write each term as term{_frequencySeparator}frequency, with '{_termSeparator}' between terms.");
        for (int i = 0; i < frequency; i++)
            expanded.Append(term).Append(' ');
    }
}
