using System.CommandLine;
using System.Globalization;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary><c>mlp train recommender</c>.</summary>
internal static class TrainRecommenderCommand
{
    private const double DefaultTestFraction = 0.1;

    private static readonly Option<string> Algorithm = new("--algorithm", "-a")
    {
        Description = $"How to recommend: {string.Join("; ", RecommenderAlgorithm.All.Select(algorithm => $"{algorithm.Name}, {algorithm.Summary}"))}.",
        HelpName = "NAME",
        DefaultValueFactory = _ => "ease",
    };

    private static readonly Option<string[]> AlgorithmOptions = new("--option", "-o") { Description = "An option of the algorithm, such as regularization=500; may be repeated. A wrong name lists all of them.", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> TypeWeights = new("--type-weights") { Description = "What each type of interaction weighs, such as view=1,add_to_cart=3,purchase=5, which is the default; 0 leaves a type out.", HelpName = "T=W,…" };
    private static readonly Option<double?> HalfLife = new("--half-life") { Description = "The age in days at which an interaction counts half; without it, age does not count.", HelpName = "DAYS" };
    private static readonly Option<bool> Binary = new("--binary") { Description = "Count each user and item once, whatever the weights are." };
    private static readonly Option<string?> Test = new("--test") { Description = "A file of the same form to measure on.", HelpName = "FILE" };
    private static readonly Option<HoldOut> Split = new("--split") { Description = "What to hold out and measure on: each user's last interaction, the last of all in time, a random share of each user's, some users, or none; auto is last where there are times, else random.", DefaultValueFactory = _ => HoldOut.Auto };
    private static readonly Option<double> TestFraction = new("--test-fraction") { Description = "The share that --split time, random or users holds out; above 0, up to 0.9.", HelpName = "F", DefaultValueFactory = _ => DefaultTestFraction };
    private static readonly Option<bool> NoRefit = new("--no-refit") { Description = "Publish the model that was measured, which knows nothing of what was held out, instead of one trained on all." };
    private static readonly Option<string?> Name = new("--name") { Description = "The name to publish under; by default 'recommender'.", HelpName = "N" };
    private static readonly Option<string?> Version = new("--version") { Description = "The version to publish as; by default chosen from what changed.", HelpName = "V" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Fixes what is held out and all that is random in training.", HelpName = "S", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> License = new("--license") { Description = "The licence of the model, as an SPDX identifier.", HelpName = "ID" };
    private static readonly Option<string?> Notes = new("--notes") { Description = "Anything worth knowing, kept in the manifest.", HelpName = "TEXT" };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        Algorithm.AcceptOnlyFromAmong([.. RecommenderAlgorithm.All.Select(algorithm => algorithm.Name)]);
        var command = new Command("recommender", "Trains a recommender from what users did with items, measures its lists beside those by popularity, and publishes it.");
        InteractionArguments.AddTo(command);
        foreach (Option option in new Option[] { Algorithm, AlgorithmOptions, TypeWeights, HalfLife, Binary, Test, Split, TestFraction, NoRefit, EvaluationArguments.CutOffs, Name, Version, Seed, ClassifierOptions.Threads, License, Notes })
            command.Options.Add(option);
        command.SetHandler(RunAsync, terminal);
        return command.WithExamples(
            "mlp train recommender --data Data/shop/interactions.csv --name shop",
            "mlp train recommender --data ratings.csv --user-column user --item-column movie --algorithm item-knn --option neighbours=100 --split random --json",
            "mlp train recommender --data interactions.csv --algorithm rp3beta --type-weights view=1,purchase=10 --half-life 30 --test later.csv");
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var request = ReadRequest(invocation);
        var outcome = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(
            () => RecommenderTraining.RunAsync(request, invocation.Store, progress, invocation.Cancellation), invocation.Cancellation)).ConfigureAwait(false);
        var (model, published) = (outcome.Model, outcome.Published);
        using var held = (object)model as IDisposable;
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(
                new RecommenderTrainResult(
                    published.Name, published.Version.ToString(), published.Path, Math.Round(outcome.Seconds, 3), model.Algorithm, model.Users.Count, model.Items.Count, outcome.TrainRows, outcome.TestRows,
                    request.Test is null ? outcome.HeldOut.ToString().ToLowerInvariant() : "file", outcome.Report?.Users ?? 0,
                    ReportOfRanking.Values(outcome.Report), ReportOfRanking.Intervals(outcome.Report), ReportOfRanking.Segments(outcome.Report), ReportOfRanking.Values(outcome.Baseline)),
                CliJson.Default.RecommenderTrainResult);
            return ExitCode.Success;
        }
        var terminal = invocation.Terminal;
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"{published.Name} {published.Version}: {model.Algorithm}, {model.Users.Count:N0} users, {model.Items.Count:N0} items, trained on {outcome.TrainRows:N0} interactions in {outcome.Seconds:F1} s"));
        if (outcome.SkippedRows > 0)
            terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{outcome.SkippedRows:N0} rows with a fault were left out"));
        if (outcome.Report is { } report)
            ReportOfRanking.Write(terminal, model.Algorithm, report, outcome.Baseline);
        else
            terminal.WriteLine("not measured: nothing was held out");
        terminal.WriteLine($"published as {published.Path}");
        string store = invocation.IsGiven(CommonOptions.Store) ? $" --store {invocation.Get(CommonOptions.Store)}" : "";
        terminal.WriteLine("use it:");
        terminal.WriteLine($"  mlp recommend {request.Name}{store} --user {model.Users[0]}");
        terminal.WriteLine($"  mlp similar {request.Name}{store} --item {model.Items[0]}");
        return ExitCode.Success;
    }

    private static RecommenderRequest ReadRequest(Invocation invocation)
    {
        var faults = new List<string>();
        var algorithm = RecommenderAlgorithm.Find(invocation.Get(Algorithm));
        var options = algorithm.NewOptions();
        options.Seed = invocation.Get(Seed);
        options.NumberOfThreads = invocation.Get(ClassifierOptions.Threads);
        options.Binary = invocation.Get(Binary);
        if (ParseWeights(invocation.Get(TypeWeights), faults) is { } weights)
            options.TypeWeights = weights;
        foreach (var assignment in invocation.Get(AlgorithmOptions) ?? [])
        {
            if (algorithm.Set(options, assignment) is { } fault)
                faults.Add(fault);
        }
        if (invocation.Get(HalfLife) is { } days)
        {
            if (days is > 0 and < 1e6)
                options.RecencyHalfLife = TimeSpan.FromDays(days);
            else
                faults.Add(string.Create(CultureInfo.InvariantCulture, $"--half-life is {days}; it must be above 0"));
        }
        // The columns are those of the rows that are read; whether there are times is only known then.
        options.TimeColumnName = options.RecencyHalfLife is null ? null : InteractionRow.TimeColumn;
        faults.AddFaultsOf(options.Validate);

        string? test = invocation.Get(Test);
        if (test is not null && (invocation.IsGiven(Split) || invocation.IsGiven(TestFraction)))
            faults.Add("--test is given beside --split or --test-fraction; give a file or say what to hold out");
        double fraction = invocation.Get(TestFraction);
        if (!(fraction is > 0 and <= 0.9))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"--test-fraction is {fraction}; it must be above 0 and up to 0.9"));
        var evaluation = EvaluationArguments.Read(invocation, faults);
        evaluation.Seed = options.Seed;
        evaluation.NumberOfThreads = options.NumberOfThreads;
        string name = invocation.Get(Name) ?? "recommender";
        TrainCommand.CheckName(invocation, name, faults);
        SemanticVersion version = default;
        if (invocation.Get(Version) is { } given && !SemanticVersion.TryParse(given, out version))
            faults.Add($"--version is '{given}'; expected is MAJOR.MINOR.PATCH, such as 1.4.0");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        return new RecommenderRequest
        {
            Train = InteractionArguments.Source(invocation, invocation.Get(InteractionArguments.Data)),
            Test = test is null ? null : InteractionArguments.Source(invocation, test),
            HoldOut = invocation.Get(Split),
            TestFraction = fraction,
            Refit = !invocation.Get(NoRefit),
            Algorithm = algorithm,
            Options = options,
            Evaluation = evaluation,
            Name = name,
            Version = invocation.Get(Version) is null ? null : version,
            License = invocation.Get(License),
            Notes = invocation.Get(Notes),
        };
    }

    private static Dictionary<string, float>? ParseWeights(string? text, List<string> faults)
    {
        if (text is null)
            return null;
        var weights = new Dictionary<string, float>(StringComparer.Ordinal);
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))
        {
            if (part.Split('=') is [{ Length: > 0 } type, var number] && float.TryParse(number, NumberStyles.Float, CultureInfo.InvariantCulture, out float weight))
                weights[type] = weight;
            else
                faults.Add($"--type-weights has '{part}'; expected is TYPE=WEIGHT, such as purchase=5");
        }
        return weights;
    }
}
