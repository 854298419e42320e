using Microsoft.ML;

namespace MLPipelines.Data;

/// <summary>Loads the data formats of this library as data views: <c>mlContext.Data.LoadMessages("messages.csv")</c>.</summary>
/// <remarks>
/// The views are lazy: every cursor reads the file anew, in memory that does not grow with it, and throws
/// <see cref="DataFormatException"/> where the file breaks its format. Add <c>Cache</c> where a trainer passes over the
/// data often. Missing texts are empty in a view.
/// </remarks>
public static class DataCatalogExtensions
{
    /// <summary>Loads messages as text columns <c>Content</c>, <c>Intent</c>, <c>Sentiment</c> and <c>Response</c>.</summary>
    /// <param name="catalog">The catalog, <c>mlContext.Data</c>.</param>
    /// <param name="path">The file to read.</param>
    /// <param name="reader">How to read it; <see langword="null"/> for the defaults.</param>
    public static IDataView LoadMessages(this DataOperationsCatalog catalog, string path, MessagesReader? reader = null) =>
        Load(catalog, (reader ?? new MessagesReader()).Read(path));

    /// <summary>Loads products as text columns <c>ProductId</c>, <c>Name</c> and <c>Category</c> and a float column <c>Price</c>.</summary>
    /// <inheritdoc cref="LoadMessages"/>
    public static IDataView LoadProducts(this DataOperationsCatalog catalog, string path, ProductsReader? reader = null) =>
        Load(catalog, (reader ?? new ProductsReader()).Read(path));

    /// <summary>
    /// Loads interactions as text columns <c>UserId</c>, <c>ItemId</c> and <c>Type</c>, a date column <c>Timestamp</c>
    /// (UTC; <see cref="DateTime.MinValue"/> where it is missing) and a float column <c>Rating</c>.
    /// </summary>
    /// <param name="catalog">The catalog, <c>mlContext.Data</c>.</param>
    /// <param name="path">The file to read.</param>
    /// <param name="reader">
    /// How to read it; <see langword="null"/> for an <see cref="InteractionsJsonReader"/> for <c>.json</c> files and an
    /// <see cref="InteractionsReader"/> for others.
    /// </param>
    public static IDataView LoadInteractions(this DataOperationsCatalog catalog, string path, DataReader<Interaction>? reader = null)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        reader ??= DataFormats.IsJson(path) ? new InteractionsJsonReader() : new InteractionsReader();
        return Load(catalog, reader.Read(path).Select(InteractionRow.From));
    }

    /// <summary>
    /// Loads multi-label samples as a text column <c>Text</c>, a vector of texts <c>TaxonomyCodes</c> and a float column
    /// <c>Confidence</c>.
    /// </summary>
    /// <inheritdoc cref="LoadMessages"/>
    public static IDataView LoadClassificationSamples(this DataOperationsCatalog catalog, string path, ClassificationJsonReader? reader = null) =>
        Load(catalog, (reader ?? new ClassificationJsonReader()).Read(path));

    /// <summary>Loads one or two columns of any CSV or TSV file with a header as text columns <c>Text</c> and <c>Label</c>.</summary>
    /// <param name="catalog">The catalog, <c>mlContext.Data</c>.</param>
    /// <param name="path">The file to read.</param>
    /// <param name="textColumn">The column with the text.</param>
    /// <param name="labelColumn">The column with the label; <see langword="null"/> to leave <c>Label</c> empty.</param>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public static IDataView LoadTextLabels(
        this DataOperationsCatalog catalog, string path, string textColumn, string? labelColumn = null, DelimitedOptions? options = null) =>
        Load(catalog, new TextLabelReader(textColumn, labelColumn, options).Read(path));

    private static IDataView Load<T>(DataOperationsCatalog catalog, IEnumerable<T> rows)
        where T : class
    {
        ArgumentNullException.ThrowIfNull(catalog);
        return catalog.LoadFromEnumerable(rows);
    }

    /// <summary>An interaction with the types that a data view has.</summary>
    private sealed class InteractionRow
    {
        public string UserId { get; set; } = "";

        public string ItemId { get; set; } = "";

        public string? Type { get; set; }

        public DateTime Timestamp { get; set; }

        public float Rating { get; set; }

        public static InteractionRow From(Interaction interaction) => new()
        {
            UserId = interaction.UserId,
            ItemId = interaction.ItemId,
            Type = interaction.Type,
            Timestamp = interaction.Timestamp?.UtcDateTime ?? DateTime.MinValue,
            Rating = interaction.Rating,
        };
    }
}
