using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>
/// Turns vectors of words into vectors of a pretrained model: of the vectors of the words that the model knows the
/// smallest, the mean and the largest item of each dimension.
/// </summary>
public sealed class WordEmbeddingEstimator : IEstimator<WordEmbeddingTransformer>
{
    /// <summary>The pretrained models, files that are to be put below the folder that the environment variable MICROSOFTML_RESOURCE_PATH names.</summary>
    public enum PretrainedModelKind
    {
        GloVe50D = 0,
        GloVe100D = 1,
        GloVe200D = 2,
        GloVe300D = 3,
        GloVeTwitter25D = 4,
        GloVeTwitter50D = 5,
        GloVeTwitter100D = 6,
        GloVeTwitter200D = 7,
        FastTextWikipedia300D = 8,
        SentimentSpecificWordEmbedding = 9
    }

    private readonly IHost _host;
    private readonly string _outputColumnName;
    private readonly string _inputColumnName;
    private readonly PretrainedModelKind? _kind;
    private readonly string _file;

    internal WordEmbeddingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, PretrainedModelKind kind)
        : this(env, outputColumnName, inputColumnName)
    {
        Contracts.CheckUserArg(Enum.IsDefined(kind), "modelKind", $"'{kind}' is none of {string.Join(", ", Enum.GetNames<PretrainedModelKind>())}.");
        _kind = kind;
    }

    internal WordEmbeddingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName, string file)
        : this(env, outputColumnName, inputColumnName)
    {
        Contracts.CheckNonWhiteSpace(file, "customModelFile");
        _file = file;
    }

    private WordEmbeddingEstimator(IHostEnvironment env, string outputColumnName, string inputColumnName)
    {
        _host = env.Register(nameof(WordEmbeddingEstimator));
        Contracts.CheckNonEmpty(outputColumnName, nameof(outputColumnName));
        _outputColumnName = outputColumnName;
        _inputColumnName = inputColumnName ?? outputColumnName;
    }

    public WordEmbeddingTransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var model = _kind is { } kind ? WordEmbeddingModel.OfKind(kind) : WordEmbeddingModel.FromFile(_file);
        var transformer = new WordEmbeddingTransformer(_host, _outputColumnName, _inputColumnName, _kind, model);
        transformer.GetOutputSchema(input.Schema);
        return transformer;
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        var input = inputSchema.FindInput(_inputColumnName);
        if (input.ItemType is not TextDataViewType || input.Kind == SchemaShape.Column.VectorKind.Scalar)
            throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), "input", _inputColumnName, new VectorDataViewType(TextDataViewType.Instance).ToString(), input.GetTypeString());
        return inputSchema.With(new SchemaShape.Column(_outputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false));
    }
}

/// <summary>The transformer of <see cref="WordEmbeddingEstimator"/>.</summary>
public sealed class WordEmbeddingTransformer : OneToOneTransformerBase
{
    internal const string LoaderName = "WordEmbeddingsTransform";
    private const int FormatVersion = 1;
    private const int NoKind = -1;

    private readonly WordEmbeddingEstimator.PretrainedModelKind? _kind;
    private readonly WordEmbeddingModel _model;

    internal WordEmbeddingTransformer(IHostEnvironment env, string outputColumnName, string inputColumnName, WordEmbeddingEstimator.PretrainedModelKind? kind, WordEmbeddingModel model)
        : base(env.Register("WordEmbeddings"), (outputColumnName, inputColumnName))
    {
        _kind = kind;
        _model = model;
    }

    internal static WordEmbeddingTransformer Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var columns = LoadColumns(ctx);
        int number = ctx.Reader.ReadInt32();
        var kind = (WordEmbeddingEstimator.PretrainedModelKind)number;
        Contracts.CheckDecode(columns.Length == 1 && (number == NoKind || Enum.IsDefined(kind)));
        return number == NoKind
            ? new WordEmbeddingTransformer(ctx.Env, columns[0].outputColumnName, columns[0].inputColumnName, null, WordEmbeddingModel.Load(ctx.Reader))
            : new WordEmbeddingTransformer(ctx.Env, columns[0].outputColumnName, columns[0].inputColumnName, kind, WordEmbeddingModel.OfKind(kind));
    }

    /// <summary>A model of one's own is saved as a whole, of a pretrained one only which it is.</summary>
    private protected override void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        SaveColumns(ctx);
        ctx.Writer.Write(_kind is { } kind ? (int)kind : NoKind);
        if (_kind == null)
            _model.Save(ctx.Writer);
    }

    private protected override OutputColumn MapColumn(int index, string outputName, DataViewSchema.Column input)
    {
        if (input.Type is not VectorDataViewType { ItemType: TextDataViewType })
            throw Contracts.ExceptSchemaMismatch("inputSchema", "input", input.Name, "Text", input.Type.ToString());
        int dimension = _model.Dimension;
        return new OutputColumn(outputName, new VectorDataViewType(NumberDataViewType.Single, 3 * dimension), null, [input.Index], row =>
        {
            var source = row.GetGetter<VBuffer<ReadOnlyMemory<char>>>(input);
            VBuffer<ReadOnlyMemory<char>> words = default;
            return (ValueGetter<VBuffer<float>>)((ref VBuffer<float> destination) =>
            {
                source(ref words);
                var editor = VBufferEditor.Create(ref destination, 3 * dimension);
                Embed(words.GetValues(), editor.Values[..dimension], editor.Values.Slice(dimension, dimension), editor.Values[(2 * dimension)..]);
                destination = editor.Commit();
            });
        });
    }

    private void Embed(ReadOnlySpan<ReadOnlyMemory<char>> words, Span<float> smallest, Span<float> mean, Span<float> largest)
    {
        smallest.Fill(float.MaxValue);
        mean.Clear();
        largest.Fill(float.MinValue);
        int known = 0;
        foreach (var word in words)
        {
            var vector = _model.Find(word.Span);
            if (vector.IsEmpty)
                continue;
            known++;
            for (int i = 0; i < vector.Length; i++)
            {
                float item = vector[i];
                if (smallest[i] > item)
                    smallest[i] = item;
                mean[i] += item;
                if (largest[i] < item)
                    largest[i] = item;
            }
        }
        if (known == 0)
            return;
        foreach (ref float item in mean)
            item /= known;
    }
}
