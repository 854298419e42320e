using System.Text.Json;
using System.Text.Json.Serialization;

namespace MLPipelines.Generation;

/// <summary>
/// What users like, learnt from their feedback while they give it: a logistic model over how a text is written and its words, with weights that all users share and a deviation for each user.
/// </summary>
/// <remarks>
/// Thread-safe. Feedback is either a text that was liked or not, or a text that was preferred to another (Bradley and Terry 1952); steps are those of AdaGrad (Duchi et al. 2011), with weight decay on
/// the users' deviations, so that a new user is judged as all together are. Weights are deterministic for an order of feedback. It keeps no text and no name: words are hashed, and users are the keys that the caller gives.
/// </remarks>
public sealed class PreferenceModel
{
    private const int WordBuckets = 256;
    private const float Decay = 0.002f;
    private const int FormatVersion = 1;

    private static readonly int Size = TextFeatures.Names.Length + WordBuckets + 1;

    private readonly Lock _gate = new();
    private readonly float _rate;
    private readonly int _mostUsers;
    private readonly Weights _shared;
    private readonly Dictionary<string, Weights> _users;

    /// <summary>An empty model, to which all texts are alike.</summary>
    /// <param name="learningRate">The first step's length. Legal range: above 0 to 10.</param>
    /// <param name="mostUsers">(users) When there are more, the one with the fewest feedbacks is forgotten. Legal range: 1 or more.</param>
    /// <exception cref="ArgumentException">A value is out of range.</exception>
    public PreferenceModel(float learningRate = 0.3f, int mostUsers = 100_000)
        : this(learningRate, mostUsers, new Weights(Size), new Dictionary<string, Weights>(StringComparer.Ordinal))
    {
    }

    private PreferenceModel(float learningRate, int mostUsers, Weights shared, Dictionary<string, Weights> users)
    {
        new OptionFaults(nameof(PreferenceModel)).Above(learningRate, 0, 10, nameof(learningRate)).Range(mostUsers, 1, int.MaxValue, nameof(mostUsers)).Throw();
        (_rate, _mostUsers, _shared, _users) = (learningRate, mostUsers, shared, users);
    }

    /// <summary>The number of users with weights of their own.</summary>
    public int Users
    {
        get
        {
            lock (_gate)
                return _users.Count;
        }
    }

    /// <summary>Learns that a user liked a text, or did not.</summary>
    public void Learn(string user, string text, bool liked)
    {
        ArgumentNullException.ThrowIfNull(user);
        Step(user, FeaturesOf(text), liked ? 1 : 0);
    }

    /// <summary>Learns that a user preferred a text to another for the same prompt.</summary>
    public void Learn(string user, string preferred, string rejected)
    {
        ArgumentNullException.ThrowIfNull(user);
        float[] difference = FeaturesOf(preferred), other = FeaturesOf(rejected);
        for (int i = 0; i < difference.Length; i++)
            difference[i] -= other[i];
        Step(user, difference, 1);
    }

    /// <summary>How much a user will like a text: a log-odds, 0 where nothing is known.</summary>
    /// <param name="user">The user; an unknown one is judged as all together are.</param>
    /// <param name="text">The text.</param>
    public float Score(string user, string text)
    {
        ArgumentNullException.ThrowIfNull(user);
        float[] features = FeaturesOf(text);
        lock (_gate)
            return _shared.Dot(features) + (_users.TryGetValue(user, out var own) ? own.Dot(features) : 0);
    }

    /// <summary>What a user likes and dislikes in how texts are written, strongest first: for people to read.</summary>
    public IReadOnlyList<(string Feature, float Weight)> Explain(string user)
    {
        ArgumentNullException.ThrowIfNull(user);
        lock (_gate)
        {
            var own = _users.GetValueOrDefault(user);
            return [.. TextFeatures.Names.Select((name, i) => (name, _shared.Values[i] + (own?.Values[i] ?? 0))).OrderByDescending(pair => MathF.Abs(pair.Item2))];
        }
    }

    /// <summary>Forgets a user: only what was learnt for all together stays.</summary>
    public bool Forget(string user)
    {
        ArgumentNullException.ThrowIfNull(user);
        lock (_gate)
            return _users.Remove(user);
    }

    /// <summary>Writes the model as JSON.</summary>
    public void Save(Stream target)
    {
        ArgumentNullException.ThrowIfNull(target);
        lock (_gate)
        {
            var file = new PreferenceFile
            {
                Format = FormatVersion, LearningRate = _rate, MostUsers = _mostUsers, Features = [.. TextFeatures.Names], Shared = WeightsFile.Of(_shared),
                Users = new SortedDictionary<string, WeightsFile>(_users.ToDictionary(pair => pair.Key, pair => WeightsFile.Of(pair.Value)), StringComparer.Ordinal),
            };
            JsonSerializer.Serialize(target, file, PreferenceJson.Default.PreferenceFile);
        }
    }

