using System.CommandLine;
using System.Text;
using Microsoft.ML;
using MLPipelines.Cli.Artifacts;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;

namespace MLPipelines.Cli.Classification;

/// <summary><c>mlp predict</c>.</summary>
internal static class PredictCommand
{
    private static readonly Argument<string> Reference = ArtifactReference.Argument();
    private static readonly Argument<string[]> Texts = TextArguments();
    private static readonly Option<string?> Data = new("--data") { Description = "A table (CSV, TSV …, with a header) with the texts.", HelpName = "FILE" };
    private static readonly Option<string?> Text = new("--text") { Description = "Its column with the texts; by default the one trained on.", HelpName = "COLUMN" };
    private static readonly Option<string?> Separator = CommonOptions.Separator();
    private static readonly Option<string> Format = new("--format") { Description = "What to write: table, csv or jsonl; --json means jsonl.", DefaultValueFactory = _ => "table" };
    private static readonly Option<int> TopK = new("--top-k") { Description = "How many of the most probable classes to write for each text; 0 for all.", HelpName = "K", DefaultValueFactory = _ => 1 };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        Format.AcceptOnlyFromAmong("table", "csv", "jsonl");
        var command = new Command("predict", "Classifies texts with a published classifier.") { Reference, Texts, Data, Text, Separator, Format, TopK };
        command.WithExamples(
            "mlp predict intent \"Where is my parcel?\"",
            "mlp predict intent@production --data new.csv --text content --format csv > classified.csv",
            "cat texts.txt | mlp predict intent --json --top-k 3");
        command.SetHandler(invocation => Task.Run(() => Run(invocation), invocation.Cancellation), terminal);
        return command;
    }

    private static int Run(Invocation invocation)
    {
        var faults = new List<string>();
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        int topK = invocation.Get(TopK);
        string? data = invocation.Get(Data);
        string[] given = invocation.Get(Texts) ?? [];
        if (topK < 0)
            faults.Add($"--top-k is {topK}; it must be 0 or more");
        if (data is not null && given.Length > 0)
            faults.Add("a text and --data are both given; give one of them");
        if (data is null && (invocation.Get(Text) ?? invocation.Get(Separator)) is not null)
            faults.Add("--text and --separator say how --data is read, which is not given");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);

        using var model = TextModel.Load(new MLContext(1), invocation.Store, ArtifactReference.Parse(invocation.Get(Reference)));
        var texts = given.Length > 0 ? given
            : data is null ? Lines(invocation.Terminal.Input)
            : new TextLabelReader(EvaluateCommand.Column(model.Manifest!, invocation.Get(Text), "textColumn", "--text"), null, new DelimitedOptions { Separator = separator })
                .Read(data, invocation.Cancellation).Select(row => row.Text);
        try
        {
            model.Predict(texts, invocation.Terminal, invocation.Terminal.Json ? "jsonl" : invocation.Get(Format), topK, invocation.Cancellation);
        }
        finally
        {
            invocation.Terminal.Flush();
        }
        return ExitCode.Success;
    }

    /// <summary>The texts that stand on the command line.</summary>
    public static Argument<string[]> TextArguments() => new("text") { HelpName = "TEXT", Description = "The text, or several; without any, and without --data, each line of standard input is one.", Arity = ArgumentArity.ZeroOrMore };

    /// <summary>The lines of standard input.</summary>
    /// <exception cref="CommandFailure">They are no text in UTF-8.</exception>
    public static IEnumerable<string> Lines(TextReader input)
    {
        for (int number = 1; ; number++)
        {
            string? line;
            try
            {
                line = input.ReadLine();
            }
            catch (DecoderFallbackException e)
            {
                throw new CommandFailure(ExitCode.Data, $"standard input, at line {number} or soon after: the bytes are not UTF-8; convert the text to UTF-8 first.", e);
            }
            if (line is null)
                yield break;
            if (line.Contains('\0', StringComparison.Ordinal))
                throw new CommandFailure(ExitCode.Data, $"standard input, line {number}, column {line.IndexOf('\0', StringComparison.Ordinal) + 1}: a NUL character; is this a text file in UTF-8?");
            yield return line;
        }
    }
}
