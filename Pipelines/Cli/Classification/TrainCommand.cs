using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Encoders;
using MLPipelines.Cli.Entities;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Cli.Recommendation;
using MLPipelines.Cli.TextGeneration;
using MLPipelines.Text;
using MLPipelines.Training;
using Spectre.Console;

namespace MLPipelines.Cli.Classification;

/// <summary><c>mlp train text-classification</c>.</summary>
internal static class TrainCommand
{
    private const double DefaultTestFraction = 0.2;

    private static readonly Option<string> Data = new("--data") { Description = "The table (CSV, TSV …, with a header) to train on.", HelpName = "FILE", Required = true };
    private static readonly Option<string> Text = new("--text") { Description = "The column with the texts.", HelpName = "COLUMN", Required = true };
    private static readonly Option<string> Label = new("--label") { Description = "The column with the labels.", HelpName = "COLUMN", Required = true };
    private static readonly Option<string?> Test = new("--test") { Description = "A table with the same columns to measure on.", HelpName = "FILE" };
    private static readonly Option<double?> TestFraction = new("--test-fraction") { Description = $"The share of the rows to hold out and measure on, from 0 up to 0.9; {DefaultTestFraction.ToString(CultureInfo.InvariantCulture)} where neither this nor --test is given. 0 trains on all rows and measures nothing.", HelpName = "F" };
    private static readonly Option<string?> Name = new("--name") { Description = "The name to publish under; by default that of the label column, in lower case.", HelpName = "N" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Fixes the rows held out and the order of training; the same seed gives the same model.", HelpName = "S", DefaultValueFactory = _ => 1 };
    public static readonly Option<bool> SkipBadRows = new("--skip-bad-rows") { Description = "Leave rows with a fault out instead of refusing the file." };
    private static readonly Option<string?> Separator = CommonOptions.Separator();

    private static readonly Option<ClassWeighting> ClassWeights = new("--class-weights") { Description = "None counts each text the same, Balanced each class.", DefaultValueFactory = _ => ClassWeighting.None };
    private static readonly Option<double> LabelSmoothing = new("--label-smoothing") { Description = "The share of the target that is spread over all classes, from 0 to 0.5.", HelpName = "F" };
    private static readonly Option<double> Mixup = new("--mixup") { Description = "Mix the embeddings of pairs of texts by a share from Beta(A, A); 0 does not.", HelpName = "A" };
    private static readonly Option<double> Abstain = new("--abstain-below") { Description = "The calibrated confidence below which no class is predicted, from 0 to 1.", HelpName = "F" };
    private static readonly Option<double?> Threshold = new("--threshold") { Description = "The probability from which a label is predicted; where not given, the best for each label on the texts held out.", HelpName = "F" };

    public static Command Create(Func<ParseResult, Terminal> terminal) => new("train", "Trains a model and publishes it into the store.")
    {
        Classification(terminal), Sentiment(terminal), MultiLabel(terminal), Entities(terminal), TrainRecommenderCommand.Create(terminal), TrainGeneratorCommand.Create(terminal), TrainAutoencoderCommand.Create(terminal),
    };

    private static Command Classification(Func<ParseResult, Terminal> terminal)
    {
        var command = New("text-classification",
            "Trains a classifier, measures it, and publishes it: a linear one over word and character n-grams, or with --encoder a transformer (BERT, DistilBERT, RoBERTa).",
            ReadClassifier, terminal, ClassWeights, LabelSmoothing, Mixup, Abstain);
        ClassifierOptions.AddTo(command);
        return command.WithExamples(
            "mlp train text-classification --data tickets.csv --text content --label intent --name intent",
            "mlp train text-classification --data train.csv --test test.csv --text text --label label --name topics --json",
            "mlp train text-classification --data tickets.csv --text content --label intent --encoder ./distilbert-base-uncased --epochs 3",
            "mlp train text-classification --data tickets.csv --text content --label intent --encoder scratch --layers 2 --hidden-size 128");
    }

    private static Command Sentiment(Func<ParseResult, Terminal> terminal)
    {
        var command = New("sentiment", "Trains a sentiment classifier with an encoder: label, confidence, the probability of each label, and an intensity.",
            (invocation, threads, faults) =>
            {
                var options = Encoder<SentimentOptions>(invocation, threads, faults);
                (options.ClassWeighting, options.LabelSmoothing, options.Mixup) = (invocation.Get(ClassWeights), invocation.Get(LabelSmoothing), invocation.Get(Mixup));
                return Checked(new SentimentTraining(options), options, faults);
            }, terminal, ClassWeights, LabelSmoothing, Mixup);
        command.Options.Add(ClassifierOptions.Threads);
        return command.WithExamples("mlp train sentiment --data reviews.csv --text content --label sentiment --encoder hf:distilbert-base-uncased");
    }

    private static Command MultiLabel(Func<ParseResult, Terminal> terminal)
    {
        var command = New("multi-label", $"Trains a classifier whose texts have any number of labels, joined by '{MultiLabelModel.Separator}' in the label column.",
            (invocation, threads, faults) =>
            {
                var options = Encoder<MultiLabelTextOptions>(invocation, threads, faults);
                options.Threshold = invocation.Get(Threshold);
                return Checked(new MultiLabelTraining(options), options, faults);
            }, terminal, Threshold);
        command.Options.Add(ClassifierOptions.Threads);
        return command.WithExamples("mlp train multi-label --data train.csv --text text --label labels --encoder ./roberta-base");
    }

    private static Command Entities(Func<ParseResult, Terminal> terminal)
    {
        var command = New("ner", "Trains a finder of entities: texts are words separated by spaces, labels as many tags (B-type, I-type, O).",
            (invocation, threads, faults) =>
            {
                var options = Encoder<EntityRecognitionOptions>(invocation, threads, faults);
                return Checked(new EntityTraining(options), options, faults);
            }, terminal);
        command.Options.Add(ClassifierOptions.Threads);
        return command.WithExamples("mlp train ner --data train.csv --text tokens --label tags --encoder ./bert-base-cased");
    }

    private static Command New(
        string name, string description, Func<Invocation, int?, List<string>, TextTrainer> readTrainer, Func<ParseResult, Terminal> terminal, params Option[] own)
    {
        var command = new Command(name, description) { Data, Text, Label, Test, TestFraction, Name, PublishArguments.Version, Seed, Separator, SkipBadRows, PublishArguments.License, PublishArguments.Notes };
        EncoderArguments.AddTo(command);
        foreach (var option in own)
            command.Options.Add(option);
        command.SetHandler(invocation => RunAsync(invocation, readTrainer), terminal);
        return command;
    }

    private static TextTrainer ReadClassifier(Invocation invocation, int? threads, List<string> faults)
    {
        if (invocation.Get(EncoderArguments.Encoder) is null)
        {
            var given = EncoderArguments.GivenWithoutEncoder(invocation).Concat(new Option[] { ClassWeights, LabelSmoothing, Mixup, Abstain }.Where(option => invocation.IsGiven(option)).Select(option => option.Name)).ToList();
            if (given.Count > 0)
                faults.Add($"{string.Join(", ", given)} {(given.Count == 1 ? "goes" : "go")} with --encoder, which is not given");
            return new LinearTextTraining(ClassifierOptions.Read(invocation, invocation.Get(Seed), faults));
        }
        faults.AddRange(ClassifierOptions.GivenOfLinear(invocation).Select(name => $"{name} is of the linear classifier, which --encoder replaces"));
        var options = Encoder<EncoderTextClassificationOptions>(invocation, threads, faults);
        (options.ClassWeighting, options.LabelSmoothing, options.Mixup, options.AbstainThreshold) =
            (invocation.Get(ClassWeights), invocation.Get(LabelSmoothing), invocation.Get(Mixup), invocation.Get(Abstain));
        return Checked(new EncoderTextTraining(options), options, faults);
    }

    private static TOptions Encoder<TOptions>(Invocation invocation, int? threads, List<string> faults) where TOptions : TextFineTuningOptions, new()
    {
        var options = new TOptions();
        EncoderArguments.Apply(invocation, options, invocation.Get(Seed), threads, faults);
        return options;
    }

    private static TextTrainer Checked(TextTrainer trainer, TextFineTuningOptions options, List<string> faults)
    {
        faults.AddFaultsOf(options.Validate);
        return trainer;
    }

    /// <summary>How a model did, for machines.</summary>
    public static TrainResult ToResult(TrainingOutcome outcome) => new(
        outcome.Published.Name,
        outcome.Published.Version.ToString(),
        outcome.Published.Path,
        Math.Round(outcome.Seconds, 3),
        outcome.Model.Labels.Count,
        outcome.TrainRows,
        outcome.TestRows,
        ReportOutput.Metrics(outcome.Report),
        ReportOutput.Intervals(outcome.Report),
        ReportOutput.Confusions(outcome.Report));

    /// <summary>How a model did, for people.</summary>
    public static void Write(Terminal terminal, TrainingOutcome outcome)
    {
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{outcome.Published.Name} {outcome.Published.Version}: {outcome.Model.Labels.Count} classes, trained on {outcome.TrainRows:N0} texts in {outcome.Seconds:F1} s"));
        if (outcome.SkippedRows > 0)
            terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.SkippedRows:N0} rows with a fault were left out"));
        if (outcome.Report is { } report)
            report.Write(terminal);
        else
            terminal.WriteLine("not measured: no row was held out");
        terminal.WriteLine($"published as {outcome.Published.Path}");
    }

