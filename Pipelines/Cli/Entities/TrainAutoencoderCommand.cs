using System.CommandLine;
using System.Globalization;
using System.Reflection;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Entities;

namespace MLPipelines.Cli.Entities;

/// <summary><c>mlp train autoencoder</c>.</summary>
internal static class TrainAutoencoderCommand
{
    private const double DefaultTestFraction = 0.1;

    /// <summary>The options that <c>--option</c> sets.</summary>
    public static readonly List<PropertyInfo> Settable = OptionAssignment.Settable(typeof(AutoencoderOptions), property => property.Name is not nameof(AutoencoderOptions.Seed));

    private static readonly Option<string> Data = new("--data") { Description = "The table of entities (CSV, TSV …, with a header), one a row.", HelpName = "FILE", Required = true };
    private static readonly Option<string> Id = new("--id-column") { Description = "The column that names entities, each once.", HelpName = "COLUMN", Required = true };
    private static readonly Option<string[]> Numbers = Columns("--number-columns", "Columns of numbers; an empty field is missing. Columns that no option names are numbers where every field is one, sets where a field has '|' in it, and categories where values come again.");
    private static readonly Option<string[]> Categories = Columns("--category-columns", "Columns of categories; an empty field is missing.");
    private static readonly Option<string[]> Sets = Columns("--set-columns", "Columns of sets, with '|' between members (--option set-separator=C).");
    private static readonly Option<string[]> Ignored = Columns("--ignore-columns", "Columns to leave out; '*' is every column that no option names.");
    private static readonly Option<string[]> Options = new("--option", "-o") { Description = "An option of the autoencoder, such as embedding-dimension=16; may be repeated. A wrong name lists all of them.", HelpName = "NAME=VALUE" };
    private static readonly Option<string?> Test = new("--test") { Description = "A table of the same form to measure on.", HelpName = "FILE" };
    private static readonly Option<double?> TestFraction = new("--test-fraction") { Description = "The share of the entities to hold out and measure on, from 0 to 0.9; 0.1 where neither this nor --test is given. 0 measures nothing.", HelpName = "F" };
    private static readonly Option<bool> NoRefit = new("--no-refit") { Description = "Publish the model that was measured, which knows nothing of what was held out, instead of one trained on all." };
    private static readonly Option<string?> Name = new("--name") { Description = "The name to publish under; by default 'entities'.", HelpName = "N" };
    private static readonly Option<int> Seed = new("--seed") { Description = "Fixes what is held out and all that is random in training.", HelpName = "S", DefaultValueFactory = _ => 1 };
    private static readonly Option<string?> Separator = CommonOptions.Separator();

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("autoencoder", "Learns embeddings of entities from a table's numbers, categories and sets, measures reconstruction and the completion of sets beside their baselines, and publishes the model.")
        {
            Data, Id, Numbers, Categories, Sets, Ignored, Options, Test, TestFraction, NoRefit, Separator, Name, PublishArguments.Version, Seed, PublishArguments.License, PublishArguments.Notes,
        };
        command.SetHandler(RunAsync, terminal);
        return command.WithExamples(
            "mlp train autoencoder --data Data/shop/products.csv --id-column product_id --name products",
            "mlp train autoencoder --data heroes.csv --id-column name --number-columns strength,speed --category-columns role --set-columns gear --ignore-columns '*' --option embedding-dimension=16 --json");
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var request = ReadRequest(invocation);
        var outcome = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(
            () => AutoencoderTraining.RunAsync(request, invocation.Store, invocation.Terminal.Note, progress, invocation.Cancellation), invocation.Cancellation)).ConfigureAwait(false);
        var (model, published, metrics) = (outcome.Model, outcome.Published, outcome.Metrics);
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(
                new AutoencoderTrainResult(
                    published.Name, published.Version.ToString(), published.Path, Math.Round(outcome.Seconds, 3), model.Entities.Count, model.EmbeddingDimension, outcome.TrainRows, outcome.TestRows,
                    model.NumberColumnNames, model.CategoryColumnNames, model.SetColumnNames, outcome.Ignored, metrics?.Features ?? [], metrics?.Sets ?? []),
                CliJson.Default.AutoencoderTrainResult);
            return ExitCode.Success;
        }
        var terminal = invocation.Terminal;
        terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{published.Name} {published.Version}: {model.Entities.Count:N0} entities, embeddings of {model.EmbeddingDimension} numbers, trained on {outcome.TrainRows:N0} rows in {outcome.Seconds:F1} s"));
        WriteColumns("numbers", model.NumberColumnNames);
        WriteColumns("categories", model.CategoryColumnNames);
        WriteColumns("sets", model.SetColumnNames);
        terminal.WriteLine(metrics is null ? "not measured: nothing was held out" : $"measured on {metrics}");
        terminal.WriteLine($"published as {published.Path}");
        string store = CommonOptions.SameStore(invocation);
        terminal.WriteLine("use it:");
        terminal.WriteLine($"  mlp entities nearest {request.Name}{store} --id \"{model.Entities[0]}\"");
        return ExitCode.Success;

        void WriteColumns(string kind, IReadOnlyList<string> names)
        {
            if (names.Count > 0)
                terminal.WriteLine($"{kind}: {string.Join(", ", names)}");
        }
    }

    private static AutoencoderRequest ReadRequest(Invocation invocation)
    {
        var faults = new List<string>();
        // Which columns there are is only known once the table is read; till then the identifiers stand for them.
        var options = new AutoencoderOptions { IdColumnName = invocation.Get(Id), NumberColumnNames = [invocation.Get(Id)], Seed = invocation.Get(Seed) };
        foreach (var assignment in invocation.Get(Options) ?? [])
        {
            if (OptionAssignment.Set("autoencoder", options, Settable, assignment) is { } fault)
                faults.Add(fault);
        }
        if (faults.Count == 0)
            faults.AddFaultsOf(options.Validate);
        var choice = new ColumnChoice(invocation.Get(Id), Names(invocation, Numbers), Names(invocation, Categories), Names(invocation, Sets), Names(invocation, Ignored), options.SetSeparator);
        faults.AddRange(choice.Faults());
        double fraction = CommonOptions.ReadTestFraction(invocation.Get(Test), invocation.Get(TestFraction), DefaultTestFraction, faults);
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        string name = invocation.Get(Name) ?? "entities";
        PublishArguments.CheckName(invocation, name, faults);
        var version = PublishArguments.ReadVersion(invocation, faults);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        return new AutoencoderRequest(
            invocation.Get(Data), invocation.Get(Test), choice, separator, options, fraction, !invocation.Get(NoRefit), name, version, invocation.Get(PublishArguments.License), invocation.Get(PublishArguments.Notes));
    }

    private static string[] Names(Invocation invocation, Option<string[]> option) =>
        [.. (invocation.Get(option) ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private static Option<string[]> Columns(string name, string description) => new(name) { Description = description, HelpName = "A,B,…" };
}
