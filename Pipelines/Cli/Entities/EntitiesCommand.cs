using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Cli.Recommendation;
using MLPipelines.Entities;
using Spectre.Console;

namespace MLPipelines.Cli.Entities;

/// <summary><c>mlp entities nearest|compare|complete</c>.</summary>
internal static class EntitiesCommand
{
    private static readonly Option<string> Id = new("--id", "-i") { Description = "The entity.", HelpName = "ID", Required = true };
    private static readonly Option<string> With = new("--with", "-w") { Description = "The entity to compare it with.", HelpName = "ID", Required = true };
    private static readonly Option<string?> Owner = new("--id", "-i") { Description = "The entity whose set is to be completed.", HelpName = "ID" };
    private static readonly Option<string[]> Set = new("--set", "-s") { Description = "The members so far, of which nothing else is known; separated by commas, or repeated where a member has a comma in it.", HelpName = "A,B,…" };
    private static readonly Option<string?> Column = new("--column") { Description = "The column of sets; needed where there are several.", HelpName = "COLUMN" };
    private static readonly Option<int> Count = new("--count", "-k") { Description = "How many to name.", HelpName = "K", DefaultValueFactory = _ => 10 };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var nearest = new Command("nearest", "Finds the entities most like one, by the cosine of their embeddings.") { LoadedEntities.Reference, Id, Count, LoadedEntities.Data, LoadedEntities.Separator };
        nearest.WithExamples("mlp entities nearest heroes --id Ember -k 5", "mlp entities nearest heroes@production --data new.csv --id Frost --json").SetHandler(Handler(Nearest), terminal);
        var compare = new Command("compare", "Compares two entities feature by feature: values, difference, and what each contributes to their distance.") { LoadedEntities.Reference, Id, With, LoadedEntities.Data, LoadedEntities.Separator };
        compare.WithExamples("mlp entities compare heroes --id Ember --with Frost", "mlp entities compare heroes --data new.csv --id Frost --with Ember --json").SetHandler(Handler(Compare), terminal);
        var complete = new Command("complete", "Names what a set lacks: what similar entities have, and what occurs together with its members.") { LoadedEntities.Reference, Owner, Set, Column, Count, LoadedEntities.Data, LoadedEntities.Separator };
        complete.WithExamples("mlp entities complete heroes --set sword,helm -k 5", "mlp entities complete heroes --id Ember --column gear --json").SetHandler(Handler(Complete), terminal);
        return new Command("entities", "Uses a published autoencoder: entities alike, two side by side, sets completed.") { nearest, compare, complete };
    }

    private static Func<Invocation, Task<int>> Handler(Func<Invocation, int> run) => invocation => Task.Run(() => run(invocation), invocation.Cancellation);

    private static int Nearest(Invocation invocation)
    {
        var faults = new List<string>();
        int k = invocation.Get(Count);
        RecommendCommand.CheckCount(k, faults);
        var entities = LoadedEntities.Load(invocation, faults);
        string id = invocation.Get(Id);
        var features = entities.Find(id, out bool isNew);
        // One more than asked for, because an entity of the table may have been trained on, too.
        var near = (isNew ? entities.Model.Nearest(features, k == int.MaxValue ? k : k + 1).Where(entity => entity.EntityId != id).Take(k) : entities.Model.Nearest(id, k))
            .Select((entity, i) => new NearEntity(i + 1, entity.EntityId, entity.Similarity)).ToList();
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(new NearestResult(id, near), CliJson.Default.NearestResult);
            return ExitCode.Success;
        }
        var table = ReportOutput.Table("", "entity", "similarity");
        foreach (var entity in near)
            table.AddRow(entity.Rank.ToString(CultureInfo.InvariantCulture), Markup.Escape(entity.Entity), Figure(entity.Similarity));
        invocation.Terminal.Out.Write(table);
        return ExitCode.Success;
    }

    private static int Compare(Invocation invocation)
    {
        var entities = LoadedEntities.Load(invocation, []);
        string first = invocation.Get(Id), second = invocation.Get(With);
        var comparison = entities.Model.Compare(first, entities.Find(first, out _), second, entities.Find(second, out _));
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(comparison, CliJson.Default.EntityComparison);
            return ExitCode.Success;
        }
        invocation.Terminal.WriteLine($"similarity {Figure(comparison.Similarity)}; the features that keep them apart the most come first");
        var table = ReportOutput.Table("feature", Markup.Escape(first), Markup.Escape(second), "difference", "contribution");
        foreach (var feature in comparison.Features)
            table.AddRow(Markup.Escape(feature.Name), Markup.Escape(feature.First), Markup.Escape(feature.Second), float.IsNaN(feature.Difference) ? "" : Figure(feature.Difference), Figure(feature.Contribution));
        invocation.Terminal.Out.Write(table);
        return ExitCode.Success;
    }

    private static int Complete(Invocation invocation)
    {
        var faults = new List<string>();
        int k = invocation.Get(Count);
        string? id = invocation.Get(Owner);
        string[] set = invocation.Get(Set) ?? [];
        RecommendCommand.CheckCount(k, faults);
        if (id is null == (set.Length == 0))
            faults.Add(id is null ? "neither --id nor --set is given; say what to complete" : "--id and --set are both given; give one of them");
        if (id is null && invocation.Get(LoadedEntities.Data) is not null)
            faults.Add("--data goes with --id, which is not given");
        var entities = LoadedEntities.Load(invocation, faults);
        var recommender = entities.Model.BuildRecommender(ColumnOf(entities.Model, invocation.Get(Column)));
        IReadOnlyList<CompletedMember> members;
        if (id is not null)
        {
            var features = entities.Find(id, out bool isNew);
            members = isNew ? recommender.Complete(features, k) : recommender.Complete(id, k);
        }
        else
        {
            members = recommender.Complete(Members(set, entities.Model.MembersOf(recommender.SetColumnName).ToHashSet(StringComparer.Ordinal), invocation.Terminal), k);
        }
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(new CompletionResult(id, recommender.SetColumnName, members), CliJson.Default.CompletionResult);
            return ExitCode.Success;
        }
        if (members.Count == 0)
        {
            invocation.Terminal.WriteLine("nothing is left to name");
            return ExitCode.Success;
        }
        var table = ReportOutput.Table("", "member", "score", "similar entities that have it", "occurs with");
        foreach (var (i, member) in members.Index())
            table.AddRow((i + 1).ToString(CultureInfo.InvariantCulture), Markup.Escape(member.Member), Figure(member.Score), Markup.Escape(string.Join(", ", member.SimilarEntities)), Markup.Escape(string.Join(", ", member.OccursWith)));
        invocation.Terminal.Out.Write(table);
        return ExitCode.Success;
    }

    private static string ColumnOf(AutoencoderTransformer model, string? given)
    {
        var names = model.SetColumnNames;
        if (names.Count == 0)
            throw CommandFailure.Usage("the autoencoder was trained without columns of sets, so that there is nothing to complete");
        if (given is null)
            return names.Count == 1 ? names[0] : throw CommandFailure.Usage($"there are several columns of sets; choose one with --column: {string.Join(", ", names)}");
        return names.Contains(given, StringComparer.Ordinal) ? given : throw CommandFailure.Usage($"--column is '{given}'; the columns of sets are {string.Join(", ", names)}");
    }

    /// <summary>The members named, those with a comma in them whole; unknown ones are passed over.</summary>
    private static List<string> Members(string[] given, HashSet<string> known, Terminal terminal)
    {
        string[] members = [.. given.SelectMany(text => known.Contains(text) ? [text] : text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)).Distinct(StringComparer.Ordinal)];
        string[] unknown = [.. members.Where(member => !known.Contains(member))];
        if (unknown.Length > 0)
            terminal.Note($"passed over: {string.Join(", ", unknown)}; no set that was trained on has them");
        return unknown.Length < members.Length
            ? [.. members.Except(unknown, StringComparer.Ordinal)]
            : throw new CommandFailure(ExitCode.Data, $"None of the members {string.Join(", ", members)} is in a set that was trained on.");
    }

    private static string Figure(float value) => value.ToString("0.####", CultureInfo.InvariantCulture);
}
