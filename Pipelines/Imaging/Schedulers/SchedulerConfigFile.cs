using System.Text.Json;

namespace MLPipelines.Imaging.Schedulers;

/// <summary>Reads <c>scheduler_config.json</c>, with the defaults of each class for what the file leaves out.</summary>
internal static class SchedulerConfigFile
{
    public const string FileName = "scheduler_config.json";

    private const int MostBytes = 4 << 20;

    private static readonly Dictionary<string, SchedulerKind> Classes = new(StringComparer.Ordinal)
    {
        ["DDIMScheduler"] = SchedulerKind.Ddim,
        ["DDPMScheduler"] = SchedulerKind.Ddpm,
        ["PNDMScheduler"] = SchedulerKind.Pndm,
        ["LMSDiscreteScheduler"] = SchedulerKind.Lms,
        ["EulerDiscreteScheduler"] = SchedulerKind.Euler,
        ["EulerAncestralDiscreteScheduler"] = SchedulerKind.EulerAncestral,
        ["HeunDiscreteScheduler"] = SchedulerKind.Heun,
        ["KDPM2DiscreteScheduler"] = SchedulerKind.Kdpm2,
        ["KDPM2AncestralDiscreteScheduler"] = SchedulerKind.Kdpm2Ancestral,
        ["DPMSolverMultistepScheduler"] = SchedulerKind.DpmSolver,
        ["UniPCMultistepScheduler"] = SchedulerKind.UniPc,
        ["DEISMultistepScheduler"] = SchedulerKind.Deis,
        ["LCMScheduler"] = SchedulerKind.Lcm,
    };

    /// <summary>What would change the numbers and is not offered: the key, and the values that mean that it is off.</summary>
    private static readonly (string Key, string[] Off)[] NotOffered =
    [
        ("thresholding", ["false"]), ("use_exponential_sigmas", ["false"]), ("use_beta_sigmas", ["false"]), ("use_lu_lambdas", ["false"]), ("use_flow_sigmas", ["false"]),
        ("lambda_min_clipped", ["-Infinity", "-inf"]), ("interpolation_type", ["linear"]), ("timestep_type", ["discrete"]), ("solver_p", []), ("sigma_min", []), ("sigma_max", []),
        ("variance_type", ["fixed_small", "fixed_large"]),
    ];

    public static SchedulerOptions Read(string path)
    {
        ArgumentException.ThrowIfNullOrEmpty(path);
        var file = Directory.Exists(path) ? Path.Combine(path, FileName) : path;
        var info = new FileInfo(file);
        if (!info.Exists)
            throw ImagingErrors.SchedulerConfig($"'{file}'", $"does not exist; a pipeline's folder has it as scheduler/{FileName}");
        if (info.Length > MostBytes)
            throw ImagingErrors.SchedulerConfig($"'{file}'", $"has {info.Length} bytes; at most {MostBytes} are read");
        return Parse(File.ReadAllText(file), $"'{file}'");
    }

    public static SchedulerOptions Parse(string json, string where)
    {
        ArgumentNullException.ThrowIfNull(json);
        try
        {
            using var document = JsonDocument.Parse(json);
            if (document.RootElement.ValueKind != JsonValueKind.Object)
                throw ImagingErrors.SchedulerConfig(where, $"is a {document.RootElement.ValueKind}; it must be an object");
            var options = Build(document.RootElement, where);
            options.Validate();
            return options;
        }
        catch (JsonException e)
        {
            throw ImagingErrors.SchedulerConfig(where, $"is not JSON: {e.Message.TrimEnd('.')}", e);
        }
        catch (Exception e) when (e is InvalidOperationException or FormatException)
        {
            throw ImagingErrors.SchedulerConfig(where, $"has a value of the wrong type: {e.Message.TrimEnd('.')}", e);
        }
        catch (ArgumentException e)
        {
            throw ImagingErrors.SchedulerConfig(where, $"is out of range: {e.Message.TrimEnd('.')}", e);
        }
    }

