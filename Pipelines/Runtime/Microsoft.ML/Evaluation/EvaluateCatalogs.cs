using Microsoft.ML.Data;
using Microsoft.ML.Evaluation;

namespace Microsoft.ML;

public sealed partial class BinaryClassificationCatalog
{
    public CalibratedBinaryClassificationMetrics Evaluate(
        IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score", string probabilityColumnName = "Probability", string predictedLabelColumnName = "PredictedLabel") =>
        new(BinaryEvaluation.Run(Environment, data, labelColumnName, scoreColumnName, probabilityColumnName));

    public BinaryClassificationMetrics EvaluateNonCalibrated(
        IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel") =>
        new(BinaryEvaluation.Run(Environment, data, labelColumnName, scoreColumnName, probability: null));
}

public sealed partial class MulticlassClassificationCatalog
{
    public MulticlassClassificationMetrics Evaluate(
        IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score", string predictedLabelColumnName = "PredictedLabel", int topKPredictionCount = 0) =>
        new(MulticlassEvaluation.Run(Environment, data, labelColumnName, scoreColumnName, topKPredictionCount));
}

public sealed partial class RegressionCatalog
{
    public RegressionMetrics Evaluate(IDataView data, string labelColumnName = "Label", string scoreColumnName = "Score") =>
        new(RegressionEvaluation.Run(Environment, data, labelColumnName, scoreColumnName));
}

public sealed partial class ClusteringCatalog
{
    public ClusteringMetrics Evaluate(IDataView data, string labelColumnName = null, string scoreColumnName = "Score", string featureColumnName = null) =>
        new(ClusteringEvaluation.Run(Environment, data, labelColumnName, scoreColumnName, featureColumnName));
}

public sealed partial class RankingCatalog
{
    public RankingMetrics Evaluate(IDataView data, string labelColumnName = "Label", string rowGroupColumnName = "GroupId", string scoreColumnName = "Score") =>
        Evaluate(data, new RankingEvaluatorOptions(), labelColumnName, rowGroupColumnName, scoreColumnName);

    public RankingMetrics Evaluate(IDataView data, RankingEvaluatorOptions options, string labelColumnName = "Label", string rowGroupColumnName = "GroupId", string scoreColumnName = "Score") =>
        new(RankingEvaluation.Run(Environment, data, options, labelColumnName, rowGroupColumnName, scoreColumnName));
}
