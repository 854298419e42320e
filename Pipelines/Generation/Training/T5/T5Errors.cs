using System.Globalization;

namespace MLPipelines.Generation.T5;

/// <summary>Builds the exceptions of T5 models, their training and their export; callers write <c>throw T5Errors.X(…)</c>.</summary>
internal static class T5Errors
{
    public static T5Exception NotJson(Exception? cause) => new($"The model's config.json is not a JSON object{(cause is null ? "" : $": {cause.Message.TrimEnd('.')}")}.", cause);

    public static T5Exception UnknownModelType(string type) =>
        new($"model_type is '{type}'; the models that can be built and exported here are t5 (which T5 v1.1 and Flan-T5 are too) and mt5.");

    public static T5Exception BadConfig(List<string> faults) => new($"The model's config.json cannot be used: {string.Join("; ", faults)}.");

    public static T5Exception MissingTensors(string location, List<string> faults) =>
        new($"{location} does not hold the weights of the model that its config.json describes: {string.Join("; ", faults.Take(20))}{(faults.Count > 20 ? $"; and {faults.Count - 20} more" : "")}.");

    public static T5Exception MissingFile(string location, string name, IEnumerable<string> present) =>
        new($"'{location}' has no {name}; it holds {string.Join(", ", present.Order(StringComparer.Ordinal).Take(20).DefaultIfEmpty("no files"))}.");

    public static T5Exception VocabularyDoesNotFit(int largestId, int rows) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The tokenizer has ids up to {largestId}, but the model's embedding has rows for the ids 0 to {rows - 1} (vocab_size is {rows}). The tokenizer and the weights are not of the same checkpoint, or tokens were added without resizing the embedding."));

    public static T5Exception BadShape(string what, IEnumerable<long> shape, string expected) => new($"{what} has the shape [{string.Join(", ", shape)}]; it must be {expected}.");

    public static InvalidOperationException NoTargets(string column) => new($"No row has a text in column '{column}'; give at least one row with an input and what is to be written for it.");

    public static InvalidOperationException NoSpecialToken(string what) => new($"The tokenizer has no {what} token, which a T5 model needs.");

    public static T5Exception ParityFailed(string model, double difference, double tolerance) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The exported {model} differs from the checked module by {difference:g3}, more than {tolerance:g3}. Export again; if it stays, export without quantisation and report the model's config.json."));
}
