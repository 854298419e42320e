namespace MLPipelines.Tokenization.Processing;

/// <summary>A token that is found in the text before anything else is done to it.</summary>
/// <param name="Content">The text of the token.</param>
/// <param name="SingleWord">Whether it must not touch a letter or digit.</param>
/// <param name="StripLeft">Whether it takes in the whitespace before it.</param>
/// <param name="StripRight">Whether it takes in the whitespace after it.</param>
/// <param name="Normalized">Whether it is looked for in the normalised text.</param>
/// <param name="Special">Whether decoding leaves it out on request.</param>
internal sealed record AddedToken(string Content, bool SingleWord, bool StripLeft, bool StripRight, bool Normalized, bool Special);
