using System.Security.Cryptography;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Data;

namespace MLPipelines.Sweeps;

/// <summary>Texts with labels, and what they were read from.</summary>
/// <param name="Name">The name of their file, or that of the job where there is none.</param>
/// <param name="Rows">The rows.</param>
/// <param name="TextColumn">The column of the texts.</param>
/// <param name="LabelColumn">The column of the labels.</param>
/// <param name="Sha256">The hash of the file; null where there is none.</param>
internal sealed record TextRows(string Name, TextLabel[] Rows, string TextColumn, string LabelColumn, string? Sha256)
{
    private const int MostFaults = 10;

    /// <summary>What a manifest says of them.</summary>
    public ArtifactDataset Dataset(string split) => new() { Name = Name, Split = split, Rows = Rows.Length, Sha256 = Sha256 };

    /// <summary>Reads a file; what is wrong with it is added to <paramref name="faults"/>.</summary>
    /// <param name="path">The file.</param>
    /// <param name="columns">The columns by role.</param>
    /// <param name="text">The role of the texts and what their column is called usually.</param>
    /// <param name="label">The role of the labels and what their column is called usually.</param>
    /// <param name="faults">Receives faults.</param>
    /// <param name="cancellation">Stops it.</param>
    public static TextRows? Read(
        string path, IReadOnlyDictionary<string, string> columns, (string Role, string[] Usual) text, (string Role, string[] Usual) label, List<string> faults, CancellationToken cancellation)
    {
        try
        {
            string[] header;
            using (var table = new DelimitedReader(path))
                header = [.. table.Header];
            int before = faults.Count;
            string? texts = Find(text), labels = Find(label);
            if (texts is not null && texts == labels)
                faults.Add($"{path}: '{texts}' is to be {text.Role} and {label.Role}; name two columns");
            if (faults.Count > before)
                return null;
            var reader = new TextLabelReader(texts!, labels);
            var report = reader.Validate(path, new ValidationOptions { MaxProblems = 1000 }, cancellation);
            // What is wrong with the labels as a whole is for tasks to say, of which some have other labels than classes.
            var errors = report.Problems.Where(problem => problem.Severity == DataSeverity.Error && !problem.Reason.StartsWith("all ", StringComparison.Ordinal)).ToList();
            faults.AddRange(errors.Take(MostFaults).Select(problem => new DataFormatException(path, problem).Message.TrimEnd('.')));
            if (errors.Count > MostFaults)
                faults.Add($"{path}: {report.ErrorCount - MostFaults} more rows have faults");
            if (errors.Count > 0)
                return null;
            TextLabel[] rows = [.. reader.Read(path, cancellation)];
            if (rows.Length == 0)
                faults.Add($"{path}: there is no row in it");
            using var stream = File.OpenRead(path);
            return new TextRows(Path.GetFileName(path), rows, texts!, labels!, Convert.ToHexStringLower(SHA256.HashData(stream)));

            string? Find((string Role, string[] Usual) role)
            {
                if (columns.TryGetValue(role.Role, out string? named))
                {
                    if (!header.Contains(named, StringComparer.Ordinal))
                        faults.Add($"{path}: there is no column '{named}' for {role.Role}; there are {string.Join(", ", header)}");
                    return named;
                }
                if (role.Usual.FirstOrDefault(name => header.Contains(name, StringComparer.Ordinal)) is { } found)
                    return found;
                faults.Add($"{path}: no column is called {string.Join(" or ", role.Usual)}; say which one has the {role.Role}: {string.Join(", ", header)}");
                return null;
            }
        }
        catch (Exception e) when (e is DataFormatException or IOException or UnauthorizedAccessException)
        {
            faults.Add(e.Message.TrimEnd('.'));
            return null;
        }
    }

    /// <summary>Reads a data view, whose labels are texts or keys.</summary>
    public static TextRows? Read(
        string name, IDataView data, IReadOnlyDictionary<string, string> columns, (string Role, string[] Usual) text, (string Role, string[] Usual) label, List<string> faults)
    {
        string? texts = Find(text.Role, "Text"), labels = Find(label.Role, "Label");
        if (texts is null || labels is null)
            return null;
        if (data.Schema[labels].Type is KeyDataViewType)
        {
            // The names of the keys, whatever their order is.
            data = new MLContext().Transforms.Conversion.MapKeyToValue(labels).Fit(data).Transform(data);
        }
        TextLabel[] rows = [.. data.GetColumn<string>(texts).Zip(data.GetColumn<string>(labels), (words, label) => new TextLabel { Text = words ?? "", Label = label }).Where(row => !string.IsNullOrEmpty(row.Label))];
        if (rows.Length == 0)
            faults.Add($"{name}: no row has a {label.Role}");
        return new TextRows(name, rows, texts, labels, null);

        string? Find(string role, string usual)
        {
            string column = columns.GetValueOrDefault(role, usual);
            if (data.Schema.GetColumnOrNull(column) is { Type: TextDataViewType or KeyDataViewType })
                return column;
            faults.Add($"{name}: there is no column '{column}' of texts for {role}; there are {string.Join(", ", data.Schema.Select(each => each.Name))}");
            return null;
        }
    }
}
