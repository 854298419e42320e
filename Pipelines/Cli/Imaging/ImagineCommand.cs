using System.CommandLine;
using System.Diagnostics;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Imaging;
using MLPipelines.Imaging.Schedulers;
using MLPipelines.Scoring;

namespace MLPipelines.Cli.Imaging;

/// <summary><c>mlp imagine</c>.</summary>
internal static class ImagineCommand
{
    private static readonly Argument<string> Model = new("model") { HelpName = "DIR|NAME[@VERSION|@ALIAS]", Description = "The folder of a Stable Diffusion, exported to ONNX: model_index.json and its parts; or a published one, whose own steps, guidance, negative prompt, size and scheduler hold unless others are given." };
    private static readonly Argument<string> Prompt = new("prompt") { HelpName = "TEXT", Description = "What is to be seen.", Arity = ArgumentArity.ZeroOrOne, DefaultValueFactory = _ => "" };
    private static readonly Option<string> Out = new("--out", "-o") { HelpName = "FILE", Description = "The picture to write: .png (with the parameters in it), .jpg or .webp; several are numbered. With --frames: .gif, or .png for an animated PNG.", DefaultValueFactory = _ => "picture.png" };
    private static readonly Option<string> Negative = new("--negative") { HelpName = "TEXT", Description = "What is not to be seen.", DefaultValueFactory = _ => "" };
    private static readonly Option<int> Steps = new("--steps") { HelpName = "N", Description = "The number of steps: 20 to 50, with an LCM 4, with Turbo 1.", DefaultValueFactory = _ => 20 };
    private static readonly Option<double> Guidance = new("--guidance") { HelpName = "G", Description = "How strongly the prompt pulls; 1 and less is without guidance and half the work.", DefaultValueFactory = _ => 7.5 };
    private static readonly Option<long> Seed = new("--seed") { HelpName = "N", Description = "The same seed gives the same picture; each further picture has the next.", DefaultValueFactory = _ => 0 };
    private static readonly Option<int> Count = new("--count", "-n") { HelpName = "N", Description = "The number of pictures.", DefaultValueFactory = _ => 1 };
    private static readonly Option<int?> Width = new("--width") { HelpName = "PIXELS", Description = "The width; by default the model's." };
    private static readonly Option<int?> Height = new("--height") { HelpName = "PIXELS", Description = "The height; by default the model's." };
    private static readonly Option<SchedulerKind?> Scheduler = new("--scheduler") { HelpName = "NAME", Description = $"{string.Join(", ", Enum.GetNames<SchedulerKind>())}; by default the model's." };
    private static readonly Option<bool> Karras = new("--karras") { Description = "Space the sigmas as Karras et al. do; not with Ddim, Ddpm, Pndm and Lcm, which have none." };
    private static readonly Option<bool> Stochastic = new("--sde") { Description = "With --scheduler DpmSolver: solve the stochastic equation (DPM++ 2M SDE)." };
    private static readonly Option<bool> Weighted = new("--weighted") { Description = "Let brackets in prompts weigh: (more:1.3), [less]." };
    private static readonly Option<string?> Initial = new("--init") { HelpName = "FILE", Description = "A picture to start from; it is resized where --width and --height are given." };
    private static readonly Option<double> Strength = new("--strength") { HelpName = "S", Description = "With --init: how far to go from it, above 0 to 1.", DefaultValueFactory = _ => 0.8 };
    private static readonly Option<string?> Mask = new("--mask") { HelpName = "FILE", Description = "With --init: what of it is painted anew, where this picture is bright." };
    private static readonly Option<ImageStyle[]> Styles = new("--style") { HelpName = "NAME", Description = $"Write the picture in these styles too, by an effect over its pixels: {string.Join(", ", Enum.GetNames<ImageStyle>())}.", AllowMultipleArgumentsPerToken = true, DefaultValueFactory = _ => [] };
    private static readonly Option<string?> Title = new("--title") { HelpName = "TEXT", Description = "Make a cover: this title is written over the picture." };
    private static readonly Option<string> Subtitle = new("--subtitle") { HelpName = "TEXT", Description = "With --title: below it.", DefaultValueFactory = _ => "" };
    private static readonly Option<string> Persona = new("--persona") { HelpName = "TEXT", Description = "With --title: whom the cover is for.", DefaultValueFactory = _ => "" };
    private static readonly Option<string> Emotion = new("--emotion") { HelpName = "NAME", Description = "With --title: its mood, such as joy, calm or pride.", DefaultValueFactory = _ => "neutral" };
    private static readonly Option<string?> Font = new("--font") { HelpName = "FILE", Description = "With --title: a TrueType or OpenType file." };
    private static readonly Option<int?> Frames = new("--frames") { HelpName = "N", Description = "Make an animation of so many pictures, which turn round a circle of noise." };
    private static readonly Option<int> Tile = new("--tile") { HelpName = "PIXELS", Description = "Work in tiles of this side, so that large pictures need no more memory than small ones; 0 for none.", DefaultValueFactory = _ => 0 };
    private static readonly Option<int> AttentionSlices = new("--attention-slices") { HelpName = "N", Description = "Compute attention in so many slices, so that large pictures need less memory: 1 (as exported) to 64.", DefaultValueFactory = _ => 1 };
    private static readonly Option<bool> FusedAttention = new("--fused-attention") { Description = "Compute attention by ONNX Runtime's own operator; by default so it is on the processor, where the model lets it be done: the least memory, and the fastest. 'false' leaves it as exported." };
    private static readonly Option<bool> LowMemory = new("--low-memory") { Description = "Keep one model in memory at a time, and run guidance in two halves." };
    private static readonly Option<int> Threads = new("--threads") { HelpName = "N", Description = "Threads of ONNX Runtime; 0 for one a core.", DefaultValueFactory = _ => 0 };
    private static readonly Option<string> Device = new("--device") { Description = "cpu or cuda.", DefaultValueFactory = _ => "cpu" };

