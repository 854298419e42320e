using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Cli.Recommendation;

/// <summary>The options that choose items by what a table says of them.</summary>
internal static class CatalogArguments
{
    private static readonly Option<string?> Items = new("--items") { Description = "A table of items, from which --where chooses.", HelpName = "FILE" };
    private static readonly Option<string?> ItemColumn = new("--items-column") { Description = "Its column with the identifiers; by default product_id or item_id.", HelpName = "COLUMN" };
    private static readonly Option<string[]> Where = new("--where") { Description = "Recommend only items of this kind: COLUMN=TEXT, or COLUMN<NUMBER, <=, >, >=; may be repeated, and all must hold.", HelpName = "CONDITION" };

    private static readonly string[] Usual = ["product_id", "item_id", "ItemId"];
    private static readonly string[] Comparisons = ["<=", ">=", "<", ">", "="];

    public static IEnumerable<Option> All => [Items, ItemColumn, Where];

    public static IEnumerable<string> Faults(Invocation invocation)
    {
        var conditions = invocation.Get(Where) ?? [];
        if (conditions.Length > 0 && invocation.Get(Items) is null)
            yield return "--where needs --items, the table to choose from";
        if (conditions.Length == 0 && (invocation.Get(Items) ?? invocation.Get(ItemColumn)) is not null)
            yield return "--items needs --where, which says what to choose";
        foreach (var condition in conditions.Where(condition => Parse(condition) is null))
            yield return $"--where is '{condition}'; expected is COLUMN=TEXT or COLUMN<NUMBER (also <=, >, >=), such as category=audio or 'price<50'";
    }

    /// <summary>The items that all conditions hold for; null where none is given.</summary>
    public static HashSet<string>? Candidates(Invocation invocation)
    {
        if (invocation.Get(Items) is not { } file)
            return null;
        var conditions = (invocation.Get(Where) ?? []).Select(text => Parse(text)!.Value).ToList();
        string id = IdColumn(file, invocation.Get(ItemColumn));
        string[] columns = [id, .. conditions.Select(condition => condition.Column).Where(column => column != id).Distinct(StringComparer.Ordinal)];
        return [.. new ColumnsReader(columns).Read(file, invocation.Cancellation)
            .Where(row => conditions.TrueForAll(condition => Holds(condition, row[Array.IndexOf(columns, condition.Column)])))
            .Select(row => row[0])];
    }

    /// <summary>Reads the categories and, where their column is given, the prices of items.</summary>
    /// <exception cref="CommandFailure">A price is not a number.</exception>
    public static ItemCatalog Read(string file, string? idColumn, string categoryColumn, string? priceColumn, CancellationToken cancellation)
    {
        string[] columns = [IdColumn(file, idColumn), categoryColumn, .. priceColumn is null ? [] : new[] { priceColumn }];
        if (columns.Distinct(StringComparer.Ordinal).Count() < columns.Length)
            throw CommandFailure.Usage($"the columns of {file} are {string.Join(", ", columns)}; name three different ones");
        var rows = new ColumnsReader(columns).Read(file, cancellation).Select(row => new CatalogRow
        {
            ItemId = row[0],
            Category = row[1],
            Price = columns.Length < 3 || row[2].Length == 0 ? 0 : (float)(Number(row[2]) ?? throw new CommandFailure(ExitCode.Data, $"{file}: the item '{row[0]}' has the price '{row[2]}' in column '{priceColumn}', which is not a number.")),
        }).ToList();
        return ItemCatalog.Read(new MLContext().Data.LoadFromEnumerable(rows));
    }

    private sealed class CatalogRow
    {
        public string ItemId { get; set; } = "";

        public string Category { get; set; } = "";

        public float Price { get; set; }
    }

    /// <summary>The column of a table of items that has their identifiers.</summary>
    public static string IdColumn(string file, string? given)
    {
        if (given is not null)
            return given;
        using var reader = new DelimitedReader(file);
        return Usual.FirstOrDefault(name => reader.Header.Contains(name, StringComparer.Ordinal)) ?? Usual[0];
    }

    private static (string Column, string Comparison, string Value)? Parse(string condition)
    {
        int at = condition.IndexOfAny(['<', '>', '=']);
        if (at < 1)
            return null;
        string comparison = Comparisons.First(candidate => condition.AsSpan(at).StartsWith(candidate, StringComparison.Ordinal));
        string value = condition[(at + comparison.Length)..].Trim();
        return comparison != "=" && Number(value) is null ? null : (condition[..at].Trim(), comparison, value);
    }

    private static bool Holds((string Column, string Comparison, string Value) condition, string field) => condition.Comparison switch
    {
        "=" => field == condition.Value || Number(field) is { } number && number == Number(condition.Value),
        "<" => Number(field) < Number(condition.Value),
        "<=" => Number(field) <= Number(condition.Value),
        ">" => Number(field) > Number(condition.Value),
        _ => Number(field) >= Number(condition.Value),
    };

    private static double? Number(string text) => double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) && double.IsFinite(value) ? value : null;
}
