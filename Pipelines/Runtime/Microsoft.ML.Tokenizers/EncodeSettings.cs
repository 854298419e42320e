namespace Microsoft.ML.Tokenizers;

/// <summary>How a text is to be encoded.</summary>
public struct EncodeSettings
{
    /// <summary>Settings without a limit on the number of tokens, and with everything else off.</summary>
    public EncodeSettings()
    {
        MaxTokenCount = int.MaxValue;
    }

    /// <summary>Whether the text is normalised first.</summary>
    public bool ConsiderNormalization { get; set; }

    /// <summary>Whether the text is split into words first.</summary>
    public bool ConsiderPreTokenization { get; set; }

    /// <summary>The most tokens to give. The default value is <see cref="int.MaxValue"/>.</summary>
    public int MaxTokenCount { get; set; }
}
