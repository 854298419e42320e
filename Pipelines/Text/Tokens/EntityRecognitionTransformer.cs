using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Microsoft.ML;
using MLPipelines.MLNet;
using MLPipelines.Training;

namespace MLPipelines.Text;

/// <summary>An entity in a text.</summary>
/// <param name="Type">Its type, such as <c>location</c>.</param>
/// <param name="Start">Where it begins, in UTF-16 code units of the text.</param>
/// <param name="End">One past where it ends.</param>
/// <param name="Text">The text between.</param>
/// <param name="Confidence">The mean probability of its words' tags, 0 to 1.</param>
public sealed record TextEntity(string Type, int Start, int End, string Text, float Confidence);

/// <summary>The words of a text, with tags and entities.</summary>
/// <param name="Tags">The tag of each word.</param>
/// <param name="Confidences">The probability of each word's tag, 0 to 1.</param>
/// <param name="Entities">The entities, in order.</param>
public sealed record TaggedText(IReadOnlyList<string> Tags, IReadOnlyList<float> Confidences, IReadOnlyList<TextEntity> Entities);

/// <summary>The columns that a recogniser of entities reads and adds.</summary>
internal sealed record EntityColumns(string Text, string PredictedTags, string Entities, string Score);

/// <summary>Finds entities in texts: adds a tag for each word, their probabilities, and the entities.</summary>
/// <remarks>
/// Words are what spaces separate. Words beyond the most tokens that are read are tagged O with probability 0.
/// Thread-safe for reading, and to be disposed: it holds native memory; see <see cref="EncoderTransformer"/>.
/// </remarks>
public sealed class EntityRecognitionTransformer : EncoderTransformer
{
    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.Create(UnicodeRanges.All) };

    internal EntityRecognitionTransformer(EncoderRunner runner, EntityColumns columns, SpanScheme scheme, TrainingResult? training = null)
        : base(runner, training) => (Columns, Scheme) = (columns, scheme);

    /// <summary>The tags.</summary>
    public IReadOnlyList<string> Tags => Config.Labels;

    /// <summary>Which tags make an entity.</summary>
    public SpanScheme Scheme { get; }

    internal EntityColumns Columns { get; }

    /// <summary>Finds the entities of texts without any data view. Thread-safe.</summary>
    /// <param name="texts">Any number of texts.</param>
    /// <param name="cancellationToken">Honoured between batches.</param>
    public IReadOnlyList<TaggedText> Predict(IReadOnlyList<string> texts, CancellationToken cancellationToken = default)
    {
        ArgumentNullException.ThrowIfNull(texts);
        return Tag(texts, cancellationToken);
    }

    /// <inheritdoc/>
    protected override RowMapping Bind(DataViewSchema inputSchema) => new TextMapping<TaggedText>(
        inputSchema,
        Columns.Text,
        [
            OutputColumn.Text<TaggedText>(Columns.PredictedTags, text => string.Join(' ', text.Tags)),
            OutputColumn.Text<TaggedText>(Columns.Entities, ToJson),
            OutputColumn.Numbers<TaggedText>(Columns.Score, text => (float[])text.Confidences),
        ],
        texts => Tag(texts));

    private TaggedText[] Tag(IReadOnlyList<string> texts, CancellationToken cancellation = default)
    {
        var tokenized = texts.AsParallel().AsOrdered().Select(text => Words.Tokenize(Tokenizer, text, MaximumTokens)).ToArray();
        var results = new TaggedText[texts.Count];
        Runner.Run(
            tokenized,
            (row, logits) =>
            {
                var words = Words.Of(texts[row]);
                string[] tags = new string[words.Count];
                Array.Fill(tags, BioTags.Outside);
                var confidences = new float[words.Count];
                foreach (var (token, word) in EntityTask.FirstTokens(tokenized[row]))
                {
                    float[] probabilities = TemperatureScaling.Probabilities(logits.Slice(token * Tags.Count, Tags.Count), 1);
                    int best = TextClassificationMetrics.Largest(probabilities);
                    (tags[word], confidences[word]) = (Tags[best], probabilities[best]);
                }
                TextEntity[] entities =
                [
                    .. BioTags.Decode(tags, Scheme).Select(span =>
                    {
                        int start = words[span.Start].Start.Value, end = words[span.End - 1].End.Value;
                        return new TextEntity(span.Type, start, end, texts[row][start..end], confidences[span.Start..span.End].Average());
                    }),
                ];
                results[row] = new TaggedText(tags, confidences, entities);
            },
            cancellation);
        return results;
    }

    private static string ToJson(TaggedText text)
    {
        using var stream = new MemoryStream();
        using (var json = new Utf8JsonWriter(stream, Json))
        {
            json.WriteStartArray();
            foreach (var entity in text.Entities)
            {
                json.WriteStartObject();
                json.WriteString("type", entity.Type);
                json.WriteNumber("start", entity.Start);
                json.WriteNumber("end", entity.End);
                json.WriteString("text", entity.Text);
                json.WriteNumber("confidence", entity.Confidence);
                json.WriteEndObject();
            }
            json.WriteEndArray();
        }
        return Encoding.UTF8.GetString(stream.ToArray());
    }
}