    private static SchedulerOptions Build(JsonElement root, string where)
    {
        var name = root.TryGetProperty("_class_name", out var value) ? value.GetString() : null;
        if (name == null || !Classes.TryGetValue(name, out var kind))
            throw ImagingErrors.SchedulerConfig(where, $"has the _class_name '{name}'; it must be one of {string.Join(", ", Classes.Keys)}");
        foreach (var (key, off) in NotOffered)
        {
            if (Given(root, key) is { } given && !off.Contains(given.ValueKind == JsonValueKind.String ? given.GetString() : given.GetRawText()))
                throw ImagingErrors.SchedulerConfig(where, $"asks for {key} = {given.GetRawText()}, which is not offered");
        }
        bool likeStableDiffusion = kind is SchedulerKind.Heun or SchedulerKind.Kdpm2 or SchedulerKind.Kdpm2Ancestral or SchedulerKind.Lcm;
        return new SchedulerOptions
        {
            Kind = kind,
            TrainTimesteps = Given(root, "num_train_timesteps")?.GetInt32() ?? 1000,
            BetaStart = Given(root, "beta_start")?.GetDouble() ?? (likeStableDiffusion ? 0.00085 : 0.0001),
            BetaEnd = Given(root, "beta_end")?.GetDouble() ?? (likeStableDiffusion ? 0.012 : 0.02),
            BetaSchedule = Name(root, "beta_schedule", kind == SchedulerKind.Lcm ? BetaSchedule.ScaledLinear : BetaSchedule.Linear, where, [("linear", BetaSchedule.Linear), ("scaled_linear", BetaSchedule.ScaledLinear), ("squaredcos_cap_v2", BetaSchedule.SquaredCosine)]),
            TrainedBetas = Given(root, "trained_betas")?.EnumerateArray().Select(beta => beta.GetDouble()).ToArray(),
            RescaleBetasToZeroSnr = Flag(root, "rescale_betas_zero_snr") ?? false,
            PredictionType = Name(root, "prediction_type", PredictionType.Epsilon, where, [("epsilon", PredictionType.Epsilon), ("v_prediction", PredictionType.VPrediction), ("sample", PredictionType.Sample)]),
            TimestepSpacing = Given(root, "timestep_spacing") is null ? null : Name(root, "timestep_spacing", TimestepSpacing.Linspace, where, [("linspace", TimestepSpacing.Linspace), ("leading", TimestepSpacing.Leading), ("trailing", TimestepSpacing.Trailing)]),
            StepsOffset = Given(root, "steps_offset")?.GetInt32() ?? 0,
            SetAlphaToOne = Flag(root, "set_alpha_to_one"),
            ClipSample = Flag(root, "clip_sample"),
            ClipSampleRange = Given(root, "clip_sample_range")?.GetDouble() ?? 1,
            LargeVariance = Given(root, "variance_type")?.GetString() == "fixed_large",
            SkipRungeKutta = Flag(root, "skip_prk_steps") ?? kind != SchedulerKind.Pndm,
            UseKarrasSigmas = Flag(root, "use_karras_sigmas") ?? false,
            SolverOrder = Given(root, "solver_order")?.GetInt32() ?? 2,
            Algorithm = kind != SchedulerKind.DpmSolver ? default : Name(root, "algorithm_type", DpmAlgorithm.DpmSolverPlusPlus, where,
                [("dpmsolver++", DpmAlgorithm.DpmSolverPlusPlus), ("dpmsolver", DpmAlgorithm.DpmSolver), ("sde-dpmsolver++", DpmAlgorithm.SdeDpmSolverPlusPlus), ("sde-dpmsolver", DpmAlgorithm.SdeDpmSolver)]),
            SolverType = kind switch
            {
                SchedulerKind.DpmSolver => Name(root, "solver_type", SolverType.Midpoint, where, [("midpoint", SolverType.Midpoint), ("heun", SolverType.Heun)]),
                SchedulerKind.UniPc => Name(root, "solver_type", SolverType.Bh2, where, [("bh1", SolverType.Bh1), ("bh2", SolverType.Bh2)]),
                _ => null,
            },
            LowerOrderFinal = Flag(root, "lower_order_final") ?? true,
            EulerAtFinal = Flag(root, "euler_at_final") ?? false,
            PredictX0 = Flag(root, "predict_x0") ?? true,
            DisableCorrector = Given(root, "disable_corrector")?.EnumerateArray().Select(step => step.GetInt32()).ToArray() ?? [],
            FinalSigma = Name(root, "final_sigmas_type", Default(kind, root), where, [("zero", FinalSigma.Zero), ("sigma_min", FinalSigma.SigmaMin)]),
            OriginalInferenceSteps = Given(root, "original_inference_steps")?.GetInt32() ?? 50,
            TimestepScaling = Given(root, "timestep_scaling")?.GetDouble() ?? 10,
        };
    }

    /// <summary>The noise-predicting forms of DPM-Solver cannot end at zero: files that say nothing mean the other end there.</summary>
    private static FinalSigma Default(SchedulerKind kind, JsonElement root) =>
        kind == SchedulerKind.DpmSolver && Given(root, "algorithm_type")?.GetString() is "dpmsolver" or "sde-dpmsolver" ? FinalSigma.SigmaMin : FinalSigma.Zero;

    private static JsonElement? Given(JsonElement root, string key) =>
        root.TryGetProperty(key, out var value) && value.ValueKind != JsonValueKind.Null ? value : null;

    private static bool? Flag(JsonElement root, string key) => Given(root, key)?.GetBoolean();

    private static T Name<T>(JsonElement root, string key, T otherwise, string where, (string Name, T Value)[] known)
    {
        if (Given(root, key) is not { } given)
            return otherwise;
        var name = given.GetString();
        foreach (var (candidate, value) in known)
        {
            if (candidate == name)
                return value;
        }
        throw ImagingErrors.SchedulerConfig(where, $"has {key} '{name}'; it must be one of {string.Join(", ", known.Select(entry => entry.Name))}");
    }
}
