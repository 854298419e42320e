using Microsoft.ML.Data;
using Microsoft.ML.Internal;

namespace Microsoft.ML.AutoML;

/// <summary>Finds out what the columns of a text file are.</summary>
internal static class ColumnInference
{
    private const string GroupName = "Features";

    /// <summary>The columns of a file; the label is given by a name in its first line, or by its index.</summary>
    public static ColumnInferenceResults Infer(
        MLContext context, string path, ColumnInformation information, uint? labelIndex, bool hasHeader, char? separator, bool? allowQuoting, bool? allowSparse, bool trimWhitespace, bool groupColumns)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        if (!File.Exists(path))
            throw new FileNotFoundException($"There is no file '{path}' to infer columns of.", path);
        var split = TextSplit.Infer(path, separator, allowQuoting);
        var values = split.Rows.Skip(hasHeader ? 1 : 0).ToArray();
        if (values.Length == 0)
            throw new InferenceException(InferenceExceptionType.ColumnDataType, $"Unable to infer column types of the file provided: '{path}' has no line below its header.");
        string[] names = Names(split.Rows[0], hasHeader);
        if (labelIndex >= names.Length)
            throw new ArgumentOutOfRangeException(nameof(labelIndex), labelIndex, $"Label column index ({labelIndex}) is >= than # of inferred columns ({names.Length}).");
        if (labelIndex is { } index && !hasHeader)
            names[index] = DefaultColumnNames.Label;
        int label = labelIndex is { } at ? (int)at : Array.IndexOf(names, information.LabelColumnName);
        if (label < 0)
            throw AutoMLErrors.NoLabel(information.LabelColumnName, names);
        information = labelIndex is null ? information : new ColumnInformation { LabelColumnName = names[label] };

        var columns = names.Select((name, i) => new TextLoader.Column(name, KindOf(values, i, i == label), i)).ToArray();
        var options = NewOptions(columns);
        var data = context.Data.CreateTextLoader(options).Load(path);
        information.Check(data.Schema);
        var purposes = ColumnPurposes.Infer(context, data, information);
        var grouped = groupColumns ? Group(columns, purposes) : [.. columns.Select(column => (column, purposes[column.Name]))];
        return new ColumnInferenceResults { TextLoaderOptions = NewOptions([.. grouped.Select(entry => entry.Column)]), ColumnInformation = Describe(grouped, information) };

        TextLoader.Options NewOptions(TextLoader.Column[] these) => new()
        {
            Columns = these,
            Separators = [split.Separator],
            AllowQuoting = split.AllowQuoting,
            AllowSparse = allowSparse ?? false,
            HasHeader = hasHeader,
            TrimWhitespace = trimWhitespace,
        };
    }

    /// <summary>The names of the first line; without one, and where it is empty, col0, col1 and so on. A name that returns is numbered.</summary>
    private static string[] Names(string[] first, bool hasHeader)
    {
        var used = new HashSet<string>(StringComparer.Ordinal);
        return [.. first.Select((header, i) =>
        {
            string plain = hasHeader && !string.IsNullOrWhiteSpace(header) ? header : $"col{i}", name = plain;
            for (int n = 0; !used.Add(name); n++)
                name = $"{plain}_{n:00}";
            return name;
        })];
    }

    /// <summary>Numbers where all values are, truth values where all are; a label of zeros and ones holds truth values.</summary>
    private static DataKind KindOf(string[][] rows, int column, bool isLabel)
    {
        bool areNumbers = rows.All(row => Parser.TryParse(row[column], out float _)), areTruths = rows.All(row => row[column].Length > 0 && Parser.TryParse(row[column], out bool _));
        return areTruths && (isLabel || !areNumbers) ? DataKind.Boolean : areNumbers ? DataKind.Single : DataKind.String;
    }

    /// <summary>All numeric features of type Single become one vector.</summary>
    private static (TextLoader.Column Column, ColumnPurpose Purpose)[] Group(TextLoader.Column[] columns, Dictionary<string, ColumnPurpose> purposes)
    {
        var numbers = columns.Where(column => purposes[column.Name] == ColumnPurpose.Numeric && column.DataKind == DataKind.Single).ToArray();
        var result = new List<(TextLoader.Column, ColumnPurpose)>();
        string name = GroupName;
        while (columns.Any(column => column.Name == name && !numbers.Contains(column)))
            name += "_";
        foreach (var column in columns)
        {
            if (numbers.Length < 2 || !numbers.Contains(column))
                result.Add((column, purposes[column.Name]));
            else if (column == numbers[0])
                result.Add((new TextLoader.Column(name, DataKind.Single, Ranges(numbers)), ColumnPurpose.Numeric));
        }
        return [.. result];
    }

    private static TextLoader.Range[] Ranges(TextLoader.Column[] columns)
    {
        var ranges = new List<TextLoader.Range>();
        foreach (int index in columns.Select(column => column.Source[0].Min).Order())
        {
            if (ranges.Count > 0 && ranges[^1].Max == index - 1)
                ranges[^1].Max = index;
            else
                ranges.Add(new TextLoader.Range(index, index));
        }
        return [.. ranges];
    }

    private static ColumnInformation Describe((TextLoader.Column Column, ColumnPurpose Purpose)[] columns, ColumnInformation given)
    {
        var information = new ColumnInformation
        {
            LabelColumnName = given.LabelColumnName, UserIdColumnName = given.UserIdColumnName, GroupIdColumnName = given.GroupIdColumnName, ItemIdColumnName = given.ItemIdColumnName,
            ExampleWeightColumnName = given.ExampleWeightColumnName, SamplingKeyColumnName = given.SamplingKeyColumnName,
        };
        string[] roles = [given.LabelColumnName, given.UserIdColumnName, given.GroupIdColumnName, given.ItemIdColumnName, given.ExampleWeightColumnName, given.SamplingKeyColumnName];
        foreach (var (column, purpose) in columns)
        {
            var names = purpose switch
            {
                ColumnPurpose.Numeric => information.NumericColumnNames,
                ColumnPurpose.Categorical => information.CategoricalColumnNames,
                ColumnPurpose.Text => information.TextColumnNames,
                ColumnPurpose.ImagePath => information.ImagePathColumnNames,
                ColumnPurpose.Ignore when !roles.Contains(column.Name) => information.IgnoredColumnNames,
                _ => null,
            };
            names?.Add(column.Name);
        }
        return information;
    }
}

