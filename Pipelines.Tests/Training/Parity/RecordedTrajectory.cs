using System.Text.Json;
using MLPipelines.Training;

namespace MLPipelines.Tests.Training.Parity;

/// <summary>A fine-tuning run as the reference recorded it: batches, hyper-parameters, what each step came to.</summary>
internal sealed class RecordedTrajectory
{
    private readonly JsonElement _run;
    private readonly JsonElement _hyper;

    private RecordedTrajectory(string folder, JsonElement root, string name)
    {
        Folder = folder;
        Name = name;
        Batches = [.. root.GetProperty("batches").EnumerateArray().Select(batch => new RecordedBatch(batch))];
        _run = root.GetProperty("runs").GetProperty(name);
        _hyper = _run.GetProperty("hyper");
        Steps = [.. _run.GetProperty("steps").EnumerateArray().Select(step => new RecordedStep(step))];
    }

    /// <summary>All runs of all folders under <c>training</c> in the fixtures.</summary>
    public static IEnumerable<RecordedTrajectory> All()
    {
        foreach (string folder in ParityFixtures.Directories("training"))
        {
            using var document = JsonDocument.Parse(File.ReadAllBytes(Path.Combine(folder, "expected.json")));
            foreach (var run in document.RootElement.GetProperty("runs").EnumerateObject())
                yield return new RecordedTrajectory(folder, document.RootElement.Clone(), run.Name);
        }
    }

    public string Folder { get; }

    public string Name { get; }

    public RecordedBatch[] Batches { get; }

    public RecordedStep[] Steps { get; }

    /// <summary>Micro-batches per step.</summary>
    public int Accumulation => _hyper.TryGetProperty("accumulation", out var value) ? value.GetInt32() : 1;

    /// <summary>Parts of the names of parameters that do not decay.</summary>
    public string[] NoDecay => [.. _hyper.GetProperty("no_decay").EnumerateArray().Select(name => name.GetString()!)];

    /// <summary>Logits of the first batches after the last step: [batch][row][class].</summary>
    public double[][][] FinalLogits =>
        [.. _run.GetProperty("final_logits_first3_batches").EnumerateArray().Select(batch => batch.EnumerateArray().Select(Numbers).ToArray())];

    /// <summary>Parameters whose weights differ between any two implementations.</summary>
    public HashSet<string> Unstable => _run.TryGetProperty("params_unstable_above_1e-4", out var names) ? [.. names.EnumerateArray().Select(name => name.GetString()!)] : [];

    /// <summary>Sums over the final weights of each parameter.</summary>
    public IEnumerable<(string Name, double Sum, double AbsoluteSum, double Norm, double[] First, double[] Last)> FinalChecksums =>
        _run.GetProperty("final_checksums").EnumerateObject().Select(entry => (
            entry.Name, entry.Value.GetProperty("sum").GetDouble(), entry.Value.GetProperty("abs_sum").GetDouble(), entry.Value.GetProperty("l2").GetDouble(),
            Numbers(entry.Value.GetProperty("first4")), Numbers(entry.Value.GetProperty("last4"))));

    /// <summary>The final weights, where the reference kept them.</summary>
    public string? FinalWeightsFile => Path.Combine(Folder, $"final_{Name}.safetensors") is var file && File.Exists(file) ? file : null;

    public TrainingOptions Options() => new()
    {
        Device = "cpu",
        Precision = TrainingPrecision.Float32,
        MaximumSteps = _hyper.GetProperty("num_training_steps").GetInt64(),
        BatchSize = Accumulation,
        AccumulationSteps = Accumulation,
        MaximumTokensPerMicroBatch = 1,
        LearningRate = _hyper.GetProperty("lr").GetDouble(),
        WeightDecay = _hyper.GetProperty("weight_decay").GetDouble(),
        Beta1 = _hyper.GetProperty("betas")[0].GetDouble(),
        Beta2 = _hyper.GetProperty("betas")[1].GetDouble(),
        Epsilon = _hyper.GetProperty("eps").GetDouble(),
        MaximumGradientNorm = _hyper.GetProperty("max_grad_norm") is { ValueKind: JsonValueKind.Number } norm ? norm.GetDouble() : null,
        WarmupSteps = _hyper.GetProperty("num_warmup_steps").GetInt64(),
        Schedule = _hyper.GetProperty("schedule").GetString() switch
        {
            "linear" => LearningRateSchedule.Linear,
            "cosine" => LearningRateSchedule.Cosine,
            "constant" or "constant_with_warmup" => LearningRateSchedule.Constant,
            var other => throw new InvalidDataException($"The schedule '{other}' is unknown."),
        },
        Shuffle = false,
        KeepBest = false,
    };

    public override string ToString() => $"{Path.GetFileName(Folder)} {Name}";

    internal static double[] Numbers(JsonElement array) => [.. array.EnumerateArray().Select(number => number.GetDouble())];
}

/// <summary>A step as recorded.</summary>
internal sealed class RecordedStep(JsonElement step)
{
    public double LearningRate { get; } = step.GetProperty("lr").GetDouble();

    public double Loss { get; } = step.GetProperty("loss").GetDouble();

    public double[] MicroLosses { get; } = RecordedTrajectory.Numbers(step.GetProperty("micro_losses"));

    public double GradientNorm { get; } = step.GetProperty("grad_norm_before_clip").GetDouble();
}

/// <summary>A batch as recorded.</summary>
internal sealed class RecordedBatch
{
    public RecordedBatch(JsonElement batch)
    {
        Rows = batch.GetProperty("input_ids").GetArrayLength();
        InputIds = Integers(batch.GetProperty("input_ids"));
        AttentionMask = Integers(batch.GetProperty("attention_mask"));
        TokenTypeIds = batch.TryGetProperty("token_type_ids", out var types) ? Integers(types) : null;
        var labels = batch.GetProperty("labels");
        if (labels[0].ValueKind == JsonValueKind.Array)
            MultiLabels = [.. labels.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(number => number.GetSingle())];
        else
            Labels = [.. labels.EnumerateArray().Select(label => label.GetInt64())];
    }

    public int Rows { get; }

    public int Length => InputIds.Length / Rows;

    /// <summary>Row by row.</summary>
    public long[] InputIds { get; }

    public long[] AttentionMask { get; }

    public long[]? TokenTypeIds { get; }

    /// <summary>The class of each row.</summary>
    public long[]? Labels { get; }

    /// <summary>The truth of each class of each row.</summary>
    public float[]? MultiLabels { get; }

    private static long[] Integers(JsonElement rows) => [.. rows.EnumerateArray().SelectMany(row => row.EnumerateArray()).Select(number => number.GetInt64())];
}
