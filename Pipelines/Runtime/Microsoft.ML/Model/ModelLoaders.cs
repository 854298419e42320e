using System.Reflection;
using Microsoft.ML.Calibrators;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;
using Microsoft.ML.Trainers;
using Microsoft.ML.Trainers.Recommender;
using Microsoft.ML.Transforms;
using Microsoft.ML.Transforms.Text;

namespace Microsoft.ML;

/// <summary>The closed list of what a model may hold: nothing else is ever created from a file.</summary>
internal static class ModelLoaders
{
    public const string OnnxLoaderName = "OnnxTransform";
    private const string OnnxAssembly = "MLPipelines.Runtime.Microsoft.ML.OnnxTransformer";
    private const string OnnxType = "Microsoft.ML.Transforms.Onnx.OnnxTransformer";

    private static readonly Dictionary<string, Func<ModelLoadContext, object>> Known = new(StringComparer.Ordinal)
    {
        [ModelChainCodec.LoaderName] = ModelChainCodec.Load,
        [CompositeDataLoaderCodec.LoaderName] = CompositeDataLoaderCodec.Load,
        [TextLoader.LoaderName] = TextLoader.Create,
        [SvmLightLoader.LoaderName] = SvmLightLoader.Create,
        [ColumnCopyingTransformer.LoaderName] = ColumnCopyingTransformer.Load,
        [ColumnConcatenatingTransformer.LoaderName] = ColumnConcatenatingTransformer.Load,
        [ValueToKeyMappingTransformer.LoaderName] = ValueToKeyMappingTransformer.Load,
        [KeyToValueMappingTransformer.LoaderName] = KeyToValueMappingTransformer.Load,
        [ColumnSelectingTransformer.LoaderName] = ColumnSelectingTransformer.Load,
        [TypeConvertingTransformer.LoaderName] = TypeConvertingTransformer.Load,
        [KeyToVectorMappingTransformer.LoaderName] = KeyToVectorMappingTransformer.Load,
        [KeyToBinaryVectorMappingTransformer.LoaderName] = KeyToBinaryVectorMappingTransformer.Load,
        [HashingTransformer.LoaderName] = HashingTransformer.Load,
        [ValueMappingTransformer.LoaderName] = ValueMappingTransformer.Load,
        [NormalizingTransformer.LoaderName] = NormalizingTransformer.Load,
        [MissingValueIndicatorTransformer.LoaderName] = MissingValueIndicatorTransformer.Load,
        [MissingValueReplacingTransformer.LoaderName] = MissingValueReplacingTransformer.Load,
        [SlotsDroppingTransformer.LoaderName] = SlotsDroppingTransformer.Load,
        [PredictionTransformerCodec.BinaryLoaderName] = PredictionTransformerCodec.LoadBinary,
        [PredictionTransformerCodec.MulticlassLoaderName] = PredictionTransformerCodec.LoadMulticlass,
        [PredictionTransformerCodec.RegressionLoaderName] = PredictionTransformerCodec.LoadRegression,
        [PredictionTransformerCodec.RankingLoaderName] = PredictionTransformerCodec.LoadRanking,
        [PredictionTransformerCodec.ClusteringLoaderName] = PredictionTransformerCodec.LoadClustering,
        [PredictionTransformerCodec.AnomalyLoaderName] = PredictionTransformerCodec.LoadAnomaly,
        [CalibratedModelCodec.LoaderName] = CalibratedModelCodec.Load,
        [PlattCalibrator.LoaderName] = PlattCalibrator.Load,
        [NaiveCalibrator.LoaderName] = NaiveCalibrator.Load,
        [IsotonicCalibrator.LoaderName] = IsotonicCalibrator.Load,
        [LinearBinaryModelParameters.LoaderName] = LinearBinaryModelParameters.Load,
        [LinearRegressionModelParameters.LoaderName] = LinearRegressionModelParameters.Load,
        [PoissonRegressionModelParameters.LoaderName] = PoissonRegressionModelParameters.Load,
        [LinearMulticlassModelParameters.LoaderName] = LinearMulticlassModelParameters.Load,
        [MaximumEntropyModelParameters.LoaderName] = MaximumEntropyModelParameters.Load,
        [MatrixFactorizationModelParameters.LoaderName] = MatrixFactorizationModelParameters.Load,
        [MatrixFactorizationPredictionTransformer.LoaderName] = MatrixFactorizationPredictionTransformer.Load,
        [PriorModelParameters.LoaderName] = PriorModelParameters.Load,
        [KMeansModelParameters.LoaderName] = KMeansModelParameters.Load,
        [OneVersusAllModelParameters.LoaderName] = OneVersusAllModelParameters.Load,
        [PairwiseCouplingModelParameters.LoaderName] = PairwiseCouplingModelParameters.Load,
        [NaiveBayesMulticlassModelParameters.LoaderName] = NaiveBayesMulticlassModelParameters.Load,
        [NaiveCalibratorTransformer.LoaderName] = NaiveCalibratorTransformer.Load,
        [PlattCalibratorTransformer.LoaderName] = PlattCalibratorTransformer.Load,
        [IsotonicCalibratorTransformer.LoaderName] = IsotonicCalibratorTransformer.Load,
        [ModelStatisticsBase.LoaderName] = ModelStatisticsBase.Load,
        [LinearModelParameterStatistics.LoaderName] = LinearModelParameterStatistics.Load,
        [CustomMappingCodec.LoaderName] = CustomMappingCodec.Load,
        [LpNormNormalizingTransformer.LoaderName] = LpNormNormalizingTransformer.Load,
        [TextNormalizingTransformer.LoaderName] = TextNormalizingTransformer.Load,
        [WordTokenizingTransformer.LoaderName] = WordTokenizingTransformer.Load,
        [TokenizingByCharactersTransformer.LoaderName] = TokenizingByCharactersTransformer.Load,
        [StopWordsRemovingTransformer.LoaderName] = StopWordsRemovingTransformer.Load,
        [CustomStopWordsRemovingTransformer.LoaderName] = CustomStopWordsRemovingTransformer.Load,
        [NgramExtractingTransformer.LoaderName] = NgramExtractingTransformer.Load,
        [TermFrequencyExpandingTransformer.LoaderName] = TermFrequencyExpandingTransformer.Load,
        [TextFeaturizingTransformer.LoaderName] = TextFeaturizingTransformer.Load,
        [NgramHashingTransformer.LoaderName] = NgramHashingTransformer.Load,
        [WordEmbeddingTransformer.LoaderName] = WordEmbeddingTransformer.Load,
        [OnnxLoaderName] = LoadOnnx,
    };

