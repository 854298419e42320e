using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Artifacts;
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

    private static readonly Option<string[]> AlgorithmOptions = new("--option", "-o") { Description = "An option of the algorithm, such as regularization=500, or of a source, such as ease.regularization=500; may be repeated. A wrong name lists all of them.", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> Sources = new("--sources") { Description = "The algorithms that a blend or fallback-chain is made of, the first choice first.", HelpName = "A,B,…" };
    private static readonly Option<string?> Items = new("--items") { Description = "A table of items, for up-sell and trending.", HelpName = "FILE" };
    private static readonly Option<string?> ItemsColumn = new("--items-column") { Description = "Its column with the identifiers; by default product_id or item_id.", HelpName = "COLUMN" };
    private static readonly Option<string> CategoryColumn = new("--category-column") { Description = "Its column with the categories.", HelpName = "COLUMN", DefaultValueFactory = _ => "category" };
    private static readonly Option<string> PriceColumn = new("--price-column") { Description = "Its column with the prices, which up-sell needs.", HelpName = "COLUMN", DefaultValueFactory = _ => "price" };
    private static readonly Option<string?> TypeWeights = new("--type-weights") { Description = "What each type of interaction weighs, such as view=1,add_to_cart=3,purchase=5, which is the default; 0 leaves a type out.", HelpName = "T=W,…" };
    private static readonly Option<double?> HalfLife = new("--half-life") { Description = "The age in days at which an interaction counts half; without it, age does not count.", HelpName = "DAYS" };
    private static readonly Option<bool> Binary = new("--binary") { Description = "Count each user and item once, whatever the weights are." };
    private static readonly Option<string?> Test = new("--test") { Description = "A file of the same form to measure on.", HelpName = "FILE" };
    private static readonly Option<HoldOut> Split = new("--split") { Description = "What to hold out and measure on: each user's last interaction, the last of all in time, a random share of each user's, some users, or none; auto is last where there are times, else random.", DefaultValueFactory = _ => HoldOut.Auto };
    private static readonly Option<double> TestFraction = new("--test-fraction") { Description = "The share that --split time, random or users holds out; above 0, up to 0.9.", HelpName = "F", DefaultValueFactory = _ => DefaultTestFraction };
    private static readonly Option<bool> NoRefit = new("--no-refit") { Description = "Publish the model that was measured, which knows nothing of what was held out, instead of one trained on all." };
    private static readonly Option<string?> Name = new("--name") { Description = "The name to publish under; by default 'recommender'.", HelpName = "N" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Fixes what is held out and all that is random in training.", HelpName = "S", DefaultValueFactory = _ => 1 };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        Algorithm.AcceptOnlyFromAmong([.. RecommenderAlgorithm.All.Select(algorithm => algorithm.Name)]);
        var command = new Command("recommender", "Trains a recommender from what users did with items, measures its lists beside those by popularity, and publishes it.");
        InteractionArguments.AddTo(command);
        foreach (Option option in new Option[] { Algorithm, AlgorithmOptions, Sources, Items, ItemsColumn, CategoryColumn, PriceColumn, TypeWeights, HalfLife, Binary, Test, Split, TestFraction, NoRefit, EvaluationArguments.CutOffs, Name, PublishArguments.Version, Seed, ClassifierOptions.Threads, PublishArguments.License, PublishArguments.Notes })
            command.Options.Add(option);
        command.SetHandler(RunAsync, terminal);
        return command.WithExamples(
            "mlp train recommender --data Data/shop/interactions.csv --name shop",
            "mlp train recommender --data ratings.csv --user-column user --item-column movie --algorithm item-knn --option neighbours=100 --split random --json",
            "mlp train recommender --data Data/shop/interactions.csv --algorithm up-sell --items Data/shop/products.csv --name dearer",
            "mlp train recommender --data Data/shop/interactions.csv --algorithm fallback-chain --sources next-purchase,ease,trending --option ease.regularization=100",
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
        string store = CommonOptions.SameStore(invocation);
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
        var sources = ReadSources(invocation, options, faults);
        var weights = ParseWeights(invocation.Get(TypeWeights), faults);
        double? days = invocation.Get(HalfLife);
        if (days is not (null or (> 0 and < 1e6)))
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"--half-life is {days}; it must be above 0"));
        foreach (var each in sources.Select(source => source.Options).Append(options))
        {
            each.Seed = invocation.Get(Seed);
            each.NumberOfThreads = invocation.Get(ClassifierOptions.Threads);
            each.Binary = invocation.Get(Binary);
            each.TypeWeights = weights ?? each.TypeWeights;
            if (days is > 0 and < 1e6)
                each.RecencyHalfLife = TimeSpan.FromDays(days.Value);
            // The columns are those of the rows that are read; whether there are times is only known then.
            each.TimeColumnName = InteractionRow.TimeColumn;
        }
        foreach (var assignment in invocation.Get(AlgorithmOptions) ?? [])
        {
            var (owner, own, rest) = OwnerOf(assignment, algorithm, options, sources);
            if (owner.Set(own, rest) is { } fault)
                faults.Add(fault);
        }
        string? itemsFile = UseItems(invocation, sources.Select(source => source.Options).Append(options), faults);
        foreach (var each in faults.Count == 0 ? sources.Select(source => source.Options).Append(options) : [])
            faults.AddFaultsOf(each.Validate);

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
        PublishArguments.CheckName(invocation, name, faults);
        var version = PublishArguments.ReadVersion(invocation, faults);
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
            Sources = sources,
            ItemsFile = itemsFile,
            Evaluation = evaluation,
            Name = name,
            Version = version,
            License = invocation.Get(PublishArguments.License),
            Notes = invocation.Get(PublishArguments.Notes),
        };
    }

    /// <summary>The recommenders that one is made of; their estimators look at their options when they are fitted.</summary>
    private static List<(RecommenderAlgorithm Algorithm, RecommenderOptions Options)> ReadSources(Invocation invocation, RecommenderOptions options, List<string> faults)
    {
        var sources = new List<(RecommenderAlgorithm Algorithm, RecommenderOptions Options)>();
        string[] names = invocation.Get(Sources)?.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries) ?? [];
        bool isMadeOfOthers = options is BlendOptions or FallbackChainOptions;
        if (isMadeOfOthers && names.Length == 0)
            faults.Add($"--algorithm {invocation.Get(Algorithm)} needs --sources, such as ease,item-knn");
        if (!isMadeOfOthers && names.Length > 0)
            faults.Add($"--sources goes with blend or fallback-chain, not with {invocation.Get(Algorithm)}");
        foreach (var name in names.Distinct(StringComparer.Ordinal))
        {
            if (RecommenderAlgorithm.All.FirstOrDefault(candidate => candidate.Name == name && candidate.NewOptions() is not (BlendOptions or FallbackChainOptions)) is { } found)
                sources.Add((found, found.NewOptions()));
            else
                faults.Add($"--sources has '{name}', which is not an algorithm, or itself made of others");
        }
        var context = new Microsoft.ML.MLContext();
        RecommenderSource[] made = [.. sources.Select(source => new RecommenderSource(source.Algorithm.Name, source.Algorithm.Create(context, source.Options)))];
        if (options is BlendOptions blend)
            blend.Sources = made;
        if (options is FallbackChainOptions chain)
            chain.Sources = made;
        return sources;
    }

    /// <summary>Whose option an assignment sets: of the source that stands before a dot, or of the algorithm.</summary>
    private static (RecommenderAlgorithm Owner, RecommenderOptions Options, string Assignment) OwnerOf(
        string assignment, RecommenderAlgorithm algorithm, RecommenderOptions options, List<(RecommenderAlgorithm Algorithm, RecommenderOptions Options)> sources)
    {
        var source = sources.Find(candidate => assignment.StartsWith(candidate.Algorithm.Name + ".", StringComparison.Ordinal));
        return source.Algorithm is null ? (algorithm, options, assignment) : (source.Algorithm, source.Options, assignment[(source.Algorithm.Name.Length + 1)..]);
    }

    /// <summary>Gives the table of items to those that want it.</summary>
    private static string? UseItems(Invocation invocation, IEnumerable<RecommenderOptions> all, List<string> faults)
    {
        string? file = invocation.Get(Items);
        var wanting = all.Where(options => options is UpSellOptions or TrendingOptions).ToList();
        bool needsPrices = wanting.Exists(options => options is UpSellOptions);
        if (file is null)
        {
            if (needsPrices)
                faults.Add("up-sell needs --items, a table with the categories and prices of items");
            return null;
        }
        if (wanting.Count == 0)
        {
            faults.Add("--items goes with up-sell and trending, which are not asked for");
            return null;
        }
        var catalog = CatalogArguments.Read(file, invocation.Get(ItemsColumn), invocation.Get(CategoryColumn), needsPrices ? invocation.Get(PriceColumn) : null, invocation.Cancellation);
        foreach (var options in wanting)
        {
            if (options is UpSellOptions dearer)
                dearer.Items = catalog;
            if (options is TrendingOptions trending)
                trending.Items = catalog;
        }
        return file;
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
