using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;

namespace MLPipelines.Artifacts;

/// <summary>The one place where this folder's exceptions are made.</summary>
[StackTraceHidden]
internal static class ArtifactThrow
{
    [DoesNotReturn]
    public static void Fail(string message, Exception? inner = null) => throw new ArtifactException(message, inner);

    [DoesNotReturn]
    public static void Damaged(string file, string reason, Exception? inner = null) =>
        throw new ArtifactException($"The artifact '{file}' is damaged or was not made by this library: {reason}. Fetch it again, or publish the model anew.", inner);

    [DoesNotReturn]
    public static void Entry(string file, string entry, string reason, Exception? inner = null) =>
        throw new ArtifactException($"The artifact '{file}' is refused: entry '{Printable(entry)}' {reason}.", inner);

    [DoesNotReturn]
    public static void Limit(string file, string what, long value, long limit, string option) =>
        throw new ArtifactException($"The artifact '{file}' is refused: {what} is {value:N0}, more than the {limit:N0} that {nameof(ArtifactTrustOptions)}.{option} allows.");

    /// <summary>Control characters as escapes, and at most 200 characters.</summary>
    public static string Printable(string text)
    {
        var cut = text.Length > 200 ? text[..200] + "…" : text;
        return string.Concat(cut.Select(c => char.IsControl(c) ? $"\\u{(int)c:x4}" : c.ToString()));
    }
}
