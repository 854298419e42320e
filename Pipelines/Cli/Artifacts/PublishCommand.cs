using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Generation;
using MLPipelines.Imaging;
using MLPipelines.Scoring;
using MLPipelines.Tokenization;

namespace MLPipelines.Cli.Artifacts;

/// <summary><c>mlp artifacts publish</c>.</summary>
internal static class PublishCommand
{
    private static readonly Argument<string> Folder = new("folder")
    {
        HelpName = "DIR", Description = "The folder of a model that was exported to ONNX: a Stable Diffusion (model_index.json and its parts), or an encoder-decoder such as T5 (config.json, tokenizer, encoder_model.onnx and decoders).",
    };

    private static readonly Option<string> Name = new("--name") { HelpName = "N", Description = "The name to publish under.", Required = true };
    private static readonly Option<string> Negative = new("--negative") { HelpName = "TEXT", Description = "For pictures: what is not to be seen.", DefaultValueFactory = _ => "" };
    private static readonly Option<int> Steps = new("--steps") { HelpName = "N", Description = "For pictures: the number of steps.", DefaultValueFactory = _ => 20 };
    private static readonly Option<double> Guidance = new("--guidance") { HelpName = "G", Description = "For pictures: how strongly the prompt pulls.", DefaultValueFactory = _ => 7.5 };
    private static readonly Option<string> Prompt = new("--prompt") { HelpName = "TEMPLATE", Description = "For texts: the prompt, in which {Name} is the text of the column of that name.", DefaultValueFactory = _ => "{Text}" };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("publish", "Publishes a Stable Diffusion or a text generator from its folder: every file, and how 'mlp imagine' or 'mlp generate' use it unless they are told otherwise.")
        {
            Folder, Name, PublishArguments.Version, PublishArguments.License, PublishArguments.Notes, Negative, Steps, Guidance, Prompt,
        };
        command.WithExamples(
            "mlp artifacts publish ./sd15-onnx --name painter --license CreativeML-OpenRAIL-M",
            "mlp artifacts publish ./flan-t5-onnx --name summary --prompt \"summarize: {Text}\"").SetHandler(RunAsync, terminal);
        return command;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        string folder = invocation.Get(Folder);
        var faults = new List<string>();
        PublishArguments.CheckName(invocation, invocation.Get(Name), faults);
        var version = PublishArguments.ReadVersion(invocation, faults);
        bool isPicture = File.Exists(Path.Combine(folder, "model_index.json"));
        Option[] others = isPicture ? [Prompt] : [Negative, Steps, Guidance];
        faults.AddRange(others.Where(invocation.IsGiven).Select(option => $"{option.Name} is for {(isPicture ? "a text generator" : "a Stable Diffusion")}, and '{folder}' has {(isPicture ? "a" : "no")} model_index.json"));
        var context = new MLContext(1);
        var model = isPicture ? Pictures(invocation, context, faults) : Texts(invocation, context, faults);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        if (!isPicture && !File.Exists(Path.Combine(folder, "config.json")))
            throw new CommandFailure(ExitCode.Data, $"The folder '{folder}' has neither model_index.json, as a Stable Diffusion has, nor config.json, as an exported text generator has.");
        try
        {
            var published = await System.Threading.Tasks.Task.Run(() => PublishAsync(invocation, context, model, version), invocation.Cancellation).ConfigureAwait(false);
            ArtifactsCommand.Report(invocation, published, $"published as {published.Path}");
            return ExitCode.Success;
        }
        catch (Exception e) when (e is ImagingException or GenerationException or TokenizationException or OnnxException or FileNotFoundException)
        {
            throw new CommandFailure(ExitCode.Data, e.Message, e);
        }
    }

    private static Publication Pictures(Invocation invocation, MLContext context, List<string> faults)
    {
        var options = new ImageGenerationOptions
        {
            ModelFolder = invocation.Get(Folder),
            Request = new ImageRequest { NegativePrompt = invocation.Get(Negative), Steps = invocation.Get(Steps), Guidance = invocation.Get(Guidance) },
        };
        faults.AddFaultsOf(options.Validate);
        return new Publication("text-to-image", [options.PromptColumnName], rows => context.Transforms.GenerateImage(options).Fit(rows), new(StringComparer.Ordinal)
        {
            ["steps"] = ManifestValue.Of(options.Request.Steps),
            ["guidance"] = ManifestValue.Of(options.Request.Guidance),
            ["negativePrompt"] = ManifestValue.Of(options.Request.NegativePrompt),
        });
    }

    private static Publication Texts(Invocation invocation, MLContext context, List<string> faults)
    {
        var options = new GenerateTextOptions { ModelFolder = invocation.Get(Folder), Prompt = invocation.Get(Prompt), CancellationToken = invocation.Cancellation };
        int before = faults.Count;
        faults.AddFaultsOf(options.Validate);
        IReadOnlyList<string> columns = faults.Count > before ? [] : PromptTemplate.Parse(options.Prompt).Names;
        return new Publication("text-to-text", columns, rows => context.Transforms.Text.GenerateText(options).Fit(rows), new(StringComparer.Ordinal) { ["prompt"] = ManifestValue.Of(options.Prompt) });
    }

    private static async Task<ArtifactVersion> PublishAsync(Invocation invocation, MLContext context, Publication publication, SemanticVersion? version)
    {
        var columns = publication.Columns.Select((name, i) => new TextLoader.Column(name, DataKind.String, i)).ToArray();
        var rows = context.Data.CreateTextLoader(columns).Load(new MultiFileSource(null));
        var model = publication.Fit(rows);
        using var owned = model as IDisposable;
        var manifest = new ArtifactManifest
        {
            Name = invocation.Get(Name),
            Version = "0.0.0",
            Task = publication.Task,
            CreatedUtc = DateTime.UtcNow,
            License = invocation.Get(PublishArguments.License),
            Notes = invocation.Get(PublishArguments.Notes),
            Engines = Machine.Engines,
            Training = new ArtifactTraining { Options = publication.Options },
        };
        // Nothing golden: whoever loads the model would have to wait for it to be made again.
        var (content, complete) = Models.Package(context).Pack(model, manifest, rows, goldenRows: 0);
        return await invocation.Store.PublishAsync(content, complete, version, cancellationToken: invocation.Cancellation).ConfigureAwait(false);
    }

    /// <summary>What is published.</summary>
    /// <param name="Task">The task of the manifest.</param>
    /// <param name="Columns">The columns of text that the model reads.</param>
    /// <param name="Fit">Opens the model.</param>
    /// <param name="Options">What the manifest says of how it is used.</param>
    private sealed record Publication(string Task, IReadOnlyList<string> Columns, Func<IDataView, ITransformer> Fit, SortedDictionary<string, JsonElement> Options);
}
