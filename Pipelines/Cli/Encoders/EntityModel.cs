using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Text;

namespace MLPipelines.Cli.Encoders;

/// <summary>A model that finds entities in a text of words separated by spaces.</summary>
internal sealed class EntityModel(MLContext context, ITransformer model) : TextModel(model)
{
    public const string Task = "token-classification";
    private const string TagsColumn = "PredictedTags", EntitiesColumn = "Entities";

    private readonly ITransformer _model = model;

    public override IReadOnlyList<string> Labels { get; } = model is EntityRecognitionTransformer recogniser ? recogniser.Tags : [];

    public override TaskReport Judge(TextTable table, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        List<string[]> truth = [], predicted = [];
        foreach (var (_, tags, _) in Map(table.Rows))
        {
            cancellation.ThrowIfCancellationRequested();
            progress.Report(new StepProgress("evaluating", truth.Count, table.Rows.Count, "texts"));
            truth.Add(table.Rows[truth.Count].Label!.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            predicted.Add(tags.Split(' ', StringSplitOptions.RemoveEmptyEntries));
            if (truth[^1].Length != predicted[^1].Length)
                throw new CommandFailure(ExitCode.Data, string.Create(CultureInfo.InvariantCulture, $"{table.Source.File}: text {truth.Count} has {predicted[^1].Length} words, but {truth[^1].Length} tags."));
        }
        var metrics = SpanMetrics.Of(truth, predicted);
        return new LabelsReport
        {
            Rows = metrics.Texts,
            Figures = [new("spanF1", metrics.F1), new("spanPrecision", metrics.Precision), new("spanRecall", metrics.Recall), new("macroF1", metrics.MacroF1), new("tokenAccuracy", metrics.TokenAccuracy)],
            Text = metrics.ToString(),
        };
    }

    public override void Predict(IEnumerable<string> texts, Terminal terminal, string format, int topK, CancellationToken cancellation)
    {
        if (format == "csv")
            terminal.WriteLine("text,type,start,end,entity,confidence");
        foreach (var (text, tags, entities) in Map(texts.Select(text => new TextLabel { Text = text })))
        {
            cancellation.ThrowIfCancellationRequested();
            using var json = JsonDocument.Parse(entities);
            if (format == "jsonl")
            {
                terminal.WriteJson(new EntitiesResult(text, tags, json.RootElement), CliJson.Default.EntitiesResult);
                continue;
            }
            if (format == "table")
                terminal.WriteLine(PredictionWriter.OneLine(text));
            foreach (var entity in json.RootElement.EnumerateArray())
            {
                string type = entity.GetProperty("type").GetString()!, word = entity.GetProperty("text").GetString()!;
                double confidence = entity.GetProperty("confidence").GetDouble();
                terminal.WriteLine(format == "csv"
                    ? string.Create(CultureInfo.InvariantCulture, $"{PredictionWriter.Field(text)},{PredictionWriter.Field(type)},{entity.GetProperty("start").GetInt32()},{entity.GetProperty("end").GetInt32()},{PredictionWriter.Field(word)},{confidence:R}")
                    : string.Create(CultureInfo.InvariantCulture, $"  {type,-16} {confidence:0.00}  {word}"));
            }
        }
    }

    private IEnumerable<(string Text, string Tags, string Entities)> Map(IEnumerable<TextLabel> rows)
    {
        var output = _model.Transform(context.Data.LoadFromEnumerable(rows));
        var columns = new[] { TextColumn, TagsColumn, EntitiesColumn }.Select(name => output.Schema[name]).ToArray();
        using var cursor = output.GetRowCursor(columns);
        var getters = Array.ConvertAll(columns, column => cursor.GetGetter<ReadOnlyMemory<char>>(column));
        var values = new ReadOnlyMemory<char>[columns.Length];
        while (cursor.MoveNext())
        {
            for (int i = 0; i < getters.Length; i++)
                getters[i](ref values[i]);
            yield return (values[0].ToString(), values[1].ToString(), values[2].ToString());
        }
    }
}
