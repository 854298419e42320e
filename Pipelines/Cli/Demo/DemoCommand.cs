using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Demo;

/// <summary><c>mlp demo</c>: the whole way on the sample tickets, checked in a fresh process.</summary>
internal static class DemoCommand
{
    private const string TextColumn = "content";
    private const double TestFraction = 0.2;

    private static readonly string[] Labels = ["intent", "sentiment"];

    private static readonly string[] Texts =
    [
        "Hello, where is my parcel? Order 48213 should have arrived on Monday.",
        "Thank you so much, the espresso machine is wonderful and arrived early.",
        "You charged my card twice for the same invoice and nobody answers. This is a disgrace.",
        "Please cancel my subscription at the end of the month.",
        "I cannot sign in, the password reset mail never comes.",
    ];

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("demo", "Trains, measures and publishes an intent and a sentiment classifier on the sample tickets, then uses both in a fresh process.");
        command.WithExamples("mlp demo", "mlp demo --store /tmp/models");
        command.SetHandler(RunAsync, terminal);
        return command;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var clock = Stopwatch.StartNew();
        var terminal = invocation.Terminal;
        string tickets = SampleData.FindTickets()
            ?? throw new CommandFailure(ExitCode.Data, $"The sample data '{SampleData.Tickets}' was not found above or beside '{AppContext.BaseDirectory}'; build again.");
        Say($"Sample tickets: {tickets}");
        var outcomes = new List<TrainingOutcome>();
        foreach (var label in Labels)
        {
            Say("");
            Say($"— {label} —");
            outcomes.Add(await TrainAsync(invocation, tickets, label).ConfigureAwait(false));
            if (!terminal.Json)
                TrainCommand.Write(terminal, outcomes[^1]);
        }

        Say("");
        Say("— the published models in a fresh process —");
        var fresh = new List<IReadOnlyList<string>>();
        bool same = true;
        foreach (var outcome in outcomes)
        {
            var predicted = await FreshProcess.RunAsync(
                ["predict", $"{outcome.Published.Name}@{outcome.Published.Version}", "--store", invocation.Store.Root, "--json", "--top-k", "0"], Texts, invocation.Cancellation).ConfigureAwait(false);
            fresh.Add(predicted);
            same &= predicted.SequenceEqual(Here((TextClassifier)outcome.Model), StringComparer.Ordinal);
        }
        if (!terminal.Json)
            WritePredictions(terminal, outcomes, fresh);
        foreach (var outcome in outcomes)
            outcome.Model.Dispose();
        if (!same)
            throw new CommandFailure(ExitCode.Failure, "The fresh process predicts differently from the one that trained; please report this with the output of 'mlp doctor'.");
        if (terminal.Json)
        {
            terminal.WriteJson(new DemoResult(Math.Round(clock.Elapsed.TotalSeconds, 3), same, [.. outcomes.Select(TrainCommand.ToResult)]), CliJson.Default.DemoResult);
            return ExitCode.Success;
        }
        Say("the fresh process predicts the same, bit for bit: every probability of every class");
        Say("");
        Say(string.Create(CultureInfo.InvariantCulture, $"Done in {clock.Elapsed.TotalSeconds:F1} s. Go on with:"));
        Say($"  mlp predict intent --store {invocation.Store.Root} \"Can I swap the lamp for a blue one?\" --top-k 3");
        Say($"  mlp artifacts show intent --store {invocation.Store.Root}");
        Say("  mlp --help");
        return ExitCode.Success;

        void Say(string text)
        {
            if (!terminal.Json)
                terminal.WriteLine(text);
        }
    }

    private static async Task<TrainingOutcome> TrainAsync(Invocation invocation, string tickets, string label)
    {
        var request = new TrainingRequest
        {
            Train = new TableSource(tickets, TextColumn, label, ',', SkipBadRows: false),
            TestFraction = TestFraction,
            Name = label,
            License = "CC0-1.0",
            Notes = "Trained on invented tickets for demonstration; not fit for real customers.",
        };
        return (await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(
            () => TextTraining.RunAsync(request, invocation.Store, progress, invocation.Cancellation), invocation.Cancellation)).ConfigureAwait(false))!;
    }

    private static string[] Here(TextClassifier classifier)
    {
        using var output = new StringWriter { NewLine = "\n" };
        var writer = PredictionWriter.Create(new Terminal(output, TextWriter.Null, TextReader.Null, json: true), "jsonl", classifier.Labels, topK: 0);
        foreach (var prediction in classifier.Predict(Texts))
            writer.Write(prediction);
        return output.ToString().Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void WritePredictions(Terminal terminal, List<TrainingOutcome> outcomes, List<IReadOnlyList<string>> fresh)
    {
        for (int i = 0; i < Texts.Length; i++)
        {
            terminal.WriteLine(Texts[i]);
            for (int model = 0; model < outcomes.Count; model++)
            {
                var result = System.Text.Json.JsonSerializer.Deserialize(fresh[model][i], CliJson.Default.PredictResult)!;
                terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"    {outcomes[model].Published.Name}: {result.PredictedLabel} ({result.Score:0.000})"));
            }
        }
    }
}
