using System.CommandLine;
using System.Text.Json;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Data;

/// <summary><c>mlp validate</c>.</summary>
internal static class ValidateCommand
{
    private const int MostProblems = 1_000_000;

    private static readonly Argument<string> DataFile = new("file") { HelpName = "FILE", Description = "The data file." };
    private static readonly Option<string> Format = new("--format") { Description = "What the file is; found from its header or members where not given.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<string?> Text = new("--text") { Description = "The column with the texts, for labelled texts.", HelpName = "COLUMN" };
    private static readonly Option<string?> Label = new("--label") { Description = "The column with the labels.", HelpName = "COLUMN" };
    private static readonly Option<string?> Separator = CommonOptions.Separator();
    private static readonly Option<int> Problems = new("--max-problems") { Description = "How many errors, and how many warnings, to list; all are counted.", HelpName = "N", DefaultValueFactory = _ => 50 };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        Format.AcceptOnlyFromAmong("auto", "messages", "interactions", "products", "classification-json", "interactions-json");
        var command = new Command("validate", "Reports every problem of a data file with line, column and reason, and its statistics.") { DataFile, Format, Text, Label, Separator, Problems };
        command.WithExamples(
            "mlp validate tickets.csv",
            "mlp validate train.csv --text text --label label",
            "mlp validate interactions.json --format interactions-json --json");
        command.SetHandler(RunAsync, terminal);
        return command;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        string file = invocation.Get(DataFile), format = invocation.Get(Format);
        string? text = invocation.Get(Text), label = invocation.Get(Label);
        int problems = invocation.Get(Problems);
        var faults = new List<string>();
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        if (problems is < 1 or > MostProblems)
            faults.Add($"--max-problems is {problems}; it must be from 1 to {MostProblems}");
        if (label is not null && text is null)
            faults.Add("--label is given without --text; name the column with the texts too");
        if (text is not null && format != "auto")
            faults.Add($"--text and --format {format} are both given; give one of them");
        if (text is not null && text == label)
            faults.Add($"--text and --label are both '{text}'; they must name two columns");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);

        var options = new ValidationOptions { MaxProblems = problems };
        var report = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(
            () => Validate(file, format, text, label, separator, options, progress, invocation.Cancellation), invocation.Cancellation)).ConfigureAwait(false);
        if (invocation.Terminal.Json)
        {
            using var document = JsonDocument.Parse(report.ToJson());
            invocation.Terminal.WriteJson(document.RootElement, CliJson.Default.JsonElement);
        }
        else
        {
            invocation.Terminal.WriteLine(report.ToString().TrimEnd());
        }
        return report.IsValid ? ExitCode.Success : ExitCode.Data;
    }

    private static ValidationReport Validate(
        string file, string format, string? text, string? label, char? separator, ValidationOptions options, IProgress<StepProgress> progress, CancellationToken cancellation)
    {
        var reading = new ReadingProgress($"validating {Path.GetFileName(file)}", progress);
        var delimited = new DelimitedOptions { Separator = separator, Progress = reading };
        var json = new JsonDataOptions { Progress = reading };
        if (text is not null)
            return new TextLabelReader(text, label, delimited).Validate(file, options, cancellation);
        return format switch
        {
            "messages" => new MessagesReader(options: delimited).Validate(file, options, cancellation),
            "interactions" => new InteractionsReader(options: delimited).Validate(file, options, cancellation),
            "products" => new ProductsReader(delimited).Validate(file, options, cancellation),
            "classification-json" => new ClassificationJsonReader(json).Validate(file, options, cancellation),
            "interactions-json" => new InteractionsJsonReader(json).Validate(file, options, cancellation),
            _ => DataFormats.Validate(file, options, delimited, cancellation),
        };
    }
}
