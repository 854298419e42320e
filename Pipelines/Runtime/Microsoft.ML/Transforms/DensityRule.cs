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

    /// <summary>Copies the items of a sparse vector; those that are zero are left out.</summary>
    public static void Copy<T>(ReadOnlySpan<T> items, ReadOnlySpan<int> indices, int length, ref VBuffer<T> destination) where T : struct, INumberBase<T>
    {
        int count = 0;
        foreach (T item in items)
            count += T.IsZero(item) ? 0 : 1;
        if (IsDense(length, count))
        {
            var dense = VBufferEditor.Create(ref destination, length);
            dense.Values.Clear();
            for (int i = 0; i < items.Length; i++)
                dense.Values[indices[i]] = items[i] + T.Zero;
            destination = dense.Commit();
            return;
        }
        var editor = VBufferEditor.Create(ref destination, length, count);
        for (int i = 0, next = 0; next < count; i++)
        {
            if (T.IsZero(items[i]))
                continue;
            editor.Indices[next] = indices[i];
            editor.Values[next++] = items[i];
        }
        destination = editor.Commit();
    }
}
