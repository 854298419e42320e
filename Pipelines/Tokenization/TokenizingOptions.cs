namespace MLPipelines.Tokenization;

/// <summary>Which of two texts loses tokens where both together are too long.</summary>
public enum TruncationStrategy
{
    /// <summary>Nothing is cut off.</summary>
    None,

    /// <summary>The longer one, then both alike.</summary>
    LongestFirst,

    /// <summary>The first only.</summary>
    OnlyFirst,

    /// <summary>The second only.</summary>
    OnlySecond,
}

/// <summary>How far encodings are padded.</summary>
public enum PaddingStrategy
{
    /// <summary>Not at all.</summary>
    None,

    /// <summary>To the longest of the batch.</summary>
    Longest,

    /// <summary>To <see cref="TokenizingOptions.PaddingLength"/>.</summary>
    Fixed,
}

/// <summary>One end of a sequence of tokens.</summary>
public enum Side
{
    /// <summary>The start.</summary>
    Left,

    /// <summary>The end.</summary>
    Right,
}

/// <summary>How <see cref="TextTokenizer"/> encodes texts.</summary>
public sealed class TokenizingOptions
{
    /// <summary>Whether the tokens that mark start, end and separation are added. The default value is <see langword="true"/>.</summary>
    public bool AddSpecialTokens { get; set; } = true;

    /// <summary>The most tokens of an encoding, special ones included; at least 0. The default value is <see langword="null"/>: no limit.</summary>
    public int? MaximumLength { get; set; }

    /// <summary>What is cut off where <see cref="MaximumLength"/> is exceeded. The default value is <see cref="TruncationStrategy.LongestFirst"/>.</summary>
    public TruncationStrategy Truncation { get; set; } = TruncationStrategy.LongestFirst;

    /// <summary>The end at which tokens are cut off. The default value is <see cref="Side.Right"/>.</summary>
    public Side TruncationSide { get; set; } = Side.Right;

    /// <summary>How far encodings are padded. The default value is <see cref="PaddingStrategy.None"/>.</summary>
    public PaddingStrategy Padding { get; set; }

    /// <summary>The length in tokens that <see cref="PaddingStrategy.Fixed"/> pads to; at least 0. The default value is <see langword="null"/>: <see cref="MaximumLength"/>.</summary>
    public int? PaddingLength { get; set; }

    /// <summary>The end at which padding goes. The default value is <see cref="Side.Right"/>.</summary>
    public Side PaddingSide { get; set; } = Side.Right;

    /// <summary>The length after padding is rounded up to a multiple of this; at least 1. The default value is <see langword="null"/>: not rounded.</summary>
    public int? PadToMultipleOf { get; set; }

    /// <summary>The id of the padding token. The default value is <see langword="null"/>: the tokenizer's own.</summary>
    public int? PaddingId { get; set; }

    /// <summary>The type id of padding. The default value is 0.</summary>
    public int PaddingTypeId { get; set; }

    /// <summary>Throws where a value is out of its range; the message names all such values.</summary>
    /// <exception cref="ArgumentException">A value is out of its range.</exception>
    public void Validate()
    {
        var faults = new List<string>();
        if (MaximumLength < 0)
            faults.Add($"MaximumLength is {MaximumLength}; it must be at least 0");
        if (PaddingLength < 0)
            faults.Add($"PaddingLength is {PaddingLength}; it must be at least 0");
        if (PadToMultipleOf < 1)
            faults.Add($"PadToMultipleOf is {PadToMultipleOf}; it must be at least 1");
        if (!Enum.IsDefined(Truncation))
            faults.Add($"Truncation is {Truncation}; it must be None, LongestFirst, OnlyFirst or OnlySecond");
        if (!Enum.IsDefined(Padding))
            faults.Add($"Padding is {Padding}; it must be None, Longest or Fixed");
        if (!Enum.IsDefined(TruncationSide) || !Enum.IsDefined(PaddingSide))
            faults.Add("TruncationSide and PaddingSide must be Left or Right");
        if (Padding == PaddingStrategy.Fixed && PaddingLength == null && MaximumLength == null)
            faults.Add("Padding is Fixed, but neither PaddingLength nor MaximumLength is given");
        if (faults.Count > 0)
            throw TokenizationErrors.BadOptions(nameof(TokenizingOptions), faults);
    }

    internal TokenizingOptions Clone() => (TokenizingOptions)MemberwiseClone();
}
