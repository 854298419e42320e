using System.CommandLine;
using System.Globalization;
using System.Text;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Data;
using MLPipelines.Text;
using MLPipelines.Training;

namespace MLPipelines.Cli.Encoders;

/// <summary><c>mlp pretrain</c>.</summary>
internal static class PretrainCommand
{
    private static readonly Option<string[]> Data = new("--data") { Description = "The files with the texts: tables (CSV, TSV …) with --text, else plain text, each line or paragraph one.", HelpName = "FILE …", Required = true, AllowMultipleArgumentsPerToken = true };
    private static readonly Option<string?> Text = new("--text") { Description = "The column with the texts; where not given, files are plain text.", HelpName = "COLUMN" };
    private static readonly Option<string> Output = new("--output") { Description = "The folder to write the checkpoint into.", HelpName = "DIR", Required = true };
    private static readonly Option<bool> Pack = new("--pack") { Description = "Put texts together until rows are full; by default each text has rows of its own." };
    private static readonly Option<bool> SingleTokens = new("--mask-tokens") { Description = "Mask single tokens; by default all tokens of a word are masked together." };
    private static readonly Option<double?> MaskShare = new("--mask-share") { Description = "The share of the tokens that is masked; 0.15 where not given.", HelpName = "F" };
    private static readonly Option<string?> Separator = CommonOptions.Separator();
    private static readonly Option<int> Seed = new("--seed") { Description = "Fixes weights, order and masks.", HelpName = "S", DefaultValueFactory = _ => 1 };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("pretrain", "Trains an encoder on unlabelled texts to tell masked words, and writes a checkpoint to fine-tune from.")
        {
            Data, Text, Output, Pack, SingleTokens, MaskShare, Separator, Seed, ClassifierOptions.Threads,
        };
        EncoderArguments.AddTo(command);
        command.WithExamples(
            "mlp pretrain --data train.csv --text text --output encoder --encoder scratch --layers 4 --hidden-size 256",
            "mlp train text-classification --data train.csv --text text --label label --encoder ./encoder");
        command.SetHandler(RunAsync, terminal);
        return command;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var faults = new List<string>();
        char? separator = CommonOptions.ParseSeparator(invocation.Get(Separator), faults);
        var options = new TextPretrainingOptions
        {
            Encoder = EncoderArguments.Source(invocation, faults),
            OutputFolder = invocation.Get(Output),
            PackTexts = invocation.Get(Pack),
            MaskWholeWords = !invocation.Get(SingleTokens),
        };
        options.MaskShare = invocation.Get(MaskShare) ?? options.MaskShare;
        EncoderArguments.ApplyTo(invocation, options);
        options.Training = EncoderArguments.Training(invocation, options.Encoder.DefaultTraining(), invocation.Get(Seed), invocation.Get(ClassifierOptions.Threads));
        faults.AddFaultsOf(options.Validate);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        if (EncoderArguments.ProcessCount(invocation) > 1 && LaunchedProcess.Current is null)
            return await SeveralProcesses.RunAsync(invocation, EncoderArguments.ProcessCount(invocation)).ConfigureAwait(false);

        var result = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(() =>
        {
            EncoderTraining.Prepare(options.Training, progress, invocation.Cancellation);
            options.Texts = Texts(invocation, separator, progress);
            return TextPretraining.Run(options);
        }, invocation.Cancellation)).ConfigureAwait(false);
        if (LaunchedProcess.Current is { Rank: > 0 })
            return ExitCode.Success;
        if (invocation.Terminal.Json)
        {
            invocation.Terminal.WriteJson(
                new PretrainResult(result.Folder, result.Blocks, result.Tokens, result.Training.Steps, Math.Round(result.Training.Elapsed.TotalSeconds, 3), result.Loss, result.Perplexity),
                CliJson.Default.PretrainResult);
            return ExitCode.Success;
        }
        invocation.Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture,
            $"trained on {result.Blocks:N0} rows ({result.Tokens:N0} tokens) for {result.Training.Steps:N0} steps in {result.Training.Elapsed.TotalSeconds:F1} s"));
        invocation.Terminal.WriteLine(string.Create(CultureInfo.InvariantCulture, $"masked tokens of the {result.HeldOutBlocks:N0} rows held out: perplexity {result.Perplexity:0.00}"));
        invocation.Terminal.WriteLine($"written to {result.Folder}; fine-tune it with:");
        invocation.Terminal.WriteLine($"  mlp train text-classification --data FILE --text COLUMN --label COLUMN --encoder {result.Folder}");
        return ExitCode.Success;
    }

    private static IEnumerable<string> Texts(Invocation invocation, char? separator, IProgress<StepProgress> progress)
    {
        foreach (string file in invocation.Get(Data))
        {
            var texts = invocation.Get(Text) is { } column
                ? new TextLabelReader(column, null, new DelimitedOptions { Separator = separator, Progress = new ReadingProgress($"reading {Path.GetFileName(file)}", progress) }).Read(file, invocation.Cancellation).Select(row => row.Text)
                : Lines(file);
            foreach (string text in texts)
                yield return text;
        }
    }

    private static IEnumerable<string> Lines(string file)
    {
        using var reader = new StreamReader(file, new UTF8Encoding(false, throwOnInvalidBytes: true));
        for (int number = 1; ; number++)
        {
            string? line;
            try
            {
                line = reader.ReadLine();
            }
            catch (DecoderFallbackException e)
            {
                throw new CommandFailure(ExitCode.Data, $"{file}, at line {number} or soon after: the bytes are not UTF-8; convert the file to UTF-8 first.", e);
            }
            if (line is null)
                yield break;
            yield return line;
        }
    }
}
