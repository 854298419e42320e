using System.Buffers.Binary;
using System.Text;
using FsCheck;
using FsCheck.Fluent;
using MLPipelines.Imaging;

namespace MLPipelines.Tests.Imaging;

/// <summary>Pictures as files: PNG and its texts, APNG, GIF, JPEG and WebP; foreign bytes.</summary>
[TestClass]
public sealed class ImageTests
{
    [TestMethod]
    [DataRow(1, 1)]
    [DataRow(3, 2)]
    [DataRow(17, 5)]
    [DataRow(64, 33)]
    public void APngReadsBackAsItWas(int width, int height)
    {
        var image = Noise(width, height, 5);
        var read = RgbImage.Decode(image.ToPng());
        Assert.AreEqual((width, height), (read.Width, read.Height));
        Assert.AreSequenceEqual(image.Pixels, read.Pixels);
    }

    [TestMethod]
    public void TextsOfAPngReadBack()
    {
        var texts = new Dictionary<string, string> { ["Prompt"] = "a cat, 100% \"quoted\"\nsecond line", ["Comment"] = "猫 ü 👍", ["Seed"] = "7", ["Empty"] = "" };
        var read = PngFile.ReadTexts(TinyDiffusion.Picture(8, 8).ToPng(texts));
        Assert.AreSequenceEqual(texts.OrderBy(text => text.Key).ToArray(), read.OrderBy(text => text.Key).ToArray());
        foreach (var keyword in new[] { "", " x", "ü", new string('k', 80) })
            Assert.ThrowsExactly<ArgumentException>(() => TinyDiffusion.Picture(2, 2).ToPng(new Dictionary<string, string> { [keyword] = "x" }));
    }

    [TestMethod]
    public void AnyTextReadsBackFromAPng() => Prop.ForAll<string>(text =>
    {
        if (text == null || text.Contains('\0', StringComparison.Ordinal) || text.Any(char.IsSurrogate))
            return true;
        return PngFile.ReadTexts(new RgbImage(1, 1).ToPng(new Dictionary<string, string> { ["Prompt"] = text }))["Prompt"] == text;
    }).QuickCheckThrowOnFailure();

    [TestMethod]
    public void DamagedPngsAreRefusedOrReadAndNothingElse()
    {
        var good = TinyDiffusion.Picture(20, 20).ToPng(new Dictionary<string, string> { ["Prompt"] = "a cat", ["Other"] = "猫" });
        var random = new Random(3);
        for (int i = 0; i < 400; i++)
        {
            var bad = (byte[])good.Clone();
            if (i % 3 == 0)
                bad = bad[..random.Next(bad.Length)];
            for (int change = 0; bad.Length > 0 && change < 1 + i % 4; change++)
                bad[random.Next(bad.Length)] = (byte)random.Next(256);
            Try(() => PngFile.ReadTexts(bad));
            Try(() => RgbImage.Decode(bad));
        }

        static void Try(Action read)
        {
            try
            {
                read();
            }
            catch (ImagingException)
            {
                // The documented way to say no.
            }
        }
    }

    [TestMethod]
    [DataRow("<svg xmlns='http://www.w3.org/2000/svg' width='9' height='9'/>")]
    [DataRow("push graphic-context\nviewbox 0 0 640 480\nfill 'url(https://example.com/x)'\npop graphic-context")]
    [DataRow("%!PS-Adobe-3.0")]
    [DataRow("")]
    public void FormatsThatRunScriptsAreNeverTried(string content) =>
        Assert.Contains("is not a PNG, JPEG, WebP, GIF or BMP file", Assert.ThrowsExactly<ImagingException>(() => RgbImage.Decode(Encoding.UTF8.GetBytes(content))).Message);

    [TestMethod]
    public void AnApngHasItsFramesInOrder()
    {
        RgbImage[] frames = [.. Enumerable.Range(0, 4).Select(i => Noise(9, 7, i))];
        var content = new Animation(frames, 250).ToApng(new Dictionary<string, string> { ["Prompt"] = "x" });
        Assert.AreSequenceEqual(frames[0].Pixels, RgbImage.Decode(content).Pixels);
        Assert.AreEqual("x", PngFile.ReadTexts(content)["Prompt"]);
        var chunks = Chunks(content).ToArray();
        Assert.AreEqual("IHDR tEXt acTL fcTL IDAT fcTL fdAT fcTL fdAT fcTL fdAT IEND", string.Join(' ', chunks.Select(chunk => chunk.Type)));
        Assert.AreEqual(4, BinaryPrimitives.ReadInt32BigEndian(chunks[2].Data));
        var sequence = chunks.Where(chunk => chunk.Type is "fcTL" or "fdAT").Select(chunk => BinaryPrimitives.ReadInt32BigEndian(chunk.Data)).ToArray();
        Assert.AreSequenceEqual(Enumerable.Range(0, 7).ToArray(), sequence);
        Assert.AreEqual(250, BinaryPrimitives.ReadInt16BigEndian(chunks[3].Data.AsSpan(20)));
        // Each later frame is a picture of its own once its data stands as IDAT.
        for (int i = 1; i < 4; i++)
        {
            var data = chunks.Where(chunk => chunk.Type == "fdAT").ElementAt(i - 1).Data[4..];
            using var zlib = new System.IO.Compression.ZLibStream(new MemoryStream(data), System.IO.Compression.CompressionMode.Decompress);
            using var raw = new MemoryStream();
            zlib.CopyTo(raw);
            Assert.AreEqual(7 * (3 * 9 + 1), raw.Length);
        }
    }

