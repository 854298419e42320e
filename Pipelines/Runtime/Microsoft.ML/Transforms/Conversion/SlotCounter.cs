using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>Counts slots, and gives the counts as a vector that is sparse where less than half of it is filled.</summary>
internal sealed class SlotCounter(int length)
{
    private readonly Dictionary<int, float> _counts = [];
    private bool _isDense;

    public void Add(int slot)
    {
        // From here on the vector counts as half full, even when the slot is not a new one.
        _isDense |= _counts.Count >= length / 2 - 1;
        _counts[slot] = _counts.GetValueOrDefault(slot) + 1;
    }

    /// <summary>Gives the counts and starts again.</summary>
    public void MoveTo(ref VBuffer<float> destination)
    {
        if (_isDense)
        {
            var editor = VBufferEditor.Create(ref destination, length);
            editor.Values.Clear();
            foreach (var (slot, count) in _counts)
                editor.Values[slot] = count;
            destination = editor.Commit();
        }
        else
        {
            var editor = VBufferEditor.Create(ref destination, length, _counts.Count, requireIndicesOnDense: true);
            int next = 0;
            foreach (var (slot, count) in _counts)
            {
                editor.Indices[next] = slot;
                editor.Values[next++] = count;
            }
            editor.Indices.Sort(editor.Values);
            destination = editor.Commit();
        }
        _counts.Clear();
        _isDense = false;
    }
}
