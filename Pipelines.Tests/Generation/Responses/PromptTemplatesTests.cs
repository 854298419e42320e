using Microsoft.ML;
using Microsoft.ML.Data;
using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>Templates, those of users too.</summary>
[TestClass]
public sealed class PromptTemplatesTests
{
    [TestMethod]
    public void PlacesAreFilled()
    {
        var template = PromptTemplate.Parse("{{a}} {name} is {mood|fine}.");
        CollectionAssert.AreEqual(new[] { "name", "mood" }, template.Names.ToArray());
        Assert.AreEqual("{a} Luna is fine.", template.Fill(name => name == "name" ? "Luna" : null));
        Assert.AreEqual("{a} {x} is sad.", template.Fill(name => name == "name" ? "{x}" : "sad"));
        foreach (string bad in new[] { "{", "}", "{a", "a}", "{}", "{ }", "{a{b}}" })
            Assert.ThrowsExactly<FormatException>(() => PromptTemplate.Parse(bad), bad);
    }

    [TestMethod]
    public void UsersAddTheirOwn()
    {
        using var folder = new TemporaryFolder();
        File.WriteAllText(folder.File("own.yaml"), "haiku: \"Write a haiku about {topic}\"\nreply:\n  prompt: \"Answer: {content}\"\n  maximumNewTokens: 7\n  temperature: 0.5\n");
        var templates = PromptTemplates.Default.With(folder.File("own.yaml"));
        Assert.AreEqual("Write a haiku about rain", templates["haiku"].Prompt.Fill(_ => "rain"));
        Assert.AreEqual(7, templates["reply"].Apply(new()).MaximumNewTokens);
        Assert.AreNotEqual(templates["reply"].Prompt.Text, PromptTemplates.Default["reply"].Prompt.Text);
        foreach (var style in Enum.GetValues<TextStyle>())
            Assert.IsTrue(templates.Contains(TemplateGeneration.NameOf(style)));
        Assert.Contains("haiku", Assert.ThrowsExactly<KeyNotFoundException>(() => templates["none"]).Message);
    }

    [TestMethod]
    [DataRow("a: {prompt: x, colour: red}", "colour")]
    [DataRow("a: {prompt: \"{x\"}", "not closed")]
    [DataRow("a: {description: x}", "no prompt")]
    [DataRow("a: {prompt: x, temperature: -1}", "Temperature")]
    [DataRow("a: {prompt: x, beams: many}", "beams is 'many'; it must be a whole number")]
    [DataRow("a: {prompt: x, beams: 99999999999}", "beams is '99999999999'")]
    [DataRow("a: {prompt: x, sample: maybe}", "sample is 'maybe'; it must be true or false")]
    [DataRow("a: {prompt: x, prompt: y}", "prompt is given twice")]
    [DataRow("just words", "a mapping from names to templates")]
    [DataRow("a: [1, 2]", "line 1")]
    [DataRow("- a", "line 1")]
    [DataRow("a: x\na: y", "duplicate key a")]
    [DataRow("a: \"", "line 1")]
    public void WrongFilesAreRefusedWithTheirPlace(string yaml, string expected) =>
        Assert.Contains(expected, Assert.ThrowsExactly<FormatException>(() => PromptTemplates.Default.Parse(yaml, "own.yaml")).Message);

    [TestMethod]
    public void TemplatesThatDrawLeaveTheModelsBeamsOut()
    {
        var groups = new GenerationOptions { Beams = 4, BeamGroups = 2, DiversityPenalty = 1 };
        foreach (string template in new[] { "a: {prompt: x, sample: true}", "a: {prompt: x, beams: 3}" })
            PromptTemplates.Default.Parse(template, "own.yaml")["a"].Apply(groups).Validate();
        Assert.AreEqual(2, PromptTemplates.Default.Parse("a: {prompt: x, beams: 4}", "own.yaml")["a"].Apply(groups).BeamGroups);
    }

    [TestMethod]
    public void AColumnIsWrittenByATemplate()
    {
        var context = new MLContext(1);
        var data = context.Data.LoadFromEnumerable(new[] { new { text = "The parcel is late." } });
        var templates = PromptTemplates.Default.Parse("pirate: {prompt: \"Say as a pirate: {text}\", maximumNewTokens: 6}", "own.yaml");
        using var model = context.Transforms.Text.GenerateText(new() { ModelFolder = TinyGenerators.Separate, Template = "pirate", Templates = templates }).Fit(data);
        Assert.AreEqual(
            model.Generator.Generate("Say as a pirate: The parcel is late.", new() { MaximumNewTokens = 6 }).Text, model.Transform(data).GetColumn<string>("GeneratedText").Single());
        Assert.AreEqual(6, model.Generation.MaximumNewTokens);
        string fault = Assert.ThrowsExactly<ArgumentException>(() => context.Transforms.Text.GenerateText(new() { ModelFolder = "x", Template = "none", Prompt = "{a}" }).Fit(data)).Message;
        Assert.Contains("style/poetic", fault);
        Assert.Contains("both given", fault);
    }

    [TestMethod]
    public void TextsComeFromTemplates()
    {
        using var generator = TextGenerator.Load(TinyGenerators.Separate);
        var tagline = generator.Generate(PromptTemplates.Default["tagline"], new Dictionary<string, string> { ["context"] = "a year of chats" });
        Assert.IsLessThanOrEqualTo(24, tagline.Sequences[0].Ids.Length);
        Assert.Contains("colour", Assert.ThrowsExactly<ArgumentException>(() => generator.Generate(PromptTemplates.Default["tagline"], new Dictionary<string, string> { ["colour"] = "red" })).Message);
        string[] styles = [.. Enum.GetValues<TextStyle>().Select(style => generator.TransferStyle("The parcel is late.", style, new() { Sample = true, TopK = 0 }).Text)];
        Assert.IsGreaterThan(1, styles.Distinct().Count());
    }
}
