namespace Microsoft.ML.Data;

/// <summary>
/// One line of a text file as it is put together: the values that differ from the default of their column, by slot. At the
/// end its tail is written sparsely where that is shorter.
/// </summary>
internal sealed class TextLine(char separator, int columnCount, bool forceDense)
{
    // What a sparse item costs, compared with a dense one.
    private const double SparseCost = 2.5;
    private const int MinSparseLength = 5;

    private readonly int[] _columnEnds = new int[columnCount];
    private readonly int[] _columnItems = new int[columnCount];
    private readonly string[] _defaults = new string[columnCount];
    private char[] _text = new char[1024];
    private int _textLength;
    private (int Slot, int End)[] _items = new (int, int)[128];
    private int _itemCount;
    private int _column;

    /// <summary>The number of slots so far.</summary>
    public int Length { get; private set; }

    public void Clear()
    {
        _textLength = 0;
        _itemCount = 0;
        _column = 0;
        Length = 0;
    }

    /// <summary>Adds a value of the current column; slots come in increasing order.</summary>
    public void Append(ReadOnlySpan<char> text, int slot, string defaultText)
    {
        if (text.SequenceEqual(defaultText))
            return;
        if (_text.Length - _textLength < text.Length)
            Array.Resize(ref _text, Math.Max(2 * _text.Length, _textLength + text.Length));
        text.CopyTo(_text.AsSpan(_textLength));
        _textLength += text.Length;
        if (_itemCount == _items.Length)
            Array.Resize(ref _items, 2 * _itemCount);
        _items[_itemCount++] = (Length + slot, _textLength);
    }

    /// <summary>Ends the current column, of the given number of slots.</summary>
    public void EndColumn(int length, string defaultText)
    {
        Length += length;
        _defaults[_column] = defaultText;
        _columnEnds[_column] = Length;
        _columnItems[_column++] = _itemCount;
    }

    /// <summary>Writes the line without a break. A first value that would make the line a comment, or leave it blank, is put in quotes.</summary>
    public void WriteTo(TextWriter writer, bool isFirst)
    {
        int denseColumns = forceDense ? _column : SparseFrom();
        WriteDense(writer, denseColumns, isFirst);
        if (denseColumns < _column)
            WriteSparse(writer, denseColumns);
    }

    /// <summary>The column from which on the line is sparse, the number of columns for none.</summary>
    private int SparseFrom()
    {
        int best = 0;
        double bestCost = SparseCost * _itemCount;
        for (int column = 0; column < _column; column++)
        {
            double cost = _columnEnds[column] + SparseCost * (_itemCount - _columnItems[column]);
            if (cost < bestCost)
            {
                bestCost = cost;
                best = column + 1;
            }
        }
        int dense = best == 0 ? 0 : _columnEnds[best - 1];
        int sparse = Length - dense;
        return sparse < MinSparseLength || sparse < dense / 5 ? _column : best;
    }

    private void WriteDense(TextWriter writer, int columns, bool isFirst)
    {
        int item = 0;
        int slot = 0;
        for (int column = 0; column < columns; column++)
        {
            for (; slot < _columnEnds[column]; slot++)
            {
                if (slot > 0)
                    writer.Write(separator);
                bool isExplicit = item < _itemCount && _items[item].Slot == slot;
                var text = isExplicit ? Text(item++) : _defaults[column];
                bool needsQuotes = slot == 0 && (text.StartsWith("//") || (isFirst && text.StartsWith("#")) || (text.IsEmpty && Length == 1));
                if (needsQuotes)
                    writer.Write('"');
                writer.Write(text);
                if (needsQuotes)
                    writer.Write('"');
            }
        }
    }

    private void WriteSparse(TextWriter writer, int column)
    {
        int start = column == 0 ? 0 : _columnEnds[column - 1];
        int item = column == 0 ? 0 : _columnItems[column - 1];
        if (start > 0)
            writer.Write(separator);
        writer.Write(Length - start);
        if (item == _itemCount)
        {
            // A sparse part has at least one item.
            writer.Write(separator);
            writer.Write("0:");
            writer.Write(_defaults[column]);
        }
        for (; item < _itemCount; item++)
        {
            writer.Write(separator);
            writer.Write(_items[item].Slot - start);
            writer.Write(':');
            writer.Write(Text(item));
        }
    }

    private ReadOnlySpan<char> Text(int item)
    {
        int start = item == 0 ? 0 : _items[item - 1].End;
        return _text.AsSpan(start, _items[item].End - start);
    }
}
