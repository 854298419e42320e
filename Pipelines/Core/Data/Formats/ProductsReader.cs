using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace MLPipelines.Data;

/// <summary>Something on sale; a row of <c>products.csv</c>.</summary>
public sealed record Product
{
    /// <summary>The identifier, unique in its file.</summary>
    public string ProductId { get; init; } = "";

    /// <summary>The name.</summary>
    public string Name { get; init; } = "";

    /// <summary>The category, such as <c>subscription</c>; <see langword="null"/> where there is none.</summary>
    public string? Category { get; init; }

    /// <summary>The price in the shop's currency, 0 or more.</summary>
    public float Price { get; init; }
}

/// <summary>
/// Reads <c>products.csv</c>: columns <c>product_id</c>, <c>name</c>, <c>category</c> and <c>price</c> in any order;
/// other columns are passed over. That identifiers are unique is checked by validation only.
/// </summary>
/// <inheritdoc cref="DataReader{T}" path="/remarks"/>
public sealed class ProductsReader : DataReader<Product>
{
    private const int Id = 0, Name = 1, Category = 2, Price = 3;

    private static readonly ColumnSpec[] Columns =
        [new("product_id", true), new("name", true), new("category", false), new("price", true)];

    private readonly DelimitedOptions _options;

    /// <summary>Creates a reader.</summary>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public ProductsReader(DelimitedOptions? options = null)
        : base(options = DelimitedOptions.ForNamedColumns(options)) => _options = options;

    /// <inheritdoc/>
    public override string Format => "products";

    private protected override RecordSource<Product> Open(ByteWindow window, ProblemSink sink) =>
        new Source(new DelimitedParser(window, sink, _options));

    private protected override Inspector<Product> Inspect(RecordSource<Product> source, ValidationOptions options) =>
        new ProductsInspector((Source)source, options);

    private sealed class Source(DelimitedParser parser) : DelimitedSource<Product>(parser, Columns)
    {
        protected override bool TryMap([NotNullWhen(true)] out Product? item)
        {
            bool good = RequireText(Id, "the product's identifier is empty");
            good &= RequireText(Name, "the name is empty");
            good &= TryOptional(Category, "the category is missing", out string? category, repeated: true);
            good &= TryPrice(out float price);
            item = good ? new Product { ProductId = Text(Id), Name = Text(Name), Category = category, Price = price } : null;
            return good;
        }

        private bool TryPrice(out float price)
        {
            if (!TryNumber(Price, "price", out price))
                return false;
            if (price >= 0)
                return true;
            Report(DataSeverity.Error, "price", "the price is negative; it must be 0 or more", Utf8Text.Excerpt(Bytes(Price)));
            return false;
        }
    }

    private sealed class ProductsInspector(Source source, ValidationOptions options) : Inspector<Product>(source, options)
    {
        private readonly TextTally _names = new("name", options);
        private readonly LabelTally _categories = new("category", options);
        private readonly NumberTally _prices = new();
        private readonly Hash64Map<long> _lines = new();

        protected override void Inspect(Product item)
        {
            _names.Add(item.Name);
            _categories.Add(Source, item.Category);
            _prices.Add(item.Price);
            if (!Options.CheckDuplicates)
                return;
            ref long line = ref _lines.GetOrAdd(StableHash.Of(item.ProductId), out var outcome);
            if (outcome == Hash64Map<long>.Outcome.Added)
                line = Source.Line;
            else if (outcome == Hash64Map<long>.Outcome.Found)
                Source.Report(DataSeverity.Error, "product_id", string.Create(CultureInfo.InvariantCulture, $"the identifier is already used at line {line}; it must be unique"), item.ProductId);
        }

        protected override void Finish(List<string> notes)
        {
            _categories.AddNotes(notes);
            if (_lines.IsFull)
                notes.Add(string.Create(CultureInfo.InvariantCulture, $"repeated identifiers were looked for among the first {_lines.Count} products only"));
        }

        public override DataStatistics Statistics(long bytes) => new()
        {
            Rows = Rows,
            Bytes = bytes,
            TextLengths = [_names.Statistics()],
            Labels = source.Has("category") ? [_categories.Statistics()] : [],
            Numbers = [_prices.Statistics("price")],
        };
    }
}
