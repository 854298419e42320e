using System.Globalization;

namespace MLPipelines.Benchmarks.Recommenders;

/// <summary>Options of an algorithm by name, as the benchmark prints and reads them: "factors=128 unobserved=0.1".</summary>
internal sealed class Settings
{
    private readonly SortedDictionary<string, double> _values = new(StringComparer.Ordinal);

    public static Settings Parse(string text)
    {
        var settings = new Settings();
        foreach (var part in text.Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            int at = part.IndexOf('=');
            settings[part[..at]] = double.Parse(part.AsSpan(at + 1), CultureInfo.InvariantCulture);
        }
        return settings;
    }

    public double this[string name]
    {
        set => _values[name] = value;
    }

    public bool IsEmpty => _values.Count == 0;

    public float Single(string name, float otherwise) => _values.TryGetValue(name, out double value) ? (float)value : otherwise;

    public int Int32(string name, int otherwise) => _values.TryGetValue(name, out double value) ? (int)value : otherwise;

    public override string ToString() => string.Join(' ', _values.Select(pair => string.Create(CultureInfo.InvariantCulture, $"{pair.Key}={pair.Value:G3}")));
}

/// <summary>What a search draws for one option.</summary>
/// <param name="Name">The option.</param>
/// <param name="Draw">Gives a value.</param>
internal sealed record SettingRange(string Name, Func<Random, double> Draw)
{
    public static SettingRange OneOf(string name, params double[] values) => new(name, random => values[random.Next(values.Length)]);

    /// <summary>Between two bounds, each order of magnitude as likely as the others.</summary>
    public static SettingRange Logarithmic(string name, double low, double high) =>
        new(name, random => double.Parse(Math.Exp(Math.Log(low) + random.NextDouble() * Math.Log(high / low)).ToString("G3", CultureInfo.InvariantCulture), CultureInfo.InvariantCulture));
}