    private static async Task<int> RunAsync(Invocation invocation, Func<Invocation, int?, List<string>, TextTrainer> readTrainer)
    {
        var request = ReadRequest(invocation, readTrainer);
        if (EncoderArguments.ProcessCount(invocation) > 1 && LaunchedProcess.Current is null)
            return await SeveralProcesses.RunAsync(invocation, EncoderArguments.ProcessCount(invocation)).ConfigureAwait(false);
        var outcome = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(
            () => TextTraining.RunAsync(request, invocation.Store, progress, invocation.Cancellation), invocation.Cancellation)).ConfigureAwait(false);
        if (outcome is null)
            return ExitCode.Success;
        using var model = outcome.Model;
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(ToResult(outcome), CliJson.Default.TrainResult);
            return ExitCode.Success;
        }
        Write(invocation.Terminal, outcome);
        string store = CommonOptions.SameStore(invocation);
        invocation.Terminal.WriteLine("use it:");
        invocation.Terminal.WriteLine($"  mlp predict {request.Name}{store} \"some text\"");
        invocation.Terminal.WriteLine($"  mlp artifacts promote {request.Name}@{outcome.Published.Version}{store} production");
        return ExitCode.Success;
    }

    private static TrainingRequest ReadRequest(Invocation invocation, Func<Invocation, int?, List<string>, TextTrainer> readTrainer)
    {
        var faults = new List<string>();
        string data = invocation.Get(Data), text = invocation.Get(Text), label = invocation.Get(Label);
        string? test = invocation.Get(Test);
        double fraction = CommonOptions.ReadTestFraction(test, invocation.Get(TestFraction), DefaultTestFraction, faults);
        if (text == label)
            faults.Add($"--text and --label are both '{text}'; they must name two columns");
        string name = invocation.Get(Name) ?? label.ToLowerInvariant();
        PublishArguments.CheckName(invocation, name, faults);
        var version = PublishArguments.ReadVersion(invocation, faults);
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        var trainer = readTrainer(invocation, invocation.Get(ClassifierOptions.Threads), faults);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        return new TrainingRequest
        {
            Train = new TableSource(data, text, label, separator, invocation.Get(SkipBadRows)),
            TestFile = test,
            TestFraction = fraction,
            Name = name,
            Version = version,
            Seed = invocation.Get(Seed),
            License = invocation.Get(PublishArguments.License),
            Notes = invocation.Get(PublishArguments.Notes),
            Trainer = trainer,
        };
    }
}