    public static bool IsKnown(string loaderName) => Known.ContainsKey(loaderName);

    public static object Load(ModelLoadContext ctx)
    {
        if (!Known.TryGetValue(ctx.LoaderName, out var load))
            throw Contracts.ExceptDecode($"The model holds a component '{ctx.LoaderName}' that this library does not know.");
        try
        {
            return load(ctx);
        }
        catch (EndOfStreamException e)
        {
            throw Contracts.ExceptDecode(e, $"The component '{ctx.LoaderName}' of the model ends too early.");
        }
    }

    // It lies in an assembly of its own, above this one, which a program may lack.
    private static object LoadOnnx(ModelLoadContext ctx)
    {
        Assembly assembly;
        try
        {
            assembly = Assembly.Load(OnnxAssembly);
        }
        catch (FileNotFoundException e)
        {
            throw Contracts.Except(e, $"The model holds a component '{ctx.LoaderName}', which needs the assembly {OnnxAssembly}: reference Microsoft.ML.OnnxTransformer.");
        }
        var load = assembly.GetType(OnnxType, throwOnError: true).GetMethod("Load", BindingFlags.Static | BindingFlags.NonPublic, [typeof(ModelLoadContext)]);
        return load.CreateDelegate<Func<ModelLoadContext, object>>()(ctx);
    }
}

/// <summary>How a chain of transformers is saved.</summary>
internal static class ModelChainCodec
{
    public const string LoaderName = "TransformerChain";
    private const int FormatVersion = 1;

    public static void Save(ModelSaveContext ctx, IReadOnlyList<ITransformer> transformers, IReadOnlyList<TransformerScope> scopes)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(transformers.Count);
        for (int i = 0; i < transformers.Count; i++)
        {
            ctx.Writer.Write((int)scopes[i]);
            ctx.SaveChild(Child(i), transformers[i]);
        }
    }

    public static TransformerChain<ITransformer> Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        int count = ctx.Reader.ReadCount(sizeof(int));
        var scopes = new TransformerScope[count];
        var transformers = new ITransformer[count];
        for (int i = 0; i < count; i++)
        {
            scopes[i] = (TransformerScope)ctx.Reader.ReadInt32();
            transformers[i] = ctx.LoadChild<ITransformer>(Child(i));
        }
        return new TransformerChain<ITransformer>(transformers, scopes);
    }

    private static string Child(int index) => $"Transform_{index:000}";
}
