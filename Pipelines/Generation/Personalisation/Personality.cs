using System.Collections.Frozen;

namespace MLPipelines.Generation;

/// <summary>
/// Who speaks: character, emotional state, behaviour and way of dealing with people. It stands in the prompt, and decides among candidates by how they are written.
/// Immutable and thread-safe.
/// </summary>
/// <remarks>
/// Words that weigh candidates are those of <see cref="KnownTraits"/>, wherever they stand in the four descriptions; others reach the prompt only, where their effect is up to the model.
/// </remarks>
/// <param name="Name">The name, such as "Luna".</param>
public sealed record Personality(string Name)
{
    // What each word asks of a text, by the measures of TextFeatures.
    private static readonly FrozenDictionary<string, (string Feature, float Weight)[]> Traits = new Dictionary<string, (string, float)[]>(StringComparer.OrdinalIgnoreCase)
    {
        ["formal"] = [("contractions", -1), ("exclamations", -1), ("emoji", -1), ("courtesy", 0.5f), ("wordLength", 0.5f)],
        ["casual"] = [("contractions", 1), ("exclamations", 0.3f), ("courtesy", -0.3f), ("wordLength", -0.5f)],
        ["friendly"] = [("courtesy", 0.7f), ("secondPerson", 0.5f), ("exclamations", 0.4f)],
        ["warm"] = [("courtesy", 0.7f), ("firstPerson", 0.4f), ("secondPerson", 0.4f)],
        ["playful"] = [("exclamations", 0.8f), ("emoji", 0.8f), ("questions", 0.3f)],
        ["enthusiastic"] = [("exclamations", 1), ("capitals", 0.2f)],
        ["calm"] = [("exclamations", -1), ("capitals", -0.5f), ("sentenceLength", 0.3f)],
        ["concise"] = [("length", -1), ("sentenceLength", -0.5f)],
        ["detailed"] = [("length", 1), ("digits", 0.3f)],
        ["curious"] = [("questions", 1)],
        ["cautious"] = [("hedges", 1)],
        ["confident"] = [("hedges", -1), ("questions", -0.3f)],
        ["technical"] = [("wordLength", 0.8f), ("digits", 0.5f), ("exclamations", -0.5f)],
        ["romantic"] = [("firstPerson", 0.6f), ("secondPerson", 0.6f), ("digits", -0.5f)],
        ["reserved"] = [("firstPerson", -0.6f), ("exclamations", -0.6f), ("length", -0.3f)],
    }.ToFrozenDictionary(StringComparer.OrdinalIgnoreCase);

    /// <summary>The words that weigh candidates.</summary>
    public static IReadOnlyList<string> KnownTraits { get; } = [.. Traits.Keys.Order(StringComparer.Ordinal)];

    /// <summary>Who it is: "a warm and curious librarian". The default value is "".</summary>
    public string Character { get; init; } = "";

    /// <summary>How it feels now: "calm". The default value is "".</summary>
    public string EmotionalState { get; init; } = "";

    /// <summary>How it acts: "asks before it assumes". The default value is "".</summary>
    public string Behaviour { get; init; } = "";

    /// <summary>How it deals with people: "friendly, concise". The default value is "".</summary>
    public string InteractionStyle { get; init; } = "";

    /// <summary>The description that stands before a prompt, with a space at its end; "" where nothing is described.</summary>
    public string Describe()
    {
        var parts = new List<string>();
        Add("", Character);
        Add("feeling ", EmotionalState);
        Add("who ", Behaviour);
        Add("in a way that is ", InteractionStyle);
        return parts.Count == 0 && Name.Length == 0 ? "" : $"You are {string.Join(", ", parts.Prepend(Name).Where(part => part.Length > 0))}. ";

        void Add(string lead, string text)
        {
            if (!string.IsNullOrWhiteSpace(text))
                parts.Add(lead + text.Trim());
        }
    }

    /// <summary>How well a text suits the personality: higher is better; 0 where no known trait is named.</summary>
    public float Affinity(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        float[] features = TextFeatures.Of(text);
        float sum = 0;
        int count = 0;
        foreach (string word in TextFeatures.Words($"{Character} {EmotionalState} {Behaviour} {InteractionStyle}").Distinct(StringComparer.Ordinal))
        {
            if (!Traits.TryGetValue(word, out var weights))
                continue;
            count++;
            foreach (var (feature, weight) in weights)
                sum += weight * features[Array.IndexOf(TextFeatures.Names, feature)];
        }
        return count == 0 ? 0 : sum / count;
    }
}
