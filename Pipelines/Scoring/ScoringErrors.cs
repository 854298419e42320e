using System.Globalization;

namespace MLPipelines.Scoring;

/// <summary>Builds the exceptions of this assembly; callers write <c>throw ScoringErrors.X(…)</c>.</summary>
internal static partial class ScoringErrors
{
    public static OnnxException NoFile(string path) =>
        new($"There is no ONNX file '{path}'. {(Directory.Exists(path) ? "That is a folder: name the file in it" : "Check the path; models are exported to ONNX with 'mlp export', optimum-cli or torch.onnx.export")}.");

    public static OnnxException CannotRead(string path, Exception inner) => new($"The ONNX file '{path}' cannot be read: {inner.Message}", inner);

    public static OnnxException NotOnnx(string where, long at, string fault) =>
        new(string.Create(CultureInfo.InvariantCulture, $"'{where}' is no ONNX model, or is damaged or cut off: at byte {at}, {fault}. Export it, or fetch it, again."));

    public static OnnxException ForeignOperator(string where, string op, string domain, string node, IEnumerable<string> known) =>
        new($"The model '{where}' is refused: the node '{node}' is of the operator '{op}' of the domain '{domain}', which is a custom one; operators of {string.Join(", ", known.Select(name => $"'{name}'"))} are run, and functions that the model defines itself. Export the model without it.");

    public static OnnxException UnknownOperator(string where, string op, string engine, Exception inner) =>
        new($"The model '{where}' is refused: ONNX Runtime {engine} does not know the operator '{op}' in the version that it asks for. Export it with an operator set that it knows. ({inner.Message})", inner);

    public static OnnxException ExternalOutside(string where, string tensor, string location, string why) =>
        new($"The model '{where}' is refused: the values of the tensor '{tensor}' are said to be in '{location}', which {why}; they must be in a file beside the model, or in a folder below it; a snapshot in the hub's cache may link into the blobs of its own repository.");

    public static OnnxException ExternalMissing(string where, string tensor, string path) =>
        new($"The model '{where}' lacks the file '{path}', which holds the values of the tensor '{tensor}'. Copy it beside the model too.");

    public static OnnxException ExternalShort(string where, string tensor, string path, long offset, long length, long size) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The model '{where}' is refused: the values of the tensor '{tensor}' are said to be the {length} bytes from {offset} of '{path}', which has {size}. The file was cut off, or belongs to another model."));

    public static OnnxException ExternalWithoutFolder(string where, string tensor, string location) =>
        new($"The model '{where}' is given as bytes, but the values of its tensor '{tensor}' are in the file '{location}'. Open it by its path.");

    public static OnnxException CannotOpen(string where, Exception inner) => new($"ONNX Runtime cannot open the model '{where}': {inner.Message}", inner);

    public static OnnxException NoProvider(string provider, IEnumerable<string> available, Exception? inner) =>
        new($"The execution provider {provider} cannot be used{(inner is null ? "" : $" ({inner.Message})")}; this build of ONNX Runtime has {string.Join(", ", available)}. Build with -p:OnnxRuntimeGpu=true and install a matching CUDA and cuDNN, or set {nameof(OnnxSessionOptions.FallBackToCpu)}.", inner!);

    public static OnnxException OldAttention(string where, string wish, long set, int least) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The model '{where}' is in operator set {set}; {wish} takes {least} or more. Export it with a later one, or leave {wish} alone."));

    public static OnnxException NoAttention(string where, string wish, int nodes, int found, IReadOnlyList<string> refused, IReadOnlyList<string> fused)
    {
        const int Most = 4;
        var what = new List<string>(refused.Take(Most));
        if (refused.Count > Most)
            what.Add(string.Create(CultureInfo.InvariantCulture, $"{refused.Count - Most} more"));
        if (fused.Count > 0)
            what.Add($"{string.Join(", ", fused)}, operators that hold no more than they need as it is");
        string kinds = what.Count == 0 ? "" : $", and {string.Join("; ", what)}";
        return new(string.Create(CultureInfo.InvariantCulture, $"{wish} is set for the model '{where}', which has {nodes} operators: {found} times attention in a form that can be rewritten (MatMul, scale, mask, Softmax, MatMul){kinds}. Leave {wish} alone for this model, or export it anew."));
    }

    public static OnnxException UnknownValue(string where, string kind, string name, IEnumerable<string> known) =>
        new($"The model '{where}' has no {kind} '{name}'; its {kind}s are {string.Join(", ", known.Select(value => $"'{value}'"))}.");

    public static OnnxException MissingInputs(string where, IEnumerable<string> missing) =>
        new($"The model '{where}' was run without its input{(missing.Skip(1).Any() ? "s" : "")} {string.Join(", ", missing.Select(name => $"'{name}'"))}; give a value for each.");

    public static OnnxException WrongCount(string where, int names, int values) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The model '{where}' was given {names} names but {values} values; there must be one value for each name."));

    public static OnnxException CannotRun(string where, string inputs, Exception inner) =>
        new($"ONNX Runtime could not run the model '{where}' with {inputs}: {inner.Message}", inner);

    public static OnnxException NoRow(string where, string input, long id, long count) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The model '{where}' was given {id} in its input '{input}'; it must be from {-count} to {count - 1}."));

    public static OnnxException WrongElements(string what, string found, string expected) =>
        new($"The tensor {what} holds {found}; {expected} expected.");

    public static DllNotFoundException NoEngine(string library, string searched, Exception inner) =>
        new($"ONNX Runtime's native library '{library}' cannot be loaded ({inner.Message}). Looked in: {searched}. Likely causes: the program was copied without its 'runtimes' folder, or the system is not one that the package Microsoft.ML.OnnxRuntime has a library for (linux-x64, linux-arm64, win-x64, win-arm64, osx). Publish for the system's runtime identifier, or reference the package directly. 'mlp doctor' checks the installation.", inner);
}
