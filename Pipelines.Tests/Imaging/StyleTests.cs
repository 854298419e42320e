using MLPipelines.Imaging;

namespace MLPipelines.Tests.Imaging;

/// <summary>Styles, covers, texts over pictures, and animations.</summary>
[TestClass]
public sealed class StyleTests
{
    private static IEnumerable<object[]> Styles => Enum.GetValues<ImageStyle>().Select(style => new object[] { style });

    [TestMethod]
    [DynamicData(nameof(Styles))]
    public void AStyleChangesAPictureTheSameWayEveryTime(ImageStyle style)
    {
        var image = TinyDiffusion.Picture(96, 64);
        var before = (byte[])image.Pixels.Clone();
        var styled = ImageEffects.Apply(image, style, seed: 3);
        Assert.AreSequenceEqual(before, image.Pixels);
        Assert.AreSequenceEqual(styled.Pixels, ImageEffects.Apply(image, style, seed: 3).Pixels);
        Assert.IsGreaterThan(8.0, Difference(image, styled));
        Assert.AreSequenceEqual(image.Pixels, ImageEffects.Apply(image, style, strength: 0).Pixels);
        double half = Difference(image, ImageEffects.Apply(image, style, strength: 0.5, seed: 3));
        Assert.AreEqual(Difference(image, styled) / 2, half, 1);
        bool varies = style is ImageStyle.Glitch or ImageStyle.Plasma;
        Assert.AreEqual(varies, Difference(styled, ImageEffects.Apply(image, style, seed: 4)) > 0);
        // The picture is still in it: more alike than another picture in that style would be.
        Assert.HasCount(1, ImageEffects.Apply(new RgbImage(1, 1), style).Pixels.Chunk(3));
    }

