using System.CommandLine;
using System.Globalization;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Generation;

namespace MLPipelines.Cli.Generation;

/// <summary><c>mlp generate</c>.</summary>
internal static class GenerateCommand
{
    private const int BatchOfPrompts = 256;
    private const int MostBeams = 1000;

    private static readonly Argument<string> Model = new("model") { HelpName = "DIR|NAME[@VERSION]", Description = "The exported model: a folder with config.json, tokenizer, and encoder_model.onnx, decoder_model.onnx, decoder_with_past_model.onnx (or decoder_model_merged.onnx); or an artifact with a generator." };
    private static readonly Argument<string[]> Texts = PredictCommand.TextArguments();
    private static readonly Option<string?> Variant = new("--variant") { Description = "The ending of the graphs' names: quantized for encoder_model_quantized.onnx and so on.", HelpName = "NAME" };
    private static readonly Option<string?> Prompt = new("--prompt") { Description = "A prompt in which {text} is the text, such as \"summarize: {text}\".", HelpName = "TEXT" };
    private static readonly Option<string?> Template = new("--template") { Description = "A named template instead of --prompt; its places are filled with --set, or one of them with the text.", HelpName = "NAME" };
    private static readonly Option<string?> Templates = new("--templates") { Description = "A YAML file with templates of your own.", HelpName = "FILE" };
    private static readonly Option<string[]> Set = new("--set") { Description = "With --template: a place and its value; once for each.", HelpName = "NAME=VALUE" };
    private static readonly Option<int?> MaximumNewTokens = New<int?>("--max-new-tokens", "The most tokens that are generated.");
    private static readonly Option<int?> MinimumNewTokens = New<int?>("--min-new-tokens", "The fewest tokens that are generated.");
    private static readonly Option<int?> MaximumPromptTokens = New<int?>("--max-prompt-tokens", "The most tokens of a prompt that are read; 512 where not given.");
    private static readonly Option<bool> Sample = New<bool>("--sample", "Draw tokens at random by their probability.");
    private static readonly Option<float?> Temperature = New<float?>("--temperature", "With --sample: below 1 bolder, above 1 more varied.");
    private static readonly Option<int?> TopK = New<int?>("--top-k", "With --sample: only so many of the most probable tokens; 0 for all.");
    private static readonly Option<float?> TopP = New<float?>("--top-p", "With --sample: only the most probable tokens that together hold this much.");
    private static readonly Option<float?> MinP = New<float?>("--min-p", "With --sample: only tokens at least this probable relative to the most probable one.");
    private static readonly Option<int?> Seed = New<int?>("--seed", "With --sample: the same seed gives the same text.");
    private static readonly Option<int?> Beams = New<int?>("--beams", "Search with so many beams.");
    private static readonly Option<float?> LengthPenalty = New<float?>("--length-penalty", "With --beams: above 0 favours long texts.");
    private static readonly Option<int?> Sequences = New<int?>("--sequences", "How many texts for each prompt.");
    private static readonly Option<float?> RepetitionPenalty = New<float?>("--repetition-penalty", "Above 1: tokens that occurred become less probable.");
    private static readonly Option<int?> NoRepeatNGram = New<int?>("--no-repeat-ngram", "No n-gram of this size occurs twice.");
    private static readonly Option<string[]> Stop = new("--stop") { Description = "A text that ends the output; may be given several times.", HelpName = "TEXT" };
    private static readonly Option<string[]> BadWord = new("--bad-word") { Description = "A text that must not be generated; may be given several times.", HelpName = "TEXT" };
    private static readonly Option<int> Threads = new("--threads") { Description = "Threads to compute with; 0 for one a processor core.", DefaultValueFactory = _ => 0 };
    private static readonly Option<bool> NoStream = New<bool>("--no-stream", "Write a text when it is whole, not as it comes.");

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("generate", "Generates texts with T5 or another encoder-decoder that was exported to ONNX; one text is written as it comes.")
        {
            Model, Texts, Variant, Prompt, Template, Templates, Set, MaximumNewTokens, MinimumNewTokens, MaximumPromptTokens, Sample, Temperature, TopK, TopP, MinP, Seed, Beams, LengthPenalty, Sequences,
            RepetitionPenalty, NoRepeatNGram, Stop, BadWord, Threads, NoStream,
        };
        command.WithExamples(
            "mlp generate ./flan-t5-small-onnx \"Translate to German: Where is my parcel?\"",
            "mlp generate replies@production \"Where is my parcel?\"",
            "mlp generate ./flan-t5-small-onnx --template style/casual \"The delivery is delayed.\"",
            "mlp generate ./flan-t5-small-onnx --prompt \"summarize: {text}\" --beams 4 --json < texts.txt");
        command.SetHandler(Run, terminal);
        return command;
    }

    private static Option<T> New<T>(string name, string description) => new(name) { Description = description };

    private static async Task<int> Run(Invocation invocation)
    {
        var faults = new List<string>();
        var model = new EncoderDecoderOptions { Variant = invocation.Get(Variant) ?? "", Threads = invocation.Get(Threads), CancellationToken = invocation.Cancellation };
        model.MaximumPromptTokens = invocation.Get(MaximumPromptTokens) ?? model.MaximumPromptTokens;
        faults.AddFaultsOf(model.Validate);
        // How many beams there are without --beams is the model's to say.
        faults.AddFaultsOf(Apply(invocation, new GenerationOptions { Beams = MostBeams }).Validate);
        if (invocation.Get(Prompt) is not null && invocation.Get(Template) is not null)
            faults.Add("--prompt and --template are both given; give one of them");
        if (invocation.Get(Set) is { Length: > 0 } && invocation.Get(Template) is null)
            faults.Add("--set goes with --template, which is not given");
        if (!LoadedGenerator.IsFolder(invocation.Get(Model)) && (model.Variant.Length > 0 || model.Threads != 0 || invocation.Get(MaximumPromptTokens) is not null))
            faults.Add($"--variant, --threads and --max-prompt-tokens go with a folder; '{invocation.Get(Model)}' is an artifact, which has its own");
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        var prompts = Prompts(invocation);
        using var generator = LoadedGenerator.Open(invocation, invocation.Get(Model), model);
        if (generator.Responses is { } responses)
        {
            await Task.Run(() => Respond(invocation, responses), invocation.Cancellation).ConfigureAwait(false);
            return ExitCode.Success;
        }
        if (generator.Prompt is { } own && invocation.Get(Prompt) is null && invocation.Get(Template) is null)
        {
            if (own.Names.Count > 1)
                throw CommandFailure.Usage($"the prompt of '{invocation.Get(Model)}' is made of {string.Join(", ", own.Names)}; give it whole, with --prompt \"{{text}}\"");
            prompts = text => own.Fill(_ => text);
        }
        var options = Apply(invocation, invocation.Get(Template) is { } name ? TemplatesOf(invocation)[name].Apply(generator.DefaultOptions) : generator.DefaultOptions);
        options.Validate();
        var texts = invocation.Get(Texts);
        try
        {
            if (texts is [var only] && !invocation.Terminal.Json && !invocation.Get(NoStream) && options.ReturnedSequences == 1)
                await Stream(invocation, generator, prompts(only), options).ConfigureAwait(false);
            else
                await Task.Run(() => Write(invocation, generator, texts is { Length: > 0 } ? texts : PredictCommand.Lines(invocation.Terminal.Input), prompts, options), invocation.Cancellation).ConfigureAwait(false);
        }
        finally
        {
            invocation.Terminal.Flush();
        }
        return ExitCode.Success;
    }

    private static void Respond(Invocation invocation, ResponseGenerator responses)
    {
        Option[] ofTexts = [Prompt, Template, Templates, Set, MaximumNewTokens, MinimumNewTokens, Sample, Temperature, TopK, TopP, MinP, Seed, Beams, LengthPenalty, Sequences, RepetitionPenalty, NoRepeatNGram, Stop, BadWord];
        if (ofTexts.Where(invocation.IsGiven).Select(option => option.Name).ToList() is { Count: > 0 } given)
            throw CommandFailure.Usage($"{string.Join(", ", given)}: '{invocation.Get(Model)}' answers messages by a template, candidates and rules of its own");
        try
        {
            foreach (string[] batch in (invocation.Get(Texts) is { Length: > 0 } texts ? texts : PredictCommand.Lines(invocation.Terminal.Input)).Chunk(BatchOfPrompts))
            {
                var answers = responses.Respond([.. batch.Select(text => new ResponseRequest(text))], invocation.Cancellation);
                for (int i = 0; i < batch.Length; i++)
                {
                    if (invocation.Terminal.Json)
                        invocation.Terminal.WriteJson(new ResponseResult(batch[i], answers[i].Text, answers[i].Confidence, answers[i].Source, answers[i].Alternatives), CliJson.Default.ResponseResult);
                    else
                        invocation.Terminal.WriteLine(PredictionWriter.OneLine(answers[i].Text));
                }
            }
        }
        finally
        {
            invocation.Terminal.Flush();
        }
    }

    private static async Task Stream(Invocation invocation, LoadedGenerator generator, string prompt, GenerationOptions options)
    {
        await foreach (string piece in generator.StreamAsync(prompt, options, invocation.Cancellation).ConfigureAwait(false))
        {
            invocation.Terminal.Write(piece);
            invocation.Terminal.Flush();
        }
        invocation.Terminal.WriteLine("");
    }

    private static void Write(Invocation invocation, LoadedGenerator generator, IEnumerable<string> texts, Func<string, string> prompts, GenerationOptions options)
    {
        foreach (string[] batch in texts.Chunk(BatchOfPrompts))
        {
            var generated = generator.Generate(Array.ConvertAll(batch, text => prompts(text)), options, invocation.Cancellation);
            for (int i = 0; i < batch.Length; i++)
            {
                foreach (var sequence in generated[i].Sequences)
                {
                    if (invocation.Terminal.Json)
                        invocation.Terminal.WriteJson(new GeneratedTextResult(batch[i], sequence.Text, sequence.Score, sequence.Confidence, sequence.Reason.ToString(), sequence.LogProbabilities), CliJson.Default.GeneratedTextResult);
                    else
                        invocation.Terminal.WriteLine(PredictionWriter.OneLine(sequence.Text));
                }
                if (generated[i].IsPromptTruncated)
                    invocation.Terminal.Note($"a prompt was cut off after {generated[i].PromptTokens} tokens; --max-prompt-tokens takes more");
            }
        }
    }

    // What turns a text into a prompt.
    private static Func<string, string> Prompts(Invocation invocation)
    {
        try
        {
            if (invocation.Get(Template) is not { } name)
            {
                var prompt = PromptTemplate.Parse(invocation.Get(Prompt) ?? "{text}");
                return prompt.Names.All(place => place == "text") ? text => prompt.Fill(_ => text)
                    : throw CommandFailure.Usage($"--prompt has the places {string.Join(", ", prompt.Names)}; it must have {{text}} only");
            }
            var templates = TemplatesOf(invocation);
            if (!templates.Contains(name))
                throw CommandFailure.Usage($"--template is '{name}'; there are {string.Join(", ", templates.Names)}");
            var template = templates[name].Prompt;
            var values = new Dictionary<string, string>(StringComparer.Ordinal);
            foreach (string pair in invocation.Get(Set) ?? [])
            {
                string[] parts = pair.Split('=', 2);
                if (parts.Length < 2 || !template.Names.Contains(parts[0]))
                    throw CommandFailure.Usage($"--set is '{pair}'; it must be NAME=VALUE, with a name of {string.Join(", ", template.Names)}");
                values[parts[0]] = parts[1];
            }
            // The text goes to the place that is called so, or to the first that --set leaves empty.
            string? open = new[] { "text", "content", "context", "data", "persona" }.FirstOrDefault(place => template.Names.Contains(place) && !values.ContainsKey(place))
                ?? template.Names.FirstOrDefault(place => !values.ContainsKey(place));
            return text => template.Fill(place => place == open ? text : values.GetValueOrDefault(place));
        }
        catch (FormatException e)
        {
            throw CommandFailure.Usage(e.Message);
        }
    }

    private static PromptTemplates TemplatesOf(Invocation invocation) => invocation.Get(Templates) is { } file ? PromptTemplates.Default.With(file) : PromptTemplates.Default;

    private static GenerationOptions Apply(Invocation invocation, GenerationOptions options)
    {
        options.MaximumNewTokens = invocation.Get(MaximumNewTokens) ?? options.MaximumNewTokens;
        options.MinimumNewTokens = invocation.Get(MinimumNewTokens) ?? options.MinimumNewTokens;
        // Draws and beams do not go together: what is given takes the place of what the model is set to.
        if (invocation.Get(Sample))
            (options.Sample, options.Beams, options.BeamGroups, options.DiversityPenalty) = (true, 1, 1, 0);
        else if (invocation.Get(Beams) is not null)
            (options.Sample, options.BeamGroups, options.DiversityPenalty) = (false, 1, 0);
        options.Temperature = invocation.Get(Temperature) ?? options.Temperature;
        options.TopK = invocation.Get(TopK) ?? options.TopK;
        options.TopP = invocation.Get(TopP) ?? options.TopP;
        options.MinP = invocation.Get(MinP) ?? options.MinP;
        options.Seed = invocation.Get(Seed) ?? options.Seed;
        options.Beams = invocation.Get(Beams) ?? options.Beams;
        options.LengthPenalty = invocation.Get(LengthPenalty) ?? options.LengthPenalty;
        options.ReturnedSequences = invocation.Get(Sequences) ?? options.ReturnedSequences;
        options.RepetitionPenalty = invocation.Get(RepetitionPenalty) ?? options.RepetitionPenalty;
        options.NoRepeatNGramSize = invocation.Get(NoRepeatNGram) ?? options.NoRepeatNGramSize;
        options.StopStrings = invocation.Get(Stop) is { Length: > 0 } stops ? stops : options.StopStrings;
        options.BadWords = invocation.Get(BadWord) is { Length: > 0 } words ? words : options.BadWords;
        return options;
    }
}
