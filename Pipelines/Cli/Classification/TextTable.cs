using System.Globalization;
using System.Security.Cryptography;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Classification;

/// <summary>How a table with texts is to be read.</summary>
/// <param name="File">The file.</param>
/// <param name="Text">The column with the texts.</param>
/// <param name="Label">The column with the labels.</param>
/// <param name="Separator">The character between fields; null to find it.</param>
/// <param name="SkipBadRows">Whether rows with a fault are left out instead of refusing the file.</param>
internal sealed record TableSource(string File, string Text, string Label, char? Separator, bool SkipBadRows);

/// <summary>Labelled texts in memory, and what they were read from.</summary>
internal sealed record TextTable(TableSource Source, IReadOnlyList<TextLabel> Rows, string Sha256, long SkippedRows, long Warnings)
{
    /// <summary>Validates the file, then reads it.</summary>
    /// <exception cref="CommandFailure">The file is not fit for use; the message names the first place.</exception>
    public static TextTable Read(TableSource source, bool needsClasses, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        string file = Path.GetFileName(source.File);
        var checking = new TextLabelReader(source.Text, source.Label, Options($"checking {file}", null));
        var report = checking.Validate(source.File, new ValidationOptions { MaxProblems = 1000 }, cancellation);
        Refuse(source, report, needsClasses);

        var reading = new TextLabelReader(source.Text, source.Label, Options($"reading {file}", source.SkipBadRows ? _ => { } : null));
        TextLabel[] rows = [.. reading.Read(source.File, cancellation)];
        using var stream = File.OpenRead(source.File);
        string sha256 = Convert.ToHexStringLower(SHA256.HashData(stream));
        return new TextTable(source, rows, sha256, source.SkipBadRows ? report.ErrorCount : 0, report.WarningCount);

        DelimitedOptions Options(string step, Action<DataProblem>? onBadRow) => new()
        {
            Separator = source.Separator,
            OnBadRow = onBadRow,
            Progress = new ReadingProgress(step, progress),
        };
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
