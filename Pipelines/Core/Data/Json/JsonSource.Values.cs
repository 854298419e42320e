using System.Globalization;
using System.Runtime.InteropServices;
using System.Text;
using System.Text.Json;

namespace MLPipelines.Data;

internal abstract partial class JsonSource<T>
{
    private readonly Utf8StringCache _strings = new();
    private readonly Dictionary<string, Declaration> _declared = new(StringComparer.Ordinal);
    private readonly Dictionary<string, Dictionary<string, Declaration>> _declaredGroups = new(StringComparer.Ordinal);

    /// <summary>A number that the metadata state.</summary>
    protected readonly record struct Declaration(decimal Value, TextPosition At);

    /// <summary>Numbers by name that the metadata state about their own group, such as each class; null where there is no such group.</summary>
    protected Dictionary<string, Declaration>? DeclaredGroup(string name) => _declaredGroups.GetValueOrDefault(name);

    /// <summary>Reports where the metadata state another count than the content has.</summary>
    protected void CompareCount(string field, long actual)
    {
        if (_declared.TryGetValue(field, out var declared) && declared.Value != actual)
            ReportMismatch(field, declared, actual.ToString(CultureInfo.InvariantCulture));
    }

    /// <summary>Reports where the metadata state another share; the content's is rounded to the decimals stated.</summary>
    protected void CompareShare(string field, double actual)
    {
        if (_declared.TryGetValue(field, out var declared)
            && Math.Abs((double)declared.Value - actual) > 0.5000001 * Math.Pow(10, -declared.Value.Scale))
            ReportMismatch(field, declared, actual.ToString("0.########", CultureInfo.InvariantCulture));
    }

    protected void ReportMismatch(string field, Declaration declared, string actual) =>
        Sink.Report(DataSeverity.Error, declared.At, field,
            $"the metadata do not match the content, which has {actual}; correct the metadata, or the file is incomplete",
            declared.Value.ToString(CultureInfo.InvariantCulture));

    /// <summary>Reads a string; false after reporting why it is none.</summary>
    protected bool TryString(ref Utf8JsonReader reader, string field, out string? value, bool repeated = false)
    {
        value = null;
        if (reader.TokenType != JsonTokenType.String)
            return Refuse(ref reader, field, $"it must be a string, not {Describe(reader.TokenType)}");
        try
        {
            value = repeated && !reader.ValueIsEscaped ? _strings.Get(reader.ValueSpan) : reader.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Refuse(ref reader, field, "it contains half of a surrogate pair, which is no character");
        }
        return !reader.ValueIsEscaped || !value.Contains('\0') || Refuse(ref reader, field, "it contains a NUL character");
    }

    /// <summary>Reads an identifier: a string that is not blank, or a number, which is taken as it is written.</summary>
    protected bool TryIdentifier(ref Utf8JsonReader reader, string field, out string? value)
    {
        if (reader.TokenType == JsonTokenType.Number)
        {
            value = _strings.Get(reader.ValueSpan);
            return true;
        }
        if (!TryString(ref reader, field, out value, repeated: true))
            return false;
        return !string.IsNullOrWhiteSpace(value) || Refuse(ref reader, field, "the identifier is empty");
    }

    /// <summary>Reads a number.</summary>
    protected bool TryNumber(ref Utf8JsonReader reader, string field, out float value)
    {
        value = 0;
        if (reader.TokenType != JsonTokenType.Number)
            return Refuse(ref reader, field, $"it must be a number, not {Describe(reader.TokenType)}");
        return reader.TryGetSingle(out value) && float.IsFinite(value) || Refuse(ref reader, field, "the number is out of the range of a float");
    }

    /// <summary>Reports a value, passes over it, and gives false.</summary>
    protected bool Refuse(ref Utf8JsonReader reader, string field, string reason)
    {
        if (!Sink.Absorbs(DataSeverity.Error))
            Sink.Take(DataSeverity.Error, PositionOf(reader), field, reason, Utf8Text.Excerpt(Encoding.UTF8.GetString(reader.ValueSpan)));
        reader.Skip();
        return false;
    }

    /// <summary>Notes that a member was met; false, with an error, if it was before.</summary>
    protected bool IsFirst(ref Utf8JsonReader reader, string field, ref int met, int bit)
    {
        if ((met & bit) != 0)
            return Refuse(ref reader, field, "the member is given more than once");
        met |= bit;
        return true;
    }

    /// <summary>False, with an error, for a member that an element must have and has not.</summary>
    protected bool IsGiven(string field, int met, int bit)
    {
        if ((met & bit) != 0)
            return true;
        Report(DataSeverity.Error, field, "the member is missing");
        return false;
    }

    private void ReadMetadata(ref Utf8JsonReader metadata)
    {
        while (metadata.Read() && metadata.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryName(ref metadata, out string name))
                return;
            if (metadata.TokenType == JsonTokenType.StartObject)
                ReadGroup(ref metadata, CollectionsMarshal.GetValueRefOrAddDefault(_declaredGroups, name, out _) ??= new(StringComparer.Ordinal));
            else if (metadata.TokenType == JsonTokenType.Number && metadata.TryGetDecimal(out decimal value))
                _declared[name] = new Declaration(value, PositionOf(metadata));
            else
                metadata.Skip();
        }
    }

    private void ReadGroup(ref Utf8JsonReader metadata, Dictionary<string, Declaration> group)
    {
        while (metadata.Read() && metadata.TokenType == JsonTokenType.PropertyName)
        {
            if (!TryName(ref metadata, out string name))
                return;
            if (metadata.TokenType == JsonTokenType.Number && metadata.TryGetDecimal(out decimal value))
                group[name] = new Declaration(value, PositionOf(metadata));
            else
                metadata.Skip();
        }
    }

    /// <summary>Reads a member's name and moves to its value.</summary>
    private bool TryName(ref Utf8JsonReader metadata, out string name)
    {
        name = "";
        try
        {
            name = metadata.GetString()!;
        }
        catch (InvalidOperationException)
        {
            return Refuse(ref metadata, "metadata", "a name contains half of a surrogate pair, which is no character");
        }
        return metadata.Read();
    }
}
