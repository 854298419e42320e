using System.Text.Json.Serialization;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Sweeps;
using MLPipelines.Entities;

namespace MLPipelines.Cli.Infrastructure;

internal sealed record TrainResult(
    string Name, string Version, string Path, double Seconds, int Classes, long TrainRows, long TestRows,
    Dictionary<string, double> Metrics, Dictionary<string, double[]> Intervals95, IReadOnlyList<ConfusionResult> Confusions);

internal sealed record EvaluateResult(
    string Name, string Version, string Data, long Rows, long RowsWithUnknownLabel, int? TopK,
    Dictionary<string, double> Metrics, Dictionary<string, double[]> Intervals95, IReadOnlyList<ConfusionResult> Confusions);

internal sealed record ConfusionResult(string Label, string Predicted, int Count, int RowsOfLabel);

internal sealed record PredictResult(string Text, string? PredictedLabel, float Score, IReadOnlyList<ScoredLabel>? Top);

internal sealed record PretrainResult(
    string Folder, int Rows, long Tokens, long Steps, double Seconds, double Loss, double Perplexity);

internal sealed record WorkerResult(int Trials);

internal sealed record EmbedResult(string Text, float[] Embedding);

internal sealed record RecommenderTrainResult(
    string Name, string Version, string Path, double Seconds, string Algorithm, int Users, int Items, long TrainRows, long TestRows, string HeldOut, int TestUsers,
    Dictionary<string, double> Metrics, Dictionary<string, double[]> Intervals95, Dictionary<string, Dictionary<string, double>> Segments, Dictionary<string, double> Popularity);

internal sealed record RecommenderEvaluateResult(
    string Name, string Version, string Data, long Rows, int Users, int SkippedUsers,
    Dictionary<string, double> Metrics, Dictionary<string, double[]> Intervals95, Dictionary<string, Dictionary<string, double>> Segments);

internal sealed record GenerateResult(string Interactions, int Rows, string Products, int Items);

internal sealed record RecommendResult(string? User, IReadOnlyList<RecommendedResult> Items);

internal sealed record RecommendedResult(int Rank, string Item, float Score, string Source, IReadOnlyList<string>? Because);

internal sealed record SimilarResult(string? Item, string? User, IReadOnlyList<RecommendedResult> Similar);

internal sealed record AutoencoderTrainResult(
    string Name, string Version, string Path, double Seconds, int Entities, int EmbeddingDimension, int TrainRows, int TestRows,
    IReadOnlyList<string> NumberColumns, IReadOnlyList<string> CategoryColumns, IReadOnlyList<string> SetColumns, IReadOnlyList<string> IgnoredColumns,
    IReadOnlyList<FeatureReconstruction> Features, IReadOnlyList<SetCompletion> Sets);

internal sealed record NearestResult(string Entity, IReadOnlyList<NearEntity> Nearest);

internal sealed record NearEntity(int Rank, string Entity, float Similarity);

internal sealed record CompletionResult(string? Entity, string Column, IReadOnlyList<CompletedMember> Members);

internal sealed record ImagineResult(IReadOnlyList<string> Files, double Seconds);

internal sealed record ResponseResult(string Text, string Response, float Confidence, string Source, IReadOnlyList<string> Alternatives);

internal sealed record GeneratedTextResult(string Text, string Generated, float Score, float Confidence, string Finish, float[] LogProbabilities);

internal sealed record ScoredLabel(string Label, float Score);

internal sealed record LabelsResult(string Text, IReadOnlyList<string> PredictedLabels, IReadOnlyList<ScoredLabel>? Top);

internal sealed record EntitiesResult(string Text, string PredictedTags, System.Text.Json.JsonElement Entities);

internal sealed record VersionResult(string Name, string Version, string Path, long Bytes, IReadOnlyList<string> Aliases);

internal sealed record ListResult(string Store, IReadOnlyList<VersionResult> Artifacts);

internal sealed record VerifyResult(string Store, IReadOnlyList<VerifiedVersion> Verified);

internal sealed record VerifiedVersion(string Name, string Version, string ContentDigest, bool Valid, string? Fault);

internal sealed record HistoryResult(string Name, IReadOnlyList<ArtifactEvent> Events);

internal sealed record DoctorResult(bool Healthy, IReadOnlyList<DoctorCheck> Checks);

internal sealed record DoctorCheck(string Name, bool Good, string Found, string? Advice);

internal sealed record DemoResult(double Seconds, bool FreshProcessAgrees, IReadOnlyList<TrainResult> Models);

internal sealed record ExportResult(
    string Folder, string ModelType, IReadOnlyList<string> Files, long Bytes, double? MaximumDifference, double? MeanDifference, double? Agreement, double? LogLikelihoodLoss);

internal sealed record GeneratorTrainResult(
    string Name, string Version, string Path, double Seconds, long Steps, int TrainRows, int TestRows, Dictionary<string, double> Metrics);

internal sealed record GeneratorEvaluateResult(string Name, string Version, string Data, int Rows, Dictionary<string, double> Metrics);

[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
    NumberHandling = JsonNumberHandling.AllowNamedFloatingPointLiterals)]
[JsonSerializable(typeof(TrainResult))]
[JsonSerializable(typeof(EvaluateResult))]
[JsonSerializable(typeof(PredictResult))]
[JsonSerializable(typeof(LabelsResult))]
[JsonSerializable(typeof(PretrainResult))]
[JsonSerializable(typeof(EmbedResult))]
[JsonSerializable(typeof(ImagineResult))]
[JsonSerializable(typeof(GenerateResult))]
[JsonSerializable(typeof(EntitiesResult))]
[JsonSerializable(typeof(RecommenderTrainResult))]
[JsonSerializable(typeof(RecommenderEvaluateResult))]
[JsonSerializable(typeof(ResponseResult))]
[JsonSerializable(typeof(GeneratedTextResult))]
[JsonSerializable(typeof(RecommendResult))]
[JsonSerializable(typeof(SimilarResult))]
[JsonSerializable(typeof(AutoencoderTrainResult))]
[JsonSerializable(typeof(NearestResult))]
[JsonSerializable(typeof(EntityComparison))]
[JsonSerializable(typeof(CompletionResult))]
[JsonSerializable(typeof(ExportResult))]
[JsonSerializable(typeof(GeneratorTrainResult))]
[JsonSerializable(typeof(GeneratorEvaluateResult))]
[JsonSerializable(typeof(VersionResult))]
[JsonSerializable(typeof(ListResult))]
[JsonSerializable(typeof(VerifyResult))]
[JsonSerializable(typeof(HistoryResult))]
[JsonSerializable(typeof(DoctorResult))]
[JsonSerializable(typeof(DemoResult))]
[JsonSerializable(typeof(ArtifactManifest))]
[JsonSerializable(typeof(ArtifactDiff))]
[JsonSerializable(typeof(System.Text.Json.JsonElement))]
[JsonSerializable(typeof(float[]))]
[JsonSerializable(typeof(int))]
[JsonSerializable(typeof(bool))]
[JsonSerializable(typeof(WorkerResult))]
[JsonSerializable(typeof(SweepRunResult))]
[JsonSerializable(typeof(SweepListResult))]
[JsonSerializable(typeof(SweepShowResult))]
[JsonSerializable(typeof(SweepReportResult))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(float))]
[JsonSerializable(typeof(double))]
internal sealed partial class CliJson : JsonSerializerContext;
