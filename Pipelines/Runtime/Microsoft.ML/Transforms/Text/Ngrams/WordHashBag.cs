using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Splits texts into words and counts their n-grams, the slot of each being its hash.</summary>
public sealed class WordHashBagEstimator : IEstimator<ITransformer>
{
    // Of the words; the n-grams of them are then hashed to fewer.
    private const int WordBits = 30;

    private readonly IHost _host;
    private readonly NgramHashingOptions _options;

    internal WordHashBagEstimator(IHostEnvironment env, NgramHashingOptions options)
    {
        _host = env.Register(nameof(WordHashBagEstimator));
        options.Check();
        _options = options;
    }

    public ITransformer Fit(IDataView input)
    {
        Contracts.CheckValue(input, nameof(input));
        var chain = new TransformerChain<ITransformer>();
        string[] words = MakeNames(input.Schema);
        Append(new WordTokenizingTransformer(_host, null, [.. words.Zip(_options.InputColumnNames)]));
        Append(new HashingEstimator(_host, Array.ConvertAll(words, name => new HashingEstimator.ColumnOptions(name, name, WordBits, _options.Seed, false, _options.MaximumNumberOfInverts))).Fit(input));
        Append(new NgramHashingEstimator(_host, _options with { InputColumnNames = words, FriendlyNames = _options.InputColumnNames }).Fit(input));
        Append(new ColumnSelectingTransformer(_host, null, words, keepHidden: false));
        return chain;

        void Append(ITransformer transformer)
        {
            chain = chain.Append(transformer);
            input = transformer.Transform(input);
        }
    }

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        foreach (string name in _options.InputColumnNames)
            inputSchema.FindText(name, WordTokenizingEstimator.ExpectedColumnType);
        var annotations = _options.MaximumNumberOfInverts == 0 ? null : new SchemaShape([SchemaShapeExtensions.TextVectorAnnotation(AnnotationUtils.Kinds.SlotNames)]);
        return inputSchema.With(new SchemaShape.Column(_options.OutputColumnName, SchemaShape.Column.VectorKind.Vector, NumberDataViewType.Single, false, annotations));
    }

    /// <summary>A name that the schema does not have for the words of each input.</summary>
    private string[] MakeNames(DataViewSchema schema)
    {
        int number = 0;
        return Array.ConvertAll(_options.InputColumnNames, _ =>
        {
            string name;
            do
            {
                name = $"_tmp{number++:000}";
            }
            while (schema.GetColumnOrNull(name) != null);
            return name;
        });
    }
}
