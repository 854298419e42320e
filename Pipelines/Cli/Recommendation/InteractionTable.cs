using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Recommendation;

/// <summary>How a file of interactions is to be read.</summary>
/// <param name="File">The file: a table, or the JSON format of interactions.</param>
/// <param name="Columns">The columns of a table, all of which it has.</param>
/// <param name="Separator">The character between fields; null to find it.</param>
/// <param name="SkipBadRows">Whether rows with a fault are left out instead of refusing the file.</param>
internal sealed record InteractionSource(string File, InteractionColumns Columns, char? Separator, bool SkipBadRows)
{
    public bool IsJson => File.EndsWith(".json", StringComparison.OrdinalIgnoreCase);
}

/// <summary>An interaction as recommenders read it.</summary>
internal sealed class InteractionRow
{
    public const string WeightColumn = nameof(Weight);
    public const string TimeColumn = nameof(Timestamp);
    public const string TypeColumn = nameof(Type);

    public string UserId { get; set; } = "";

    public string ItemId { get; set; } = "";

    public float Weight { get; set; } = 1;

    public DateTime Timestamp { get; set; }

    public string Type { get; set; } = "";
}

/// <summary>Interactions in memory, and what they were read from.</summary>
internal sealed record InteractionTable(InteractionSource Source, IReadOnlyList<InteractionRow> Rows, string Sha256, long SkippedRows)
{
    public bool HasTimes { get; } = Rows.Count > 0 && Rows.All(row => row.Timestamp != default);

    public bool HasTypes { get; } = Rows.Count > 0 && Rows.All(row => row.Type.Length > 0);

    public bool HasWeights { get; } = Rows.Any(row => row.Weight != 1);

    public IDataView View(MLContext context) => context.Data.LoadFromEnumerable(Rows);

    /// <summary>Reads the file.</summary>
    /// <exception cref="CommandFailure">It is not fit for use; the message names the first place.</exception>
    public static InteractionTable Read(InteractionSource source, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        long skipped = 0;
        Action<DataProblem>? onBadRow = source.SkipBadRows ? problem => skipped += problem.Severity == DataSeverity.Error ? 1 : 0 : null;
        var reading = new ReadingProgress($"reading {Path.GetFileName(source.File)}", progress);
        DataReader<Interaction> reader = source.IsJson
            ? new InteractionsJsonReader(new JsonDataOptions { Progress = reading, OnBadRow = onBadRow })
            : new InteractionsReader(source.Columns, new DelimitedOptions { Separator = source.Separator, Progress = reading, OnBadRow = onBadRow });
        InteractionRow[] rows;
        try
        {
            rows = [.. reader.Read(source.File, cancellation).Select(Row)];
        }
        catch (DataFormatException e) when (!source.SkipBadRows)
        {
            throw new CommandFailure(ExitCode.Data, $"{e.Message} (--skip-bad-rows leaves rows with a fault out)", e);
        }
        if (rows.Length == 0)
            throw new CommandFailure(ExitCode.Data, string.Create(CultureInfo.InvariantCulture, $"{source.File}: there is no interaction in it{(skipped > 0 ? $" but {skipped} rows with a fault, which were left out" : "")}."));
        using var stream = File.OpenRead(source.File);
        return new InteractionTable(source, rows, Convert.ToHexStringLower(SHA256.HashData(stream)), skipped);
    }

    private static InteractionRow Row(Interaction interaction) => new()
    {
        UserId = interaction.UserId,
        ItemId = interaction.ItemId,
        Weight = interaction.Rating,
        Timestamp = interaction.Timestamp?.UtcDateTime ?? default,
        Type = interaction.Type ?? "",
    };
}
