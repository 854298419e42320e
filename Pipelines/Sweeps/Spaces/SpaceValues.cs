using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;
using Microsoft.ML.SearchSpace;

namespace MLPipelines.Sweeps;

/// <summary>Values of options as they stand in a space file.</summary>
internal static partial class SpaceValues
{
    /// <summary>A value as text from which <see cref="Read"/> makes an equal one.</summary>
    public static string Text(Parameter value) => value.ParameterType switch
    {
        ParameterType.Number => Real(value.AsType<double>()),
        ParameterType.String when value.AsType<string>() is { } text && PlainText().IsMatch(text) && text is not ("true" or "false" or "null") && !double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out _) => text,
        ParameterType.Array => $"[{string.Join(", ", value.AsType<Parameter[]>().Select(Text))}]",
        _ => value.ToString(),
    };

    /// <summary>A number that is seen not to be whole: with a point or an exponent.</summary>
    public static string Real(double value)
    {
        // The shortest text of a float that was widened is that of the float.
        string text = value == (float)value ? ((float)value).ToString("R", CultureInfo.InvariantCulture) : value.ToString("R", CultureInfo.InvariantCulture);
        return text.AsSpan().IndexOfAny(".EN∞") >= 0 ? text.Replace("E", "e", StringComparison.Ordinal) : text + ".0";
    }

    /// <summary>The value that a node stands for; null where it stands for none.</summary>
    public static Parameter? Read(YamlTree node) => node switch
    {
        YamlTree.Scalar { IsQuoted: true } quoted => Parameter.FromString(quoted.Text),
        YamlTree.Scalar { Text: "true" or "false" } flag => Parameter.FromBool(flag.Text == "true"),
        YamlTree.Scalar plain when int.TryParse(plain.Text, NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out int whole) => Parameter.FromInt(whole),
        YamlTree.Scalar plain when double.TryParse(plain.Text, NumberStyles.Float, CultureInfo.InvariantCulture, out double number) && double.IsFinite(number) => Parameter.FromDouble(number),
        YamlTree.Scalar { Text: "" or "null" or "~" } => null,
        YamlTree.Scalar plain => Parameter.FromString(plain.Text),
        YamlTree.List { Items.Count: > 0 } list when list.Items.All(item => item is YamlTree.Scalar && Read(item) is not null) => Parameter.FromIEnumerable(list.Items.Select(item => Read(item)!)),
        _ => null,
    };

    public static bool IsNumber(Parameter value) => value.ParameterType is ParameterType.Integer or ParameterType.Number;

    /// <summary>Of some names, the one that another was likely meant to be; null where none is near.</summary>
    public static string? Nearest(string name, IEnumerable<string> names) => names
        .Select(candidate => (Name: candidate, Distance: Distance(name.ToLowerInvariant(), candidate.ToLowerInvariant())))
        .Where(candidate => candidate.Distance <= Math.Max(2, name.Length / 3))
        .OrderBy(candidate => candidate.Distance)
        .FirstOrDefault().Name;

    /// <summary>"; did you mean 'x'?", or nothing.</summary>
    public static string Suggestion(string name, IEnumerable<string> names) => Nearest(name, names) is { } near ? $"; did you mean '{near}'?" : "";

    /// <summary>How many letters must be added, left out or changed to get from one word to the other (Levenshtein 1966).</summary>
    private static int Distance(string from, string to)
    {
        var row = Enumerable.Range(0, to.Length + 1).ToArray();
        for (int i = 1; i <= from.Length; i++)
        {
            int diagonal = row[0];
            row[0] = i;
            for (int j = 1; j <= to.Length; j++)
                (diagonal, row[j]) = (row[j], Math.Min(Math.Min(row[j], row[j - 1]) + 1, diagonal + (from[i - 1] == to[j - 1] ? 0 : 1)));
        }
        return row[^1];
    }

    [GeneratedRegex(@"^[A-Za-z][A-Za-z0-9_./+-]*$")]
    private static partial Regex PlainText();
}
