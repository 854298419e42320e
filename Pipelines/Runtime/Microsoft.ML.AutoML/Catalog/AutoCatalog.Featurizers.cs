using Microsoft.ML.AutoML.CodeGen;
using Microsoft.ML.Data;

namespace Microsoft.ML.AutoML;

public sealed partial class AutoCatalog
{
    /// <summary>Turns columns into one vector of features. Columns that are not named are looked at: see <see cref="InferColumns(string, string, char?, bool?, bool?, bool, bool)"/>.</summary>
    /// <param name="data">The data, of which the first thousand rows are looked at.</param>
    /// <param name="outputColumnName">The vector of features.</param>
    /// <param name="catelogicalColumns">Columns of categories; null for none that are known.</param>
    /// <param name="numericColumns">Columns of numbers or truth values.</param>
    /// <param name="textColumns">Columns of texts.</param>
    /// <param name="imagePathColumns">Must be null or empty: images are not featurized in this runtime.</param>
    /// <param name="excludeColumns">Columns that are no features, such as a label whose name is not "Label".</param>
    public SweepablePipeline Featurizer(
        IDataView data, string outputColumnName = "Features", string[] catelogicalColumns = null, string[] numericColumns = null, string[] textColumns = null, string[] imagePathColumns = null, string[] excludeColumns = null)
    {
        ArgumentNullException.ThrowIfNull(data);
        var information = new ColumnInformation();
        Add(catelogicalColumns, information.CategoricalColumnNames);
        Add(numericColumns, information.NumericColumnNames);
        Add(textColumns, information.TextColumnNames);
        Add(imagePathColumns, information.ImagePathColumnNames);
        Add(excludeColumns, information.IgnoredColumnNames);
        if (data.Schema.GetColumnOrNull(information.LabelColumnName) is null || new[] { catelogicalColumns, numericColumns, textColumns, excludeColumns }.Any(names => names?.Contains(information.LabelColumnName) == true))
            information.LabelColumnName = null;
        return Featurizer(data, information, outputColumnName);
    }

    /// <summary>Turns columns into one vector of features: missing numbers replaced by 0 and all of them scaled to at most 1, categories as indicators or hashed ones, whichever is better, texts as n-grams.</summary>
    /// <param name="data">The data, of which the first thousand rows are looked at where a column is not named.</param>
    /// <param name="columnInformation">What columns are for.</param>
    /// <param name="outputColumnName">The vector of features.</param>
    /// <exception cref="ArgumentException">A column does not exist, is named twice, or none is left to be a feature.</exception>
    /// <exception cref="NotSupportedException">A column of paths of images is named.</exception>
    public SweepablePipeline Featurizer(IDataView data, ColumnInformation columnInformation, string outputColumnName = "Features")
    {
        ArgumentNullException.ThrowIfNull(data);
        ArgumentNullException.ThrowIfNull(columnInformation);
        ArgumentException.ThrowIfNullOrEmpty(outputColumnName);
        columnInformation.Check(data.Schema);
        if (columnInformation.ImagePathColumnNames.Count > 0)
            throw new NotSupportedException($"The column '{columnInformation.ImagePathColumnNames.First()}' holds paths of images, which this runtime does not featurize; ignore it, or compute its features before.");
        var purposes = ColumnPurposes.Infer(_context, data, columnInformation);
        string[] numeric = Those(ColumnPurpose.Numeric), categorical = Those(ColumnPurpose.Categorical), texts = Those(ColumnPurpose.Text);
        if (numeric.Length + categorical.Length + texts.Length == 0)
            throw AutoMLErrors.NoFeatures(data.Schema);
        var pipeline = new SweepablePipeline();
        if (Array.FindAll(numeric, name => ItemType(data.Schema[name]) != NumberDataViewType.Single) is { Length: > 0 } others)
            pipeline = pipeline.Append(BooleanFeaturizer(others, others));
        if (numeric.Length > 0)
            pipeline = pipeline.Append(NumericFeaturizer(numeric, numeric));
        if (categorical.Length > 0)
            pipeline = pipeline.Append(CatalogFeaturizer(categorical, categorical));
        foreach (string text in texts)
            pipeline = pipeline.Append(TextFeaturizer(text, text));
        string[] all = [.. texts, .. numeric, .. categorical];
        return pipeline.Append(SweepableEstimator.Of(context => context.Transforms.Concatenate(outputColumnName, all), EstimatorType.Concatenate));

        string[] Those(ColumnPurpose purpose) => [.. data.Schema.Where(column => !column.IsHidden && purposes[column.Name] == purpose).Select(column => column.Name)];
    }

    /// <summary>Missing numbers replaced by 0, all of them scaled to at most 1.</summary>
    internal SweepablePipeline NumericFeaturizer(string[] outputColumnNames, string[] inputColumnNames)
    {
        var replaced = Pairs(outputColumnNames, inputColumnNames);
        var scaled = Pairs(outputColumnNames, outputColumnNames);
        return new SweepablePipeline()
            .Append(SweepableEstimator.Of(context => context.Transforms.ReplaceMissingValues(replaced), EstimatorType.ReplaceMissingValues))
            .Append(SweepableEstimator.Of(context => context.Transforms.NormalizeMinMax(scaled), EstimatorType.NormalizeMinMax));
    }

    /// <summary>Truth values, and numbers of other types, as numbers of type Single.</summary>
    internal SweepableEstimator BooleanFeaturizer(string[] outputColumnNames, string[] inputColumnNames)
    {
        var pairs = Pairs(outputColumnNames, inputColumnNames);
        return SweepableEstimator.Of(context => context.Transforms.Conversion.ConvertType(pairs), EstimatorType.ConvertType);
    }

    /// <summary>Categories as indicators, or as hashed ones.</summary>
    internal SweepableEstimator[] CatalogFeaturizer(string[] outputColumnNames, string[] inputColumnNames)
    {
        var pairs = Pairs(outputColumnNames, inputColumnNames);
        return
        [
            SweepableEstimator.Of(context => context.Transforms.Categorical.OneHotEncoding(pairs), EstimatorType.OneHotEncoding),
            SweepableEstimator.Of(context => context.Transforms.Categorical.OneHotHashEncoding(pairs), EstimatorType.OneHotHashEncoding),
        ];
    }

    /// <summary>Texts as n-grams of words and characters.</summary>
    internal SweepableEstimator TextFeaturizer(string outputColumnName, string inputColumnName) =>
        SweepableEstimator.Of(context => context.Transforms.Text.FeaturizeText(outputColumnName, inputColumnName), EstimatorType.FeaturizeText);

    private static InputOutputColumnPair[] Pairs(string[] outputColumnNames, string[] inputColumnNames)
    {
        if (inputColumnNames.Length == 0 || inputColumnNames.Length != outputColumnNames.Length)
            throw new ArgumentException($"There are {inputColumnNames.Length} columns to read and {outputColumnNames.Length} to write; there must be as many, one at least.", nameof(inputColumnNames));
        return [.. outputColumnNames.Zip(inputColumnNames, (output, input) => new InputOutputColumnPair(output, input))];
    }

    private static DataViewType ItemType(DataViewSchema.Column column) => column.Type is VectorDataViewType vector ? vector.ItemType : column.Type;

    private static void Add(string[] names, ICollection<string> to)
    {
        foreach (string name in names ?? [])
            to.Add(name);
    }
}
