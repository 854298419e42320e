namespace MLPipelines.Recommendation;

/// <summary>The category, and where asked for the price, of each item of a recommender.</summary>
/// <param name="Names">The categories.</param>
/// <param name="Categories">The place of each item's category; -1 where it has none.</param>
/// <param name="Prices">The price of each item; 0 where it is missing or not above 0.</param>
internal sealed record ItemFacts(string[] Names, int[] Categories, float[] Prices)
{
    private const string NamesPart = "categories";
    private const string CategoriesPart = "item-categories";
    private const string PricesPart = "item-prices";

    /// <exception cref="InvalidOperationException">No item has a category, or a price where one is asked for.</exception>
    /// <exception cref="KeyNotFoundException">The catalogue has no such column.</exception>
    public static ItemFacts Of(IdTable items, ItemCatalog catalog, string algorithm, string categoryColumn, string? priceColumn)
    {
        var places = new SortedDictionary<string, int>(StringComparer.Ordinal);
        var names = new string[items.Count];
        var prices = new float[items.Count];
        for (int item = 0; item < items.Count; item++)
        {
            names[item] = "";
            if (catalog[items.Ids[item]] is not { } known)
                continue;
            names[item] = known.Text(categoryColumn);
            if (priceColumn is not null && known.Number(priceColumn) is > 0 and < float.PositiveInfinity and var price)
                prices[item] = price;
            if (names[item].Length > 0)
                places[names[item]] = 0;
        }
        if (places.Count == 0)
            throw RecommendationErrors.NoItems(algorithm, categoryColumn);
        if (priceColumn is not null && !Array.Exists(prices, price => price > 0))
            throw RecommendationErrors.NoItems(algorithm, priceColumn);
        string[] ordered = [.. places.Keys];
        return new ItemFacts(ordered, Array.ConvertAll(names, name => name.Length == 0 ? -1 : Array.BinarySearch(ordered, name, StringComparer.Ordinal)), prices);
    }

    public void Write(ModelParts parts)
    {
        parts.Texts.Add(NamesPart, Names);
        parts.Add(CategoriesPart, Categories);
        parts.Add(PricesPart, Prices);
    }

    public static ItemFacts Read(InteractionMatrix data, ModelParts parts)
    {
        var names = parts.ReadTexts(NamesPart);
        return new ItemFacts(names, parts.ReadPlaces(CategoriesPart, data.Items.Count, -1, names.Length), parts.Read<float>(PricesPart, data.Items.Count));
    }
}
