using System.Collections.ObjectModel;
using Microsoft.ML.Data;

namespace Microsoft.ML.AutoML;

/// <summary>What columns are for.</summary>
public sealed class ColumnInformation
{
    public string LabelColumnName { get; set; } = "Label";

    public string UserIdColumnName { get; set; }

    public string GroupIdColumnName { get; set; }

    public string ItemIdColumnName { get; set; }

    public string ExampleWeightColumnName { get; set; }

    public string SamplingKeyColumnName { get; set; }

    public ICollection<string> CategoricalColumnNames { get; } = new Collection<string>();

    public ICollection<string> NumericColumnNames { get; } = new Collection<string>();

    public ICollection<string> TextColumnNames { get; } = new Collection<string>();

    public ICollection<string> IgnoredColumnNames { get; } = new Collection<string>();

    public ICollection<string> ImagePathColumnNames { get; } = new Collection<string>();

    /// <summary>What a column is said to be for; null where nothing is said.</summary>
    internal ColumnPurpose? PurposeOf(string name)
    {
        if (name == LabelColumnName)
            return ColumnPurpose.Label;
        if (name == UserIdColumnName || name == ItemIdColumnName || name == GroupIdColumnName || name == ExampleWeightColumnName || name == SamplingKeyColumnName || IgnoredColumnNames.Contains(name))
            return ColumnPurpose.Ignore;
        if (CategoricalColumnNames.Contains(name))
            return ColumnPurpose.Categorical;
        if (NumericColumnNames.Contains(name))
            return ColumnPurpose.Numeric;
        if (TextColumnNames.Contains(name))
            return ColumnPurpose.Text;
        return ImagePathColumnNames.Contains(name) ? ColumnPurpose.ImagePath : null;
    }

    /// <exception cref="ArgumentException">A column that is named does not exist, or has several purposes; the message names it.</exception>
    internal void Check(DataViewSchema schema)
    {
        var all = new[] { (LabelColumnName, "label"), (UserIdColumnName, "user id"), (GroupIdColumnName, "group id"), (ItemIdColumnName, "item id"), (ExampleWeightColumnName, "example weight"), (SamplingKeyColumnName, "sampling key") }
            .Concat(CategoricalColumnNames.Select(name => (name, "categorical"))).Concat(NumericColumnNames.Select(name => (name, "numeric")))
            .Concat(TextColumnNames.Select(name => (name, "text"))).Concat(IgnoredColumnNames.Select(name => (name, "ignored"))).Concat(ImagePathColumnNames.Select(name => (name, "image path")))
            .Where(entry => entry.Item1 is not null).ToArray();
        foreach (var (name, role) in all)
        {
            if (schema.GetColumnOrNull(name) is null)
                throw AutoMLErrors.NoColumn(name, role, schema);
        }
        if (all.GroupBy(entry => entry.Item1).FirstOrDefault(group => group.Count() > 1 && !group.Any(entry => entry.Item2 == "sampling key")) is { } twice)
            throw new ArgumentException($"Column name '{twice.Key}' is specified as {string.Join(" and as ", twice.Select(entry => entry.Item2))}; leave it in one place.", nameof(schema));
    }
}

/// <summary>What a file was found to hold.</summary>
public sealed class ColumnInferenceResults
{
    /// <summary>How to read the file: <c>mlContext.Data.CreateTextLoader(results.TextLoaderOptions)</c>.</summary>
    public TextLoader.Options TextLoaderOptions { get; internal init; }

    /// <summary>What its columns are for.</summary>
    public ColumnInformation ColumnInformation { get; internal init; }
}

/// <summary>What could not be found out.</summary>
public enum InferenceExceptionType
{
    ColumnDataType = 0,
    ColumnSplit = 1,
}

/// <summary>A file could not be understood.</summary>
public sealed class InferenceException : Exception
{
    public InferenceExceptionType InferenceExceptionType;

    internal InferenceException(InferenceExceptionType type, string message)
        : base(message) =>
        InferenceExceptionType = type;
}

internal enum ColumnPurpose
{
    Label,
    Numeric,
    Categorical,
    Text,
    ImagePath,
    Ignore,
}
