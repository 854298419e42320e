using System.Text.Json;

namespace MLPipelines.Data;

/// <summary>
/// Reads interactions:
/// <c>{"metadata": {"num_users", "num_items", "num_interactions", "density"}, "interactions": [{"user_id", "item_id",
/// "timestamp", "interaction_type", "implicit_rating"}]}</c>. The metadata may come before or after the interactions, or
/// not at all. Identifiers may be strings or numbers; type and timestamp are optional.
/// </summary>
/// <inheritdoc cref="DataReader{T}" path="/remarks"/>
public sealed class InteractionsJsonReader : DataReader<Interaction>
{
    private readonly JsonDataOptions _options;

    /// <summary>Creates a reader.</summary>
    /// <param name="options">How to read; <see langword="null"/> for the defaults.</param>
    public InteractionsJsonReader(JsonDataOptions? options = null)
        : base(options ??= new JsonDataOptions()) => _options = options;

    /// <inheritdoc/>
    public override string Format => "interactions JSON";

    private protected override RecordSource<Interaction> Open(ByteWindow window, ProblemSink sink) => new Source(window, sink, _options);

    private protected override Inspector<Interaction> Inspect(RecordSource<Interaction> source, ValidationOptions options)
    {
        var json = (Source)source;
        // When the metadata are checked, the source counts users and items already.
        return new InteractionsInspector(source, options, json.Tally, feedsTally: !_options.CheckMetadata)
        {
            TypeField = "interaction_type",
            RatingField = "implicit_rating",
            HasTypes = () => json.HasTypes,
            HasRatings = true,
        };
    }

    private sealed class Source(ByteWindow window, ProblemSink sink, JsonDataOptions options)
        : JsonSource<Interaction>(window, sink, options, "interactions")
    {
        private const int User = 1, Item = 2, Time = 4, Type = 8, Rating = 16;

        public InteractionTally Tally { get; } = new();

        public bool HasTypes { get; private set; }

        protected override bool TryMap(ref Utf8JsonReader element, out Interaction? item)
        {
            item = null;
            string? user = null, product = null, type = null;
            DateTimeOffset? time = null;
            float rating = 1;
            bool good = true;
            int met = 0;
            while (element.Read() && element.TokenType == JsonTokenType.PropertyName)
            {
                if (element.ValueTextEquals("user_id"u8))
                {
                    element.Read();
                    good &= IsFirst(ref element, "user_id", ref met, User) && TryIdentifier(ref element, "user_id", out user);
                }
                else if (element.ValueTextEquals("item_id"u8))
                {
                    element.Read();
                    good &= IsFirst(ref element, "item_id", ref met, Item) && TryIdentifier(ref element, "item_id", out product);
                }
                else if (element.ValueTextEquals("timestamp"u8))
                {
                    element.Read();
                    good &= IsFirst(ref element, "timestamp", ref met, Time) && TryTimestamp(ref element, out time);
                }
                else if (element.ValueTextEquals("interaction_type"u8))
                {
                    element.Read();
                    good &= IsFirst(ref element, "interaction_type", ref met, Type) && TryType(ref element, out type);
                }
                else if (element.ValueTextEquals("implicit_rating"u8))
                {
                    element.Read();
                    good &= IsFirst(ref element, "implicit_rating", ref met, Rating) && TryNumber(ref element, "implicit_rating", out rating);
                }
                else
                {
                    element.Read();
                    element.Skip();
                }
            }
            good &= IsGiven("user_id", met, User);
            good &= IsGiven("item_id", met, Item);
            good &= IsGiven("implicit_rating", met, Rating);
            if (!good)
                return false;
            HasTypes |= type is not null;
            item = new Interaction { UserId = user!, ItemId = product!, Type = type, Timestamp = time, Rating = rating };
            if (ChecksMetadata)
                Tally.Add(item);
            return true;
        }

        protected override void CheckMetadata()
        {
            CompareCount("num_interactions", ElementCount);
            // Interactions that could not be read make the other figures incomparable.
            if (RejectedCount > 0 || !Tally.IsComplete)
                return;
            CompareCount("num_users", Tally.Users);
            CompareCount("num_items", Tally.Items);
            CompareShare("density", Tally.Density);
        }

        private bool TryType(ref Utf8JsonReader element, out string? type)
        {
            type = null;
            return element.TokenType == JsonTokenType.Null || TryString(ref element, "interaction_type", out type, repeated: true);
        }

        private bool TryTimestamp(ref Utf8JsonReader element, out DateTimeOffset? time)
        {
            time = null;
            if (element.TokenType == JsonTokenType.Null)
                return true;
            if (element.TokenType != JsonTokenType.String)
                return Refuse(ref element, "timestamp", $"it must be a string, not {Describe(element.TokenType)}");
            if (!IsoTimestamp.TryParse(element.ValueSpan, out var parsed))
                return Refuse(ref element, "timestamp", $"the timestamp cannot be read; {IsoTimestamp.Expected}");
            time = parsed;
            return true;
        }
    }
}
