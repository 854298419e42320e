using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Encoders;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Metrics;
using MLPipelines.Training;
using MLPipelines.Training.Checkpoints;

namespace MLPipelines.Cli.TextGeneration;

/// <summary><c>mlp train response-generator</c>.</summary>
internal static class TrainGeneratorCommand
{
    public const string Task = "text-to-text";

    private const double DefaultTestFraction = 0.05;
    private const int GoldenRows = 4;

    private static readonly Option<string?> Input = new("--input-column") { Description = "The column with what is answered; or give --prompt.", HelpName = "COLUMN" };
    private static readonly Option<string> Target = new("--target-column") { Description = "The column with the answers.", HelpName = "COLUMN", Required = true };
    private static readonly Option<string?> Test = new("--test") { Description = "A table of the same form to measure on.", HelpName = "FILE" };
    private static readonly Option<double?> TestFraction = new("--test-fraction") { Description = "The share of the rows to hold out and measure on; 0.05 where not given, 0 measures nothing.", HelpName = "F" };
    private static readonly Option<string?> Name = new("--name") { Description = "The name to publish under; by default 'response-generator'.", HelpName = "N" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Fixes weights, order and what is held out.", HelpName = "S", DefaultValueFactory = _ => 1 };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("response-generator", "Trains a T5 model to write the texts of one column for those of another, measures it (BLEU, ROUGE, chrF, perplexity) and publishes it.")
        {
            GeneratorArguments.Data, Input, GeneratorArguments.Prompt, Target, GeneratorArguments.Separator, TrainCommand.SkipBadRows, Test, TestFraction, GeneratorArguments.Report, Name, PublishArguments.Version, Seed,
            ClassifierOptions.Threads, PublishArguments.License, PublishArguments.Notes,
        };
        GeneratorArguments.AddTo(command);
        command.SetHandler(RunAsync, terminal);
        return command.WithExamples(
            "mlp train response-generator --data dialogues.csv --input-column message --target-column response --checkpoint hf:google/flan-t5-small --name replies",
            "mlp train response-generator --data dialogues.csv --prompt \"{intent} | {context} | {message}\" --target-column response --epochs 10 --report replies-report");
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var faults = new List<string>();
        char? separator = CommonOptions.ParseSeparator(invocation.Get(GeneratorArguments.Separator), faults);
        var options = GeneratorArguments.Read(invocation, invocation.Get(Seed), faults);
        double fraction = CommonOptions.ReadTestFraction(invocation.Get(Test), invocation.Get(TestFraction), DefaultTestFraction, faults);
        var prompt = GeneratorArguments.ReadPrompt(invocation.Get(GeneratorArguments.Prompt), faults);
        if (invocation.Get(Input) is null == invocation.Get(GeneratorArguments.Prompt) is null)
            faults.Add("what is answered is said by --input-column or by --prompt; give one of them");
        if (invocation.Get(Input) == invocation.Get(Target))
            faults.Add($"--input-column and --target-column are both '{invocation.Get(Input)}'; they must name two columns");
        if (prompt?.Names.Contains(invocation.Get(Target)) == true)
            faults.Add($"--prompt shows the column '{invocation.Get(Target)}', which is to be learnt");
        string name = invocation.Get(Name) ?? "response-generator";
        PublishArguments.CheckName(invocation, name, faults);
        var version = PublishArguments.ReadVersion(invocation, faults);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);

