using Microsoft.ML;
using MLPipelines.Generation;

namespace MLPipelines.Tests.Generation;

/// <summary>Which candidate is sent, and what is sent where none will do.</summary>
[TestClass]
public sealed class ResponseGeneratorTests
{
    private static readonly ResponseRequest Request = new("Where is my parcel?", "tracking", "negative", "u1");

    [TestMethod]
    public void TheSurestFitCandidateIsSent()
    {
        using var generator = TextGenerator.Load(TinyGenerators.Separate);
        var responses = new ResponseGenerator(generator, new());
        var chosen = responses.Choose(Request, [Candidate("It is on its way.", 0.5f), Candidate("Call +49 30 12345678 now.", 0.9f), Candidate("It is on its way!", 0.4f), Candidate("We are looking for your parcel.", 0.3f)]);
        Assert.AreEqual("It is on its way.", chosen.Text);
        Assert.IsTrue(chosen.IsFromModel);
        CollectionAssert.AreEqual(new[] { "We are looking for your parcel." }, chosen.Alternatives.ToArray());
    }

    [TestMethod]
    public void FallbacksSayWhy()
    {
        using var generator = TextGenerator.Load(TinyGenerators.Separate);
        var responses = new ResponseGenerator(generator, new() { FallbacksByIntent = new Dictionary<string, string> { ["tracking"] = "We are checking." }, MinimumConfidence = 0.2f });
        Assert.AreEqual(("We are checking.", "fallback: low-confidence"), Of(responses.Choose(Request, [Candidate("Fine.", 0.1f)])));
        Assert.AreEqual(("We are checking.", "fallback: link"), Of(responses.Choose(Request, [Candidate("See www.evil.example", 0.9f)])));
        Assert.AreEqual("fallback: link", responses.Choose(Request with { Intent = "other" }, [Candidate("See www.evil.example", 0.9f)]).Source);
    }

    [TestMethod]
    public void PersonalityAndPreferencesDecideAmongEquals()
    {
        using var generator = TextGenerator.Load(TinyGenerators.Separate);
        GeneratedSequence[] candidates = [Candidate("Your parcel will arrive tomorrow, according to our records.", 0.5f), Candidate("It'll be there tomorrow!! Yay!", 0.5f)];
        var formal = new ResponseGenerator(generator, new() { Personality = new("Vera") { InteractionStyle = "formal, calm" } });
        var playful = new ResponseGenerator(generator, new() { Personality = new("Luna") { EmotionalState = "playful", InteractionStyle = "casual" } });
        Assert.AreEqual(candidates[0].Text, formal.Choose(Request, candidates).Text);
        Assert.AreEqual(candidates[1].Text, playful.Choose(Request, candidates).Text);
        var preferences = new PreferenceModel();
        for (int i = 0; i < 5; i++)
            preferences.Learn("u1", "See you soon! Great!", "It has been registered in our records.");
        var learnt = new ResponseGenerator(generator, new() { Preferences = preferences, PreferenceWeight = 1 });
        Assert.AreEqual(candidates[1].Text, learnt.Choose(Request, candidates).Text);
    }

    [TestMethod]
    public void ResponsesComeForEveryRow()
    {
        using var generator = TextGenerator.Load(TinyGenerators.Separate);
        var responses = new ResponseGenerator(generator, new() { MinimumConfidence = 0, Safety = new() { Disabled = SafetyRules.Names }, Generation = new() { MaximumNewTokens = 8 } });
        var given = responses.Respond([Request, Request with { Content = "Thanks" }, Request]);
        Assert.HasCount(3, given);
        Assert.IsTrue(given.All(response => response.IsFromModel));
        Assert.AreEqual(given[0].Text, given[2].Text);
    }

    [TestMethod]
    public void WrongOptionsAreReportedAtOnce()
    {
        string message = Assert.ThrowsExactly<ArgumentException>(() => new ResponseOptions { Template = "none", Candidates = 0, Fallback = " ", MinimumConfidence = float.NaN }.Validate()).Message;
        foreach (string name in new[] { "ModelFolder", "none", "Candidates", "fallback", "MinimumConfidence" })
            Assert.Contains(name, message);
    }

    private static (string, string) Of(GeneratedResponse response) => (response.Text, response.Source);

    private static GeneratedSequence Candidate(string text, float confidence) => new([5], [MathF.Log(confidence)], 0, FinishReason.EndOfText) { Text = text };
}
