using System.CommandLine;
using System.Text.Json;
using MLPipelines.Cli.Infrastructure;
using MLPipelines.Text;

namespace MLPipelines.Cli.Classification;

/// <summary>The options of the default classifier, on the command line and in a manifest.</summary>
internal static class ClassifierOptions
{
    private static readonly LinearTextClassificationOptions Defaults = new();

    private static readonly Option<int> WordNGrams = new("--word-ngrams") { Description = "Word n-grams of 1 up to this many words are features; 0 to 5, 0 for none.", HelpName = "N", DefaultValueFactory = _ => Defaults.WordNGramLength };
    private static readonly Option<int> MinimumCharacterNGrams = new("--min-char-ngrams") { Description = "The shortest character n-gram, from 1.", HelpName = "N", DefaultValueFactory = _ => Defaults.MinimumCharacterNGramLength };
    private static readonly Option<int> MaximumCharacterNGrams = new("--max-char-ngrams") { Description = "The longest character n-gram; 0 to 10, 0 for none.", HelpName = "N", DefaultValueFactory = _ => Defaults.MaximumCharacterNGramLength };
    private static readonly Option<float> CharacterWeight = new("--char-weight") { Description = "The weight of characters beside words, whose weight is 1; above 0, up to 100.", HelpName = "W", DefaultValueFactory = _ => Defaults.CharacterWeight };
    private static readonly Option<int> MinimumDocumentFrequency = new("--min-document-frequency") { Description = "N-grams in fewer texts get no feature; from 1. Larger values make smaller models.", HelpName = "N", DefaultValueFactory = _ => Defaults.MinimumDocumentFrequency };
    private static readonly Option<bool> SupervisedWeighting = new("--supervised-weighting") { Description = "Whether n-grams are weighted by how much they tell of the class.", DefaultValueFactory = _ => Defaults.UseSupervisedTermWeighting };
    private static readonly Option<string> Costs = new("--costs") { Description = "Costs of a margin violation to choose from, separated by commas; each above 0, up to 10,000.", HelpName = "C,C,…", DefaultValueFactory = _ => string.Join(',', Defaults.Costs.Select(cost => cost.ToString(System.Globalization.CultureInfo.InvariantCulture))) };
    private static readonly Option<int> CalibrationFolds = new("--calibration-folds") { Description = "Parts of the training data that choose the cost and calibrate the probabilities; 0, or 2 to 20.", HelpName = "N", DefaultValueFactory = _ => Defaults.CalibrationFolds };
    public static readonly Option<int?> Threads = new("--threads") { Description = "Threads to train with; all processors where not given. The model does not depend on it.", HelpName = "N" };

    private static readonly Option[] OfLinear = [WordNGrams, MinimumCharacterNGrams, MaximumCharacterNGrams, CharacterWeight, MinimumDocumentFrequency, SupervisedWeighting, Costs, CalibrationFolds];

    public static void AddTo(Command command)
    {
        foreach (var option in OfLinear.Append(Threads))
            command.Options.Add(option);
    }

    /// <summary>The names of the options given that only the linear classifier has.</summary>
    public static IEnumerable<string> GivenOfLinear(Invocation invocation) => OfLinear.Where(invocation.IsGiven).Select(option => option.Name);

    /// <summary>The options given, checked; what is wrong is added to <paramref name="faults"/>.</summary>
    public static LinearTextClassificationOptions Read(Invocation invocation, int seed, List<string> faults)
    {
        var options = new LinearTextClassificationOptions
        {
            WordNGramLength = invocation.Get(WordNGrams),
            MinimumCharacterNGramLength = invocation.Get(MinimumCharacterNGrams),
            MaximumCharacterNGramLength = invocation.Get(MaximumCharacterNGrams),
            CharacterWeight = invocation.Get(CharacterWeight),
            MinimumDocumentFrequency = invocation.Get(MinimumDocumentFrequency),
            UseSupervisedTermWeighting = invocation.Get(SupervisedWeighting),
            Costs = ParseCosts(invocation.Get(Costs), faults),
            CalibrationFolds = invocation.Get(CalibrationFolds),
            NumberOfThreads = invocation.Get(Threads),
            Seed = seed,
        };
        faults.AddFaultsOf(options.Validate);
        return options;
    }

    /// <summary>The options as a manifest states them.</summary>
    public static IEnumerable<(string Name, JsonElement Value)> ToManifest(LinearTextClassificationOptions options) =>
    [
        ("trainer", ManifestValue.Of("LinearText")),
        ("wordNGramLength", ManifestValue.Of(options.WordNGramLength)),
        ("minimumCharacterNGramLength", ManifestValue.Of(options.MinimumCharacterNGramLength)),
        ("maximumCharacterNGramLength", ManifestValue.Of(options.MaximumCharacterNGramLength)),
        ("characterWeight", ManifestValue.Of(options.CharacterWeight)),
        ("minimumDocumentFrequency", ManifestValue.Of(options.MinimumDocumentFrequency)),
        ("useSupervisedTermWeighting", ManifestValue.Of(options.UseSupervisedTermWeighting)),
        ("costs", ManifestValue.Of([.. options.Costs])),
        ("calibrationFolds", ManifestValue.Of(options.CalibrationFolds)),
    ];

    private static float[] ParseCosts(string text, List<string> faults)
    {
        var costs = new List<float>();
        foreach (var part in text.Split(',', StringSplitOptions.TrimEntries))
        {
            if (float.TryParse(part, System.Globalization.NumberStyles.Float, System.Globalization.CultureInfo.InvariantCulture, out float cost))
                costs.Add(cost);
            else
                faults.Add($"--costs has '{part}', which is no number; expected are numbers separated by commas, such as 0.5,1,2");
        }
        return costs.Count > 0 ? [.. costs] : [1];
    }
}
