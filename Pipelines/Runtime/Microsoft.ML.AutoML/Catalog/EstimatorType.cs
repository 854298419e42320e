namespace Microsoft.ML.AutoML.CodeGen;

/// <summary>The kinds of estimators that AutoML knows by name.</summary>
public enum EstimatorType
{
    LightGbmBinary = 0,
    LightGbmMulti = 1,
    LightGbmRegression = 2,
    FastForestBinary = 3,
    FastForestOva = 4,
    FastForestRegression = 5,
    FastTreeBinary = 6,
    FastTreeOva = 7,
    FastTreeRegression = 8,
    FastTreeTweedieRegression = 9,
    LbfgsLogisticRegressionBinary = 10,
    LbfgsLogisticRegressionOva = 11,
    LbfgsMaximumEntropyMulti = 12,
    LbfgsPoissonRegressionRegression = 13,
    SdcaLogisticRegressionBinary = 14,
    SdcaLogisticRegressionOva = 15,
    SdcaMaximumEntropyMulti = 16,
    SdcaRegression = 17,
    MatrixFactorization = 18,
    ImageClassificationMulti = 19,
    TextClassificationMulti = 20,
    SentenceSimilarityRegression = 21,
    ObjectDetectionMulti = 22,
    QuestionAnsweringMulti = 23,
    NamedEntityRecognitionMulti = 24,
    ForecastBySsa = 25,
    Concatenate = 26,
    Naive = 27,
    OneHotEncoding = 28,
    OneHotHashEncoding = 29,
    LoadRawImageBytes = 30,
    MapKeyToValue = 31,
    ReplaceMissingValues = 32,
    NormalizeMinMax = 33,
    FeaturizeText = 34,
    NormalizeText = 35,
    ConvertType = 36,
    MapValueToKey = 37,
    ApplyOnnxModel = 38,
    ResizeImages = 39,
    ExtractPixels = 40,
    LoadImages = 41,
    DnnFeaturizerImage = 42,
    Unknown = 43,
}

/// <summary>What kinds of estimators are.</summary>
public static class EstimatorTypeExtension
{
    /// <summary>Whether the kind trains a model.</summary>
    public static bool IsTrainer(this EstimatorType estimatorType) => estimatorType <= EstimatorType.ForecastBySsa;
}
