using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>Writes computed items as a vector that is sparse where less than half of them are other than zero.</summary>
internal static class DensityRule
{
    /// <summary>Whether a vector of <paramref name="length"/> items, <paramref name="count"/> of them not zero, is dense.</summary>
    public static bool IsDense(int length, int count) => count > 0 && count >= length / 2;

    /// <summary>Copies items; zeros of either sign become positive.</summary>
    public static void Copy<T>(ReadOnlySpan<T> items, ref VBuffer<T> destination) where T : struct, INumberBase<T>
    {
        int count = 0;
        foreach (T item in items)
            count += T.IsZero(item) ? 0 : 1;
        if (IsDense(items.Length, count))
        {
            var dense = VBufferEditor.Create(ref destination, items.Length);
            for (int i = 0; i < items.Length; i++)
                dense.Values[i] = items[i] + T.Zero;
            destination = dense.Commit();
            return;
        }
        var editor = VBufferEditor.Create(ref destination, items.Length, count);
        for (int i = 0, next = 0; next < count; i++)
        {
            if (T.IsZero(items[i]))
                continue;
            editor.Indices[next] = i;
            editor.Values[next++] = items[i];
        }
        destination = editor.Commit();
    }

    /// <summary>Rewrites a dense vector, <paramref name="count"/> of whose items are not zero, as a sparse one in the same storage.</summary>
    public static void Sparsify<T>(ref VBuffer<T> vector, int count) where T : struct, INumberBase<T>
    {
        var editor = VBufferEditor.Create(ref vector, vector.Length, vector.Length, keepOldOnResize: true, requireIndicesOnDense: true);
        for (int i = 0, next = 0; next < count; i++)
        {
            if (T.IsZero(editor.Values[i]))
                continue;
            editor.Indices[next] = i;
            editor.Values[next++] = editor.Values[i];
        }
        vector = editor.CommitTruncated(count);
    }

    /// <summary>Rewrites a sparse vector as a dense one in the same storage, as far as that is large enough.</summary>
    public static void Densify<T>(ref VBuffer<T> vector) where T : struct
    {
        if (vector.IsDense)
            return;
        int count = vector.ExplicitCount;
        var indices = vector.IndicesBuffer;
        var editor = VBufferEditor.Create(ref vector, vector.Length, keepOldOnResize: true);
        // From the end, as no value moves down.
        int filled = vector.Length;
        for (int i = count - 1; i >= 0; i--)
        {
            int index = indices[i];
            T value = editor.Values[i];
            editor.Values[(index + 1)..filled].Clear();
            editor.Values[index] = value;
            filled = index;
        }
        editor.Values[..filled].Clear();
        vector = editor.Commit();
    }
}
