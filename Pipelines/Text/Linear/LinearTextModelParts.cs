namespace MLPipelines.Text;

/// <summary>Everything that a trained linear text classifier consists of, in the form in which it is saved.</summary>
/// <param name="Labels">Names of the classes, in the order of the scores.</param>
/// <param name="Shape">Which n-grams are taken.</param>
/// <param name="CharacterWeight">Length of the character block beside the word block's 1.</param>
/// <param name="UnknownWeight">Weight with which an n-gram outside the vocabulary enters the norm of its text.</param>
/// <param name="Hashes">The hash of each n-gram of the vocabulary, without repetition.</param>
/// <param name="TermWeights">The weight of each n-gram.</param>
/// <param name="Weights">Feature by feature the weight of each class, or one column for two classes.</param>
/// <param name="Biases">The bias of each column.</param>
internal sealed record LinearTextModelParts(
    string[] Labels,
    NGramShape Shape,
    float CharacterWeight,
    float UnknownWeight,
    ulong[] Hashes,
    float[] TermWeights,
    float[] Weights,
    float[] Biases);
