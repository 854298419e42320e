using MLPipelines.Imaging;
using MLPipelines.Imaging.Schedulers;

namespace MLPipelines.Tests.Imaging;

/// <summary>The tiny pipeline of the fixtures, and requests that take it milliseconds.</summary>
internal static class TinyDiffusion
{
    public static string Folder { get; } = Path.Combine(ParityFixtures.Root, "stable_diffusion");

    public static ImageRequest Request(int steps = 3) => new()
    {
        Prompt = "a photo of a cat", NegativePrompt = "blurry", Steps = steps, Scheduler = new SchedulerOptions { Kind = SchedulerKind.EulerAncestral },
    };

    /// <summary>A copy of the pipeline, to damage.</summary>
    public static string CopyTo(string folder)
    {
        foreach (var file in Directory.EnumerateFiles(Folder, "*", SearchOption.AllDirectories).Where(file => Path.GetFileName(file) != "expected.json"))
        {
            var target = Path.Combine(folder, Path.GetRelativePath(Folder, file));
            Directory.CreateDirectory(Path.GetDirectoryName(target)!);
            File.Copy(file, target, overwrite: true);
        }
        return folder;
    }

    /// <summary>A picture with something in it: a bright disc on a ramp of colours.</summary>
    public static RgbImage Picture(int width, int height)
    {
        var image = new RgbImage(width, height);
        for (int y = 0; y < height; y++)
        {
            for (int x = 0; x < width; x++)
            {
                double dx = (x - width * 0.5) / width, dy = (y - height * 0.45) / height;
                bool disc = dx * dx + dy * dy < 0.06;
                var pixel = image[x, y];
                pixel[0] = (byte)(disc ? 250 : 60 + 120 * x / width);
                pixel[1] = (byte)(disc ? 220 : 40 + 60 * y / height);
                pixel[2] = (byte)(disc ? 120 : 160 - 100 * y / height);
            }
        }
        return image;
    }
}
