using System.Text.Json;
using MLPipelines.Imaging;
using MLPipelines.Imaging.Schedulers;
using MLPipelines.Scoring;
using MLPipelines.Tests.Imaging.Schedulers;

namespace MLPipelines.Tests.Imaging;

/// <summary>The tiny pipeline beside diffusers: each model alone, and whole runs to their final latents and pictures.</summary>
[TestClass]
[TestCategory("Parity")]
public sealed class StableDiffusionParityTests
{
    private const double Absolute = 5e-3;
    private const double Relative = 1e-3;

    private static readonly JsonElement Expected = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(TinyDiffusion.Folder, "expected.json"))).RootElement;
    private static readonly StableDiffusionPipeline Pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder, new() { Session = new() { Provider = ParityFixtures.Provider } });

    [ClassCleanup]
    public static void Close() => Pipeline.Dispose();

    [TestMethod]
    public void PromptsAreTokenizedAsInPython()
    {
        var request = new ImageRequest { LongPrompts = LongPrompts.Truncate };
        int count = 0;
        foreach (var prompt in Expected.GetProperty("prompts").EnumerateArray())
        {
            var ids = Pipeline.Prompts.Tokenize(prompt.GetProperty("prompt").GetString()!, request).Ids;
            Assert.HasCount(1, ids);
            Assert.AreSequenceEqual(prompt.GetProperty("input_ids").EnumerateArray().Select(id => id.GetInt32()).ToArray(), ids[0]);
            count++;
        }
        Assert.IsGreaterThan(0, count);
    }

    [TestMethod]
    public void TheTextEncoderGivesTheSameStates()
    {
        var prompts = Expected.GetProperty("prompts").EnumerateArray().Select(prompt => prompt.GetProperty("prompt").GetString()!).ToArray();
        var reference = Expected.GetProperty("text_encoder").GetProperty("last_hidden_state_first8_tokens_all");
        for (int i = 0; i < prompts.Length; i++)
        {
            var states = Encode(prompts[i]).Values;
            var first = reference[i].EnumerateArray().SelectMany(SchedulerFixtures.Numbers).ToArray();
            AssertNear($"prompt {i}", first, states.AsSpan(0, first.Length), 1e-4, 0);
        }
        var whole = Expected.GetProperty("text_encoder").GetProperty("last_hidden_state_prompts_0_3");
        AssertNear("condition", whole[0].EnumerateArray().SelectMany(SchedulerFixtures.Numbers).ToArray(), Encode(prompts[Index("cond_prompt")]).Values, 1e-4, 0);
        AssertNear("negative", whole[1].EnumerateArray().SelectMany(SchedulerFixtures.Numbers).ToArray(), Encode(prompts[Index("negative_prompt")]).Values, 1e-4, 0);
    }

    [TestMethod]
    public void TheUnetGivesTheSameOutput()
    {
        var (cond, negative) = Prompts();
        float[] latents = SchedulerFixtures.Singles(Expected.GetProperty("latents")), noise = Noises()[5];
        using var model = OnnxModel.Open(Path.Combine(TinyDiffusion.Folder, "unet", "model.onnx"), new() { Provider = ParityFixtures.Provider });
        var layout = Pipeline.Layout;
        int side = layout.SampleSize;
        foreach (var run in Expected.GetProperty("unet").GetProperty("runs").EnumerateArray())
        {
            // The second row of the reference has the negative prompt: two runs of one row.
            var reference = SchedulerFixtures.Numbers(run.GetProperty("out_sample"));
            for (int row = 0; row < 2; row++)
            {
                var prompt = Encode(row == 0 ? cond : negative);
                using var unet = new Unet(model, layout, 1, side, side, layout.LatentChannels, prompt, prompt, guidance: 1, split: false);
                var output = new float[latents.Length];
                unet.Predict(row == 0 ? latents : noise, run.GetProperty("timestep").GetDouble(), output, CancellationToken.None);
                AssertNear($"row {row} at {run.GetProperty("timestep")}", reference[(row * output.Length)..((row + 1) * output.Length)], output, 1e-3, 1e-4);
            }
        }
    }

    [TestMethod]
    public void TheAutoencoderGivesTheSamePictureAndLatents()
    {
        var layout = Pipeline.Layout;
        using var decoder = new ModelPart(layout.Model("vae_decoder"), new(), PartAttention.AsExported);
        using var encoder = new ModelPart(layout.Model("vae_encoder"), new(), PartAttention.AsExported);
        var vae = new Vae(layout, decoder, encoder, 0);
        var reference = Expected.GetProperty("vae");
        int pixels = (int)Math.Sqrt(Expected.GetProperty("init_image").GetArrayLength() / 3.0);
        var encoded = vae.Encode(SchedulerFixtures.Singles(Expected.GetProperty("init_image")), pixels, pixels, CancellationToken.None);
        AssertNear("encoded", SchedulerFixtures.Numbers(reference.GetProperty("encode_mean")), Array.ConvertAll(encoded, value => (float)(value / layout.ScalingFactor)), 1e-4, 1e-4);
        var latents = SchedulerFixtures.Singles(Expected.GetProperty("latents"));
        var scaled = Array.ConvertAll(latents, value => (float)(value * layout.ScalingFactor));
        AssertNear("decoded", SchedulerFixtures.Numbers(reference.GetProperty("decode_of_latents")), vae.Decode(scaled, layout.SampleSize, layout.SampleSize, CancellationToken.None), 1e-4, 1e-4);
    }

    [TestMethod]
    [DataRow("text2img")]
    [DataRow("text2img_guidance1")]
    public void TextToImageEndsInTheSameLatents(string section)
    {
        var (cond, negative) = Prompts();
        var latents = SchedulerFixtures.Singles(Expected.GetProperty("latents"));
        foreach (var entry in Entries(section))
        {
            var request = Request(entry, cond, negative);
            request.Latents = [latents];
            var image = Generate(request, 0);
            AssertNear(Name(entry), SchedulerFixtures.Numbers(entry.GetProperty("final_latents")), image.Latents, Absolute, Relative);
            if (entry.TryGetProperty("image", out var pixels))
                AssertPicture(Name(entry), SchedulerFixtures.Numbers(pixels), image.Image);
        }
    }

    [TestMethod]
    public void ImageToImageEndsInTheSameLatents()
    {
        var (cond, negative) = Prompts();
        var planes = SchedulerFixtures.Singles(Expected.GetProperty("init_image"));
        int side = (int)Math.Sqrt(planes.Length / 3.0);
        foreach (var entry in Entries("img2img"))
        {
            var request = Request(entry, cond, negative);
            request.InitialImage = new RgbImage(side, side);
            request.Strength = entry.GetProperty("strength").GetDouble();
            var image = Pipeline.Generate(request, _ => NoisesFrom(0), null, planes)[0];
            AssertNear(Name(entry), SchedulerFixtures.Numbers(entry.GetProperty("final_latents")), image.Latents, Absolute, Relative);
        }
    }

    private static GeneratedImage Generate(ImageRequest request, int firstNoise) => Pipeline.Generate(request, _ => NoisesFrom(firstNoise), null)[0];

    private static IEnumerable<JsonElement> Entries(string section)
    {
        var entries = Expected.GetProperty(section).EnumerateArray().ToArray();
        Assert.IsNotEmpty(entries);
        return entries;
    }

    private static ImageRequest Request(JsonElement entry, string cond, string negative) => new()
    {
        Prompt = cond,
        NegativePrompt = negative,
        LongPrompts = LongPrompts.Truncate,
        Steps = entry.GetProperty("steps").GetInt32(),
        Guidance = entry.GetProperty("guidance_scale").GetDouble(),
        Scheduler = SchedulerFixtures.OptionsOf(WithConfig(entry), SchedulerFixtures.FinalSigmaOf(Expected.GetProperty("meta"))),
    };

    // Image to image, and runs without guidance, name a scheduler of the text-to-image runs.
    private static JsonElement WithConfig(JsonElement entry) => entry.TryGetProperty("config", out _)
        ? entry
        : Expected.GetProperty("text2img").EnumerateArray().First(other => other.GetProperty("scheduler").GetString() == entry.GetProperty("scheduler").GetString());

    private static string Name(JsonElement entry) => $"{entry.GetProperty("scheduler").GetString()}, {entry.GetProperty("steps")} steps";

    private static int Index(string name) => Expected.GetProperty("meta").GetProperty(name).GetInt32();

    private static (string Cond, string Negative) Prompts()
    {
        var prompts = Expected.GetProperty("prompts");
        return (prompts[Index("cond_prompt")].GetProperty("prompt").GetString()!, prompts[Index("negative_prompt")].GetProperty("prompt").GetString()!);
    }

    private static EncodedPrompt Encode(string prompt) => Pipeline.EncodePrompts(new ImageRequest { Prompt = prompt, LongPrompts = LongPrompts.Truncate }).Prompt;

    private static float[][] Noises() => [.. Expected.GetProperty("noises").EnumerateArray().Select(SchedulerFixtures.Singles)];

    private static NoiseSource NoisesFrom(int first)
    {
        var noises = Noises();
        int next = first;
        return values => noises[next++].CopyTo(values);
    }

    private static void AssertPicture(string what, double[] planes, RgbImage image)
    {
        int size = image.Width * image.Height;
        for (int i = 0; i < planes.Length; i++)
            Assert.AreEqual(Math.Clamp(planes[i] / 2 + 0.5, 0, 1) * 255, image.Pixels[3 * (i % size) + i / size], 1, $"{what}, value {i}");
    }

    private static void AssertNear(string what, double[] expected, ReadOnlySpan<float> actual, double absolute, double relative)
    {
        Assert.AreEqual(expected.Length, actual.Length, what);
        double worst = 0;
        for (int i = 0; i < expected.Length; i++)
            worst = Math.Max(worst, double.IsNaN(actual[i]) ? double.PositiveInfinity : Math.Abs(expected[i] - actual[i]) - relative * Math.Abs(expected[i]));
        Assert.IsLessThanOrEqualTo(absolute, worst, what);
    }
}
