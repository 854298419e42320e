using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace MLPipelines.Data;

/// <summary>A column that a format knows.</summary>
internal readonly record struct ColumnSpec(string Name, bool Required);

/// <summary>Turns records into items; derived classes say how one row becomes one item.</summary>
internal abstract class DelimitedSource<T>(DelimitedParser parser, ColumnSpec[] columns)
    : RecordSource<T>(parser.Window, parser.Sink)
    where T : class
{
    private readonly Utf8StringCache _strings = new();
    private int[]? _indices;
    private bool _failed;

    protected ColumnSpec[] Specs { get; } = columns;

    public override int Demand => parser.Demand;

    public override ReadStatus Next(out T item)
    {
        item = null!;
        if (_indices is null)
        {
            if (_failed)
                return ReadStatus.End;
            var status = parser.NextHeader();
            if (status != ReadStatus.Item)
                return status;
            if (!TryBind())
                return ReadStatus.End;
        }
        while (true)
        {
            var status = parser.Next();
            if (status != ReadStatus.Item)
                return status;
            if (TryMap(out T? mapped))
            {
                item = mapped;
                return status;
            }
        }
    }

    public override long Line => parser.Origin.Line;

    public override TextPosition Locate(string? field = null)
    {
        int column = Array.FindIndex(Specs, c => c.Name == field);
        return column < 0 || _indices![column] < 0 ? parser.Origin : parser.Locate(_indices[column]);
    }

    /// <summary>Whether the header has a column.</summary>
    public bool Has(string column)
    {
        int index = Array.FindIndex(Specs, c => c.Name == column);
        return index >= 0 && _indices is not null && _indices[index] >= 0;
    }

    /// <summary>Makes an item of the current record; false after reporting what is wrong with it.</summary>
    protected abstract bool TryMap([NotNullWhen(true)] out T? item);

    /// <summary>Whether the header has a column, by its place among the specifications.</summary>
    protected bool Has(int column) => _indices![column] >= 0;

    /// <summary>The bytes of a column; empty where the header does not have it.</summary>
    protected ReadOnlySpan<byte> Bytes(int column) => _indices![column] is >= 0 and var index ? parser[index] : default;

    protected string Text(int column) => Encoding.UTF8.GetString(Bytes(column));

    /// <summary>The text of a column whose values repeat.</summary>
    protected string RepeatedText(int column) => _strings.Get(Bytes(column));

    /// <summary>False, with an error, where a column is empty or blank.</summary>
    protected bool RequireText(int column, string reason)
    {
        if (!IsBlank(Bytes(column)))
            return true;
        Report(DataSeverity.Error, Specs[column].Name, reason);
        return false;
    }

    /// <summary>
    /// The text of a column, null where it is missing; that is a warning, or an error (and false) if the column is required.
    /// </summary>
    protected bool TryOptional(int column, string missingReason, out string? text, bool repeated)
    {
        text = null;
        if (!Has(column))
            return true;
        if (IsBlank(Bytes(column)))
        {
            bool required = Specs[column].Required;
            Report(required ? DataSeverity.Error : DataSeverity.Warning, Specs[column].Name, missingReason);
            return !required;
        }
        text = repeated ? RepeatedText(column) : Text(column);
        return true;
    }

    protected bool TryNumber(int column, string what, out float value)
    {
        var bytes = Bytes(column);
        if (float.TryParse(bytes, NumberStyles.Float, CultureInfo.InvariantCulture, out value) && float.IsFinite(value))
            return true;
        Report(DataSeverity.Error, Specs[column].Name,
            IsBlank(bytes) ? $"the {what} is missing" : $"the {what} is not a number; write it with a decimal point and without thousands separators or a unit",
            IsBlank(bytes) ? null : Utf8Text.Excerpt(bytes));
        return false;
    }

    protected bool TryTimestamp(int column, out DateTimeOffset? value)
    {
        value = null;
        var bytes = Bytes(column);
        if (bytes.IsEmpty)
        {
            if (!Specs[column].Required)
                return true;
            Report(DataSeverity.Error, Specs[column].Name, $"the timestamp is missing; {IsoTimestamp.Expected}");
            return false;
        }
        if (IsoTimestamp.TryParse(bytes, out var parsed))
        {
            value = parsed;
            return true;
        }
        Report(DataSeverity.Error, Specs[column].Name, $"the timestamp cannot be read; {IsoTimestamp.Expected}", Utf8Text.Excerpt(bytes));
        return false;
    }

    private static bool IsBlank(ReadOnlySpan<byte> bytes) => bytes.Trim(" \t\r\n"u8).IsEmpty;

    private bool TryBind()
    {
        var indices = new int[Specs.Length];
        for (int i = 0; i < Specs.Length; i++)
        {
            var column = Specs[i];
            indices[i] = column.Required ? ColumnLookup.Require(parser, column.Name) : ColumnLookup.Find(parser.Header, column.Name);
            _failed |= column.Required && indices[i] < 0;
        }
        if (_failed)
            return false;
        _indices = indices;
        WarnOfMisspeltColumns();
        return true;
    }

    private void WarnOfMisspeltColumns()
    {
        foreach (var column in Specs)
        {
            if (Has(column.Name) || NearMiss.Find(column.Name, parser.Header.Where((_, i) => !_indices!.Contains(i))) is not { } found)
                continue;
            Sink.Report(DataSeverity.Warning, new TextPosition(1, 1, 0), column.Name,
                $"there is no column '{column.Name}', but there is '{found}', which is not used; rename it if that is what it is");
        }
    }
}
