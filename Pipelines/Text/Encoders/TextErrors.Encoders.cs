using System.Globalization;
using MLPipelines.Text.Encoders;

namespace MLPipelines.Text;

internal static partial class TextErrors
{
    public static EncoderException BadConfig(List<string> faults) =>
        new($"The encoder's config.json cannot be used: {string.Join("; ", faults)}.");

    public static EncoderException NotJson(Exception cause) =>
        new($"The encoder's config.json is not a JSON object: {cause.Message}", cause);

    public static EncoderException UnknownModelType(string? type) =>
        new($"model_type is '{type}'; the encoders that can be built are {EncoderConfigKeys.Families}.");

    public static EncoderException MissingFile(string location, string name, IEnumerable<string> present) =>
        new($"'{location}' has no {name}; it holds {Listed([.. present.Order(StringComparer.Ordinal)], "no files")}.");

    public static EncoderException TooLong(long length, EncoderConfig config) =>
        new(string.Create(CultureInfo.InvariantCulture, $"A sequence has {length} tokens, but this {config.ModelType} encoder has positions for at most {config.MaximumTokens}. Truncate the text to that many tokens, special tokens included."));

    public static EncoderException IdOutOfRange(int row, int position, int id, EncoderConfig config) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has the token id {id} at position {position}, but the encoder's vocabulary has the ids 0 to {config.VocabularySize - 1}. Is the tokenizer another checkpoint's?"));

    public static EncoderException TypeOutOfRange(int row, int position, int type, EncoderConfig config) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has the segment {type} at position {position}, but this {config.ModelType} encoder has the segments 0 to {config.TypeVocabularySize - 1}."));

    public static EncoderException VocabularyDoesNotFit(int largestId, EncoderConfig config) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The tokenizer has ids up to {largestId}, but the encoder's word embedding has rows for the ids 0 to {config.VocabularySize - 1} (vocab_size is {config.VocabularySize}). The tokenizer and the weights are not of the same checkpoint, or tokens were added without resizing the embedding."));

    public static EncoderException BadInput(string what, IEnumerable<long> shape, string expected) =>
        new($"{what} has the shape [{string.Join(", ", shape)}]; it must be {expected}.");

    public static EncoderException BadFile(string file, string fault) =>
        new($"{file}: {fault}.");

    public static EncoderException NoSuchLinear(IReadOnlyList<string> targets, IEnumerable<string> names) =>
        new($"No linear layer is named {string.Join(" or ", targets.Select(target => $"'{target}'"))}; there are {string.Join(", ", names)}.");

    public static EncoderException BadAdapter(string location, string fault) =>
        new($"The LoRA adapter in '{location}' cannot be used: {fault}.");

    private static string Listed(string[] names, string none) =>
        names.Length == 0 ? none : string.Join(", ", names.Take(20)) + (names.Length > 20 ? ", …" : "");
}
