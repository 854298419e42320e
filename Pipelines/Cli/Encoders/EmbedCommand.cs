using System.CommandLine;
using System.Globalization;
using Microsoft.ML;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Text;
using MLPipelines.Text.Encoders;
using MLPipelines.Training;

namespace MLPipelines.Cli.Encoders;

/// <summary><c>mlp embed</c>.</summary>
internal static class EmbedCommand
{
    private const int BatchOfTexts = 1024;

    private static readonly Argument<string> Encoder = new("encoder") { HelpName = "DIR|hf:…", Description = "The encoder: a folder with a checkpoint, or hf:ORGANISATION/NAME[@REVISION]." };
    private static readonly Argument<string[]> Texts = PredictCommand.TextArguments();
    private static readonly Option<string?> Data = new("--data") { Description = "A table (CSV, TSV …, with a header) with the texts.", HelpName = "FILE" };
    private static readonly Option<string?> Text = new("--text") { Description = "Its column with the texts.", HelpName = "COLUMN" };
    private static readonly Option<string?> Separator = CommonOptions.Separator();
    private static readonly Option<PoolingModes?> Pooling = new("--pooling") { Description = "How the vectors of tokens become one: Mean, FirstToken, Maximum or MeanSquareRootLength; by default as the checkpoint says.", HelpName = "MODE" };
    private static readonly Option<bool> NoNormalization = new("--no-normalize") { Description = "With --pooling: leave the vectors at their length." };
    private static readonly Option<string> Nearest = new("--nearest") { Description = "Instead of vectors, write the given texts that are nearest to this one, with their cosines.", HelpName = "TEXT" };
    private static readonly Option<int> TopK = new("--top-k") { Description = "With --nearest: how many.", HelpName = "K", DefaultValueFactory = _ => 5 };
    private static readonly Option<string> Device = new("--device") { Description = "auto, cpu, cuda or cuda:N.", DefaultValueFactory = _ => "auto" };
    private static readonly Option<TrainingPrecision> Precision = new("--precision") { Description = "Auto, Float32 or BFloat16.", DefaultValueFactory = _ => TrainingPrecision.Auto };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("embed", "Turns texts into vectors with a pretrained encoder, or finds the texts nearest to one.")
        {
            Encoder, Texts, Data, Text, Separator, Pooling, NoNormalization, Nearest, TopK, Device, Precision,
        };
        command.WithExamples(
            "mlp embed hf:sentence-transformers/all-MiniLM-L6-v2 \"Where is my parcel?\" --json",
            "mlp embed ./encoder --data tickets.csv --text content --nearest \"the lamp is broken\" --top-k 3");
        command.SetHandler(invocation => Task.Run(() => Run(invocation), invocation.Cancellation), terminal);
        return command;
    }

    private static int Run(Invocation invocation)
    {
        var faults = new List<string>();
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        string? data = invocation.Get(Data), column = invocation.Get(Text);
        string[] given = invocation.Get(Texts) ?? [];
        if (data is not null && given.Length > 0)
            faults.Add("a text and --data are both given; give one of them");
        if (data is null != column is null)
            faults.Add("--data and --text go together: the file, and its column with the texts");
        if (invocation.Get(TopK) < 1)
            faults.Add($"--top-k is {invocation.Get(TopK)}; it must be 1 or more");
        if (invocation.Get(NoNormalization) && invocation.Get(Pooling) is null)
            faults.Add("--no-normalize goes with --pooling, which is not given");
        var options = new TextEmbeddingOptions
        {
            Encoder = invocation.Get(Encoder),
            Pooling = invocation.Get(Pooling) is { } mode ? new SentencePooling(mode, !invocation.Get(NoNormalization)) : null,
            Device = invocation.Get(Device),
            Precision = invocation.Get(Precision),
            CancellationToken = invocation.Cancellation,
        };
        faults.AddFaultsOf(options.Validate);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);

        var context = new MLContext(1);
        using var model = context.Transforms.Text.EmbedText(options).Fit(context.Data.LoadFromEnumerable<TextLabel>([]));
        var texts = given.Length > 0 ? given
            : data is null ? PredictCommand.Lines(invocation.Terminal.Input)
            : new TextLabelReader(column!, null, new DelimitedOptions { Separator = separator }).Read(data, invocation.Cancellation).Select(row => row.Text);
        try
        {
            if (invocation.Get(Nearest) is { } query)
                WriteNearest(invocation, model, [.. texts], query);
            else
                WriteVectors(invocation, model, texts);
        }
        finally
        {
            invocation.Terminal.Flush();
        }
        return ExitCode.Success;
    }

    private static void WriteVectors(Invocation invocation, TextEmbeddingTransformer model, IEnumerable<string> texts)
    {
        foreach (string[] batch in texts.Chunk(BatchOfTexts))
        {
            float[][] vectors = model.Embed(batch, invocation.Cancellation);
            for (int i = 0; i < batch.Length; i++)
            {
                if (invocation.Terminal.Json)
                    invocation.Terminal.WriteJson(new EmbedResult(batch[i], vectors[i]), CliJson.Default.EmbedResult);
                else
                    invocation.Terminal.WriteLine(string.Join(' ', vectors[i].Select(value => value.ToString("R", CultureInfo.InvariantCulture))));
            }
        }
    }

    private static void WriteNearest(Invocation invocation, TextEmbeddingTransformer model, string[] texts, string query)
    {
        var index = new SemanticIndex(model.Embed(texts, invocation.Cancellation));
        foreach (var (at, cosine) in index.Search(model.Embed([query], invocation.Cancellation)[0], invocation.Get(TopK)))
        {
            if (invocation.Terminal.Json)
                invocation.Terminal.WriteJson(new ScoredLabel(texts[at], cosine), CliJson.Default.ScoredLabel);
            else
                invocation.Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"{cosine:0.0000}  {PredictionWriter.OneLine(texts[at])}"));
        }
    }
}
