using System.Diagnostics.CodeAnalysis;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers.Recommender;

namespace Microsoft.ML.Trainers;

/// <summary>
/// Approximates a matrix of which some values are known by the product of two of low rank, by parallel stochastic gradient
/// descent over blocks; with <see cref="LossFunctionType.SquareLossOneClass"/> values that are not known count as negative.
/// </summary>
/// <remarks>
/// Follows Chin et al., "A fast parallel stochastic gradient method for matrix factorization in shared memory systems" (2015) and
/// "A learning-rate schedule for stochastic gradient methods to matrix factorization" (2015); one-class: Yu et al., "Selection
/// of negative samples for one-class matrix factorization" (2017). The same seed gives the same model for any number of threads.
/// </remarks>
public sealed class MatrixFactorizationTrainer : ITrainerEstimator<MatrixFactorizationPredictionTransformer, MatrixFactorizationModelParameters>
{
    /// <summary>What training makes small.</summary>
    [SuppressMessage("Design", "CA1034", Justification = "The published shape.")]
    public enum LossFunctionType
    {
        SquareLossRegression = 0,
        SquareLossOneClass = 12
    }

    /// <summary>Options of the trainer.</summary>
    [SuppressMessage("Design", "CA1034", Justification = "The published shape.")]
    public sealed class Options
    {
        /// <summary>The key column that numbers the matrix's columns.</summary>
        public string MatrixColumnIndexColumnName;

        /// <summary>The key column that numbers the matrix's rows.</summary>
        public string MatrixRowIndexColumnName;

        /// <summary>The column of the matrix's values.</summary>
        public string LabelColumnName;

        /// <summary>What training makes small. The default value is the squared error of the known values.</summary>
        public LossFunctionType LossFunction = LossFunctionType.SquareLossRegression;

        /// <summary>L2 regularisation; 0 or more. The default value is 0.1.</summary>
        public double Lambda = 0.1;

        /// <summary>The rank of the approximation; above 0. The default value is 8.</summary>
        public int ApproximationRank = 8;

        /// <summary>Passes over the data; above 0. The default value is 20.</summary>
        public int NumberOfIterations = 20;

        /// <summary>The first step size; above 0. The default value is 0.1.</summary>
        public double LearningRate = 0.1;

        /// <summary>One-class: the weight of an unknown value's error beside the 1 of a known one; above 0. The default value is 0.0001.</summary>
        public double Alpha = 0.0001f;

        /// <summary>One-class: what unknown values should be. The default value is 0.000001.</summary>
        public double C = 0.000001f;

        /// <summary>Threads; above 0, or null for as many as there are processors. The default value is null.</summary>
        public int? NumberOfThreads;

        /// <summary>Whether to keep the errors of the iterations to itself. The default value is false.</summary>
        public bool Quiet;

        /// <summary>Whether factors must not be negative. The default value is false.</summary>
        public bool NonNegative;
    }

    private readonly IHost _host;
    private readonly Options _options;

    internal MatrixFactorizationTrainer(IHostEnvironment env, Options options)
    {
        Contracts.CheckValue(env, nameof(env));
        _host = env.Register(nameof(MatrixFactorizationTrainer));
        Contracts.CheckValue(options, nameof(options));
        Contracts.CheckNonEmpty(options.LabelColumnName, nameof(options.LabelColumnName));
        Contracts.CheckNonEmpty(options.MatrixColumnIndexColumnName, nameof(options.MatrixColumnIndexColumnName));
        Contracts.CheckNonEmpty(options.MatrixRowIndexColumnName, nameof(options.MatrixRowIndexColumnName));
        Contracts.CheckUserArg(Enum.IsDefined(options.LossFunction), nameof(options.LossFunction), "Must be a known loss");
        Contracts.CheckUserArg(options.ApproximationRank > 0, nameof(options.ApproximationRank), "Must be positive");
        Contracts.CheckUserArg(options.NumberOfIterations > 0, nameof(options.NumberOfIterations), "Must be positive");
        Contracts.CheckUserArg(double.IsFinite(options.Lambda) && options.Lambda >= 0, nameof(options.Lambda), "Must be non-negative");
        Contracts.CheckUserArg(double.IsFinite(options.LearningRate) && options.LearningRate > 0, nameof(options.LearningRate), "Must be positive");
        Contracts.CheckUserArg(double.IsFinite(options.Alpha) && options.Alpha > 0, nameof(options.Alpha), "Must be positive");
        Contracts.CheckUserArg(double.IsFinite(options.C), nameof(options.C), "Must be finite");
        Contracts.CheckUserArg(options.NumberOfThreads is null or > 0, nameof(options.NumberOfThreads), "Must be positive");
        _options = options;
    }

