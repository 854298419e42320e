using MLPipelines.Cli.Infrastructure;

namespace MLPipelines.Cli.Entities;

/// <summary>What the command line says of the columns of a table of entities; the rest is found from what they hold.</summary>
internal sealed record ColumnChoice(string Id, string[] Numbers, string[] Categories, string[] Sets, string[] Ignored, char SetSeparator)
{
    /// <summary>What stands for every column that is not named.</summary>
    public const string Others = "*";

    private string[] Named => [Id, .. Numbers, .. Categories, .. Sets, .. Ignored.Where(column => column != Others)];

    /// <summary>What is wrong with the choice itself.</summary>
    public IEnumerable<string> Faults() => Named.GroupBy(column => column, StringComparer.Ordinal).Where(group => group.Count() > 1)
        .Select(group => $"the column '{group.Key}' is named {group.Count()} times in --id-column, --number-columns, --category-columns, --set-columns and --ignore-columns; name it once");

    /// <summary>The columns to read of those that a table has.</summary>
    public string[] Wanted(string[] header) =>
        [.. Numbers, .. Categories, .. Sets, .. Ignored.Contains(Others) ? [] : header.Except(Named, StringComparer.Ordinal).Where(column => column.Trim().Length > 0)];

    /// <summary>
    /// Says what each column is: numbers where every field is one; sets where one has the separator in it; categories where values come again. Columns that cannot teach anything are left out.
    /// </summary>
    /// <param name="columns">The columns of the rows, after the identifier.</param>
    /// <param name="rows">The fields, the identifier first.</param>
    /// <param name="note">Told of what is left out.</param>
    public EntityTableColumns Infer(string[] columns, IReadOnlyList<string[]> rows, Action<string> note)
    {
        List<string> numbers = [.. Numbers], categories = [.. Categories], sets = [.. Sets];
        for (int i = 0; i < columns.Length; i++)
        {
            string column = columns[i];
            if (Named.Contains(column, StringComparer.Ordinal))
                continue;
            int place = i + 1;
            List<string> known = [.. rows.Select(row => row[place].Trim()).Where(field => field.Length > 0)];
            int distinct = known.Distinct(StringComparer.Ordinal).Count();
            if (distinct < 2)
                note($"the column '{column}' is left out: it is the same in every row");
            else if (known.TrueForAll(field => EntityTable.Number(field) is not null))
                numbers.Add(column);
            else if (known.Exists(field => field.Contains(SetSeparator)))
                sets.Add(column);
            else if (distinct * 2 <= known.Count)
                categories.Add(column);
            else
                note($"the column '{column}' is left out: it has {distinct} different texts in {known.Count} rows; --category-columns takes it all the same");
        }
        if (numbers.Count + categories.Count + sets.Count == 0)
            throw new CommandFailure(ExitCode.Data, "No column is left to learn from; name some in --number-columns, --category-columns or --set-columns.");
        return new EntityTableColumns(Id, [.. numbers], [.. categories], [.. sets]);
    }
}
