using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Recommendation;
using Spectre.Console;

namespace MLPipelines.Cli.Recommendation;

/// <summary><c>mlp recommend</c>.</summary>
internal static class RecommendCommand
{
    private static readonly Option<string[]> Users = new("--user", "-u") { Description = "The user; may be repeated.", HelpName = "U" };
    private static readonly Option<string[]> History = Items("--history", "What a user who was not trained on had, instead of --user; ITEM=WEIGHT says how much it counts.");
    private static readonly Option<string[]> Allow = Items("--allow", "Recommend only these items.");
    private static readonly Option<string[]> Deny = Items("--deny", "Never recommend these items.", "--exclude");
    public static readonly Option<int> Count = new("--count", "-k") { Description = "How many items to recommend.", HelpName = "K", DefaultValueFactory = _ => 10 };
    private static readonly Option<bool> IncludeSeen = new("--include-seen") { Description = "Recommend items that the user has had already, too." };
    private static readonly Option<float> Diversity = new("--diversity") { Description = "How much likeness to the items before it costs an item, from 0 to 1.", HelpName = "F" };
    private static readonly Option<bool> Explain = new("--explain") { Description = "Say which of the user's items speak for each recommended one." };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("recommend", "Recommends items to users with a published recommender.") { LoadedRecommender.Reference, Users, History, Count, Allow, Deny, IncludeSeen, Diversity, Explain };
        foreach (var option in CatalogArguments.All)
            command.Options.Add(option);
        command.SetHandler(invocation => Task.Run(() => Run(invocation), invocation.Cancellation), terminal);
        return command.WithExamples(
            "mlp recommend shop --user 17 -k 10",
            "mlp recommend shop@production --history 101,142=3 --deny 103 --diversity 0.3 --json",
            "mlp recommend shop --user 17 --items products.csv --where category=audio --explain");
    }

    private static int Run(Invocation invocation)
    {
        string[] users = invocation.Get(Users) ?? [], history = invocation.Get(History) ?? [];
        int k = invocation.Get(Count);
        var options = new RecommendOptions { ExcludeSeen = !invocation.Get(IncludeSeen), Diversity = invocation.Get(Diversity) };
        var faults = new List<string>();
        if (users.Length > 0 == history.Length > 0)
            faults.Add(users.Length > 0 ? "--user and --history are both given; give one of them" : "neither --user nor --history is given; say for whom to recommend");
        if (history.Length > 0 && invocation.Get(Explain))
            faults.Add("--explain needs a --user who was trained on");
        CheckCount(k, faults);
        faults.AddFaultsOf(options.Validate);
        faults.AddRange(CatalogArguments.Faults(invocation));
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);

        using var loaded = LoadedRecommender.Load(new MLContext(1), invocation);
        var model = loaded.Model;
        var known = model.Items.ToHashSet(StringComparer.Ordinal);
        options.Allow = Candidates(invocation, known);
        options.Deny = Ids(invocation.Get(Deny), known, invocation.Terminal);
        var lists = users.Length > 0
            ? users.Zip(model.RecommendBatch(users, k, options, invocation.Cancellation), (user, list) => (User: (string?)user, List: list)).ToList()
            : [(null, model.Recommend(Taste(history, known, invocation.Terminal), k, options))];
        if (users.Length > 0)
            NoteUnknown(model, users, invocation.Terminal);
        foreach (var (user, list) in lists)
        {
            var items = list.Select((item, i) => new RecommendedResult(i + 1, item.ItemId, item.Score, item.Source, Because(invocation, model, user, item))).ToList();
            if (invocation.Terminal.Json)
                invocation.Terminal.WriteJson(new RecommendResult(user, items), CliJson.Default.RecommendResult);
            else
                Write(invocation.Terminal, users.Length > 1 ? user : null, items);
        }
        return ExitCode.Success;
    }

    public static void CheckCount(int k, List<string> faults)
    {
        if (k < 1)
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"-k is {k}; it must be 1 or more"));
    }

    public static void Write(Terminal terminal, string? title, IReadOnlyList<RecommendedResult> items)
    {
        if (title is not null)
            terminal.WriteLine($"{title}:");
        if (items.Count == 0)
        {
            terminal.WriteLine("nothing is left to recommend");
            return;
        }
        bool explains = items.Any(item => item.Because is not null);
        var table = ReportOutput.Table(explains ? ["", "item", "score", "source", "because of"] : ["", "item", "score", "source"]);
        foreach (var item in items)
        {
            string[] cells = [item.Rank.ToString(CultureInfo.InvariantCulture), Markup.Escape(item.Item), item.Score.ToString("0.####", CultureInfo.InvariantCulture), Markup.Escape(item.Source)];
            table.AddRow(explains ? [.. cells, Markup.Escape(string.Join(", ", item.Because ?? []))] : cells);
        }
        terminal.Out.Write(table);
    }

    private static string[]? Because(Invocation invocation, RecommenderTransformer model, string? user, RecommendedItem item) =>
        invocation.Get(Explain) && user is not null && model.Users.Contains(user) ? [.. model.Explain(user, item.ItemId, 3).Because.Select(reason => reason.ItemId)] : null;

    private static HashSet<string>? Candidates(Invocation invocation, HashSet<string> known)
    {
        var allowed = invocation.Get(Allow) is { Length: > 0 } given ? Ids(given, known, invocation.Terminal) : null;
        if (CatalogArguments.Candidates(invocation) is not { } chosen)
            return allowed;
        if (allowed is null)
            return [.. chosen];
        allowed.IntersectWith(chosen);
        return allowed;
    }

    private static HashSet<string> Ids(string[]? given, HashSet<string> known, Terminal terminal)
    {
        var ids = Split(given ?? [], known).ToHashSet(StringComparer.Ordinal);
        NoteMissing(ids.Where(id => !known.Contains(id)), terminal);
        return ids;
    }

    private static List<TasteItem> Taste(string[] given, HashSet<string> known, Terminal terminal)
    {
        var taste = new List<TasteItem>();
        foreach (var text in Split(given, known))
        {
            int at = known.Contains(text) ? -1 : text.LastIndexOf('=');
            float weight = 1;
            if (at > 0 && !(float.TryParse(text.AsSpan(at + 1), NumberStyles.Float, CultureInfo.InvariantCulture, out weight) && weight > 0 && float.IsFinite(weight)))
                throw CommandFailure.Usage($"--history has '{text}'; the weight after '=' must be a number above 0");
            taste.Add(new TasteItem(at > 0 ? text[..at] : text, weight));
        }
        NoteMissing(taste.Select(item => item.ItemId).Where(id => !known.Contains(id)), terminal);
        return taste;
    }

    // A text that is an identifier as it is may hold commas.
    private static IEnumerable<string> Split(string[] given, HashSet<string> known) =>
        given.SelectMany(text => known.Contains(text) ? [text] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries));

    private static void NoteMissing(IEnumerable<string> ids, Terminal terminal)
    {
        string[] missing = [.. ids];
        if (missing.Length > 0)
            terminal.Note($"not in the catalogue, and passed over: {string.Join(", ", missing)}");
    }

    private static void NoteUnknown(RecommenderTransformer model, string[] users, Terminal terminal)
    {
        var known = model.Users.ToHashSet(StringComparer.Ordinal);
        string[] unknown = [.. users.Where(user => !known.Contains(user))];
        if (unknown.Length > 0)
            terminal.Note($"not trained on, and given what everyone likes: {string.Join(", ", unknown)}; --history says what a new user had");
    }

    private static Option<string[]> Items(string name, string description, params string[] aliases) => new(name, aliases) { Description = description + " Separated by commas, or repeated.", HelpName = "ITEM,…" };
}
