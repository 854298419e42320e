using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using MLPipelines.Imaging.Schedulers;

namespace MLPipelines.Tests.Imaging.Schedulers;

/// <summary>Reads the schedulers of reference files.</summary>
internal static class SchedulerFixtures
{
    /// <summary>The options of a run: its class and configuration, and what it passed to every step.</summary>
    public static SchedulerOptions OptionsOf(JsonElement run, FinalSigma final)
    {
        var config = JsonNode.Parse(run.GetProperty("config").GetRawText())!.AsObject();
        config["_class_name"] = run.GetProperty("class").GetString();
        if (final == FinalSigma.SigmaMin)
            config["final_sigmas_type"] ??= "sigma_min";
        var options = SchedulerOptions.Parse(config.ToJsonString());
        if (run.TryGetProperty("step_kwargs", out var arguments) && arguments.TryGetProperty("eta", out var eta))
            options.Eta = eta.GetDouble();
        return options;
    }

    /// <summary>Where the runs of a file end: as it says, or as its version of diffusers had it.</summary>
    public static FinalSigma FinalSigmaOf(JsonElement meta)
    {
        if (meta.TryGetProperty("final_sigmas_type", out var type))
            return type.GetString()!.StartsWith("zero", StringComparison.Ordinal) ? FinalSigma.Zero : FinalSigma.SigmaMin;
        var words = meta.GetProperty("framework").GetString()!.Split(' ', '/');
        var version = Version.Parse(words[Array.IndexOf(words, "diffusers") + 1]);
        return version < new Version(0, 26) ? FinalSigma.SigmaMin : FinalSigma.Zero;
    }

    public static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(value => value.ValueKind == JsonValueKind.String
        ? value.GetString() switch { "Infinity" => double.PositiveInfinity, "-Infinity" => double.NegativeInfinity, var text => double.Parse(text!, CultureInfo.InvariantCulture) }
        : value.GetDouble())];

    public static float[] Singles(JsonElement array) => Array.ConvertAll(Numbers(array), value => (float)value);
}
