using System.CommandLine;
using System.Text.Json;
using Microsoft.ML;
using MLPipelines.Artifacts;
using MLPipelines.Cli.Classification;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Imaging;
using MLPipelines.Scoring;

namespace MLPipelines.Cli.Artifacts;

/// <summary><c>mlp artifacts publish</c>.</summary>
internal static class PublishCommand
{
    public const string Task = "text-to-image";

    private static readonly Argument<string> Folder = new("folder") { HelpName = "DIR", Description = "The folder of a Stable Diffusion, exported to ONNX: model_index.json and its parts." };
    private static readonly Option<string> Name = new("--name") { HelpName = "N", Description = "The name to publish under.", Required = true };
    private static readonly Option<string> Negative = new("--negative") { HelpName = "TEXT", Description = "What is not to be seen.", DefaultValueFactory = _ => "" };
    private static readonly Option<int> Steps = new("--steps") { HelpName = "N", Description = "The number of steps.", DefaultValueFactory = _ => 20 };
    private static readonly Option<double> Guidance = new("--guidance") { HelpName = "G", Description = "How strongly the prompt pulls.", DefaultValueFactory = _ => 7.5 };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("publish", "Publishes a Stable Diffusion from its folder: every file, and how pictures are made unless 'mlp imagine' is told otherwise.")
        {
            Folder, Name, PublishArguments.Version, PublishArguments.License, PublishArguments.Notes, Negative, Steps, Guidance,
        };
        command.WithExamples("mlp artifacts publish ./sd15-onnx --name painter --license CreativeML-OpenRAIL-M").SetHandler(RunAsync, terminal);
        return command;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var faults = new List<string>();
        PublishArguments.CheckName(invocation, invocation.Get(Name), faults);
        var version = PublishArguments.ReadVersion(invocation, faults);
        var options = new ImageGenerationOptions
        {
            ModelFolder = invocation.Get(Folder),
            Request = new ImageRequest { NegativePrompt = invocation.Get(Negative), Steps = invocation.Get(Steps), Guidance = invocation.Get(Guidance) },
        };
        faults.AddFaultsOf(options.Validate);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        try
        {
            var published = await System.Threading.Tasks.Task.Run(() => PublishAsync(invocation, options, version), invocation.Cancellation).ConfigureAwait(false);
            ArtifactsCommand.Report(invocation, published, $"published as {published.Path}");
            return ExitCode.Success;
        }
        catch (Exception e) when (e is ImagingException or OnnxException)
        {
            throw new CommandFailure(ExitCode.Data, e.Message, e);
        }
    }

    private static async Task<ArtifactVersion> PublishAsync(Invocation invocation, ImageGenerationOptions options, SemanticVersion? version)
    {
        var context = new MLContext(1);
        var rows = context.Data.LoadFromEnumerable(new[] { new PromptRow() });
        using var model = context.Transforms.GenerateImage(options).Fit(rows);
        var manifest = new ArtifactManifest
        {
            Name = invocation.Get(Name),
            Version = "0.0.0",
            Task = Task,
            CreatedUtc = DateTime.UtcNow,
            License = invocation.Get(PublishArguments.License),
            Notes = invocation.Get(PublishArguments.Notes),
            Engines = Machine.Engines,
            Training = new ArtifactTraining
            {
                Options = new SortedDictionary<string, JsonElement>(StringComparer.Ordinal)
                {
                    ["steps"] = ManifestValue.Of(options.Request.Steps),
                    ["guidance"] = ManifestValue.Of(options.Request.Guidance),
                    ["negativePrompt"] = ManifestValue.Of(options.Request.NegativePrompt),
                },
            },
        };
        // No golden pictures: whoever loads the model would have to wait for them to be made again.
        var (content, complete) = Models.Package(context).Pack(model, manifest, rows, goldenRows: 0);
        return await invocation.Store.PublishAsync(content, complete, version, cancellationToken: invocation.Cancellation).ConfigureAwait(false);
    }

    private sealed class PromptRow
    {
        public string Prompt { get; set; } = "";
    }
}
