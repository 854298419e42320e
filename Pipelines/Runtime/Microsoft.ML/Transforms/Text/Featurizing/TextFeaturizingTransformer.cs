using System.Runtime.InteropServices;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>The transformer of <see cref="TextFeaturizingEstimator"/>.</summary>
/// <remarks>Thread-safe for reading.</remarks>
internal sealed class TextFeaturizingTransformer : ITransformer
{
    internal const string LoaderName = "TextFeaturizer";
    private const int FormatVersion = 1;

    private readonly TextFeaturizerSettings _settings;
    private readonly TextDictionary _dictionary;
    private readonly Lazy<ReadOnlyMemory<char>[]> _slotNames;

    public TextFeaturizingTransformer(IHostEnvironment env, TextFeaturizerSettings settings, TextDictionary dictionary)
    {
        env.Register(nameof(TextFeaturizingTransformer));
        _settings = settings;
        _dictionary = dictionary;
        _slotNames = new(MakeSlotNames);
    }

    bool ITransformer.IsRowToRowMapper => true;

    public DataViewSchema GetOutputSchema(DataViewSchema inputSchema) => ((ITransformer)this).GetRowToRowMapper(inputSchema).OutputSchema;

    public IDataView Transform(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var (mapper, visible) = Bind(input.Schema);
        var mapped = new MappedDataView(input, mapper);
        return visible == null ? mapped : new ColumnSelectingTransformer.SelectedDataView(mapped, visible);
    }

    IRowToRowMapper ITransformer.GetRowToRowMapper(DataViewSchema inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var (mapper, visible) = Bind(inputSchema);
        return visible == null ? mapper : new RowMapperChain(inputSchema, [mapper, visible]);
    }

    internal static TextFeaturizingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var settings = TextFeaturizerSettings.Load(ctx.Reader);
        return new TextFeaturizingTransformer(ctx.Env, settings, TextDictionary.Load(ctx.Reader, settings));
    }

    void ICanSaveModel.Save(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        _settings.Save(ctx.Writer);
        _dictionary.Save(ctx.Writer);
    }

    /// <summary>The mapping, and the selection of its columns that are not hidden; null where none is.</summary>
    private (RowMapper, ColumnSelectingTransformer.Selection) Bind(DataViewSchema inputSchema)
    {
        var source = new TextSource(_settings, inputSchema);
        var outputs = new List<OutputColumn>();
        if (_settings.TokensColumnName != null)
            outputs.Add(new OutputColumn(_settings.TokensColumnName, new VectorDataViewType(TextDataViewType.Instance), null, source.Indices, row => MakeTokensGetter(row, source)));
        if (_settings.WordNgrams != null || _settings.CharacterNgrams != null)
            outputs.Add(new OutputColumn(_settings.OutputColumnName, new VectorDataViewType(NumberDataViewType.Single, Size), MakeAnnotations(), source.Indices, row => MakeGetter(row, source)));
        var mapper = new RowMapper(inputSchema, outputs);
        var visible = mapper.OutputSchema.Where(column => !column.IsHidden).Select(column => column.Index).ToArray();
        return (mapper, visible.Length == mapper.OutputSchema.Count ? null : new ColumnSelectingTransformer.Selection(mapper.OutputSchema, visible));
    }

    /// <summary>The number of slots; 0, for a variable size, where a block has none.</summary>
    private int Size
    {
        get
        {
            int characters = _dictionary.Characters?.Count ?? -1, words = _dictionary.WordNgrams?.Count ?? -1;
            return characters == 0 || words == 0 ? 0 : Math.Max(0, characters) + Math.Max(0, words);
        }
    }

    private DataViewSchema.Annotations MakeAnnotations()
    {
        // In the order of concatenation, or of normalisation where there is nothing to be concatenated.
        var builder = new DataViewSchema.Annotations.Builder();
        bool isConcatenated = _dictionary.Characters != null && _dictionary.WordNgrams != null;
        if (_settings.Norm != null && isConcatenated)
            builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
        if (Size > 0)
            builder.AddSlotNames(Size, (ref VBuffer<ReadOnlyMemory<char>> destination) => destination = new VBuffer<ReadOnlyMemory<char>>(_slotNames.Value.Length, _slotNames.Value));
        if (_settings.Norm != null && !isConcatenated)
            builder.AddBoolean(AnnotationUtils.Kinds.IsNormalized, true);
        return builder.ToAnnotations();
    }

    private ReadOnlyMemory<char>[] MakeSlotNames()
    {
        var characters = Names(_dictionary.Characters, CharacterKeys.Names);
        var words = Names(_dictionary.WordNgrams, _dictionary.Words.ToNames());
        if (_dictionary.Characters == null || _dictionary.WordNgrams == null)
            return [.. characters, .. words];
        return [.. characters.Select(name => $"Char.{name}".AsMemory()), .. words.Select(name => $"Word.{name}".AsMemory())];
    }

    private static ReadOnlyMemory<char>[] Names(NgramDictionary ngrams, ReadOnlyMemory<char>[] tokens) =>
        ngrams?.MakeSlotNames(new VBuffer<ReadOnlyMemory<char>>(tokens.Length, tokens)) ?? [];

    private ValueGetter<VBuffer<ReadOnlyMemory<char>>> MakeTokensGetter(DataViewRow row, TextSource source)
    {
        var read = source.MakeReader(row);
        var tokenizer = new RowTokenizer(_settings);
        var texts = new List<ReadOnlyMemory<char>>();
        var words = new List<ReadOnlyMemory<char>>();
        return (ref VBuffer<ReadOnlyMemory<char>> destination) =>
        {
            texts.Clear();
            words.Clear();
            read(texts);
            tokenizer.Read(CollectionsMarshal.AsSpan(texts), source.IsVector);
            tokenizer.CopyWords(words);
            TextColumns.SetDense(words, ref destination);
        };
    }

    private ValueGetter<VBuffer<float>> MakeGetter(DataViewRow row, TextSource source)
    {
        var read = source.MakeReader(row);
        var texts = new List<ReadOnlyMemory<char>>();
        var featurizer = new RowFeaturizer(_settings, _dictionary);
        return (ref VBuffer<float> destination) =>
        {
            texts.Clear();
            read(texts);
            featurizer.Featurize(CollectionsMarshal.AsSpan(texts), source.IsVector, ref destination);
        };
    }
}
