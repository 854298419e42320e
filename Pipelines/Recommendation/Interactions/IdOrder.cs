using System.Globalization;

namespace MLPipelines.Recommendation;

/// <summary>The order of identifiers, by which equal scores are told apart: whole numbers by value, before all others by their characters.</summary>
internal sealed class IdOrder : IComparer<string>
{
    public static readonly IdOrder Instance = new();

    public int Compare(string? x, string? y)
    {
        bool xIsNumber = IsNumber(x!, out long a), yIsNumber = IsNumber(y!, out long b);
        if (xIsNumber && yIsNumber)
            return a.CompareTo(b);
        return xIsNumber != yIsNumber ? xIsNumber ? -1 : 1 : string.CompareOrdinal(x, y);
    }

    // Only one spelling of each number counts, so that different identifiers never compare equal.
    private static bool IsNumber(string id, out long value) =>
        long.TryParse(id, NumberStyles.None, CultureInfo.InvariantCulture, out value) && (id.Length == 1 || id[0] != '0');
}

/// <summary>Identifiers in <see cref="IdOrder"/>, and the place of each.</summary>
internal sealed class IdTable
{
    private readonly Dictionary<string, int> _places;

    public IdTable(string[] ids)
    {
        Ids = ids;
        _places = new Dictionary<string, int>(ids.Length, StringComparer.Ordinal);
        for (int i = 0; i < ids.Length; i++)
            _places.Add(ids[i], i);
    }

    public string[] Ids { get; }

    public int Count => Ids.Length;

    /// <summary>The place of an identifier, or -1.</summary>
    public int Find(string? id) => id is not null && _places.TryGetValue(id, out int place) ? place : -1;

    /// <summary>Puts identifiers that were numbered as they came into order; gives the table and the place of each number.</summary>
    public static (IdTable Table, int[] PlaceOf) Order(Dictionary<string, int> numbers)
    {
        var ids = new string[numbers.Count];
        foreach (var (id, number) in numbers)
            ids[number] = id;
        int[] order = [.. Enumerable.Range(0, ids.Length)];
        var sorted = (string[])ids.Clone();
        Array.Sort(sorted, order, IdOrder.Instance);
        var placeOf = new int[ids.Length];
        for (int place = 0; place < order.Length; place++)
            placeOf[order[place]] = place;
        return (new IdTable(sorted), placeOf);
    }
}