    [TestMethod]
    public void StylesHaveRanges()
    {
        var image = TinyDiffusion.Picture(8, 8);
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageEffects.Apply(image, ImageStyle.Neon, double.NaN));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => ImageEffects.Apply(image, (ImageStyle)99));
        Assert.ThrowsExactly<ArgumentOutOfRangeException>(() => StyleVariations.PromptOf((ImageStyle)99));
    }

    [TestMethod]
    public void VariationsByTheModelStartFromThePicture()
    {
        using var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder);
        var request = TinyDiffusion.Request(4);
        request.Strength = 0.5;
        var styled = StyleVariations.Generate(pipeline, TinyDiffusion.Picture(16, 16), Enum.GetValues<ImageStyle>(), request);
        Assert.HasCount(5, styled);
        for (int i = 0; i < 5; i++)
            Assert.Contains(StyleVariations.PromptOf((ImageStyle)i), styled[i].Parameters["Prompt"]);
        Assert.AreNotSequenceEqual(styled[0].Latents, styled[1].Latents);
        Assert.IsNull(request.InitialImage);
    }

    [TestMethod]
    public void ACoversPromptNamesPersonaMoodAndStyle()
    {
        var cover = new CoverArtOptions { Title = "My Year", Persona = "Academic Warrior", PrimaryEmotion = "positive", Style = ImageStyle.Neon };
        var prompt = CoverArt.PromptOf(cover);
        foreach (var part in new[] { "Academic Warrior", "uplifting", "neon" })
            Assert.Contains(part, prompt);
        cover.PrimaryEmotion = "wistful";
        Assert.Contains("wistful mood", CoverArt.PromptOf(cover));
        Assert.Contains("Title is empty", Assert.ThrowsExactly<ArgumentException>(() => CoverArt.PromptOf(new())).Message);
    }

    [TestMethod]
    public void ACoverHasItsTextsAtTheLowerEdge()
    {
        RequireFont();
        using var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder);
        var request = TinyDiffusion.Request(1);
        (request.Width, request.Height, request.Prompt, request.NegativePrompt) = (64, 64, "", "");
        var cover = CoverArt.Generate(pipeline, new() { Title = "My Year", Subtitle = "in conversations" }, request)[0];
        Assert.AreEqual("My Year", cover.Parameters["Title"]);
        Assert.Contains("watermark", cover.Parameters["Negative prompt"]);
        var reports = new List<ImageProgress>();
        request.Progress = new StableDiffusionTests.Collector(reports);
        Assert.ThrowsExactly<ImagingException>(() => CoverArt.Generate(pipeline, new() { Title = "My Year", Subtitle = "\U0010FFFD" }, request));
        Assert.IsEmpty(reports, "What cannot be written is known before the picture is made.");

        var plain = TinyDiffusion.Picture(128, 128);
        var composed = CoverArt.Compose(plain, new() { Title = "My Year", Subtitle = "in conversations" });
        Assert.AreSequenceEqual(plain.Pixels[..(3 * 128 * 60)], composed.Pixels[..(3 * 128 * 60)], "the upper half stays");
        int white = Enumerable.Range(64 * 128, 64 * 128).Count(i => composed.Luminance(i) > 235);
        Assert.IsGreaterThan(50, white);
    }

    [TestMethod]
    public void TextsAreWrappedAndShrunkUntilTheyFit()
    {
        RequireFont();
        var black = new RgbImage(300, 200);
        var text = new TextOverlay { Text = "A very long title that cannot stand on one line at all, whatever one does", Size = 0.3, MaximumLines = 3, Margin = 0.1 };
        var drawn = TextOverlay.Draw(black, text);
        for (int y = 0; y < 200; y++)
        {
            for (int x = 0; x < 300; x++)
            {
                if (x is < 20 or >= 280)
                    Assert.IsLessThan(200f, drawn.Luminance(y * 300 + x), $"nothing is written in the margin, at {x}, {y}");
            }
        }
        Assert.IsGreaterThan(500, Enumerable.Range(0, 300 * 200).Count(i => drawn.Luminance(i) > 200));
        Assert.ThrowsExactly<ArgumentException>(() => TextOverlay.Draw(black, new TextOverlay { Text = " ", Size = 9 }));
        Assert.Contains("none.ttf", Assert.ThrowsExactly<ImagingException>(() => TextOverlay.Draw(black, new TextOverlay { Text = "x", FontFile = "none.ttf" })).Message);
    }

    [TestMethod]
    public void LinesBreakBetweenWords()
    {
        var (lines, fits) = LineBreaks.Wrap("one two  three\nfour", 9, text => text.Length);
        Assert.AreEqual("one two|three|four", string.Join('|', lines.Select(line => line.Text)));
        Assert.IsTrue(fits);
        Assert.IsFalse(LineBreaks.Wrap("immeasurable", 9, text => text.Length).Fits);
    }

    [TestMethod]
    [DataRow("an immeasurable thing", "an|immeas|urable|thing")]
    [DataRow("日本語の題名は、空白なしで", "日本語の題|名は、空白|なしで")]
    [DataRow("これは「題名」です", "これは「題|名」です")]
    [DataRow("ある「題名」です", "ある「題|名」です")]
    [DataRow("四文字だ「題名」", "四文字だ|「題名」")]
    [DataRow("a 👨‍👩‍👧👨‍👩‍👧 b", "a|👨‍👩‍👧|👨‍👩‍👧|b")]
    [DataRow("", "")]
    public void LongWordsBreakBetweenCharacters(string text, string expected)
    {
        int room = text.StartsWith("an", StringComparison.Ordinal) ? 6 : text.StartsWith('a') ? 9 : 5;
        var (lines, fits) = LineBreaks.Wrap(text, room, line => line.Length, breaksWords: true);
        Assert.AreEqual(expected, string.Join('|', lines.Select(line => line.Text)));
        Assert.IsTrue(fits);
    }

    [TestMethod]
    public void CharactersWithoutAGlyphAreNamed()
    {
        RequireFont();
        var black = new RgbImage(120, 60);
        string fault = Assert.ThrowsExactly<ImagingException>(() => TextOverlay.Draw(black, new TextOverlay { Text = "Not \U0010FFFD" })).Message;
        Assert.Contains("U+10FFFD", fault);
        string font = Fonts.File(null);
        Assert.Contains(font, Assert.ThrowsExactly<ImagingException>(() => TextOverlay.Draw(black, new TextOverlay { Text = "\U0010FFFD", FontFile = font })).Message);
        Assert.IsEmpty(FontCoverage.Missing(font, "A title, with\tspaces: e\u0301 \u200d\u00ad äß"));
        using var folder = new TemporaryFolder();
        byte[] good = File.ReadAllBytes(font);
        var random = new Random(5);
        for (int round = 0; round < 40; round++)
        {
            byte[] bad = round % 2 == 0 ? good[..random.Next(good.Length)] : [.. good];
            for (int change = 0; change < 40 && bad.Length > 400; change++)
                bad[random.Next(400)] = (byte)random.Next(256);
            File.WriteAllBytes(folder.File($"{round}.ttf"), bad);
            // Whatever it says, it does not throw.
            Assert.IsLessThanOrEqualTo(1, FontCoverage.Missing(folder.File($"{round}.ttf"), "A").Count);
        }
    }

    [TestMethod]
    public void AWordThatIsTooLongForItsLineStaysReadable()
    {
        RequireFont();
        var drawn = TextOverlay.Draw(new RgbImage(400, 400), new TextOverlay { Text = "Donaudampfschifffahrtsgesellschaftskapitänsmützenabzeichenverordnung", Size = 0.1 });
        int[] bright = [.. Enumerable.Range(0, 400).Where(y => Enumerable.Range(0, 400).Any(x => drawn.Luminance(y * 400 + x) > 200))];
        Assert.IsGreaterThan(30, bright.Length, "Several lines of letters, not one of a few pixels.");
    }

    [TestMethod]
    public void AnAnimationMovesAndComesBack()
    {
        using var pipeline = StableDiffusionPipeline.Open(TinyDiffusion.Folder);
        var request = TinyDiffusion.Request(2);
        var reports = new List<ImageProgress>();
        request.Progress = new StableDiffusionTests.Collector(reports);
        var looped = AnimatedSequence.Generate(pipeline, request, new() { EndPrompt = "a dog" });
        Assert.HasCount(12, looped.Frames);
        Assert.AreEqual(12, reports.Max(report => report.Images));
        var texts = PngFile.ReadTexts(looped.ToApng());
        Assert.AreEqual((request.Prompt, "0", "2", "12", "a dog"), (texts["Prompt"], texts["Seed"], texts["Steps"], texts["Frames"], texts["End prompt"]));
        Assert.IsTrue(looped.Frames.Zip(looped.Frames.Skip(1)).All(pair => Difference(pair.First, pair.Second) > 0));
        // A loop's last step is no larger than its others.
        double last = Difference(looped.Frames[11], looped.Frames[0]), largest = looped.Frames.Zip(looped.Frames.Skip(1)).Max(pair => Difference(pair.First, pair.Second));
        Assert.IsLessThan(2 * largest + 1, last);
        var straight = AnimatedSequence.Generate(pipeline, request, new() { Frames = 3, Loop = false, EndSeed = 5 });
        Assert.HasCount(3, straight.Frames);
        Assert.Contains("Frames is 1", Assert.ThrowsExactly<ArgumentException>(() => AnimatedSequence.Generate(pipeline, request, new() { Frames = 1 })).Message);
    }

    [TestMethod]
    public void NoiseOnTheWayBetweenSeedsIsAsStrongAsNoise()
    {
        float[] from = new float[4096], to = new float[4096];
        new GaussianNoise(1).Fill(from);
        new GaussianNoise(2).Fill(to);
        Assert.AreEqual(0, from.Average(), 0.05);
        Assert.AreEqual(1, Deviation(from), 0.05);
        Assert.AreSequenceEqual(from, AnimatedSequence.Slerp(from, to, 0));
        foreach (double share in new[] { 0.25, 0.5, 0.9 })
            Assert.AreEqual(1, Deviation(AnimatedSequence.Slerp(from, to, share)), 0.05);
        Assert.AreSequenceEqual(from, AnimatedSequence.Slerp(from, from, 0.3));

        static double Deviation(float[] values) => Math.Sqrt(values.Average(value => value * value));
    }

    private static void RequireFont()
    {
        try
        {
            Fonts.File(null);
        }
        catch (ImagingException e)
        {
            Assert.Inconclusive(e.Message);
        }
    }

    private static double Difference(RgbImage a, RgbImage b) => a.Pixels.Zip(b.Pixels, (x, y) => Math.Abs(x - y)).Average();
}
