namespace Microsoft.ML.AutoML;

/// <summary>The way to AutoML from a context.</summary>
public static class MLContextExtension
{
    public static AutoCatalog Auto(this MLContext mlContext)
    {
        ArgumentNullException.ThrowIfNull(mlContext);
        return new AutoCatalog(mlContext);
    }
}

/// <summary>Column inference, pipelines whose parameters are searched, and experiments.</summary>
public sealed partial class AutoCatalog
{
    private readonly MLContext _context;

    internal AutoCatalog(MLContext context) => _context = context;

    /// <summary>Finds out how a text file is read and what its columns are for. Its first line must be a header that names the label.</summary>
    /// <param name="path">The file. Its first 10,000 lines are looked at; records that span several lines are not understood.</param>
    /// <param name="labelColumnName">The name of the label; one all of whose values are truth values, such as 0 and 1, is read as Boolean.</param>
    /// <param name="separatorChar">The separator; null to find it among tab, comma, space and semicolon.</param>
    /// <param name="allowQuoting">Whether values may be in quotes; null for whether the lines agree better so.</param>
    /// <param name="allowSparse">Whether lines may be sparse; null for not.</param>
    /// <param name="trimWhitespace">Whether white space at the end of lines is removed.</param>
    /// <param name="groupColumns">Whether all numeric features become one vector, "Features".</param>
    /// <exception cref="ArgumentException">There is no such column.</exception>
    /// <exception cref="InferenceException">The file has too few lines, or these do not agree on a number of columns.</exception>
    public ColumnInferenceResults InferColumns(
        string path, string labelColumnName = "Label", char? separatorChar = null, bool? allowQuoting = null, bool? allowSparse = null, bool trimWhitespace = false, bool groupColumns = true)
    {
        ArgumentException.ThrowIfNullOrEmpty(labelColumnName);
        return InferColumns(path, new ColumnInformation { LabelColumnName = labelColumnName }, separatorChar, allowQuoting, allowSparse, trimWhitespace, groupColumns);
    }

    /// <inheritdoc cref="InferColumns(string, string, char?, bool?, bool?, bool, bool)"/>
    public ColumnInferenceResults InferColumns(
        string path, ColumnInformation columnInformation, char? separatorChar = null, bool? allowQuoting = null, bool? allowSparse = null, bool trimWhitespace = false, bool groupColumns = true)
    {
        ArgumentNullException.ThrowIfNull(columnInformation);
        return ColumnInference.Infer(_context, path, columnInformation, null, hasHeader: true, separatorChar, allowQuoting, allowSparse, trimWhitespace, groupColumns);
    }

    /// <inheritdoc cref="InferColumns(string, string, char?, bool?, bool?, bool, bool)"/>
    public ColumnInferenceResults InferColumns(
        string path, uint labelColumnIndex, bool hasHeader = false, char? separatorChar = null, bool? allowQuoting = null, bool? allowSparse = null, bool trimWhitespace = false, bool groupColumns = true) =>
        ColumnInference.Infer(_context, path, new ColumnInformation(), labelColumnIndex, hasHeader, separatorChar, allowQuoting, allowSparse, trimWhitespace, groupColumns);

    /// <summary>An estimator whose options are searched; members that <paramref name="ss"/> does not search are as in its default.</summary>
    /// <param name="factory">Makes the estimator.</param>
    /// <param name="ss">What is searched; null for what the attributes of the type say.</param>
    public SweepableEstimator CreateSweepableEstimator<T>(Func<MLContext, T, IEstimator<ITransformer>> factory, SearchSpace.SearchSpace<T> ss = null)
        where T : class, new()
    {
        ArgumentNullException.ThrowIfNull(factory);
        return SweepableEstimator.Of(factory, ss ?? new SearchSpace.SearchSpace<T>());
    }

    /// <summary>An experiment; see <see cref="AutoMLExperimentExtension"/> for what it needs.</summary>
    public AutoMLExperiment CreateExperiment(AutoMLExperiment.AutoMLExperimentSettings settings = null) => new(_context, settings ?? new AutoMLExperiment.AutoMLExperimentSettings());
}