/// <summary>Finds out what columns are for, from their first thousand rows.</summary>
internal static class ColumnPurposes
{
    private const int MostRows = 1000;

    private static readonly string[] ImageExtensions = [".bmp", ".dib", ".gif", ".jfif", ".jpe", ".jpeg", ".jpg", ".png", ".rle", ".tif", ".tiff"];

    public static Dictionary<string, ColumnPurpose> Infer(MLContext context, IDataView data, ColumnInformation information)
    {
        var rows = context.Data.TakeRows(data, MostRows);
        var visible = data.Schema.Where(column => !column.IsHidden).ToArray();
        int unknown = visible.Count(column => information.PurposeOf(column.Name) is null);
        return visible.ToDictionary(column => column.Name, column => information.PurposeOf(column.Name) ?? Infer(rows, column, unknown == 1));
    }

    private static ColumnPurpose Infer(IDataView rows, DataViewSchema.Column column, bool isOnlyOne) => column.Type switch
    {
        TextDataViewType => OfTexts([.. rows.GetColumn<string>(column.Name)], isOnlyOne),
        VectorDataViewType { ItemType: TextDataViewType } => ColumnPurpose.Text,
        BooleanDataViewType or NumberDataViewType or VectorDataViewType { ItemType: BooleanDataViewType or NumberDataViewType } => ColumnPurpose.Numeric,
        _ => ColumnPurpose.Ignore,
    };

    /// <summary>Values that return are categories; long ones and such of several words are texts; all others, such as identifiers and names, are nothing to learn from.</summary>
    private static ColumnPurpose OfTexts(string[] values, bool isOnlyOne)
    {
        int images = values.Count(value => ImageExtensions.Any(extension => value.EndsWith(extension, StringComparison.OrdinalIgnoreCase)));
        if (values.Length > 0 && images >= values.Length - 1 && images > 0)
            return ColumnPurpose.ImagePath;
        double present = Math.Max(1, values.Count(value => value.Length > 0)), different = values.Distinct(StringComparer.Ordinal).Count() / present;
        double length = values.Sum(value => value.Length) / present, spaces = values.Sum(value => value.Count(c => c == ' ')) / present;
        if (different < 0.7)
            return ColumnPurpose.Categorical;
        return different >= 0.85 && (length > 30 || spaces >= 1 || isOnlyOne) ? ColumnPurpose.Text : ColumnPurpose.Ignore;
    }
}
