using MLPipelines.Tokenization.Models;
using MLPipelines.Tokenization.Normalization;
using MLPipelines.Tokenization.Splitting;

namespace MLPipelines.Tokenization.Processing;

/// <summary>What encoding needs to work in; belongs to one caller at a time and is kept for the next.</summary>
internal sealed class Workspace
{
    // A text of this many tokens or characters leaves room behind that is not worth keeping.
    private const int LargestKept = 1 << 20;

    public readonly AlignedText Text = new();
    public readonly AlignedText Part = new();
    public readonly Words Words = new();
    public readonly ModelScratch Scratch = new();
    public readonly TokenList Tokens = new();
    public readonly WordCache Cache = new();
    public readonly TokenSequence First = new();
    public readonly TokenSequence Second = new();
    public readonly List<(int Start, int End, int Id)> RawRanges = [];
    public readonly List<(int Start, int End, int Id)> Ranges = [];

    /// <summary>The number of tokens with which encoding a text may stop.</summary>
    public int Limit;

    public bool IsWorthKeeping => Text.Characters.Length <= LargestKept && First.Ids.Length <= LargestKept && Second.Ids.Length <= LargestKept;
}
