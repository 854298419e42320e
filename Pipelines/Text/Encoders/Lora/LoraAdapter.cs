using System.Text.Json;
using System.Text.Json.Nodes;
using MLPipelines.Training.Checkpoints;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// The low-rank updates of a model's linear layers, and its head: all that is trained of it. Written as PEFT writes adapters: <c>adapter_config.json</c>, and
/// <c>adapter_model.safetensors</c> with the tensors "base_model.model.[layer].lora_A.weight" [rank, inputs] and "….lora_B.weight" [outputs, rank] and the head's own.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
public sealed class LoraAdapter
{
    /// <summary>The name of the file with the options.</summary>
    public const string ConfigFile = "adapter_config.json";

    /// <summary>The name of the file with the weights.</summary>
    public const string WeightsFile = "adapter_model.safetensors";

    private const string NamePrefix = "base_model.model.";
    private static readonly JsonSerializerOptions Indented = new() { WriteIndented = true };

    private readonly EncoderModel _model;
    private readonly LoraOptions _options;
    private readonly IReadOnlyList<string> _targets;

    private LoraAdapter(EncoderModel model, LoraOptions options, IReadOnlyList<string> targets)
    {
        _model = model;
        _options = options;
        _targets = targets;
    }

    /// <summary>Gives a model low-rank updates that do not change it yet, and freezes its encoder, so that the updates and the head are trained alone.</summary>
    /// <param name="model">A model in float32 on the processor, without updates.</param>
    /// <param name="options">How.</param>
    /// <exception cref="ArgumentException">Some options are out of range.</exception>
    /// <exception cref="EncoderException">No linear layer has any of the names.</exception>
    public static LoraAdapter Add(EncoderModel model, LoraOptions? options = null)
    {
        ArgumentNullException.ThrowIfNull(model);
        options ??= new LoraOptions();
        options.Validate();
        var targets = options.TargetsFor(model.Config.Architecture);
        var linears = model.Encoder.named_modules().Where(module => module.Item2 is EncoderLinear).ToList();
        var chosen = linears.Where(linear => targets.Any(target => linear.Item1 == target || linear.Item1.EndsWith("." + target, StringComparison.Ordinal))).ToList();
        if (chosen.Count == 0)
            throw TextErrors.NoSuchLinear(targets, linears.Select(linear => linear.Item1));
        foreach (var parameter in model.Encoder.parameters())
            parameter.requires_grad_(false);
        foreach (var (_, linear) in chosen)
            LoraUpdate.Attach((EncoderLinear)linear, options.Rank, options.Alpha / options.Rank, options.Dropout);
        var adapter = new LoraAdapter(model, options, targets);
        using var ungraded = no_grad();
        foreach (var (name, parameter) in adapter.Factors())
        {
            if (name.EndsWith($"{LoraUpdate.B}.weight", StringComparison.Ordinal))
                parameter.zero_();
            else
                EncoderInitialisation.Uniform(name, parameter, Math.Sqrt(1.0 / parameter.shape[1]), options.Seed);
        }
        return adapter;
    }

    /// <summary>Adds the updates to the weights, takes them away, and lets all parameters be trained again: the model computes what it did, at the speed of one without.</summary>
    public void Merge()
    {
        foreach (var linear in Updated())
            linear.Update!.Merge();
        Unfreeze();
    }

    /// <summary>Takes the updates away, so that the encoder is what it was before <see cref="Add"/>.</summary>
    public void Remove()
    {
        foreach (var linear in Updated())
            linear.Update!.Detach();
        Unfreeze();
    }

    /// <summary>Writes the adapter: the updates and the head, not the encoder under them.</summary>
    /// <param name="folder">The folder, made where it does not exist.</param>
    public void Save(string folder)
    {
        ArgumentException.ThrowIfNullOrEmpty(folder);
        Directory.CreateDirectory(folder);
        var heads = Head().Select(parameter => parameter.Name.Split('.')[0]).Distinct(StringComparer.Ordinal).ToList();
        var config = new JsonObject
        {
            ["base_model_name_or_path"] = null,
            ["bias"] = "none",
            ["fan_in_fan_out"] = false,
            ["inference_mode"] = true,
            ["init_lora_weights"] = true,
            ["lora_alpha"] = _options.Alpha,
            ["lora_dropout"] = _options.Dropout,
            ["modules_to_save"] = new JsonArray([.. heads.Select(name => (JsonNode?)name)]),
            ["peft_type"] = "LORA",
            ["r"] = _options.Rank,
            ["target_modules"] = new JsonArray([.. _targets.Select(name => (JsonNode?)name)]),
            ["task_type"] = _model switch
            {
                SequenceClassifier => "SEQ_CLS",
                TokenClassifier => "TOKEN_CLS",
                _ => null,
            },
        };
        File.WriteAllText(Path.Combine(folder, ConfigFile), config.ToJsonString(Indented) + "\n");
        using var stream = File.Create(Path.Combine(folder, WeightsFile));
        SafetensorsWriter.Write(
            stream,
            [.. Factors().Concat(Head()).Select(parameter => EncoderTensors.ToWrite(NamePrefix + parameter.Name, parameter.Parameter))],
            new Dictionary<string, string> { ["format"] = "pt" });
    }