    public static Command Create(Func<ParseResult, Terminal> terminal)
    {
        var command = new Command("imagine", "Makes pictures of a prompt with Stable Diffusion: from noise, from a picture, as covers, or as an animation.")
        {
            Model, Prompt, Out, Negative, Steps, Guidance, Seed, Count, Width, Height, Scheduler, Karras, Stochastic, Weighted, Initial, Strength, Mask, Styles,
            Title, Subtitle, Persona, Emotion, Font, Frames, Tile, AttentionSlices, FusedAttention, LowMemory, Threads, Device,
        };
        command.WithExamples(
            "mlp imagine ./sd15-onnx \"a lighthouse at dusk, oil painting\" --steps 20 --scheduler DpmSolver --karras --seed 7 --out lighthouse.png",
            "mlp imagine ./sd15-onnx --title \"My Year\" --subtitle \"in conversations\" --persona \"Academic Warrior\" --emotion joy --style Neon --out cover.png",
            "mlp imagine ./sd15-onnx \"neon city\" --frames 12 --out city.gif",
            "mlp imagine painter \"a lighthouse at dusk\" --out lighthouse.png");
        command.SetHandler(RunAsync, terminal);
        return command;
    }

    private static async Task<int> RunAsync(Invocation invocation)
    {
        var (model, request, cover, animation) = Read(invocation);
        var clock = Stopwatch.StartNew();
        try
        {
            var files = await ProgressDisplay.RunAsync(invocation.Terminal, progress => Task.Run(() =>
            {
                request.Progress = new Steady(progress);
                request.CancellationToken = invocation.Cancellation;
                return Make(invocation, model, request, cover, animation);
            }, invocation.Cancellation)).ConfigureAwait(false);
            var result = new ImagineResult(files, clock.Elapsed.TotalSeconds);
            if (invocation.Terminal.Json)
                invocation.Terminal.WriteJson(result, CliJson.Default.ImagineResult);
            else
                files.ForEach(invocation.Terminal.WriteLine);
            return ExitCode.Success;
        }
        catch (Exception e) when (e is ImagingException or OnnxException)
        {
            throw new CommandFailure(ExitCode.Data, e.Message, e);
        }
    }

