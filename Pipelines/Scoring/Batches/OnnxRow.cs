using System.Runtime.InteropServices;

namespace MLPipelines.Scoring;

/// <summary>One row for a model: the values of each input that is a column, and the size that each axis has in this row.</summary>
/// <param name="Values">Arrays of the elements' type, one a column.</param>
/// <param name="Sizes">By axis of the plan.</param>
internal sealed record OnnxRow(Array[] Values, long[] Sizes)
{
    public bool HasSameValues(OnnxRow other)
    {
        for (int i = 0; i < Values.Length; i++)
        {
            if (!Same(Values[i], other.Values[i]))
                return false;
        }
        return true;
    }

    private static bool Same(Array first, Array second) => first is string[] texts
        ? texts.AsSpan().SequenceEqual((string[])second)
        : first.Length == second.Length && Bytes(first).SequenceEqual(Bytes(second));

    private static ReadOnlySpan<byte> Bytes(Array array) =>
        array.Length == 0 ? [] : MemoryMarshal.CreateReadOnlySpan(ref MemoryMarshal.GetArrayDataReference(array), Buffer.ByteLength(array));
}
