using Microsoft.ML;
using MLPipelines.Scoring;
using MLPipelines.Tests.Scoring;

namespace MLPipelines.Tests.Conformance;

/// <summary>Cases of ONNX scoring.</summary>
internal static class ScoringConformanceCases
{
    private static readonly string ModelFile = SmallModels.Pooling().Save(Path.Combine(Directory.CreateTempSubdirectory("mlpipelines-conformance-").FullName, "pooling.onnx"));

    public static IEnumerable<ConformanceCase> All { get; } =
    [
        new(
            typeof(OnnxBatchEstimator),
            (context, _, token) => context.Transforms.ScoreOnnx(new()
            {
                ModelFile = ModelFile,
                Inputs = [OnnxInput.Column("ids", "Ids", padValue: 0), OnnxInput.Mask("mask")],
                Outputs = [new("score", "Score"), new("tokens", "Tokens")],
                BatchSize = 8,
                Session = new() { IntraOpThreads = 1 },
                CancellationToken = token,
            }),
            (context, empty) => context.Data.LoadFromEnumerable(empty ? [] : Rows()),
            InputColumn: "Ids",
            context => context.Data.LoadFromEnumerable(new[] { new TextRow { Ids = ["a"] }, new TextRow { Ids = ["b"] } }),
            new OnnxBatchCodec(new() { IntraOpThreads = 1 })) { LearnsFromRows = false, RowTolerance = 1e-5 },
    ];

    private static IEnumerable<Row> Rows()
    {
        for (int i = 0; i < 70; i++)
            yield return new Row { Ids = [.. Enumerable.Range(1, 1 + i * 7 % 23).Select(token => (long)(token * (i + 3) % 50))] };
    }

    private sealed class Row
    {
        public long[] Ids { get; set; } = [];
    }

    private sealed class TextRow
    {
        public string[] Ids { get; set; } = [];
    }
}
