using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Generation;
using MLPipelines.Generation.T5;
using MLPipelines.Metrics;
using MLPipelines.Training;

namespace MLPipelines.Cli.TextGeneration;

/// <summary>The options of a T5 model and of the loop that trains it.</summary>
internal static class GeneratorArguments
{
    private const string Scratch = "scratch";

    public static readonly Option<string> Data = new("--data") { Description = "The table (CSV, TSV …, with a header) with inputs and targets.", HelpName = "FILE", Required = true };
    public static readonly Option<string?> Separator = CommonOptions.Separator();
    public static readonly Option<string?> Report = new("--report") { Description = "A folder for every text of the test with its own metrics: cases.csv and report.html.", HelpName = "DIR" };

    public static readonly Option<string?> Prompt = new("--prompt") { Description = "What is answered, made of several columns, such as \"{intent} | {context} | {message}\"; instead of --input-column.", HelpName = "TEXT" };

    /// <summary>The name under which a manifest keeps the prompt.</summary>
    public const string PromptOption = "promptOfColumns";

    private static readonly Option<string> Checkpoint = new("--checkpoint") { Description = "The T5 model to fine-tune: a folder with a Hugging Face checkpoint, hf:ORGANISATION/NAME[@REVISION], or 'scratch' for random weights and a vocabulary learnt from the texts.", HelpName = "DIR|hf:…|scratch", DefaultValueFactory = _ => Scratch };
    private static readonly Option<int?> Vocabulary = New<int?>("--vocabulary", "With scratch: the most tokens of the vocabulary; 2000 where not given.");
    private static readonly Option<int?> Layers = New<int?>("--layers", "With scratch: the layers of the encoder, and of the decoder; 2 where not given.");
    private static readonly Option<int?> HiddenSize = New<int?>("--hidden-size", "With scratch: the width of hidden states, a multiple of the heads; 128 where not given.");
    private static readonly Option<int?> Heads = New<int?>("--heads", "With scratch: the attention heads; 4 where not given.");
    private static readonly Option<double?> Dropout = New<double?>("--dropout", "With scratch: the dropout probability; 0.1 where not given.");
    private static readonly Option<string?> Prefix = New<string?>("--prefix", "What is put before each input, such as 'summarize: '.");
    private static readonly Option<int?> InputTokens = New<int?>("--max-input-tokens", "The most tokens of an input that are read; 256 where not given.");
    private static readonly Option<int?> TargetTokens = New<int?>("--max-target-tokens", "The most tokens that are learnt and generated; 64 where not given.");
    private static readonly Option<int?> Epochs = New<int?>("--epochs", "Passes through the data; by default 3, from scratch 20.");
    private static readonly Option<long?> MaximumSteps = New<long?>("--max-steps", "Steps after which to stop, whatever --epochs says.");
    private static readonly Option<int?> BatchSize = New<int?>("--batch-size", "Rows per step of the optimiser.");
    private static readonly Option<double?> LearningRate = New<double?>("--learning-rate", "The highest learning rate; by default 3e-4, from scratch 2e-3.");
    private static readonly Option<TrainingOptimiser?> Optimiser = New<TrainingOptimiser?>("--optimiser", "AdamW, or Adafactor, whose state takes next to no memory; Adafactor sets its own learning rate unless --learning-rate is given.");
    private static readonly Option<double?> LabelSmoothing = New<double?>("--label-smoothing", "The share of the target that is spread over the vocabulary, 0 to 0.5; by default 0, from scratch 0.1.");
    private static readonly Option<int?> LoraRank = New<int?>("--lora-rank", "Train low-rank additions of this rank instead of the weights themselves.");
    private static readonly Option<double?> ValidationFraction = New<double?>("--validation-fraction", "The share of the rows held out to choose the best weights; 0.1 where not given.");
    private static readonly Option<int?> Patience = New<int?>("--early-stopping", "Stop after this many validations in a row that were no better.");
    private static readonly Option<int?> Beams = New<int?>("--beams", "Generate with this many beams; 1 where not given.");
    private static readonly Option<float?> LengthPenalty = New<float?>("--length-penalty", "With beams: above 1 favours long texts, below 1 short ones; 1 where not given.");
    private static readonly Option<int?> NoRepeatNGram = New<int?>("--no-repeat-ngram", "Generate no n-gram of this size twice in a text.");
    private static readonly Option<TrainingPrecision?> Precision = New<TrainingPrecision?>("--precision", "Auto (bfloat16 where the machine computes faster in it), Float32 or BFloat16.");
    private static readonly Option<string?> Device = New<string?>("--device", "auto, cpu, cuda or cuda:N.");
    private static readonly Option<string?> Checkpoints = New<string?>("--checkpoints", "A folder for checkpoints, which --resume goes on from.");
    private static readonly Option<bool> Resume = new("--resume") { Description = "Go on from the checkpoint in --checkpoints." };

