using System.CommandLine;
using Microsoft.ML;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary><c>mlp evaluate recommender</c>.</summary>
internal static class EvaluateRecommenderCommand
{
    private static readonly Option<int?> Sampled = new("--sampled-negatives") { Description = "Rank each item among this many that are drawn at random, instead of among all; comparable with papers only that do the same.", HelpName = "N" };
    private static readonly Option<string?> History = new("--history") { Description = "What users did before, to fold those in who were not trained on; a file of the same form.", HelpName = "FILE" };
    private static readonly Option<bool> NewUsers = new("--include-new-users") { Description = "Measure users of whom nothing is known too." };
    private static readonly Option<int> Light = new("--light-users") { Description = "Users with at most this many interactions are light, others heavy.", HelpName = "N", DefaultValueFactory = _ => new RankingEvaluationOptions().LightUserInteractions };
    private static readonly Option<int> Seed = new("--seed") { Description = "Fixes what is drawn at random.", HelpName = "S", DefaultValueFactory = _ => 1 };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("recommender", "Measures the lists of a published recommender on interactions that it was not trained on; items that a user had before are not recommended again, and not counted.") { LoadedRecommender.Reference };
        InteractionArguments.AddTo(command);
        foreach (Option option in new Option[] { EvaluationArguments.CutOffs, Sampled, History, NewUsers, Light, Seed })
            command.Options.Add(option);
        command.SetHandler(RunAsync, terminal);
        return command.WithExamples("mlp evaluate recommender shop --data later.csv", "mlp evaluate recommender shop@production --data later.csv --at 1,10 --include-new-users --json");
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var faults = new List<string>();
        var options = EvaluationArguments.Read(invocation, faults);
        options.SampledNegatives = invocation.Get(Sampled);
        options.IncludeNewUsers = invocation.Get(NewUsers);
        options.LightUserInteractions = invocation.Get(Light);
        options.Seed = invocation.Get(Seed);
        options.CancellationToken = invocation.Cancellation;
        faults.AddFaultsOf(options.Validate);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        var context = new MLContext(1);
        using var loaded = LoadedRecommender.Load(context, invocation);
        var source = InteractionArguments.Source(invocation, invocation.Get(InteractionArguments.Data), loaded.Manifest);
        var history = invocation.Get(History) is { } file ? InteractionArguments.Source(invocation, file, loaded.Manifest) : null;
        var (rows, report) = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(() =>
        {
            var table = InteractionTable.Read(source, progress, invocation.Cancellation);
            options.History = history is null ? null : InteractionTable.Read(history, progress, invocation.Cancellation).View(context);
            progress.Report(new StepProgress("evaluating", 0, null, ""));
            try
            {
                return (table.Rows.Count, context.Recommendation().EvaluateRanking(loaded.Model, table.View(context), options));
            }
            catch (InvalidOperationException e)
            {
                throw new CommandFailure(ExitCode.Data, $"{source.File}: {e.Message}", e);
            }
        }, invocation.Cancellation)).ConfigureAwait(false);

        var manifest = loaded.Manifest;
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(
                new RecommenderEvaluateResult(
                    manifest.Name, manifest.Version, source.File, rows, report.Users, report.SkippedUsers,
                    ReportOfRanking.Values(report), ReportOfRanking.Intervals(report), ReportOfRanking.Segments(report)),
                CliJson.Default.RecommenderEvaluateResult);
            return ExitCode.Success;
        }
        invocation.Terminal.WriteLine($"{manifest.Name} {manifest.Version} on {source.File}");
        ReportOfRanking.Write(invocation.Terminal, loaded.Model.Algorithm, report, baseline: null);
        return ExitCode.Success;
    }
}
