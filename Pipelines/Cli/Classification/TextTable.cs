using System.Globalization;
using System.Security.Cryptography;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Generation;

namespace MLPipelines.Cli.Classification;

/// <summary>How a table with texts is to be read.</summary>
/// <param name="File">The file.</param>
/// <param name="Text">The column with the texts.</param>
/// <param name="Label">The column with the labels.</param>
/// <param name="Separator">The character between fields; null to find it.</param>
/// <param name="SkipBadRows">Whether rows with a fault are left out instead of refusing the file.</param>
/// <param name="Prompt">What makes the text of several columns, in place of <paramref name="Text"/>; null for that column alone.</param>
internal sealed record TableSource(string File, string Text, string Label, char? Separator, bool SkipBadRows, PromptTemplate? Prompt = null);

/// <summary>Labelled texts in memory, and what they were read from.</summary>
internal sealed record TextTable(TableSource Source, IReadOnlyList<TextLabel> Rows, string Sha256, long SkippedRows, long Warnings)
{
    /// <summary>Validates the file, then reads it.</summary>
    /// <exception cref="CommandFailure">The file is not fit for use; the message names the first place.</exception>
    public static TextTable Read(TableSource source, bool needsClasses, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        if (source.Prompt is { } prompt)
            return ReadPrompts(source, prompt, progress, cancellation);
        string file = Path.GetFileName(source.File);
        var checking = new TextLabelReader(source.Text, source.Label, Options($"checking {file}", null));
        var report = checking.Validate(source.File, new ValidationOptions { MaxProblems = 1000 }, cancellation);
        Refuse(source, report, needsClasses);

        var reading = new TextLabelReader(source.Text, source.Label, Options($"reading {file}", source.SkipBadRows ? _ => { } : null));
        TextLabel[] rows = [.. reading.Read(source.File, cancellation)];
        return new TextTable(source, rows, Hash(source.File), source.SkipBadRows ? report.ErrorCount : 0, report.WarningCount);

        DelimitedOptions Options(string step, Action<DataProblem>? onBadRow) => OptionsOf(source, step, onBadRow, progress);
    }

    // Columns of a prompt may be empty; rows without a label are left out.
    private static TextTable ReadPrompts(TableSource source, PromptTemplate prompt, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        long skipped = 0;
        string[] columns = [.. prompt.Names.Append(source.Label).Distinct()];
        var options = OptionsOf(source, $"reading {Path.GetFileName(source.File)}", source.SkipBadRows ? _ => skipped++ : null, progress);
        var rows = new List<TextLabel>();
        foreach (string[] fields in new ColumnsReader(columns, options).Read(source.File, cancellation))
        {
            string label = fields[Array.IndexOf(columns, source.Label)];
            if (string.IsNullOrWhiteSpace(label))
                skipped++;
            else
                rows.Add(new TextLabel { Text = prompt.Fill(name => fields[Array.IndexOf(columns, name)]), Label = label });
        }
        return rows.Count > 0 ? new TextTable(source, rows, Hash(source.File), skipped, 0)
            : throw new CommandFailure(ExitCode.Data, $"{source.File}: no row has anything in column '{source.Label}'.");
    }

    private static DelimitedOptions OptionsOf(TableSource source, string step, Action<DataProblem>? onBadRow, IProgress<StepProgress> progress) => new()
    {
        Separator = source.Separator,
        OnBadRow = onBadRow,
        Progress = new ReadingProgress(step, progress),
    };

    private static string Hash(string file)
    {
        using var stream = File.OpenRead(file);
        return Convert.ToHexStringLower(SHA256.HashData(stream));
    }

    private static void Refuse(TableSource source, ValidationReport report, bool needsClasses)
    {
        var errors = report.Problems.Where(problem => problem.Severity == DataSeverity.Error).ToLookup(IsOfWholeFile);
        var ofRows = errors[false].ToList();
        var ofFile = errors[true].Where(problem => needsClasses || problem.Field is null).ToList();
        if (ofFile.Count == 0 && report.ReadToEnd && (ofRows.Count == 0 || source.SkipBadRows))
            return;
        // Bad rows are the cause of what is wrong with the whole, unless they are left out anyway; and what stops the reading comes last.
        var problem = !report.ReadToEnd ? ofRows[^1] : ofRows.Count > 0 && (ofFile.Count == 0 || !source.SkipBadRows) ? ofRows[0] : ofFile[0];
        bool allMissing = report.Statistics.Rows == 0 && ofRows.TrueForAll(error => error.Field == source.Label && error.Value is null);
        string more = ofRows.Count < 2 ? ""
            : allMissing ? string.Create(CultureInfo.InvariantCulture, $", as in all {ofRows.Count:N0} rows")
            : string.Create(CultureInfo.InvariantCulture,
                $" ({report.ErrorCount - 1:N0} more; 'mlp validate {source.File} --text {source.Text} --label {source.Label}' lists them{(report.ReadToEnd && !source.SkipBadRows ? ", --skip-bad-rows leaves such rows out" : "")})");
        throw new CommandFailure(ExitCode.Data, new DataFormatException(source.File, problem).Message + more);
    }

    private static bool IsOfWholeFile(DataProblem problem) =>
        problem.Reason.StartsWith("all ", StringComparison.Ordinal) || problem.Reason.StartsWith("the file has no ", StringComparison.Ordinal);
}