    /// <summary>Reads an adapter, and gives a model its updates and its head.</summary>
    /// <param name="model">A model in float32 on the processor, without updates, with the head that the adapter was trained with.</param>
    /// <param name="folder">The folder.</param>
    /// <exception cref="EncoderException">The files are missing, or do not fit the model.</exception>
    /// <exception cref="CheckpointException">The weights are damaged.</exception>
    public static LoraAdapter Load(EncoderModel model, string folder)
    {
        ArgumentNullException.ThrowIfNull(model);
        ArgumentException.ThrowIfNullOrEmpty(folder);
        string file = Path.Combine(folder, ConfigFile);
        if (!File.Exists(file))
            throw TextErrors.BadAdapter(folder, $"there is no {ConfigFile}");
        var adapter = Add(model, ReadOptions(folder, file));
        try
        {
            using var checkpoint = Checkpoint.OpenSafetensors(Path.Combine(folder, WeightsFile));
            var faults = new List<string>();
            var expected = adapter.Factors().Concat(adapter.Head()).ToList();
            foreach (var (name, parameter) in expected)
            {
                if (!checkpoint.Tensors.TryGetValue(NamePrefix + name, out var tensor))
                    faults.Add($"'{NamePrefix}{name}' is missing");
                else
                    EncoderTensors.Read(tensor, parameter, faults);
            }
            faults.AddRange(checkpoint.Tensors.Keys.Except(expected.Select(parameter => NamePrefix + parameter.Name)).Select(name => $"'{name}' belongs to nothing in the model"));
            if (faults.Count > 0)
                throw TextErrors.BadAdapter(folder, string.Join("; ", faults.Take(20)));
            return adapter;
        }
        catch
        {
            adapter.Remove();
            throw;
        }
    }

    private static LoraOptions ReadOptions(string folder, string file)
    {
        try
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(file));
            var root = document.RootElement;
            string type = root.TryGetProperty("peft_type", out var kind) ? kind.GetString() ?? "" : "";
            if (type != "LORA")
                throw TextErrors.BadAdapter(folder, $"peft_type is '{type}'; only LORA is understood");
            var options = new LoraOptions
            {
                Rank = root.GetProperty("r").GetInt32(),
                Alpha = root.GetProperty("lora_alpha").GetDouble(),
                Dropout = root.TryGetProperty("lora_dropout", out var dropout) ? dropout.GetDouble() : 0,
                TargetNames = [.. root.GetProperty("target_modules").EnumerateArray().Select(name => name.GetString()!)],
            };
            options.Validate();
            return options;
        }
        catch (Exception exception) when (exception is JsonException or KeyNotFoundException or InvalidOperationException or FormatException or ArgumentException)
        {
            throw TextErrors.BadAdapter(folder, $"{ConfigFile}: {exception.Message}");
        }
    }

    private IEnumerable<EncoderLinear> Updated() => [.. _model.Encoder.Linears.Where(linear => linear.Update is not null)];

    private IEnumerable<(string Name, Parameter Parameter)> Factors() => _model.named_parameters().Where(parameter => IsFactor(parameter.Item1));

    private IEnumerable<(string Name, Parameter Parameter)> Head() =>
        _model.named_parameters().Where(parameter => !parameter.Item1.StartsWith(_model.Encoder.Prefix, StringComparison.Ordinal));

    private void Unfreeze()
    {
        foreach (var parameter in _model.Encoder.parameters())
            parameter.requires_grad_(true);
    }

    private static bool IsFactor(string name) =>
        name.EndsWith($".{LoraUpdate.A}.weight", StringComparison.Ordinal) || name.EndsWith($".{LoraUpdate.B}.weight", StringComparison.Ordinal);
}
