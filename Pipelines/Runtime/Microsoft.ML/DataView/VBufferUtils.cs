namespace Microsoft.ML.Data;

/// <summary>Operations on vectors that several components share.</summary>
internal static class VBufferUtils
{
    /// <summary>Makes a vector of the given length without explicit values (of <paramref name="valuesCount"/> unset ones where given).</summary>
    public static void Resize<T>(ref VBuffer<T> destination, int length, int valuesCount = 0) =>
        destination = VBufferEditor.Create(ref destination, length, valuesCount).Commit();

    /// <summary>Rewrites a sparse vector as a dense one.</summary>
    public static void Densify<T>(ref VBuffer<T> buffer)
    {
        if (buffer.IsDense)
            return;
        VBuffer<T> dense = default;
        buffer.CopyToDense(ref dense);
        buffer = dense;
    }

    public static bool HasNonFinite(in VBuffer<float> buffer)
    {
        foreach (float value in buffer.GetValues())
        {
            if (!float.IsFinite(value))
                return true;
        }
        return false;
    }
}
