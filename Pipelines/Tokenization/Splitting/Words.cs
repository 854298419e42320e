using MLPipelines.Tokenization.Normalization;

namespace MLPipelines.Tokenization.Splitting;

/// <summary>The parts that a normalised text has been split into so far: ranges of its characters, none of them empty.</summary>
internal sealed class Words
{
    private int[] ranges = new int[128];
    private int[] spare = new int[128];
    private int spareCount;

    /// <summary>Whether splitting is wanted; where not, splitters only rewrite.</summary>
    public bool Splitting { get; set; } = true;

    public int Count { get; private set; }

    public (int Start, int End) this[int index] => (ranges[2 * index], ranges[2 * index + 1]);

    public void Reset(int length)
    {
        Count = 0;
        if (length > 0)
        {
            ranges[0] = 0;
            ranges[1] = length;
            Count = 1;
        }
    }

    /// <summary>Starts a new list of ranges; the current one stays readable until <see cref="End"/>.</summary>
    public void Begin() => spareCount = 0;

    public void Add(int start, int end)
    {
        if (start == end)
            return;
        if (2 * spareCount + 2 > spare.Length)
            Array.Resize(ref spare, spare.Length * 2);
        spare[2 * spareCount] = start;
        spare[2 * spareCount + 1] = end;
        spareCount++;
    }

    public void End()
    {
        (ranges, spare) = (spare, ranges);
        Count = spareCount;
    }
}

/// <summary>A step of splitting a text into words. Immutable; the text and the words bring the room to work in.</summary>
internal abstract class TextSplitter
{
    public abstract void Apply(AlignedText text, Words words);
}

/// <summary>A step that splits each word on its own.</summary>
internal abstract class WordwiseSplitter : TextSplitter
{
    public sealed override void Apply(AlignedText text, Words words)
    {
        if (!words.Splitting)
            return;
        words.Begin();
        for (int i = 0; i < words.Count; i++)
        {
            var (start, end) = words[i];
            Split(text, start, end, words);
        }
        words.End();
    }

    /// <summary>Adds the words that a part of the text consists of.</summary>
    protected abstract void Split(AlignedText text, int start, int end, Words words);
}

/// <summary>Steps of splitting, one after the other.</summary>
internal sealed class SplitterSequence(TextSplitter[] steps) : TextSplitter
{
    public override void Apply(AlignedText text, Words words)
    {
        foreach (var step in steps)
            step.Apply(text, words);
    }
}
