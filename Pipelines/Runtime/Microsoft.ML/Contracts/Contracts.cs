using System.Diagnostics;
using System.Diagnostics.CodeAnalysis;
using System.Runtime.CompilerServices;

namespace Microsoft.ML.Runtime;

/// <summary>
/// The one place where the exceptions of this assembly are made, each of the type that the
/// published API documents: bad arguments ArgumentOutOfRangeException, null ArgumentNullException,
/// a bad state or bad data InvalidOperationException, a file that cannot be decoded FormatException.
/// </summary>
[StackTraceHidden]
internal static class Contracts
{
    public static InvalidOperationException Except(string message) => new(message);

    public static InvalidOperationException Except(Exception inner, string message) => new(message, inner);

    public static ArgumentOutOfRangeException ExceptParam(string paramName, string message) => new(paramName, message);

    public static ArgumentOutOfRangeException ExceptUserArg(string name, string message) => new(name, message);

    public static ArgumentNullException ExceptValue(string paramName) => new(paramName);

    public static ArgumentException ExceptEmpty(string paramName) => new($"{paramName} cannot be empty", paramName);

    public static FormatException ExceptDecode(string message) => new(message);

    public static FormatException ExceptDecode(Exception inner, string message) => new(message, inner);

    public static NotSupportedException ExceptNotSupp(string message) => new(message);

    public static IOException ExceptIO(string message) => new(message);

    public static IOException ExceptIO(Exception inner, string message) => new(message, inner);

    public static ArgumentOutOfRangeException ExceptSchemaMismatch(string paramName, string columnRole, string columnName) =>
        new(paramName, $"Could not find {columnRole} column '{columnName}'");

    public static ArgumentOutOfRangeException ExceptSchemaMismatch(string paramName, string columnRole, string columnName, string expectedType, string actualType) =>
        new(paramName, $"Schema mismatch for {columnRole} column '{columnName}': expected {expectedType}, got {actualType}");

    public static void Check([DoesNotReturnIf(false)] bool condition, string message)
    {
        if (!condition)
            throw Except(message);
    }

    public static void CheckValue<T>([NotNull] T value, string paramName) where T : class
    {
        if (value is null)
            throw ExceptValue(paramName);
    }

    public static void CheckNonEmpty([NotNull] string value, string paramName)
    {
        if (string.IsNullOrEmpty(value))
            throw ExceptEmpty(paramName);
    }

    public static void CheckNonEmpty<T>([NotNull] ICollection<T> value, string paramName)
    {
        if (value is null || value.Count == 0)
            throw ExceptEmpty(paramName);
    }

    public static void CheckNonWhiteSpace([NotNull] string value, string paramName)
    {
        if (string.IsNullOrWhiteSpace(value))
            throw ExceptEmpty(paramName);
    }

    public static void CheckParam([DoesNotReturnIf(false)] bool condition, string paramName)
    {
        if (!condition)
            throw new ArgumentOutOfRangeException(paramName);
    }

    public static void CheckParam([DoesNotReturnIf(false)] bool condition, string paramName, string message)
    {
        if (!condition)
            throw ExceptParam(paramName, message);
    }

    public static void CheckUserArg([DoesNotReturnIf(false)] bool condition, string name, string message)
    {
        if (!condition)
            throw ExceptUserArg(name, message);
    }

    public static void CheckDecode([DoesNotReturnIf(false)] bool condition, [CallerArgumentExpression(nameof(condition))] string message = null)
    {
        if (!condition)
            throw ExceptDecode($"The model cannot be read: {message} does not hold.");
    }
}
