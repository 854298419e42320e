using System.Text.Json;

namespace MLPipelines.Cli.Infrastructure;

/// <summary>Values of options as a manifest states them.</summary>
internal static class ManifestValue
{
    public static JsonElement Of(string value) => JsonSerializer.SerializeToElement(value, CliJson.Default.String);

    public static JsonElement Of(bool value) => JsonSerializer.SerializeToElement(value, CliJson.Default.Boolean);

    public static JsonElement Of(int value) => JsonSerializer.SerializeToElement(value, CliJson.Default.Int32);

    public static JsonElement Of(float value) => JsonSerializer.SerializeToElement(value, CliJson.Default.Single);

    public static JsonElement Of(double value) => JsonSerializer.SerializeToElement(value, CliJson.Default.Double);

    public static JsonElement Of(float[] values) => JsonSerializer.SerializeToElement(values, CliJson.Default.SingleArray);
}