    private static readonly Option[] OfScratch = [Vocabulary, Layers, HiddenSize, Heads, Dropout];

    public static void AddTo(Command command)
    {
        foreach (Option option in new Option[]
        {
            Checkpoint, Vocabulary, Layers, HiddenSize, Heads, Dropout, Prefix, InputTokens, TargetTokens, Epochs, MaximumSteps, BatchSize, LearningRate, Optimiser, LabelSmoothing, LoraRank,
            ValidationFraction, Patience, Beams, LengthPenalty, NoRepeatNGram, Precision, Device, Checkpoints, Resume,
        })
            command.Options.Add(option);
    }

    /// <summary>A prompt with places for columns; what is wrong with it is added to <paramref name="faults"/>.</summary>
    public static PromptTemplate? ReadPrompt(string? text, List<string> faults)
    {
        if (text is null)
            return null;
        try
        {
            var prompt = PromptTemplate.Parse(text);
            if (prompt.Names.Count > 0)
                return prompt;
            faults.Add($"--prompt is '{text}', which has no column; write it in braces, such as {{message}}");
        }
        catch (FormatException e)
        {
            faults.Add($"--prompt: {e.Message}");
        }
        return null;
    }

    /// <summary>The options given; what is wrong is added to <paramref name="faults"/>.</summary>
    public static TextToTextOptions Read(Invocation invocation, int seed, List<string> faults)
    {
        var options = new TextToTextOptions { InputColumnName = TextModel.TextColumn, TargetColumnName = TextModel.LabelColumn, Model = Source(invocation, faults) };
        options.Prefix = invocation.Get(Prefix) ?? options.Prefix;
        options.MaximumInputTokens = invocation.Get(InputTokens) ?? options.MaximumInputTokens;
        options.MaximumTargetTokens = invocation.Get(TargetTokens) ?? options.MaximumTargetTokens;
        options.LabelSmoothing = invocation.Get(LabelSmoothing) ?? (options.Model.IsScratch ? 0.1 : options.LabelSmoothing);
        options.ValidationFraction = invocation.Get(ValidationFraction) ?? options.ValidationFraction;
        options.Lora = invocation.Get(LoraRank) is { } rank ? new T5LoraOptions { Rank = rank, Alpha = 2 * rank } : null;
        var generation = new GenerationOptions { MaximumNewTokens = options.MaximumTargetTokens };
        generation.Beams = invocation.Get(Beams) ?? generation.Beams;
        generation.LengthPenalty = invocation.Get(LengthPenalty) ?? generation.LengthPenalty;
        generation.NoRepeatNGramSize = invocation.Get(NoRepeatNGram) ?? generation.NoRepeatNGramSize;
        options.Generation = generation;
        var training = options.Model.DefaultTraining();
        training.Epochs = invocation.Get(Epochs) ?? training.Epochs;
        training.MaximumSteps = invocation.Get(MaximumSteps);
        training.BatchSize = invocation.Get(BatchSize) ?? training.BatchSize;
        training.LearningRate = invocation.Get(LearningRate) ?? training.LearningRate;
        training.Optimiser = invocation.Get(Optimiser) ?? training.Optimiser;
        training.Adafactor.RelativeStep = invocation.Get(LearningRate) is null;
        training.EarlyStoppingPatience = invocation.Get(Patience);
        training.Precision = invocation.Get(Precision) ?? training.Precision;
        training.Device = invocation.Get(Device) ?? training.Device;
        training.CheckpointFolder = invocation.Get(Checkpoints);
        training.Resume = invocation.Get(Resume);
        training.Threads = invocation.Get(ClassifierOptions.Threads);
        training.Seed = seed;
        if (training.Resume && training.CheckpointFolder is null)
            faults.Add("--resume goes on from --checkpoints, which is not given");
        options.Training = training;
        faults.AddFaultsOf(options.Validate);
        return options;
    }

