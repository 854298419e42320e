namespace MLPipelines.Tokenization.Normalization;

/// <summary>Characters that the reference implementation's older tables do not know.</summary>
internal static class LaterThanUnicode8
{
    public static bool IsPunctuation(int codePoint) => false;

    public static bool IsNonSpacingMark(int codePoint) => false;

    public static bool IsFormat(int codePoint) => false;
}
