using MLPipelines.Data;
using MLPipelines.Tokenization;

namespace MLPipelines.Benchmarks.Encoders;

/// <summary>Real texts as token ids, in one random order for all sides.</summary>
internal sealed class EncoderTexts
{
    private EncoderTexts(string name, int[][] rows, int[] labels, int classes)
    {
        Name = name;
        Rows = rows;
        Labels = labels;
        Classes = classes;
    }

    public string Name { get; }

    public int[][] Rows { get; }

    public int[] Labels { get; }

    public int Classes { get; }

    public long Tokens => Rows.Sum(row => (long)row.Length);

    public static EncoderTexts Load(string data, string set, TextTokenizer tokenizer, int maximumLength, int rows)
    {
        TextLabel[] all = [.. new TextLabelReader("text", "label").Read(Path.Combine(data, set, "train.csv"))];
        new Random(1).Shuffle(all);
        all = all[..Math.Min(rows, all.Length)];
        var index = all.Select(row => row.Label!).Distinct().Order(StringComparer.Ordinal).Select((label, i) => (label, i)).ToDictionary(pair => pair.label, pair => pair.i);
        var options = new TokenizingOptions { MaximumLength = maximumLength };
        int[][] ids = [.. tokenizer.TokenizeBatch([.. all.Select(row => row.Text)], null, options).Select(text => text.Ids.ToArray())];
        return new EncoderTexts(set, ids, [.. all.Select(row => index[row.Label!])], index.Count);
    }

    /// <summary>The rows in their order, so many a batch.</summary>
    public PeerBatch[] Batches(int rows) =>
        [.. Enumerable.Range(0, Rows.Length / rows).Select(i => new PeerBatch(Rows[(i * rows)..((i + 1) * rows)], Labels[(i * rows)..((i + 1) * rows)]))];
}