    /// <summary>The options as a manifest states them.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> ToManifest(TextToTextOptions options)
    {
        yield return ("trainer", ManifestValue.Of("TextToText"));
        yield return ("checkpoint", ManifestValue.Of(options.Model.ToString()));
        yield return ("prefix", ManifestValue.Of(options.Prefix));
        yield return ("maximumInputTokens", ManifestValue.Of(options.MaximumInputTokens));
        yield return ("maximumTargetTokens", ManifestValue.Of(options.MaximumTargetTokens));
        yield return ("labelSmoothing", ManifestValue.Of(options.LabelSmoothing));
        yield return ("epochs", ManifestValue.Of(options.Training!.Epochs));
        yield return ("batchSize", ManifestValue.Of(options.Training.BatchSize));
        yield return ("optimiser", ManifestValue.Of(options.Training.Optimiser.ToString()));
        if (options.Training is not { Optimiser: TrainingOptimiser.Adafactor, Adafactor.RelativeStep: true })
            yield return ("learningRate", ManifestValue.Of(options.Training.LearningRate));
        if (options.Lora is { } lora)
            yield return ("loraRank", ManifestValue.Of(lora.Rank));
    }

    /// <summary>Metrics by name, as JSON and manifests have them.</summary>
    public static Dictionary<string, double> Values(TextGenerationMetrics metrics)
    {
        var values = new Dictionary<string, double>
        {
            ["bleu"] = metrics.Bleu.Score, ["rouge1"] = metrics.Rouge.Rouge1, ["rouge2"] = metrics.Rouge.Rouge2, ["rougeL"] = metrics.Rouge.RougeL, ["chrf"] = metrics.ChrF,
            ["exactMatch"] = metrics.ExactMatch, ["distinct1"] = metrics.Distinct1, ["distinct2"] = metrics.Distinct2,
        };
        if (metrics.Perplexity is { } perplexity)
            values["perplexity"] = perplexity;
        return values;
    }

    /// <summary>Writes the cases of a report into the folder of <c>--report</c>, if it is given.</summary>
    public static void WriteReport(Invocation invocation, TextGenerationReport report, string title)
    {
        if (invocation.Get(Report) is not { } folder)
            return;
        Directory.CreateDirectory(folder);
        using (var csv = new StreamWriter(Path.Combine(folder, "cases.csv")))
            report.WriteCsv(csv);
        using (var html = new StreamWriter(Path.Combine(folder, "report.html")))
            report.WriteHtml(html, title);
        invocation.Terminal.Note($"every text: {Path.Combine(folder, "cases.csv")}, {Path.Combine(folder, "report.html")}");
    }

    private static T5Source Source(Invocation invocation, List<string> faults)
    {
        string checkpoint = invocation.Get(Checkpoint);
        if (checkpoint != Scratch)
        {
            if (OfScratch.Where(option => invocation.IsGiven(option)).Select(option => option.Name).ToList() is { Count: > 0 } given)
                faults.Add($"{string.Join(", ", given)} shape a model from scratch; a checkpoint has its own shape");
            return T5Source.Checkpoint(checkpoint);
        }
        int width = invocation.Get(HiddenSize) ?? 128, heads = invocation.Get(Heads) ?? 4, layers = invocation.Get(Layers) ?? 2;
        if (width < 1 || heads < 1 || width % heads != 0)
        {
            faults.Add(string.Create(CultureInfo.InvariantCulture, $"--hidden-size is {width} and --heads is {heads}; the width must be a multiple of the heads"));
            (width, heads) = (128, 4);
        }
        var shape = new T5Config { HiddenSize = width, Heads = heads, HeadSize = width / heads, IntermediateSize = 4 * width, EncoderLayers = layers, DecoderLayers = layers, Dropout = invocation.Get(Dropout) ?? 0.1 };
        return T5Source.Scratch(shape, invocation.Get(Vocabulary) ?? 2000);
    }

    private static Option<T> New<T>(string name, string description) => new(name) { Description = description };
}