    /// <summary>Reads what <see cref="Save"/> wrote.</summary>
    /// <exception cref="FormatException">It is something else.</exception>
    public static PreferenceModel Load(Stream source)
    {
        ArgumentNullException.ThrowIfNull(source);
        try
        {
            var file = JsonSerializer.Deserialize(source, PreferenceJson.Default.PreferenceFile);
            if (file is not { Format: FormatVersion, Features: not null, Users: not null } || !file.Features.SequenceEqual(TextFeatures.Names) || !file.Users.Values.Append(file.Shared).All(weights => weights?.IsOf(Size) == true))
                throw new FormatException($"The preferences are of format {file?.Format}, or of other features than this library has; it reads format {FormatVersion} with {Size} weights.");
            return new PreferenceModel(file.LearningRate, file.MostUsers, file.Shared.ToWeights(), file.Users.ToDictionary(pair => pair.Key, pair => pair.Value.ToWeights(), StringComparer.Ordinal));
        }
        catch (Exception e) when (e is JsonException or ArgumentException)
        {
            throw new FormatException($"The preferences are not valid: {e.Message}", e);
        }
    }

    private void Step(string user, float[] features, float target)
    {
        lock (_gate)
        {
            if (!_users.TryGetValue(user, out var own))
            {
                if (_users.Count >= _mostUsers)
                    _users.Remove(_users.MinBy(pair => pair.Value.Steps).Key);
                _users[user] = own = new Weights(Size);
            }
            float error = 1 / (1 + MathF.Exp(-(_shared.Dot(features) + own.Dot(features)))) - target;
            // All users together are to move less than the one who spoke.
            _shared.Step(features, error, _rate / 4, 0);
            own.Step(features, error, _rate, Decay);
        }
    }

    private static float[] FeaturesOf(string text)
    {
        ArgumentNullException.ThrowIfNull(text);
        var features = new float[Size];
        TextFeatures.Of(text).CopyTo(features, 0);
        var words = TextFeatures.Words(text).Distinct(StringComparer.Ordinal).ToList();
        float each = words.Count == 0 ? 0 : 1 / MathF.Sqrt(words.Count);
        foreach (string word in words)
        {
            uint hash = 2166136261;
            foreach (char c in word)
                hash = (hash ^ c) * 16777619;
            features[TextFeatures.Names.Length + (int)(hash % WordBuckets)] += each;
        }
        features[^1] = 1;
        return features;
    }

    internal sealed class Weights(int size)
    {
        public float[] Values { get; init; } = new float[size];

        public float[] Squares { get; init; } = new float[size];

        public int Steps { get; set; }

        public float Dot(float[] features) => System.Numerics.Tensors.TensorPrimitives.Dot<float>(Values, features);

        public void Step(float[] features, float error, float rate, float decay)
        {
            Steps++;
            for (int i = 0; i < Values.Length; i++)
            {
                float gradient = error * features[i] + decay * Values[i];
                Squares[i] += gradient * gradient;
                if (Squares[i] > 0)
                    Values[i] -= rate * gradient / MathF.Sqrt(Squares[i] + 1e-6f);
            }
        }
    }
}

/// <summary>Weights on disk.</summary>
internal sealed record WeightsFile
{
    public float[] Values { get; init; } = [];

    public float[] Squares { get; init; } = [];

    public int Steps { get; init; }

    public static WeightsFile Of(PreferenceModel.Weights weights) => new() { Values = weights.Values, Squares = weights.Squares, Steps = weights.Steps };

    public bool IsOf(int size) => Values is not null && Squares is not null && Values.Length == size && Squares.Length == size && Steps >= 0 && Values.All(float.IsFinite) && Squares.All(value => float.IsFinite(value) && value >= 0);

    public PreferenceModel.Weights ToWeights() => new(0) { Values = Values, Squares = Squares, Steps = Steps };
}

/// <summary>A preference model on disk.</summary>
internal sealed record PreferenceFile
{
    public int Format { get; init; }

    public float LearningRate { get; init; }

    public int MostUsers { get; init; }

    public string[] Features { get; init; } = [];

    public WeightsFile Shared { get; init; } = new();

    public SortedDictionary<string, WeightsFile> Users { get; init; } = [];
}

[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase, UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow, MaxDepth = 8)]
[JsonSerializable(typeof(PreferenceFile))]
internal sealed partial class PreferenceJson : JsonSerializerContext;
