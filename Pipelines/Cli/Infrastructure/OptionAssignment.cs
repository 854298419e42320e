using System.Globalization;
using System.Reflection;
using System.Text.Json;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>Options of an estimator that a text sets, such as <c>regularization=200</c>.</summary>
internal static class OptionAssignment
{
    /// <summary>The options that a text can set; names of columns have arguments of their own.</summary>
    public static List<PropertyInfo> Settable(Type options, Func<PropertyInfo, bool> isMeant) =>
    [
        .. options.GetProperties(BindingFlags.Public | BindingFlags.Instance)
            .Where(property => property.CanWrite && !property.Name.EndsWith("ColumnName", StringComparison.Ordinal) && IsSimple(Bare(property.PropertyType)) && isMeant(property)),
    ];

    /// <summary>Sets one of the options.</summary>
    /// <param name="owner">Whose options they are, for messages.</param>
    /// <param name="options">The options.</param>
    /// <param name="settable">Those that may be set.</param>
    /// <param name="assignment">The name, an equals sign and the value.</param>
    /// <returns>What is wrong, or null.</returns>
    public static string? Set(string owner, object options, List<PropertyInfo> settable, string assignment)
    {
        int at = assignment.IndexOf('=', StringComparison.Ordinal);
        if (at < 1)
            return $"--option is '{assignment}'; expected is NAME=VALUE";
        string name = assignment[..at].Trim(), text = assignment[(at + 1)..].Trim();
        if (settable.Find(property => string.Equals(property.Name, name.Replace("-", "", StringComparison.Ordinal), StringComparison.OrdinalIgnoreCase)) is not { } found)
        {
            return settable.Count == 0
                ? $"--option is '{assignment}', but {owner} has no options of its own"
                : $"--option is '{assignment}', but {owner} has no '{name}'; it has {string.Join(", ", settable.Select(property => $"{Kebab(property.Name)} (by default {Text(property.GetValue(options))})"))}";
        }
        try
        {
            found.SetValue(options, Parse(text, found.PropertyType));
            return null;
        }
        catch (Exception e) when (e is FormatException or OverflowException or ArgumentException)
        {
            return $"--option {name} is '{text}'; expected is {Expected(found.PropertyType)}";
        }
    }

    /// <summary>The options as a manifest states them.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> ToManifest(object options, List<PropertyInfo> settable) => settable
        .Where(property => property.GetValue(options) is not null)
        .Select(property => (JsonNamingPolicy.CamelCase.ConvertName(property.Name), Json(property.GetValue(options)!)));

    private static Type Bare(Type type) => Nullable.GetUnderlyingType(type) ?? type;

    private static bool IsSimple(Type type) => type.IsEnum || type.IsPrimitive || type == typeof(string) || type == typeof(TimeSpan) || type == typeof(IReadOnlyList<int>);

    private static object? Parse(string text, Type type)
    {
        if (Nullable.GetUnderlyingType(type) is not null && text is "none" or "")
            return null;
        type = Bare(type);
        if (type.IsEnum)
            return Enum.TryParse(type, text.Replace("-", "", StringComparison.Ordinal), ignoreCase: true, out var value) && Enum.IsDefined(type, value) ? value : throw new FormatException();
        if (type == typeof(TimeSpan))
            return TimeSpan.FromDays(double.Parse(text, CultureInfo.InvariantCulture));
        if (type == typeof(IReadOnlyList<int>))
            return text.Split(',').Select(part => int.Parse(part, CultureInfo.InvariantCulture)).ToArray();
        return Convert.ChangeType(text, type, CultureInfo.InvariantCulture);
    }

    private static string Expected(Type type)
    {
        type = Bare(type);
        return type.IsEnum ? $"one of {string.Join(", ", Enum.GetNames(type).Select(Kebab))}"
            : type == typeof(bool) ? "true or false"
            : type == typeof(TimeSpan) ? "a number of days"
            : type == typeof(IReadOnlyList<int>) ? "whole numbers separated by commas"
            : type == typeof(string) ? "a text"
            : type == typeof(char) ? "one character"
            : type == typeof(float) || type == typeof(double) ? "a number, with a decimal point" : "a whole number";
    }

    private static string Text(object? value) => value switch
    {
        null => "none",
        bool flag => flag ? "true" : "false",
        Enum choice => Kebab(choice.ToString()),
        TimeSpan time => time.TotalDays.ToString(CultureInfo.InvariantCulture),
        IReadOnlyList<int> numbers => string.Join(',', numbers),
        _ => Convert.ToString(value, CultureInfo.InvariantCulture)!,
    };

    private static JsonElement Json(object value) => value switch
    {
        bool flag => ManifestValue.Of(flag),
        float number => ManifestValue.Of(number),
        double number => ManifestValue.Of(number),
        int number => ManifestValue.Of(number),
        _ => ManifestValue.Of(Text(value)),
    };

    private static string Kebab(string name) => JsonNamingPolicy.KebabCaseLower.ConvertName(name);
}