    private static (StableDiffusionOptions Model, ImageRequest Request, CoverArtOptions? Cover, AnimationOptions? Animation) Read(Invocation invocation)
    {
        var faults = new List<string>();
        bool low = invocation.Get(LowMemory);
        if (invocation.Get(Device) is not ("cpu" or "cuda"))
            faults.Add($"--device is '{invocation.Get(Device)}'; it must be cpu or cuda");
        var model = new StableDiffusionOptions
        {
            Session = new OnnxSessionOptions
            {
                IntraOpThreads = invocation.Get(Threads), CancellationToken = invocation.Cancellation, KeepMemory = !low,
                Provider = invocation.Get(Device) == "cuda" ? OnnxExecutionProvider.Cuda : OnnxExecutionProvider.Cpu,
            },
            ReleaseBetweenStages = low,
            SplitGuidance = low ? true : null,
            UnetTileSize = invocation.Get(Tile),
            VaeTileSize = invocation.Get(Tile),
            AttentionSlices = invocation.Get(AttentionSlices),
            FusedAttention = invocation.IsGiven(FusedAttention) ? invocation.Get(FusedAttention) : null,
            CancellationToken = invocation.Cancellation,
        };
        var request = new ImageRequest
        {
            Prompt = invocation.Get(Prompt), NegativePrompt = invocation.Get(Negative), Steps = invocation.Get(Steps), Guidance = invocation.Get(Guidance), Seed = invocation.Get(Seed),
            Count = invocation.Get(Count), Width = invocation.Get(Width), Height = invocation.Get(Height), Strength = invocation.Get(Strength), WeightedPrompts = invocation.Get(Weighted),
        };
        var cover = invocation.Get(Title) is { } title
            ? new CoverArtOptions { Title = title, Subtitle = invocation.Get(Subtitle), Persona = invocation.Get(Persona), PrimaryEmotion = invocation.Get(Emotion), FontFile = invocation.Get(Font) }
            : null;
        var animation = invocation.Get(Frames) is { } frames ? new AnimationOptions { Frames = frames } : null;
        if (cover == null && new Option[] { Subtitle, Persona, Emotion, Font }.Any(invocation.IsGiven))
            faults.Add("--subtitle, --persona, --emotion and --font go with --title, which is not given");
        if (invocation.Get(Mask) != null && invocation.Get(Initial) == null)
            faults.Add("--mask goes with --init, which is not given");
        if (animation != null && (cover != null || invocation.Get(Count) != 1 || invocation.Get(Styles).Length > 0))
            faults.Add("--frames goes neither with --title nor with --count or --style");
        var extension = Path.GetExtension(invocation.Get(Out)).ToLowerInvariant();
        string[] known = animation != null ? [".gif", ".png", ".apng"] : [".png", ".jpg", ".jpeg", ".webp"];
        if (!known.Contains(extension))
            faults.Add($"--out is '{invocation.Get(Out)}'; its extension must be one of {string.Join(", ", known)}");
        faults.AddFaultsOf(model.Validate);
        faults.AddFaultsOf(request.Validate);
        if (cover != null)
            faults.AddFaultsOf(cover.Validate);
        if (animation != null)
            faults.AddFaultsOf(animation.Validate);
        if (faults.Count > 0)
            throw CommandFailure.Usage(faults);
        return (model, request, cover, animation);
    }

