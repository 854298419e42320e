using System.Globalization;

namespace MLPipelines.Generation;

/// <summary>Builds the exceptions of this assembly's generators; callers write <c>throw GenerationErrors.X(…)</c>.</summary>
internal static class GenerationErrors
{
    public static GenerationException NotNumbers(int row, float value) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The decoder gave {value} among the logits of row {row}; they must be finite. The model is damaged, or its type (float16) overflows: export it as float32."));

    public static GenerationException NothingAllowed(int row, int length) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} may not be continued after {length} tokens: bad words, n-gram bans, minimum length and the other rules together forbid every token. Relax one of them."));

    public static DirectoryNotFoundException NoFolder(string folder) => new($"There is no folder '{folder}' with an exported model.");

    public static FileNotFoundException MissingFile(string folder, string file, IEnumerable<string> present) =>
        new($"The model folder '{folder}' lacks {file}. An encoder-decoder in the Optimum layout has encoder_model.onnx, and decoder_model.onnx with decoder_with_past_model.onnx, or decoder_model_merged.onnx, and config.json; the folder (or its subfolder onnx) has: {Listed(present)}.", file);

    public static GenerationException BadConfig(string file, string reason, Exception? inner = null) => new($"'{file}' {reason}.", inner);

    public static GenerationException LacksInput(string file, string kind, IEnumerable<string> missing, IEnumerable<string> present) =>
        new($"'{file}' lacks the {kind} {Listed(missing)}; it has: {Listed(present)}. Export the model in the Optimum layout (text2text-generation-with-past).");

    public static GenerationException UnknownInput(string file, IEnumerable<string> unknown) =>
        new($"'{file}' has inputs that no encoder-decoder in the Optimum layout has: {Listed(unknown)}.");

    public static GenerationException BadType(string file, string name, object type) => new($"'{file}' has '{name}' of type {type}; the types that are known are Float and Float16.");

    public static GenerationException BadShape(string name, IEnumerable<long> shape, string expected) =>
        new($"The model gave '{name}' of shape [{string.Join(", ", shape)}]; expected is {expected}.");

    public static GenerationException CannotLoad(string file, string reason, Exception inner) => new($"ONNX Runtime cannot load '{file}': {reason}", inner);

    public static GenerationException CannotRun(string file, string reason, Exception inner) => new($"ONNX Runtime cannot run '{file}': {reason}", inner);

    public static GenerationException VocabularyMismatch(string folder, int largestId, int vocabulary) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The tokenizer in '{folder}' has ids up to {largestId}, but the model knows {vocabulary} tokens: they do not belong together."));

    public static ArgumentException EmptyPrompt(int row) => new($"Prompt {row} has no tokens; give it at least one (an end-of-text token is one).");

    public static ArgumentException PromptTooLong(int row, int tokens, int most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Prompt {row} has {tokens} tokens; at most {most} are taken. Shorten it, or raise MaximumPromptTokens if memory allows: it grows with the square of the length."));

    public static ArgumentException UnknownId(int row, int id, int vocabulary) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has the token id {id}; the model knows 0 to {vocabulary - 1}."));

    public static ArgumentException NoRoom(int maximumLength, int promptLength) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The maximum length is {maximumLength} tokens, but the output starts with {promptLength} that are given (start token and prefix): nothing can be generated. Raise MaximumLength or MaximumNewTokens."));

    private static string Listed(IEnumerable<string> names)
    {
        var list = names.ToList();
        return list.Count == 0 ? "(nothing)" : string.Join(", ", list.Take(40)) + (list.Count > 40 ? ", …" : "");
    }
}

/// <summary>A model cannot be used for generation, or gave what cannot be used; the message says what, where, and what to do.</summary>
public sealed class GenerationException : Exception
{
    /// <summary>Makes an exception.</summary>
    /// <param name="message">What is wrong.</param>
    /// <param name="innerException">What caused it.</param>
    public GenerationException(string message, Exception? innerException = null)
        : base(message, innerException)
    {
    }
}
