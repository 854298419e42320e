using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.ML.SearchSpace;
using Microsoft.ML.SearchSpace.Option;

namespace Microsoft.ML.AutoML;

/// <summary>
/// The trials of an experiment in a file, one JSON object to a line, each written when the trial ends. The name of the file says which space and which metric it belongs to, so that
/// another experiment in the same folder begins anew. A line that was cut off by the end of its process is left out.
/// </summary>
internal sealed class Checkpoint
{
    private readonly string _path;
    private readonly List<TrialResult> _completed = [];

    public Checkpoint(string folder, SearchSpace.SearchSpace space, string metric)
    {
        Directory.CreateDirectory(folder);
        string about = $"{metric}\n{Describe(space)}";
        _path = Path.Combine(folder, $"trials-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(about)))[..16]}.jsonl");
        if (!File.Exists(_path))
            return;
        string text = File.ReadAllText(_path);
        int end = text.LastIndexOf('\n') + 1;
        if (end < text.Length)
            File.WriteAllText(_path, text[..end]);
        string[] lines = text[..end].Split('\n', StringSplitOptions.RemoveEmptyEntries);
        for (int i = 0; i < lines.Length; i++)
            Read(lines[i], i + 1, space);
    }

    /// <summary>The trials that were completed, in the order in which they were; without their models.</summary>
    public IReadOnlyList<TrialResult> Completed => _completed;

    /// <summary>The number of the trial after the last.</summary>
    public int Next { get; private set; }

    public void Add(TrialResult result) => Write(new JsonObject
    {
        ["id"] = result.TrialSettings.TrialId,
        ["loss"] = Finite(result.Loss),
        ["metric"] = Finite(result.Metric),
        ["durationInMilliseconds"] = result.DurationInMilliseconds,
        ["peakCpu"] = result.PeakCpu,
        ["peakMemoryInMegaByte"] = result.PeakMemoryInMegaByte,
        ["parameter"] = result.TrialSettings.Parameter.ToNode(),
    });

    public void AddFailed(TrialSettings settings, Exception exception) => Write(new JsonObject
    {
        ["id"] = settings.TrialId,
        ["failure"] = exception.Message,
        ["parameter"] = settings.Parameter.ToNode(),
    });

    private static double? Finite(double value) => double.IsFinite(value) ? value : null;

    private void Write(JsonObject line) => File.AppendAllText(_path, line.ToJsonString() + "\n");

    private void Read(string text, int line, SearchSpace.SearchSpace space)
    {
        try
        {
            var node = JsonNode.Parse(text).AsObject();
            int id = (int)node["id"];
            Next = Math.Max(Next, id + 1);
            var parameter = Parameter.FromNode(node["parameter"]);
            space.MappingToFeatureSpace(parameter);
            _completed.Add(new TrialResult
            {
                TrialSettings = new TrialSettings { TrialId = id, Parameter = parameter },
                Loss = (double?)node["loss"] ?? double.MaxValue,
                Metric = (double?)node["metric"] ?? double.NaN,
                DurationInMilliseconds = (double?)node["durationInMilliseconds"] ?? 0,
                PeakCpu = (double?)node["peakCpu"],
                PeakMemoryInMegaByte = (double?)node["peakMemoryInMegaByte"],
            });
        }
        catch (Exception e) when (e is JsonException or InvalidOperationException or FormatException or NullReferenceException or ArgumentException or KeyNotFoundException or InvalidCastException)
        {
            throw AutoMLErrors.BadCheckpoint(_path, line, e.Message, e);
        }
    }

    private static string Describe(OptionBase option) => option switch
    {
        SearchSpace.SearchSpace space => $"{{{string.Join(",", space.Select(entry => $"{entry.Key}:{Describe(entry.Value)}"))}}}",
        ChoiceOption choice => string.Join("|", (object[])choice.Choices),
        UniformNumericOption number => FormattableString.Invariant($"{number.GetType().Name} {number.Min:R}..{number.Max:R} {number.LogBase}"),
        _ => option.GetType().Name,
    };
}
