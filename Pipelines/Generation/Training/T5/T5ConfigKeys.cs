using System.Text.Json;
using System.Text.Json.Nodes;

namespace MLPipelines.Generation.T5;

/// <summary>Reads values of keys of a <c>config.json</c>, and notes down those that are of the wrong kind.</summary>
internal sealed class T5ConfigKeys(JsonObject keys, List<string> faults)
{
    public int Whole(string key, int otherwise) => Read(key, otherwise, "a whole number", static value =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) && number == Math.Floor(number) && Math.Abs(number) <= int.MaxValue ? (int)number : null);

    public double Number(string key, double otherwise) => Read<double>(key, otherwise, "a number", static value =>
        value.ValueKind == JsonValueKind.Number && value.TryGetDouble(out double number) ? number : null);

    public bool Flag(string key, bool otherwise) => Read<bool>(key, otherwise, "true or false", static value => value.ValueKind switch
    {
        JsonValueKind.True => true,
        JsonValueKind.False => false,
        _ => null,
    });

    public string Text(string key, string otherwise)
    {
        if (keys[key] is not { } node)
            return otherwise;
        if (node.GetValueKind() == JsonValueKind.String)
            return node.GetValue<string>();
        faults.Add($"{key} is {Shown(node)}; it must be text");
        return otherwise;
    }

    private T Read<T>(string key, T otherwise, string kind, Func<JsonElement, T?> read)
        where T : struct
    {
        if (keys[key] is not { } node)
            return otherwise;
        if (node is JsonValue && read(node.GetValue<JsonElement>()) is { } value)
            return value;
        faults.Add($"{key} is {Shown(node)}; it must be {kind}");
        return otherwise;
    }

    private static string Shown(JsonNode node)
    {
        string text = node.ToJsonString();
        return text.Length > 40 ? text[..40] + "…" : text;
    }
}
