using MLPipelines.Tokenization.Models;

namespace MLPipelines.Tokenization.Processing;

/// <summary>A place of a template: one of the two texts, or special tokens.</summary>
/// <param name="Sequence">0 or 1 for the first or the second text, -1 for special tokens.</param>
/// <param name="TypeId">The segment of the tokens.</param>
/// <param name="Ids">Ids of the special tokens.</param>
/// <param name="Tokens">Texts of the special tokens.</param>
internal sealed record TemplatePart(int Sequence, int TypeId, int[] Ids, string[] Tokens);

/// <summary>What is done to the tokens of a text, or of two, to make an encoding of them. Immutable.</summary>
/// <param name="Single">The order for one text.</param>
/// <param name="Pair">The order for two texts.</param>
/// <param name="TrimSpaces">Whether the ranges of tokens leave out spaces at their ends, once for each entry; the value says whether a space that was added before the text is known to be there.</param>
internal sealed record PostProcessor(TemplatePart[] Single, TemplatePart[] Pair, bool[] TrimSpaces)
{
    /// <summary>The tokens as they are.</summary>
    public static PostProcessor None { get; } = new([Text(0, 0)], [Text(0, 0), Text(1, 1)], []);

    public static TemplatePart Text(int sequence, int typeId) => new(sequence, typeId, [], []);

    public static TemplatePart Special(string token, int id, int typeId) => new(-1, typeId, [id], [token]);

    public TemplatePart[] Template(bool isPair) => isPair ? Pair : Single;

    /// <summary>How many special tokens an encoding gets.</summary>
    public int SpecialCount(bool isPair)
    {
        int count = 0;
        foreach (var part in Template(isPair))
            count += part.Ids.Length;
        return count;
    }
}