    public TrainerInfo Info { get; } = new();

    public MatrixFactorizationPredictionTransformer Fit(IDataView trainData, IDataView validationData) => Train(trainData, validationData);

    public MatrixFactorizationPredictionTransformer Fit(IDataView input) => Train(input, null);

    public SchemaShape GetOutputSchema(SchemaShape inputSchema)
    {
        Contracts.CheckValue(inputSchema, nameof(inputSchema));
        Check(_options.MatrixColumnIndexColumnName, "matrixColumnIndex", column => column.IsKey, "Key<UInt32>");
        Check(_options.MatrixRowIndexColumnName, "matrixRowIndex", column => column.IsKey, "Key<UInt32>");
        Check(_options.LabelColumnName, "label", column => !column.IsKey && (column.ItemType.Equals(NumberDataViewType.Single) || column.ItemType.Equals(NumberDataViewType.Double)), "Single");
        return inputSchema.With(TrainerColumns.ScalarOutputs());

        void Check(string name, string role, Func<SchemaShape.Column, bool> fits, string expected)
        {
            if (!inputSchema.TryFindColumn(name, out var column))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), role, name);
            if (column.Kind != SchemaShape.Column.VectorKind.Scalar || !fits(column))
                throw Contracts.ExceptSchemaMismatch(nameof(inputSchema), role, name, expected, column.GetTypeString());
        }
    }

    private MatrixFactorizationPredictionTransformer Train(IDataView trainData, IDataView validationData)
    {
        Contracts.CheckValue(trainData, nameof(trainData));
        using var channel = _host.Start("Training");
        var entries = Read(trainData, nameof(trainData), channel);
        Contracts.Check(entries.Count > 0, "Not a single value of the matrix is known: every row misses its row key, column key or label.");
        var validation = validationData == null ? null : Read(validationData, nameof(validationData), channel);
        var settings = new FactorizationSettings(
            _options.ApproximationRank, _options.NumberOfIterations, (float)_options.LearningRate, (float)_options.Lambda,
            (float)_options.Alpha, (float)_options.C, _options.NonNegative, _options.NumberOfThreads ?? Environment.ProcessorCount, (ulong)_host.Rand.NextInt64());
        Action<int, double, FactorPair> report = _options.Quiet ? null : (iteration, error, factors) =>
        {
            string held = validation == null ? "" : FormattableString.Invariant($", va_rmse {validation.RootMeanSquaredError(factors):F4}");
            channel.Info(MessageSensitivity.None, FormattableString.Invariant($"Iteration {iteration}: tr_rmse {error:F4}{held}"));
        };
        using var pair = _options.LossFunction == LossFunctionType.SquareLossOneClass
            ? OneClassDescent.Run(_host, entries, settings, report)
            : BlockDescent.Run(_host, entries, settings, report);
        var model = new MatrixFactorizationModelParameters(_host, entries.Rows, entries.Columns, settings.Rank, pair.CopyRows(), pair.CopyColumns());
        return new MatrixFactorizationPredictionTransformer(_host, model, trainData.Schema, _options.MatrixColumnIndexColumnName, _options.MatrixRowIndexColumnName);
    }

    private MatrixEntries Read(IDataView data, string parameter, IChannel channel)
    {
        var row = MatrixIndex.Find(data.Schema, parameter, "matrixRowIndex", _options.MatrixRowIndexColumnName);
        var column = MatrixIndex.Find(data.Schema, parameter, "matrixColumnIndex", _options.MatrixColumnIndexColumnName);
        var label = data.Schema.GetColumnOrNull(_options.LabelColumnName) ?? throw Contracts.ExceptSchemaMismatch(parameter, "label", _options.LabelColumnName);
        if (!label.Type.Equals(NumberDataViewType.Single) && !label.Type.Equals(NumberDataViewType.Double))
            throw Contracts.ExceptSchemaMismatch(parameter, "label", label.Name, "Single or Double", label.Type.ToString());
        var entries = MatrixEntries.Read(_host, data, row, column, label);
        if (entries.Skipped > 0)
            channel.Warning(MessageSensitivity.None, $"Skipped {entries.Skipped} instances with a missing key or label");
        return entries;
    }
}
