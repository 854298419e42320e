using System.CommandLine;
using Microsoft.ML;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Generation;

namespace MLPipelines.Cli.TextGeneration;

/// <summary><c>mlp evaluate response-generator</c>.</summary>
internal static class EvaluateGeneratorCommand
{
    private static readonly Argument<string> Reference = ArtifactReference.Argument();
    private static readonly Option<string?> Input = new("--input-column") { Description = "The column with what is answered; by default the one, or the prompt, trained on.", HelpName = "COLUMN" };
    private static readonly Option<string?> Target = new("--target-column") { Description = "The column with the right answers; by default the one trained on.", HelpName = "COLUMN" };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("response-generator", "Measures a published response generator: BLEU, ROUGE, chrF, exact match, diversity and perplexity.")
        {
            Reference, GeneratorArguments.Data, Input, GeneratorArguments.Prompt, Target, GeneratorArguments.Separator, TrainCommand.SkipBadRows, GeneratorArguments.Report,
        };
        command.SetHandler(RunAsync, terminal);
        return command.WithExamples("mlp evaluate response-generator replies --data test.csv --report replies-report");
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var faults = new List<string>();
        char? separator = CommonOptions.ParseSeparator(invocation.Get(GeneratorArguments.Separator), faults);
        var prompt = GeneratorArguments.ReadPrompt(invocation.Get(GeneratorArguments.Prompt), faults);
        if (invocation.Get(Input) is not null && prompt is not null)
            faults.Add("--input-column and --prompt are both given; give one of them");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        var context = new MLContext(1);
        var reference = ArtifactReference.Parse(invocation.Get(Reference));
        using var loaded = Models.Package(context).Load(invocation.Store, reference.Name, reference.Version, invocation.Cancellation);
        var manifest = loaded.Manifest;
        if (loaded.Model is not TextToTextTransformer model)
            throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' is for the task '{manifest.Task}'; this command needs a response generator, which 'mlp train response-generator' makes.");
        if (invocation.Get(Input) is null && prompt is null && manifest.Training.Options.TryGetValue(GeneratorArguments.PromptOption, out var trained) && trained.GetString() is { } text)
            prompt = GeneratorArguments.ReadPrompt(text, faults) ?? throw new CommandFailure(ExitCode.Artifact, $"The artifact '{loaded.Path}' has a prompt that cannot be read: {faults[0]}.");
        var source = new TableSource(
            invocation.Get(GeneratorArguments.Data),
            prompt is null ? EvaluateCommand.Column(manifest, invocation.Get(Input), "inputColumn", Input.Name) : "",
            EvaluateCommand.Column(manifest, invocation.Get(Target), "targetColumn", Target.Name),
            separator,
            invocation.Get(TrainCommand.SkipBadRows),
            prompt);
        var (rows, report) = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(() =>
        {
            var table = TextTable.Read(source, needsClasses: false, progress, invocation.Cancellation);
            progress.Report(new StepProgress("evaluating", 0, null, ""));
            return (table.Rows.Count, model.Evaluate(context.Data.LoadFromEnumerable(table.Rows), TextModel.LabelColumn, invocation.Cancellation));
        }, invocation.Cancellation)).ConfigureAwait(false);
        GeneratorArguments.WriteReport(invocation, report, manifest.Name);
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(new GeneratorEvaluateResult(manifest.Name, manifest.Version, source.File, rows, GeneratorArguments.Values(report.Metrics)), CliJson.Default.GeneratorEvaluateResult);
            return ExitCode.Success;
        }
        invocation.Terminal.WriteLine($"{manifest.Name} {manifest.Version} on {source.File}");
        invocation.Terminal.WriteLine(report.Metrics.ToString());
        return ExitCode.Success;
    }
}
