using System.Security.Cryptography;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Data;
using MLPipelines.Recommendation;

namespace MLPipelines.Sweeps;

/// <summary>Interactions, and what they were read from.</summary>
internal sealed record InteractionRows
{
    /// <summary>The roles of columns, and what the column of a file is called usually.</summary>
    public static readonly (string Role, string[] Usual)[] Roles =
    [
        ("user", ["customer_id", "user_id", "UserId", "userId"]),
        ("item", ["product_id", "item_id", "ItemId", "itemId"]),
        ("weight", ["weight"]),
        ("time", ["timestamp"]),
        ("type", ["interaction_type"]),
    ];

    private static readonly string[] Ratings = ["rating", "Rating"];

    /// <summary>The name of the file, or that of the job.</summary>
    public required string Name { get; init; }

    public required IDataView View { get; init; }

    /// <summary>The columns of the view: user, item, and where known weight, time and type.</summary>
    public required string?[] Columns { get; init; }

    /// <summary>The columns of the file, in the same order; null where there is no file.</summary>
    public string?[]? FileColumns { get; init; }

    public long Rows { get; init; }

    public string? Sha256 { get; init; }

    /// <inheritdoc cref="TextRows.Dataset"/>
    public ArtifactDataset Dataset(string split) => new() { Name = Name, Split = split, Rows = Rows, Sha256 = Sha256 };

    /// <summary>Reads a file, a table or the JSON format; what is wrong with it is added to <paramref name="faults"/>.</summary>
    public static InteractionRows? Read(string path, IReadOnlyDictionary<string, string> named, bool asRatings, List<string> faults, CancellationToken cancellation)
    {
        try
        {
            bool isJson = path.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
            var columns = new string?[Roles.Length];
            if (isJson && named.Count > 0)
                faults.Add($"{path}: the members of a JSON file have fixed names; columns are named of tables alone");
            if (!isJson)
            {
                using var table = new DelimitedReader(path);
                string[] header = [.. table.Header];
                for (int i = 0; i < Roles.Length; i++)
                    columns[i] = Find(path, Roles[i].Role, asRatings && Roles[i].Role == "weight" ? [.. Ratings, .. Roles[i].Usual] : Roles[i].Usual, header, named, isNeeded: i < 2, faults);
                if (columns[0] is null || columns[1] is null)
                    return null;
            }
            DataReader<Interaction> reader = isJson
                ? new InteractionsJsonReader()
                : new InteractionsReader(new InteractionColumns { User = columns[0]!, Item = columns[1]!, Rating = columns[2], Timestamp = columns[3], Type = columns[4] });
            Row[] rows = [.. reader.Read(path, cancellation).Select(Row.Of)];
            if (rows.Length == 0)
                faults.Add($"{path}: there is no interaction in it");
            using var stream = File.OpenRead(path);
            return new InteractionRows
            {
                Name = Path.GetFileName(path),
                View = new MLContext().Data.LoadFromEnumerable(rows),
                Columns =
                [
                    nameof(Row.UserId), nameof(Row.ItemId), columns[2] is not null || rows.Any(row => row.Weight != 1) ? nameof(Row.Weight) : null,
                    rows.Length > 0 && Array.TrueForAll(rows, row => row.Timestamp != default) ? nameof(Row.Timestamp) : null,
                    rows.Length > 0 && Array.TrueForAll(rows, row => row.Type.Length > 0) ? nameof(Row.Type) : null,
                ],
                FileColumns = isJson ? null : columns,
                Rows = rows.Length,
                Sha256 = Convert.ToHexStringLower(SHA256.HashData(stream)),
            };
        }
        catch (Exception e) when (e is DataFormatException or IOException or UnauthorizedAccessException)
        {
            faults.Add(e.Message.TrimEnd('.'));
            return null;
        }
    }

    /// <summary>A view, whose columns of users and items are "UserId" and "ItemId" unless others are named; of the rest those that are named.</summary>
    public static InteractionRows? Read(string name, IDataView view, IReadOnlyDictionary<string, string> named, bool asRatings, List<string> faults)
    {
        string[] header = [.. view.Schema.Select(column => column.Name)];
        string[][] usual = [["UserId"], ["ItemId"], asRatings ? Ratings : [], [], []];
        string?[] columns = [.. Roles.Select((role, i) => Find(name, role.Role, usual[i], header, named, isNeeded: i < 2, faults))];
        return columns[0] is null || columns[1] is null ? null : new InteractionRows { Name = name, View = view, Columns = columns, Rows = view.GetRowCount() ?? 0 };
    }

    /// <summary>Sets the columns of a recommender.</summary>
    public void ApplyTo(RecommenderOptions options)
    {
        (options.UserColumnName, options.ItemColumnName) = (Columns[0]!, Columns[1]!);
        (options.WeightColumnName, options.TimeColumnName, options.TypeColumnName) = (Columns[2], Columns[3], options is BiasedMatrixFactorizationOptions ? null : Columns[4]);
    }

    private static string? Find(string place, string role, string[] usual, string[] header, IReadOnlyDictionary<string, string> named, bool isNeeded, List<string> faults)
    {
        if (named.TryGetValue(role, out string? given))
        {
            if (given == "none" && !isNeeded)
                return null;
            if (!header.Contains(given, StringComparer.Ordinal))
                faults.Add($"{place}: there is no column '{given}' for {role}; there are {string.Join(", ", header)}");
            return given;
        }
        if (usual.FirstOrDefault(name => header.Contains(name, StringComparer.Ordinal)) is { } found)
            return found;
        if (isNeeded)
            faults.Add($"{place}: no column is called {string.Join(" or ", usual)}; say which one has the {role}: {string.Join(", ", header)}");
        return null;
    }

    private sealed class Row
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";

        public float Weight { get; set; } = 1;

        public DateTime Timestamp { get; set; }

        public string Type { get; set; } = "";

        public static Row Of(Interaction interaction) => new()
        {
            UserId = interaction.UserId,
            ItemId = interaction.ItemId,
            Weight = interaction.Rating,
            Timestamp = interaction.Timestamp?.UtcDateTime ?? default,
            Type = interaction.Type ?? "",
        };
    }
}
