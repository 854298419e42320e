using System.CommandLine;
using System.Globalization;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Text;
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
    private static readonly Option<string?> Version = new("--version") { Description = "The version to publish as; by default chosen from what changed: columns or labels a major one, options a minor one, else a patch.", HelpName = "V" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Fixes the rows held out and the order of training; the same seed gives the same model.", HelpName = "S", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> License = new("--license") { Description = "The licence of the model, as an SPDX identifier.", HelpName = "ID" };
    private static readonly Option<string?> Notes = new("--notes") { Description = "Anything worth knowing, kept in the manifest.", HelpName = "TEXT" };
    public static readonly Option<bool> SkipBadRows = new("--skip-bad-rows") { Description = "Leave rows with a fault out instead of refusing the file." };
    private static readonly Option<string?> Separator = CommonOptions.Separator();

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var classification = new Command("text-classification", "Trains a linear classifier over word and character n-grams, measures it, and publishes it.")
        {
            Data, Text, Label, Test, TestFraction, Name, Version, Seed, Separator, SkipBadRows, License, Notes,
        };
        ClassifierOptions.AddTo(classification);
        classification.WithExamples(
            "mlp train text-classification --data tickets.csv --text content --label intent --name intent",
            "mlp train text-classification --data train.csv --test test.csv --text text --label label --name topics --json");
        classification.SetHandler(RunAsync, terminal);
        return new Command("train", "Trains a model and publishes it into the store.") { classification };
    }

    /// <summary>How a model did, for machines.</summary>
    public static TrainResult ToResult(TrainingOutcome outcome) => new(
        outcome.Published.Name,
        outcome.Published.Version.ToString(),
        outcome.Published.Path,
        Math.Round(outcome.Seconds, 3),
        outcome.Classifier.Labels.Count,
        outcome.TrainRows,
        outcome.TestRows,
        ReportOutput.Metrics(outcome.Report),
        ReportOutput.Intervals(outcome.Report),
        ReportOutput.Confusions(outcome.Report));

    /// <summary>How a model did, for people.</summary>
    public static void Write(Terminal terminal, TrainingOutcome outcome)
    {
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{outcome.Published.Name} {outcome.Published.Version}: {outcome.Classifier.Labels.Count} classes, trained on {outcome.TrainRows:N0} texts in {outcome.Seconds:F1} s"));
        if (outcome.SkippedRows > 0)
            terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.SkippedRows:N0} rows with a fault were left out"));
        if (outcome.Report is { } report)
            ReportOutput.Write(terminal, report);
        else
            terminal.WriteLine("not measured: no row was held out");
        terminal.WriteLine($"published as {outcome.Published.Path}");
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var request = ReadRequest(invocation);
        var outcome = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(
            () => TextTraining.RunAsync(request, invocation.Store, progress, invocation.Cancellation), invocation.Cancellation)).ConfigureAwait(false);
        using var classifier = outcome.Classifier;
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(ToResult(outcome), CliJson.Default.TrainResult);
            return ExitCode.Success;
        }
        Write(invocation.Terminal, outcome);
        string store = invocation.Arguments.GetResult(CommonOptions.Store) is { Implicit: false } ? $" --store {invocation.Get(CommonOptions.Store)}" : "";
        invocation.Terminal.WriteLine("use it:");
        invocation.Terminal.WriteLine($"  mlp predict {request.Name}{store} \"some text\"");
        invocation.Terminal.WriteLine($"  mlp artifacts promote {request.Name}@{outcome.Published.Version}{store} production");
        return ExitCode.Success;
    }

    private static TrainingRequest ReadRequest(Invocation invocation)
    {
        var faults = new List<string>();
        string data = invocation.Get(Data), text = invocation.Get(Text), label = invocation.Get(Label);
        string? test = invocation.Get(Test);
        double? fraction = invocation.Get(TestFraction);
        if (test is not null && fraction is not null)
            faults.Add("--test and --test-fraction are both given; give one of them");
        if (fraction is { } share && !(share is >= 0 and <= 0.9))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"--test-fraction is {share}; it must be from 0 to 0.9"));
        if (text == label)
            faults.Add($"--text and --label are both '{text}'; they must name two columns");
        string name = invocation.Get(Name) ?? label.ToLowerInvariant();
        CheckName(invocation, name, faults);
        SemanticVersion version = default;
        if (invocation.Get(Version) is { } given && !SemanticVersion.TryParse(given, out version))
            faults.Add($"--version is '{given}'; expected is MAJOR.MINOR.PATCH, such as 1.4.0");
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        var options = ClassifierOptions.Read(invocation, invocation.Get(Seed), faults);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        return new TrainingRequest
        {
            Train = new TableSource(data, text, label, separator, invocation.Get(SkipBadRows)),
            TestFile = test,
            TestFraction = fraction ?? (test is null ? DefaultTestFraction : 0),
            Name = name,
            Version = invocation.Get(Version) is null ? null : version,
            Seed = invocation.Get(Seed),
            License = invocation.Get(License),
            Notes = invocation.Get(Notes),
            Options = options,
        };
    }

    private static void CheckName(Invocation invocation, string name, List<string> faults)
    {
        try
        {
            invocation.Store.List(name);
        }
        catch (ArgumentException e)
        {
            faults.Add($"--name: {e.Message.Split(" (Parameter", 2)[0]}");
        }
    }
}
