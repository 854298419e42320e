namespace Microsoft.ML.Tokenizers;

/// <summary>One token of an encoded text: its id, its text and where in the encoded text it comes from.</summary>
public readonly struct EncodedToken
{
    /// <summary>Makes a token.</summary>
    /// <param name="id">The id in the vocabulary.</param>
    /// <param name="value">The text of the token, as the vocabulary has it.</param>
    /// <param name="offset">Where the token comes from: first character and one past the last.</param>
    public EncodedToken(int id, string value, Range offset)
    {
        Id = id;
        Value = value;
        Offset = offset;
    }

    /// <summary>The id in the vocabulary.</summary>
    public int Id { get; }

    /// <summary>The text of the token.</summary>
    public string Value { get; }

    /// <summary>The characters of the encoded text that the token stands for.</summary>
    public Range Offset { get; }
}
