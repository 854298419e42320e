using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Cli.Recommendation;
using MLPipelines.Cli.TextGeneration;

namespace MLPipelines.Cli.Classification;

/// <summary><c>mlp evaluate</c>.</summary>
internal static class EvaluateCommand
{
    private static readonly Argument<string> Reference = ArtifactReference.Argument();
    private static readonly Option<string> Data = new("--data") { Description = "The table (CSV, TSV …, with a header) to measure on.", HelpName = "FILE", Required = true };
    private static readonly Option<string?> Text = new("--text") { Description = "The column with the texts; by default the one trained on.", HelpName = "COLUMN" };
    private static readonly Option<string?> Label = new("--label") { Description = "The column with the labels; by default the one trained on.", HelpName = "COLUMN" };
    private static readonly Option<string?> Separator = CommonOptions.Separator();

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("evaluate", "Measures a published classifier on labelled texts, or with 'recommender' a recommender on interactions, or with 'response-generator' generated texts.") { Reference, Data, Text, Label, Separator, TrainCommand.SkipBadRows, EvaluateRecommenderCommand.Create(terminal), EvaluateGeneratorCommand.Create(terminal) };
        command.WithExamples("mlp evaluate intent --data test.csv", "mlp evaluate intent@production --data new.csv --text body --label topic --json");
        command.SetHandler(RunAsync, terminal);
        return command;
    }

    /// <summary>A column that was named in training, or the one given instead.</summary>
    public static string Column(ArtifactManifest manifest, string? given, string option, string commandLineOption)
    {
        if (given is not null)
            return given;
        if (manifest.Training.Options.TryGetValue(option, out var value) && value.ValueKind == JsonValueKind.String)
            return value.GetString()!;
        throw CommandFailure.Usage($"the artifact {manifest.Name} {manifest.Version} does not say which column it was trained on; give {commandLineOption}");
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var faults = new List<string>();
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        var context = new MLContext(1);
        using var model = TextModel.Load(context, invocation.Store, ArtifactReference.Parse(invocation.Get(Reference)));
        var manifest = model.Manifest!;
        var source = new TableSource(
            invocation.Get(Data),
            Column(manifest, invocation.Get(Text), "textColumn", "--text"),
            Column(manifest, invocation.Get(Label), "labelColumn", "--label"),
            separator,
            invocation.Get(TrainCommand.SkipBadRows));
        var report = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(() =>
        {
            var table = TextTable.Read(source, needsClasses: false, progress, invocation.Cancellation);
            return model.Judge(table, progress, invocation.Cancellation);
        }, invocation.Cancellation)).ConfigureAwait(false);

        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(
                new EvaluateResult(manifest.Name, manifest.Version, source.File, report.Rows,
                    (report as ClassificationReport)?.RowsWithUnknownLabel ?? 0, (report as ClassificationReport)?.TopK,
                    ReportOutput.Metrics(report), ReportOutput.Intervals(report), ReportOutput.Confusions(report)),
                CliJson.Default.EvaluateResult);
            return ExitCode.Success;
        }
        invocation.Terminal.WriteLine($"{manifest.Name} {manifest.Version} on {source.File}");
        report.Write(invocation.Terminal);
        return ExitCode.Success;
    }
}
