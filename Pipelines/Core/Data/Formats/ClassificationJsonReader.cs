using System.Globalization;
using System.Runtime.InteropServices;
using System.Text.Json;

namespace MLPipelines.Data;

/// <summary>A text with the classes it belongs to; an element of the classification JSON.</summary>
public sealed record ClassificationSample
{
    /// <summary>The text.</summary>
    public string Text { get; init; } = "";

    /// <summary>The identifiers of its classes, one or more.</summary>
    public string[] TaxonomyCodes { get; init; } = [];

    /// <summary>How sure the labelling is, 0 to 1; 1 where the file does not say.</summary>
    public float Confidence { get; init; } = 1;

    /// <summary>Two samples are equal when text, codes in their order and confidence are.</summary>
    public bool Equals(ClassificationSample? other) =>
        other is not null && Text == other.Text && Confidence.Equals(other.Confidence) && TaxonomyCodes.AsSpan().SequenceEqual(other.TaxonomyCodes);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Text, TaxonomyCodes.Length, Confidence);
}

/// <summary>
/// Reads multi-label classification data:
/// <c>{"metadata": {"num_samples", "num_classes", "class_distribution"}, "samples": [{"text", "taxonomy_codes", "confidence"}]}</c>.
/// The metadata may come before or after the samples, or not at all.
/// </summary>
/// <inheritdoc cref="DataReader{T}" path="/remarks"/>
public sealed class ClassificationJsonReader : DataReader<ClassificationSample>
{
    private readonly JsonDataOptions _options;

    /// <summary>Creates a reader.</summary>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public ClassificationJsonReader(JsonDataOptions? options = null)
        : base(options ??= new JsonDataOptions()) => _options = options;

    /// <inheritdoc/>
    public override string Format => "classification JSON";

    private protected override RecordSource<ClassificationSample> Open(ByteWindow window, ProblemSink sink) => new Source(window, sink, _options);

    private protected override Inspector<ClassificationSample> Inspect(RecordSource<ClassificationSample> source, ValidationOptions options) =>
        new SamplesInspector(source, options);

    private sealed class Source(ByteWindow window, ProblemSink sink, JsonDataOptions options)
        : JsonSource<ClassificationSample>(window, sink, options, "samples")
    {
        private const int Text = 1, Codes = 2, Confidence = 4;
        private const int MostClasses = 1 << 20;

        private readonly Dictionary<string, long> _classes = new(StringComparer.Ordinal);
        private readonly List<string> _codes = [];

        protected override bool TryMap(ref Utf8JsonReader element, out ClassificationSample? item)
        {
            item = null;
            string? text = null;
            float confidence = 1;
            bool good = true;
            int met = 0;
            _codes.Clear();
            while (element.Read() && element.TokenType == JsonTokenType.PropertyName)
            {
                if (element.ValueTextEquals("text"u8))
                {
                    element.Read();
                    good &= IsFirst(ref element, "text", ref met, Text) && TryText(ref element, out text);
                }
                else if (element.ValueTextEquals("taxonomy_codes"u8))
                {
                    element.Read();
                    good &= IsFirst(ref element, "taxonomy_codes", ref met, Codes) && TryCodes(ref element);
                }
                else if (element.ValueTextEquals("confidence"u8))
                {
                    element.Read();
                    good &= IsFirst(ref element, "confidence", ref met, Confidence) && TryConfidence(ref element, out confidence);
                }
                else
                {
                    element.Read();
                    element.Skip();
                }
            }
            good &= IsGiven("text", met, Text);
            good &= IsGiven("taxonomy_codes", met, Codes);
            if (!good)
                return false;
            item = new ClassificationSample { Text = text!, TaxonomyCodes = [.. _codes], Confidence = confidence };
            CountClasses();
            return true;
        }

        protected override void CheckMetadata()
        {
            CompareCount("num_samples", ElementCount);
            // Samples that could not be read make the other figures incomparable.
            if (RejectedCount > 0 || _classes.Count >= MostClasses)
                return;
            CompareCount("num_classes", _classes.Count);
            if (DeclaredGroup("class_distribution") is not { } distribution)
                return;
            foreach (var (label, declared) in distribution)
            {
                long actual = _classes.GetValueOrDefault(label);
                if (declared.Value != actual)
                    ReportMismatch($"class_distribution.{label}", declared, actual.ToString(CultureInfo.InvariantCulture));
            }
            foreach (string label in _classes.Keys.Where(label => !distribution.ContainsKey(label)))
                Sink.Report(DataSeverity.Error, distribution.Count == 0 ? new TextPosition(1, 1, 0) : distribution.First().Value.At, "class_distribution", "a class of the samples is not in the metadata", label);
        }

        private bool TryText(ref Utf8JsonReader element, out string? text) =>
            TryString(ref element, "text", out text) && (!string.IsNullOrWhiteSpace(text) || Refuse(ref element, "text", "the text is empty"));

        private bool TryConfidence(ref Utf8JsonReader element, out float confidence)
        {
            confidence = 1;
            if (element.TokenType == JsonTokenType.Null)
                return true;
            return TryNumber(ref element, "confidence", out confidence)
                && (confidence is >= 0 and <= 1 || Refuse(ref element, "confidence", "the confidence must be from 0 to 1"));
        }

        private bool TryCodes(ref Utf8JsonReader element)
        {
            const string field = "taxonomy_codes";
            if (element.TokenType != JsonTokenType.StartArray)
                return Refuse(ref element, field, $"it must be an array of strings, not {Describe(element.TokenType)}");
            bool good = true;
            while (element.Read() && element.TokenType != JsonTokenType.EndArray)
            {
                if (!TryIdentifier(ref element, field, out string? code))
                    good = false;
                else if (_codes.Contains(code!))
                    Report(DataSeverity.Warning, field, "a class is given twice", code);
                else
                    _codes.Add(code!);
            }
            return good && (_codes.Count > 0 || Refuse(ref element, field, "the label is missing; the array is empty"));
        }

        private void CountClasses()
        {
            if (!ChecksMetadata || _classes.Count >= MostClasses)
                return;
            foreach (string code in _codes)
                CollectionsMarshal.GetValueRefOrAddDefault(_classes, code, out _)++;
        }
    }

    private sealed class SamplesInspector(RecordSource<ClassificationSample> source, ValidationOptions options)
        : Inspector<ClassificationSample>(source, options)
    {
        private readonly TextTally _texts = new("text", options);
        private readonly LabelTally _labels = new("taxonomy_codes", options);
        private readonly NumberTally _confidence = new();

        protected override void Inspect(ClassificationSample item)
        {
            ulong labels = 1;
            foreach (string code in item.TaxonomyCodes)
            {
                // A sum, as the order of the classes means nothing.
                labels += StableHash.Of(code) & ~1ul;
                _labels.Add(Source, code);
            }
            _texts.Add(Source, item.Text, ("taxonomy_codes", labels));
            _confidence.Add(item.Confidence);
        }

        protected override void Finish(List<string> notes)
        {
            _texts.AddNotes(notes);
            _labels.Complete(Source.Sink, DataSeverity.Warning);
            _labels.AddNotes(notes);
        }

        public override DataStatistics Statistics(long bytes) => new()
        {
            Rows = Rows,
            Bytes = bytes,
            TextLengths = [_texts.Statistics()],
            Labels = [_labels.Statistics()],
            Numbers = [_confidence.Statistics("confidence")],
        };
    }
}