    [TestMethod]
    public void AGifHasItsFrames()
    {
        var content = new Animation([.. Enumerable.Range(0, 12).Select(i => TinyDiffusion.Picture(40 + 0 * i, 30))], 100).ToGif();
        var frames = ImageLibrary.DecodeFrames(content);
        Assert.HasCount(12, frames);
        Assert.AreEqual((40, 30), (frames[0].Width, frames[0].Height));
        AssertNear(TinyDiffusion.Picture(40, 30), frames[11], 20);
    }

    [TestMethod]
    public void EachFrameOfAGifHasColoursOfItsOwn()
    {
        RgbImage[] frames = [.. Enumerable.Range(0, 3).Select(channel =>
        {
            var image = new RgbImage(200, 4);
            for (int i = 0; i < 800; i++)
                image.Pixels[3 * i + channel] = (byte)(40 + i % 200);
            return image;
        })];
        var read = ImageLibrary.DecodeFrames(new Animation(frames).ToGif());
        for (int i = 0; i < frames.Length; i++)
            AssertNear(frames[i], read[i], 0.5);
    }

    [TestMethod]
    public void FilesAreWrittenByTheirExtension()
    {
        using var folder = new TemporaryFolder();
        var image = TinyDiffusion.Picture(64, 48);
        foreach (var (name, start) in new[] { ("a.png", "\u0089PNG"), ("sub/b.jpg", "\u00FF\u00D8"), ("c.webp", "RIFF"), ("sub/A.PNG", "\u0089PNG"), ("sub/C.WebP", "RIFF") })
        {
            image.Save(folder.File(name));
            AssertNear(image, RgbImage.Load(folder.File(name)), 12);
            Assert.StartsWith(start, Encoding.Latin1.GetString(File.ReadAllBytes(folder.File(name))));
        }
        Assert.Contains(".png, .jpg or .webp", Assert.ThrowsExactly<ImagingException>(() => image.Save(folder.File("d.tiff"))).Message);
        Assert.Contains("cannot be read", Assert.ThrowsExactly<ImagingException>(() => RgbImage.Load(folder.File("none.png"))).Message);
        Assert.HasCount(2, Directory.GetFiles(folder.Path));
        Assert.ThrowsExactly<ImagingException>(() => new Animation([image]).Save(folder.File("e.mp4")));
        Assert.ThrowsExactly<ArgumentException>(() => new Animation([]));
        Assert.ThrowsExactly<ArgumentException>(() => new Animation([image, new RgbImage(1, 1)], delayMilliseconds: 1));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => new RgbImage(0, 5));
        Assert.ThrowsExactly<ArgumentException>(() => new RgbImage(2, 2, new byte[5]));
    }

    [TestMethod]
    public void ResizingKeepsThePicture()
    {
        var small = TinyDiffusion.Picture(200, 100).Resize(50, 25);
        Assert.AreEqual((50, 25), (small.Width, small.Height));
        AssertNear(TinyDiffusion.Picture(50, 25), small, 14);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => small.Resize(0, 5));
    }

    internal static void AssertNear(RgbImage expected, RgbImage actual, double tolerance)
    {
        Assert.AreEqual((expected.Width, expected.Height), (actual.Width, actual.Height));
        double mean = expected.Pixels.Zip(actual.Pixels, (a, b) => Math.Abs(a - b)).Average();
        Assert.IsLessThan(tolerance, mean);
    }

    internal static RgbImage Noise(int width, int height, int seed)
    {
        var image = new RgbImage(width, height);
        new Random(seed).NextBytes(image.Pixels);
        return image;
    }

    private static IEnumerable<(string Type, byte[] Data)> Chunks(byte[] content)
    {
        for (int at = 8; at < content.Length;)
        {
            int length = BinaryPrimitives.ReadInt32BigEndian(content.AsSpan(at));
            yield return (Encoding.ASCII.GetString(content, at + 4, 4), content[(at + 8)..(at + 8 + length)]);
            at += 12 + length;
        }
    }
}
