using System.CommandLine;
using Microsoft.ML;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary><c>mlp similar</c>.</summary>
internal static class SimilarCommand
{
    private const string UsersSource = "similar users";

    private static readonly Option<string?> Item = new("--item", "-i") { Description = "The item to find similar items to.", HelpName = "I" };
    private static readonly Option<string?> User = new("--user", "-u") { Description = "The user to find similar users to.", HelpName = "U" };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("similar", "Finds the items most like an item, or the users most like a user, with a published recommender.") { LoadedRecommender.Reference, Item, User, RecommendCommand.Count };
        command.SetHandler(invocation => Task.Run(() => Run(invocation), invocation.Cancellation), terminal);
        return command.WithExamples("mlp similar shop --item 142 -k 5", "mlp similar shop@production --user 17 --json");
    }

    private static int Run(Invocation invocation)
    {
        var faults = new List<string>();
        string? item = invocation.Get(Item), user = invocation.Get(User);
        int k = invocation.Get(RecommendCommand.Count);
        if (item is null == user is null)
            faults.Add(item is null ? "neither --item nor --user is given; say what to find the like of" : "--item and --user are both given; give one of them");
        RecommendCommand.CheckCount(k, faults);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        using var loaded = LoadedRecommender.Load(new MLContext(1), invocation);
        List<RecommendedResult> found;
        try
        {
            found = item is not null
                ? [.. loaded.Model.SimilarItems(item, k).Select((like, i) => new RecommendedResult(i + 1, like.ItemId, like.Score, like.Source, null))]
                : [.. loaded.Model.SimilarUsers(user!, k).Select((like, i) => new RecommendedResult(i + 1, like.UserId, like.Similarity, UsersSource, null))];
        }
        catch (KeyNotFoundException e)
        {
            throw new CommandFailure(ExitCode.Data, e.Message, e);
        }
        if (invocation.Terminal.Json)
            invocation.Terminal.WriteJson(new SimilarResult(item, user, found), CliJson.Default.SimilarResult);
        else
            RecommendCommand.Write(invocation.Terminal, null, found);
        return ExitCode.Success;
    }
}
