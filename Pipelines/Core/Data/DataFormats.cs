using System.Text.Json;

namespace MLPipelines.Data;

/// <summary>The data formats that this library reads.</summary>
public enum DataFormatKind
{
    /// <summary>Any other table with a header; see <see cref="TextLabelReader"/> and <see cref="ColumnsReader"/>.</summary>
    Table,

    /// <summary><see cref="MessagesReader"/>.</summary>
    Messages,

    /// <summary><see cref="InteractionsReader"/>.</summary>
    Interactions,

    /// <summary><see cref="ProductsReader"/>.</summary>
    Products,

    /// <summary><see cref="ClassificationJsonReader"/>.</summary>
    ClassificationJson,

    /// <summary><see cref="InteractionsJsonReader"/>.</summary>
    InteractionsJson,
}

/// <summary>Recognises the format of a file, and validates it as what it is.</summary>
public static class DataFormats
{
    /// <summary>Tells the format of a file from its header, or from its members if it is JSON.</summary>
    /// <param name="path">The file; JSON is known by its extension <c>.json</c>.</param>
    /// <param name="options">How to read a table; <see langword="null"/> for the defaults.</param>
    /// <returns>The format. JSON without <c>interactions</c> counts as classification data, a table without the columns of a known format as <see cref="DataFormatKind.Table"/>.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="DataFormatException">The header cannot be read.</exception>
    public static DataFormatKind Detect(string path, DelimitedOptions? options = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (IsJson(path))
            return HasInteractions(path) ? DataFormatKind.InteractionsJson : DataFormatKind.ClassificationJson;
        using var reader = new DelimitedReader(path, DelimitedOptions.ForNamedColumns(options));
        string[] header = [.. reader.Header];
        return Has("content") ? DataFormatKind.Messages
            : Has("customer_id") && Has("product_id") ? DataFormatKind.Interactions
            : Has("product_id") && Has("price") ? DataFormatKind.Products
            : DataFormatKind.Table;

        bool Has(string column) => ColumnLookup.Find(header, column) >= 0;
    }

    /// <summary>Validates a file as the format that it is recognised as; of an unknown table, every column is taken as text.</summary>
    /// <param name="path">The file.</param>
    /// <param name="options">What to check; <see langword="null"/> for the defaults.</param>
    /// <param name="delimited">How to read a table; <see langword="null"/> for the defaults.</param>
    /// <param name="cancellationToken">Checked whenever more bytes are read.</param>
    /// <returns>The report; a file that breaks the format is a report with errors, not an exception.</returns>
    /// <exception cref="FileNotFoundException">There is no such file.</exception>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    public static ValidationReport Validate(
        string path, ValidationOptions? options = null, DelimitedOptions? delimited = null, CancellationToken cancellationToken = default)
    {
        DataFormatKind kind;
        try
        {
            kind = Detect(path, delimited);
        }
        catch (DataFormatException)
        {
            // Every reader of tables says the same of a header that cannot be read.
            kind = DataFormatKind.Messages;
        }
        return kind switch
        {
            DataFormatKind.ClassificationJson => new ClassificationJsonReader().Validate(path, options, cancellationToken),
            DataFormatKind.InteractionsJson => new InteractionsJsonReader().Validate(path, options, cancellationToken),
            DataFormatKind.Messages => new MessagesReader(options: delimited).Validate(path, options, cancellationToken),
            DataFormatKind.Interactions => new InteractionsReader(options: delimited).Validate(path, options, cancellationToken),
            DataFormatKind.Products => new ProductsReader(delimited).Validate(path, options, cancellationToken),
            _ => new ColumnsReader(DistinctColumns(path, delimited), delimited).Validate(path, options, cancellationToken),
        };
    }

    internal static bool IsJson(string path) => Path.GetExtension(path).Equals(".json", StringComparison.OrdinalIgnoreCase);

    private static string[] DistinctColumns(string path, DelimitedOptions? options)
    {
        using var reader = new DelimitedReader(path, options);
        return [.. reader.Header.Distinct(StringComparer.Ordinal)];
    }

    private static bool HasInteractions(string path)
    {
        using var window = ByteWindow.Open(path, progress: null);
        var state = new JsonReaderState();
        window.Fill(FileSignature.Length, CancellationToken.None);
        window.Consume(FileSignature.Examine(window.Pending).MarkLength);
        try
        {
            while (true)
            {
                var reader = new Utf8JsonReader(window.Pending, window.AtEnd, state);
                while (reader.Read())
                {
                    if (reader.TokenType == JsonTokenType.PropertyName && reader.CurrentDepth == 1)
                    {
                        if (reader.ValueTextEquals("interactions"u8))
                            return true;
                        if (reader.ValueTextEquals("samples"u8))
                            return false;
                    }
                }
                if (window.AtEnd || window.PendingLength > DataReadOptions.DefaultMaxRecordBytes)
                    return false;
                state = reader.CurrentState;
                window.Consume((int)reader.BytesConsumed);
                window.Fill(window.PendingLength + window.PendingLength / 2 + 1, CancellationToken.None);
            }
        }
        catch (JsonException)
        {
            // The reader of the format says where and why.
            return false;
        }
    }
}
