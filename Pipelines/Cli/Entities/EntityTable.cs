using System.Globalization;
using System.Security.Cryptography;
using Microsoft.ML;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Entities;

namespace MLPipelines.Cli.Entities;

/// <summary>Which columns of a table say what of entities.</summary>
internal sealed record EntityTableColumns(string Id, string[] Numbers, string[] Categories, string[] Sets)
{
    /// <summary>All but the identifiers, in the order of the fields of <see cref="EntityTable"/>.</summary>
    public string[] Features => [.. Numbers, .. Categories, .. Sets];
}

/// <summary>Entities in memory, and what they were read from.</summary>
internal sealed class EntityTable
{
    private readonly string[][] _rows;

    private EntityTable(string file, EntityTableColumns columns, string[][] rows, string sha256)
    {
        (File, Columns, _rows, Sha256) = (file, columns, rows, sha256);
    }

    public string File { get; }

    public EntityTableColumns Columns { get; }

    public string Sha256 { get; }

    public int Count => _rows.Length;

    /// <summary>Reads a table.</summary>
    /// <param name="file">The table.</param>
    /// <param name="id">The column with the identifiers.</param>
    /// <param name="wanted">The columns to read beside it.</param>
    /// <param name="choose">Says from the fields of those columns what each is.</param>
    /// <param name="separator">The character between fields; null to find it.</param>
    /// <param name="progress">Told how far it has come.</param>
    /// <param name="cancellation">Stops it.</param>
    /// <exception cref="CommandFailure">It is not fit for use.</exception>
    public static EntityTable Read(
        string file, string id, string[] wanted, Func<IReadOnlyList<string[]>, EntityTableColumns> choose, char? separator, IProgress<StepProgress>? progress, CancellationToken cancellation)
    {
        var options = new DelimitedOptions { Separator = separator, Progress = progress is null ? null : new ReadingProgress($"reading {Path.GetFileName(file)}", progress) };
        string[] read = [id, .. wanted];
        string[][] fields = [.. new ColumnsReader(read, options).Read(file, cancellation)];
        if (fields.Length == 0)
            throw new CommandFailure(ExitCode.Data, $"{file}: there is no entity in it.");
        var columns = choose(fields);
        int[] places = [0, .. columns.Features.Select(column => Array.IndexOf(read, column))];
        string[][] rows = Array.ConvertAll(fields, row => Array.ConvertAll(places, place => row[place].Trim()));
        foreach (var row in rows)
        {
            for (int i = 0; i < columns.Numbers.Length; i++)
            {
                if (Number(row[1 + i]) is null)
                    throw new CommandFailure(ExitCode.Data, $"{file}: the entity '{row[0]}' has '{row[1 + i]}' in column '{columns.Numbers[i]}', which is not a number.");
            }
        }
        using var stream = System.IO.File.OpenRead(file);
        return new EntityTable(file, columns, rows, Convert.ToHexStringLower(SHA256.HashData(stream)));
    }

    /// <summary>The names of the columns of a table.</summary>
    public static string[] HeaderOf(string file, char? separator)
    {
        using var reader = new DelimitedReader(file, new DelimitedOptions { Separator = separator });
        return [.. reader.Header];
    }

    /// <summary>A number, a truth value as 1 or 0, or NaN where the field is empty; null where it is none of these.</summary>
    public static float? Number(string field)
    {
        if (field.Length == 0 || field.Equals("nan", StringComparison.OrdinalIgnoreCase))
            return float.NaN;
        if (bool.TryParse(field, out bool flag))
            return flag ? 1 : 0;
        return float.TryParse(field, NumberStyles.Float, CultureInfo.InvariantCulture, out float number) && float.IsFinite(number) ? number : null;
    }

    public IDataView View() => new EntityRowsView(Columns, _rows);

    /// <summary>The entities at some places.</summary>
    public EntityTable Select(IEnumerable<int> places) => new(File, Columns, [.. places.Select(place => _rows[place])], Sha256);

    /// <summary>What the table says of an entity; null where it is not there.</summary>
    public EntityFeatures? Find(string id, char setSeparator)
    {
        if (Array.Find(_rows, row => row[0] == id) is not { } row)
            return null;
        var features = new EntityFeatures();
        int at = 1;
        foreach (var column in Columns.Numbers)
            features.Numbers[column] = Number(row[at++])!.Value;
        foreach (var column in Columns.Categories)
            features.Categories[column] = row[at++];
        foreach (var column in Columns.Sets)
            features.Sets[column] = row[at++].Split(setSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return features;
    }
}
