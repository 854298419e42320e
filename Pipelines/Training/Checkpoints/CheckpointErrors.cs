using System.Globalization;

namespace MLPipelines.Training.Checkpoints;

/// <summary>Builds the exceptions of this folder; callers write <c>throw CheckpointErrors.X(…)</c>.</summary>
internal static class CheckpointErrors
{
    public static CheckpointException NotFound(string path) =>
        new($"There is no checkpoint at '{Printable(path)}': neither a folder nor a file has that path. Give the folder that holds config.json and model.safetensors.");

    public static CheckpointException NoWeights(string location, IEnumerable<string> names)
    {
        var seen = names.Order(StringComparer.Ordinal).Take(10).Select(Printable).ToArray();
        string found = seen.Length == 0 ? "it is empty" : $"it holds {string.Join(", ", seen)}";
        return new($"'{location}' holds no weights that can be read: {found}; expected is one of {string.Join(", ", WeightFiles.InOrder)}.");
    }

    public static CheckpointException Unreadable(string file, Exception inner) => new($"'{file}' cannot be read: {inner.Message}", inner);

    public static CheckpointException Refused(string file, string reason, Exception? inner = null) => new($"The checkpoint file '{file}' is refused: {reason}.", inner);

    public static CheckpointException Damaged(string file, string reason, Exception? inner = null) =>
        new($"The checkpoint file '{file}' is damaged: {reason}. Fetch or save it again.", inner);

    public static CheckpointException Tensor(string file, string tensor, string reason) =>
        new($"The checkpoint file '{file}' is refused: tensor '{Printable(tensor)}' {reason}.");

    public static CheckpointException EndedEarly(string file, long offset, long length, long available) =>
        Damaged(file, string.Create(CultureInfo.InvariantCulture, $"{length} bytes are expected at offset {offset}, but the file has {available} bytes"));

    public static CheckpointException NoSuchTensor(string location, string name, IEnumerable<string> names) =>
        new($"The checkpoint '{location}' has no tensor '{Printable(name)}'; it has {string.Join(", ", names.Order(StringComparer.Ordinal).Take(5).Select(n => $"'{Printable(n)}'"))} and so on.");

    public static ArgumentException NotWholeElements(string tensor, long offset, long length, int elementSize) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Tensor '{tensor}' is read in whole elements of {elementSize} bytes; offset {offset} or length {length} is no multiple of that."));

    public static ArgumentOutOfRangeException OutsideTensor(string tensor, long offset, long length, long byteLength) =>
        new(nameof(offset), string.Create(CultureInfo.InvariantCulture, $"Bytes {offset} to {offset + length} lie outside tensor '{tensor}', which has {byteLength} bytes."));

    public static ArgumentException CannotWrite(string tensor, string reason) => new($"Tensor '{Printable(tensor)}' cannot be written: {reason}.");

    public static CheckpointException DoesNotFit(string location, List<string> faults) =>
        new($"The checkpoint '{location}' does not fit the model, and nothing of it was loaded: {string.Join("; ", faults.Select(Printable))}.");

    public static CheckpointException BadReference(string reference, string reason) =>
        new($"'{Printable(reference)}' refers to no model of a hub: {reason}. Write {HubReference.Scheme}organisation/name@revision, or the path of a folder.");

    public static CheckpointException HubRefused(Uri address, string reason, Exception? inner = null) => new($"The hub's answer to '{address}' is refused: {reason}.", inner);

    public static CheckpointException HubMissing(Uri address, string what) =>
        new($"The hub has no {what} ('{address}' gives status 404). Check the name and the revision.");

    public static CheckpointException HubDenied(Uri address, string what, int status, bool hasToken) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The hub does not give out {what} ('{address}' gives status {status}): it does not exist, or is private or gated. ")
            + (hasToken ? "The token that was sent (HF_TOKEN) does not open it." : "Set HF_TOKEN to a token that may read it."));

    public static CheckpointException HubUnreachable(HubReference model, Exception inner) =>
        new($"{model} could not be fetched: {inner.Message}. Try again; what has come so far is kept.", inner);

    public static CheckpointException HubOffline(HubReference model, string cache) =>
        new($"{model} is not complete in the cache '{cache}', and nothing is fetched because HF_HUB_OFFLINE is set. Fetch it once without.");

    public static CheckpointException HubCache(string cache, Exception inner) => new($"The cache '{cache}' of the hub cannot be used: {inner.Message}", inner);

    public static CheckpointException HubTooLong(Uri address, string name, long length, long limit) =>
        HubRefused(address, string.Create(CultureInfo.InvariantCulture, $"'{name}' has {length} bytes or more, but {nameof(HubOptions)} allow {limit} ({nameof(HubOptions.MaximumFileBytes)}, {nameof(HubOptions.MaximumTotalBytes)})"));

    public static CheckpointException HubTooMuch(HubReference model, string name, long limit) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{model} is refused: with '{name}' its files have more bytes than the {limit} that {nameof(HubOptions)}.{nameof(HubOptions.MaximumTotalBytes)} allows."));

    /// <summary>Control characters as escapes, and at most 200 characters.</summary>
    public static string Printable(string text)
    {
        var cut = text.Length > 200 ? text[..200] + "…" : text;
        return string.Concat(cut.Select(c => char.IsControl(c) || char.IsSurrogate(c) ? $"\\u{(int)c:x4}" : c.ToString()));
    }
}
