// %% [markdown]
// # A picture from words
//
// Stable Diffusion runs from the folder that diffusers or Optimum exports to ONNX. The one here is the tests': a few hundred kilobytes of random
// weights, so that its pictures are colours without a motif, made in a moment and without a download. With `./sd15-onnx` in its place the same lines
// paint a lighthouse.
//
// ```
// dotnet run Pipelines/Notebooks/image-generation.cs
// ```

// %%
#:project ../Imaging/MLPipelines.Imaging.csproj

using MLPipelines.Imaging;
using MLPipelines.Imaging.Schedulers;

const string Model = "Pipelines.Tests/Fixtures/stable_diffusion";
using var pipeline = StableDiffusionPipeline.Open(Model);

// %% [markdown]
// ## A request
//
// The prompt, what is not wanted, how many steps, how closely the prompt is followed, and the seed, which gives the same picture on every run.

// %%
var request = new ImageRequest
{
    Prompt = "a lighthouse at dusk, oil painting",
    NegativePrompt = "blurry",
    Steps = 8,
    Guidance = 7.5,
    Seed = 7,
};
var picture = pipeline.Generate(request)[0];
Console.WriteLine($"{picture.Image.Width} x {picture.Image.Height} pixels");
Console.WriteLine($"the same again: {pipeline.Generate(request)[0].Image.Pixels.AsSpan().SequenceEqual(picture.Image.Pixels)}");

// %% [markdown]
// What made it is written into the file: any program that shows a PNG's texts shows prompt, seed and scheduler. The picture is enlarged here, to be seen.

// %% tags=["varies"]
Directory.CreateDirectory("Artifacts");
picture.Image.Resize(256, 256).Save("Artifacts/lighthouse.png", picture.Parameters);
Console.WriteLine("Artifacts/lighthouse.png");

// %%
foreach (var (name, value) in picture.Parameters.OrderBy(parameter => parameter.Key, StringComparer.Ordinal))
    Console.WriteLine($"{name}: {value}");

// %% [markdown]
// ## Schedulers
//
// A scheduler decides how noise is taken away step by step. Good ones need fewer steps; which is best depends on the model. How far the picture is from the
// one above, as the mean difference of a channel from 0 to 255:

// %% tags=["varies"]
foreach (var kind in (SchedulerKind[])[SchedulerKind.Ddim, SchedulerKind.Euler, SchedulerKind.DpmSolver])
{
    request.Scheduler = pipeline.Scheduler.With(kind);
    byte[] pixels = pipeline.Generate(request)[0].Image.Pixels;
    Console.WriteLine($"{kind}: {pixels.Zip(picture.Image.Pixels, (one, other) => Math.Abs(one - other)).Average():0.0}");
}
