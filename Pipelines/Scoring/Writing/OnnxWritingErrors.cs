using System.Globalization;

namespace MLPipelines.Scoring.Writing;

/// <summary>Builds the exceptions of graph writing; callers write <c>throw OnnxWritingErrors.X(…)</c>.</summary>
internal static class OnnxWritingErrors
{
    public static ArgumentException ElementType(Type type) =>
        new($"A tensor cannot hold elements of type {type.Name}; it holds float, int, long, sbyte, byte or Half.");

    public static ArgumentException ElementCount(string name, long elements, long[] shape) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The tensor '{name}' has {elements} elements, which do not make the shape [{string.Join(", ", shape)}]."));

    public static InvalidOperationException WrittenBytes(string name, long expected, long written) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The tensor '{name}' was to be written with {expected} bytes, but {written} came."));

    public static InvalidOperationException TooLarge(string graph, long bytes) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The graph '{graph}' would have {bytes} bytes; a protobuf file holds at most 2 GiB. Write its weights into a file of their own."));

    public static InvalidOperationException TwoShapes(string name) =>
        new($"Two tensors are called '{name}' but differ in type or shape; models that share a file of weights must name different weights differently.");

    public static InvalidOperationException TooLargeForHalf(string name, float largest) =>
        new(FormattableString.Invariant($"The weights '{name}' reach {largest}; float16 ends at 65504. Export them in float32."));
}
