using System.Globalization;
using System.Text;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms.Text;

/// <summary>Writes out hashed n-grams: the names of the keys, or their numbers from 0, with <c>|</c> between them.</summary>
internal sealed class NgramDescriber
{
    private readonly string _prefix;
    private readonly VBuffer<ReadOnlyMemory<char>>? _names;
    private readonly StringBuilder _text = new();

    /// <param name="column">The column of keys.</param>
    /// <param name="columnName">The name to be put in front; null for none.</param>
    public NgramDescriber(DataViewSchema.Column column, string columnName)
    {
        _prefix = columnName == null ? "" : $"{columnName}:";
        if (!column.HasKeyValues())
            return;
        VBuffer<ReadOnlyMemory<char>> names = default;
        column.GetKeyValues(ref names);
        _names = names;
    }

    public string Describe(ReadOnlySpan<uint> ngram)
    {
        _text.Clear().Append(_prefix);
        for (int i = 0; i < ngram.Length; i++)
        {
            if (i > 0)
                _text.Append('|');
            if (ngram[i] == 0)
                continue;
            if (_names is { } names)
                _text.Append(names.GetItemOrDefault((int)ngram[i] - 1));
            else
                _text.Append(CultureInfo.InvariantCulture, $"{ngram[i] - 1}");
        }
        return _text.ToString();
    }
}