    private static List<string> Make(Invocation invocation, StableDiffusionOptions model, ImageRequest request, CoverArtOptions? cover, AnimationOptions? animation)
    {
        using var opened = OpenedPipeline.Open(invocation.Get(Model), model, invocation);
        var pipeline = opened.Pipeline;
        if (opened.Request is { } kept)
            TakeWhatIsNotGiven(invocation, request, kept);
        if (invocation.Get(Scheduler) is { } kind)
            request.Scheduler = pipeline.Scheduler.With(kind);
        request.Scheduler ??= pipeline.Scheduler;
        if (invocation.Get(Stochastic))
        {
            if (request.Scheduler.Kind != SchedulerKind.DpmSolver)
                throw CommandFailure.Usage($"--sde goes with --scheduler {SchedulerKind.DpmSolver}; the scheduler is {request.Scheduler.Kind}");
            request.Scheduler.Algorithm = DpmAlgorithm.SdeDpmSolverPlusPlus;
        }
        if (invocation.Get(Karras))
        {
            request.Scheduler.UseKarrasSigmas = true;
            if (!request.Scheduler.HasSigmas)
                throw CommandFailure.Usage($"--karras spaces sigmas, which the scheduler {request.Scheduler.Kind} does not have; choose another with --scheduler");
        }
        if (invocation.Get(Initial) is { } initial)
            request.InitialImage = Sized(RgbImage.Load(initial));
        if (invocation.Get(Mask) is { } mask)
            request.Mask = Sized(RgbImage.Load(mask));
        var path = invocation.Get(Out);
        if (animation != null)
        {
            AnimatedSequence.Generate(pipeline, request, animation).Save(path);
            return [path];
        }
        var images = cover == null ? pipeline.Generate(request) : CoverArt.Generate(pipeline, cover, request);
        var files = new List<string>();
        for (int i = 0; i < images.Count; i++)
        {
            var file = images.Count == 1 ? path : With(path, FormattableString.Invariant($"-{i + 1}"));
            images[i].Save(file);
            files.Add(file);
            foreach (var style in invocation.Get(Styles))
            {
                var styled = With(file, $"-{style.ToString().ToLowerInvariant()}");
                ImageEffects.Apply(images[i].Image, style, seed: request.Seed + i).Save(styled, new Dictionary<string, string>(images[i].Parameters) { ["Style"] = style.ToString() });
                files.Add(styled);
            }
        }
        return files;

        RgbImage Sized(RgbImage image) => image.Resize(request.Width ?? request.InitialImage?.Width ?? image.Width, request.Height ?? request.InitialImage?.Height ?? image.Height);
    }

    private static void TakeWhatIsNotGiven(Invocation invocation, ImageRequest request, ImageRequest kept)
    {
        if (!invocation.IsGiven(Negative))
            request.NegativePrompt = kept.NegativePrompt;
        if (!invocation.IsGiven(Steps))
            request.Steps = kept.Steps;
        if (!invocation.IsGiven(Guidance))
            request.Guidance = kept.Guidance;
        if (!invocation.IsGiven(Seed))
            request.Seed = kept.Seed;
        request.WeightedPrompts |= kept.WeightedPrompts;
        request.Width ??= kept.Width;
        request.Height ??= kept.Height;
        request.Scheduler = kept.Scheduler;
        (request.LongPrompts, request.MaximumPromptChunks) = (kept.LongPrompts, kept.MaximumPromptChunks);
    }

    private static string With(string path, string suffix) => Path.Combine(Path.GetDirectoryName(path) ?? "", Path.GetFileNameWithoutExtension(path) + suffix + Path.GetExtension(path));

    /// <summary>Shows the steps of all pictures as one bar.</summary>
    private sealed class Steady(IProgress<StepProgress> progress) : IProgress<ImageProgress>
    {
        public void Report(ImageProgress value)
        {
            if (value.Stage == ImageStage.Denoising)
                progress.Report(new StepProgress("denoising", value.Image * value.Steps + value.Step, value.Images * value.Steps, "steps"));
        }
    }
}