        var source = new TableSource(invocation.Get(GeneratorArguments.Data), invocation.Get(Input) ?? "", invocation.Get(Target), separator, invocation.Get(TrainCommand.SkipBadRows), prompt);
        var outcome = await ProgressDisplay.RunAsync(invocation.Terminal, progress => System.Threading.Tasks.Task.Run(
            () => TrainAsync(invocation, source, options, fraction, name, version, progress), invocation.Cancellation)).ConfigureAwait(false);
        return Write(invocation, outcome);
    }

    private static async Task<Outcome> TrainAsync(
        Invocation invocation, TableSource source, TextToTextOptions options, double fraction, string name, SemanticVersion? version, IProgress<StepProgress> progress)
    {
        var context = new MLContext(options.Training!.Seed);
        var table = TextTable.Read(source, needsClasses: false, progress, invocation.Cancellation);
        var train = table.Rows;
        TextTable? test = invocation.Get(Test) is { } file ? TextTable.Read(source with { File = file }, needsClasses: false, progress, invocation.Cancellation) : null;
        if (fraction > 0)
        {
            int held = Math.Max(1, (int)Math.Round(fraction * train.Count));
            if (held >= train.Count)
                throw new CommandFailure(ExitCode.Data, $"{source.File}: of {train.Count} rows none would be left to train on; give more rows, or --test-fraction 0.");
            int[] order = [.. Enumerable.Range(0, train.Count)];
            new Random(options.Training.Seed).Shuffle(order);
            test = table with { Rows = [.. order[..held].Order().Select(row => table.Rows[row])] };
            train = [.. order[held..].Order().Select(row => table.Rows[row])];
        }
        options.Training.CancellationToken = invocation.Cancellation;
        options.Training.Progress = new EncoderTraining.StepsShown(progress);
        progress.Report(new StepProgress("preparing the model", 0, null, ""));
        var clock = Stopwatch.StartNew();
        var rows = context.Data.LoadFromEnumerable(train);
        TextToTextTransformer model;
        try
        {
            model = context.Transforms.Text.TextToText(options).Fit(rows);
        }
        catch (Exception e) when (e is InvalidOperationException or TrainingException or T5Exception or CheckpointException)
        {
            throw new CommandFailure(ExitCode.Data, $"{source.File}: {e.Message}", e);
        }
        using (model)
        {
            double seconds = clock.Elapsed.TotalSeconds;
            progress.Report(new StepProgress("evaluating", 0, null, ""));
            var report = test is null ? null : model.Evaluate(context.Data.LoadFromEnumerable(test.Rows), TextModel.LabelColumn, invocation.Cancellation);
            if (report is not null)
                GeneratorArguments.WriteReport(invocation, report, name);
            progress.Report(new StepProgress("publishing", 0, null, ""));
            var (content, complete) = Models.Package(context).Pack(model, Describe(invocation, source, options, table, train.Count, test, report, name, seconds), rows, Math.Min(GoldenRows, train.Count));
            var published = await invocation.Store.PublishAsync(content, complete, version, cancellationToken: invocation.Cancellation).ConfigureAwait(false);
            return new Outcome(published, report?.Metrics, model.Training!.Steps, train.Count, test?.Rows.Count ?? 0, seconds);
        }
    }

    private static int Write(Invocation invocation, Outcome outcome)
    {
        var published = outcome.Published;
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(
                new GeneratorTrainResult(
                    published.Name, published.Version.ToString(), published.Path, Math.Round(outcome.Seconds, 3), outcome.Steps, outcome.TrainRows, outcome.TestRows,
                    outcome.Metrics is { } values ? GeneratorArguments.Values(values) : []),
                CliJson.Default.GeneratorTrainResult);
            return ExitCode.Success;
        }
        invocation.Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{published.Name} {published.Version}: trained on {outcome.TrainRows:N0} rows for {outcome.Steps:N0} steps in {outcome.Seconds:F1} s"));
        invocation.Terminal.WriteLine(outcome.Metrics is { } metrics ? metrics.ToString() : "not measured: nothing was held out");
        invocation.Terminal.WriteLine($"published as {published.Path}");
        invocation.Terminal.WriteLine("use it:");
        string store = CommonOptions.SameStore(invocation);
        invocation.Terminal.WriteLine($"  mlp generate {published.Name}{store} \"some text\"");
        invocation.Terminal.WriteLine($"  mlp export {published.Name}{store} --output {published.Name}-onnx");
        return ExitCode.Success;
    }

    private static ArtifactManifest Describe(
        Invocation invocation, TableSource source, TextToTextOptions options, TextTable table, int trainRows, TextTable? test, TextGenerationReport? report, string name, double seconds)
    {
        var stated = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal)
        {
            [source.Prompt is null ? "inputColumn" : GeneratorArguments.PromptOption] = ManifestValue.Of(source.Prompt?.Text ?? source.Text),
            ["targetColumn"] = ManifestValue.Of(source.Label),
        };
        foreach (var (option, value) in GeneratorArguments.ToManifest(options))
            stated[option] = value;
        return TrainingHost.Describe(
            name, Task, options.Training!.Seed, stated, seconds,
            ArtifactDataset.OfFile(source.File, "train", trainRows, table.Sha256), test is null ? null : ArtifactDataset.OfFile(test.Source.File, "test", test.Rows.Count, test.Sha256)) with
        {
            License = invocation.Get(PublishArguments.License),
            Notes = invocation.Get(PublishArguments.Notes),
            Metrics = [.. report is null ? [] : GeneratorArguments.Values(report.Metrics).Select(pair => new ArtifactMetric { Name = pair.Key, Value = pair.Value, Split = "test", Rows = report.Cases.Count })],
        };
    }

    private sealed record Outcome(ArtifactVersion Published, TextGenerationMetrics? Metrics, long Steps, int TrainRows, int TestRows, double Seconds);
}
