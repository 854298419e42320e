using System.Globalization;
using System.Text;
using System.Text.Json;

namespace MLPipelines.Tokenization.Files;

/// <summary>A value of a JSON file that knows where it is, so that what is wrong with it can be told.</summary>
internal readonly struct JsonPart(JsonElement element, string file, string path)
{
    public string File => file;

    public string Path => path.Length == 0 ? "the file" : $"'{path}'";

    public JsonValueKind Kind => element.ValueKind;

    public bool IsNull => element.ValueKind is JsonValueKind.Null or JsonValueKind.Undefined;

    /// <summary>Reads a file; duplicate names are allowed, the last counts.</summary>
    /// <exception cref="TokenizationException">It is no JSON, or not an object.</exception>
    public static JsonPart Parse(byte[] content, string file)
    {
        var bytes = content.AsMemory();
        if (bytes.Span.StartsWith(Encoding.UTF8.Preamble))
            bytes = bytes[3..];
        try
        {
            var root = JsonDocument.Parse(bytes).RootElement;
            return root.ValueKind == JsonValueKind.Object ? new(root, file, "") : throw TokenizationErrors.WrongType(file, "the file", "an object");
        }
        catch (JsonException exception)
        {
            throw TokenizationErrors.Malformed(file, string.Create(CultureInfo.InvariantCulture, $"not JSON (line {exception.LineNumber + 1}, byte {exception.BytePositionInLine + 1})."), exception);
        }
    }

    /// <summary>A value of an object; null where it is missing or null.</summary>
    public JsonPart? Find(string name)
    {
        RequireKind(JsonValueKind.Object, "an object");
        return element.TryGetProperty(name, out var value) && value.ValueKind != JsonValueKind.Null ? new JsonPart(value, file, Child(name)) : null;
    }

    public JsonPart Get(string name) => Find(name) ?? throw TokenizationErrors.Missing(file, Path, name);

    public string Text()
    {
        RequireKind(JsonValueKind.String, "a text");
        return Decode(element.GetString);
    }

    public string Text(string name) => Get(name).Text();

    public string? TextOrNull(string name) => Find(name)?.Text();

    public char Character(string name)
    {
        string text = Text(name);
        return text.Length == 1 ? text[0] : throw TokenizationErrors.WrongType(file, Get(name).Path, "one character");
    }

    public bool Flag(string name, bool defaultValue)
    {
        var part = Find(name);
        if (part == null)
            return defaultValue;
        return part.Value.Kind switch
        {
            JsonValueKind.True => true,
            JsonValueKind.False => false,
            _ => throw TokenizationErrors.WrongType(file, part.Value.Path, "true or false"),
        };
    }

    public int Integer()
    {
        RequireKind(JsonValueKind.Number, "a whole number");
        if (element.TryGetInt32(out int value))
            return value;
        // Written as 512.0 or 1e30: as close as an int gets.
        return element.TryGetDouble(out double number) && number == Math.Floor(number)
            ? (int)Math.Clamp(number, int.MinValue, int.MaxValue)
            : throw TokenizationErrors.WrongType(file, Path, "a whole number");
    }

    public int Integer(string name) => Get(name).Integer();

    public int? IntegerOrNull(string name) => Find(name)?.Integer();

    public double Number()
    {
        RequireKind(JsonValueKind.Number, "a number");
        return element.TryGetDouble(out double value) && double.IsFinite(value) ? value : throw TokenizationErrors.WrongType(file, Path, "a finite number");
    }

    public int Length
    {
        get
        {
            RequireKind(JsonValueKind.Array, "a list");
            return element.GetArrayLength();
        }
    }

    public IEnumerable<JsonPart> Items()
    {
        RequireKind(JsonValueKind.Array, "a list");
        int index = 0;
        foreach (var item in element.EnumerateArray())
            yield return new JsonPart(item, file, $"{path}[{index++}]");
    }

    public IEnumerable<(string Name, JsonPart Value)> Members()
    {
        RequireKind(JsonValueKind.Object, "an object");
        foreach (var member in element.EnumerateObject())
        {
            string name = Decode(() => member.Name);
            yield return (name, new JsonPart(member.Value, file, Child(name)));
        }
    }

    private string Child(string name) => path.Length == 0 ? name : $"{path}.{name}";

    private void RequireKind(JsonValueKind kind, string expected)
    {
        if (element.ValueKind != kind)
            throw TokenizationErrors.WrongType(file, Path, expected);
    }

    private string Decode(Func<string?> read)
    {
        try
        {
            return read()!;
        }
        catch (InvalidOperationException exception)
        {
            throw TokenizationErrors.Malformed(file, $"{Path} has half a surrogate pair.", exception);
        }
    }
}
