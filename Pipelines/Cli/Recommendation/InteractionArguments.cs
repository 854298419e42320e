using System.CommandLine;
using System.Text.Json;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Recommendation;

/// <summary>The options that say where a file of interactions has what.</summary>
internal static class InteractionArguments
{
    /// <summary>What a column is called to leave it out.</summary>
    private const string None = "none";

    public static readonly Option<string> Data = new("--data") { Description = "The interactions: a table (CSV, TSV …, with a header), or JSON.", HelpName = "FILE", Required = true };
    public static readonly Option<bool> SkipBadRows = new("--skip-bad-rows") { Description = "Leave rows with a fault out instead of refusing the file." };
    private static readonly Option<string?> User = Column("--user-column", "users", "customer_id or user_id");
    private static readonly Option<string?> Item = Column("--item-column", "items", "product_id or item_id");
    private static readonly Option<string?> Weight = Column("--weight-column", "how much each interaction counts", "weight where the table has it; 'none' leaves it out");
    private static readonly Option<string?> Time = Column("--time-column", "times (ISO 8601 or Unix seconds)", "timestamp where the table has it; 'none' leaves it out");
    private static readonly Option<string?> Type = Column("--type-column", "types of interactions", "interaction_type where the table has it; 'none' leaves it out");
    private static readonly Option<string?> Separator = CommonOptions.Separator();

    /// <summary>Each column: its option, the name in a manifest, and what it is called where nothing is said.</summary>
    private static readonly (Option<string?> Option, string Name, string[] Usual)[] Columns =
    [
        (User, "userColumn", ["customer_id", "user_id", "UserId"]),
        (Item, "itemColumn", ["product_id", "item_id", "ItemId"]),
        (Weight, "weightColumn", ["weight"]),
        (Time, "timeColumn", ["timestamp"]),
        (Type, "typeColumn", ["interaction_type"]),
    ];

    public static void AddTo(Command command)
    {
        command.Options.Add(Data);
        foreach (var (option, _, _) in Columns)
            command.Options.Add(option);
        command.Options.Add(Separator);
        command.Options.Add(SkipBadRows);
    }

    /// <summary>How a file is to be read: by the options given, by what a model was trained on, or by the usual names.</summary>
    public static InteractionSource Source(Invocation invocation, string file, ArtifactManifest? trained = null)
    {
        var faults = new List<string>();
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        bool isJson = file.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
        if (isJson && Columns.Where(column => invocation.IsGiven(column.Option)).Select(column => column.Option.Name).ToList() is { Count: > 0 } given)
            faults.Add($"{string.Join(", ", given)}: the members of a JSON file have fixed names");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        if (isJson)
            return new InteractionSource(file, new InteractionColumns(), null, invocation.Get(SkipBadRows));

        using var reader = new DelimitedReader(file, new DelimitedOptions { Separator = separator });
        string[] header = [.. reader.Header];
        string?[] names = [.. Columns.Select(column => Find(invocation, column, header, trained))];
        return new InteractionSource(
            file,
            new InteractionColumns { User = names[0] ?? Columns[0].Usual[0], Item = names[1] ?? Columns[1].Usual[0], Rating = names[2], Timestamp = names[3], Type = names[4] },
            separator,
            invocation.Get(SkipBadRows));
    }

    /// <summary>The columns as a manifest states them.</summary>
    public static IEnumerable<(string Name, string? Value)> ToManifest(InteractionSource source) => source.IsJson
        ? []
        : Columns.Zip(new[] { source.Columns.User, source.Columns.Item, source.Columns.Rating, source.Columns.Timestamp, source.Columns.Type }, (column, name) => (column.Name, name));

    private static string? Find(Invocation invocation, (Option<string?> Option, string Name, string[] Usual) column, string[] header, ArtifactManifest? trained)
    {
        if (invocation.Get(column.Option) is { } given)
            return given == None ? null : given;
        var usual = column.Usual.AsEnumerable();
        if (trained?.Training.Options.TryGetValue(column.Name, out var value) == true && value.ValueKind == JsonValueKind.String)
            usual = usual.Prepend(value.GetString()!);
        return usual.FirstOrDefault(name => header.Contains(name, StringComparer.Ordinal));
    }

    private static Option<string?> Column(string name, string holds, string usually) => new(name)
    {
        Description = $"The column with {holds}; by default {usually}.",
        HelpName = "COLUMN",
    };
}
