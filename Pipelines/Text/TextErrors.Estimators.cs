using System.Globalization;

namespace MLPipelines.Text;

/// <content>Errors of estimators and metrics.</content>
internal static partial class TextErrors
{
    public static ArgumentException MetricRows(int rows, int predicted, int scores) =>
        new(string.Create(CultureInfo.InvariantCulture, $"There are {rows} rows to judge, {predicted} predictions and {scores} scores; there must be at least one row, and as many of the others."));

    public static ArgumentException MetricLabels(int row, int labels) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has values for another number of labels than {labels}."));

    public static ArgumentException MetricTags(int text, int right, int predicted) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Text {text} has {right} right tags but {predicted} predicted ones."));

    public static ArgumentException ScopeRows(int inside, int outside, int confidences, int correct) =>
        new(string.Create(CultureInfo.InvariantCulture, $"There are {inside} rows in scope, {outside} out of scope, {confidences} confidences and {correct} outcomes; at least one row of either kind is needed, and one of the others for each."));

    public static ArgumentException NothingRelevant() => new("No query has an item that should be found.");

    public static ArgumentException BadSpan(TokenSpan span, int tokens) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The span '{span.Type}' from {span.Start} to {span.End} is empty, overlaps another, or lies outside the {tokens} tokens."));

    public static ArgumentException BadEmbedding(int index, int length, int expected) =>
        new(string.Create(CultureInfo.InvariantCulture, $"{(index < 0 ? "The query" : $"Embedding {index}")} has {length} values where {expected} finite ones are expected."));

    public static ArgumentException BadPolarities(IReadOnlyList<string> labels, IReadOnlyList<double> polarities) =>
        new(string.Create(CultureInfo.InvariantCulture, $"The polarities {string.Join(", ", polarities)} of the labels {string.Join(", ", labels)} must be one a label, from -1 to 1, and not all the same."));

    public static ArgumentException UnknownPolarity(List<string> labels) =>
        new($"Whether {string.Join(", ", labels.Select(label => $"'{label}'"))} is positive or negative is not known. Give Polarities, from -1 for the most negative label to 1 for the most positive.");

    public static InvalidOperationException NoPadToken() =>
        new("The tokenizer has no padding token, which an encoder from scratch needs. Train the vocabulary with VocabularyTrainer, or name a pad_token in tokenizer_config.json.");

    public static ArgumentException TooManyTokens(int asked, int most) =>
        new(string.Create(CultureInfo.InvariantCulture, $"MaximumTokens is {asked}, but the encoder has positions for {most} tokens. Take {most} or less, or an encoder with more positions."));

    public static ArgumentException UnknownClassWeights(List<string> unknown, IReadOnlyList<string> labels) =>
        new($"ClassWeights names {TextRows.Listing(unknown)}, which no training row has as its label; the labels are {TextRows.Listing(labels, 20)}.");

    public static ArgumentException UnknownLabel(string label, IReadOnlyList<string> labels) =>
        new($"The model has no label '{label}'; it has {TextRows.Listing(labels, 20)}.");

    public static InvalidOperationException TagsDoNotFit(long row, int words, int tags) =>
        new(string.Create(CultureInfo.InvariantCulture, $"Row {row} has {words} words, which white space separates, but {tags} tags; each word needs one."));

    public static InvalidOperationException NoPretrainingTexts(int tokens) =>
        new(string.Create(CultureInfo.InvariantCulture, $"There is too little text to learn from: {tokens} tokens in all, beside special ones. At least two blocks of text are needed, one of them to measure on."));

    public static InvalidOperationException NoMaskToken() =>
        new("The tokenizer has no mask token ([MASK] or <mask>), so that no masked language model can be trained with it.");

    public static ArgumentOutOfRangeException NotScored(string column) =>
        new("data", $"The column '{column}' has no slot names, so it is not the probabilities of one of our models. Transform the data with the model first.");
}
