namespace Microsoft.ML.AutoML;

/// <summary>Whether the training data is held in memory before the trainer reads it.</summary>
public enum CacheBeforeTrainer
{
    Auto = 0,
    On = 1,
    Off = 2,
}

/// <summary>What all experiments have in common.</summary>
public abstract class ExperimentSettings
{
    private const uint ADay = 86_400;

    /// <summary>How many models are tried at most, those of a checkpoint included. Legal range: 1 or more. The default value is <see cref="int.MaxValue"/>: no limit.</summary>
    public int MaxModels = int.MaxValue;

    /// <summary>(seconds) No trial begins after this time, and one that runs is stopped when another has been completed. 0 for no limit, where <see cref="MaxModels"/> is one. The default value is 86400: a day.</summary>
    public uint MaxExperimentTimeInSeconds { get; set; } = ADay;

    /// <summary>Stops the experiment, which then returns the best so far. The default value is none.</summary>
    public CancellationToken CancellationToken { get; set; }

    /// <summary>The folder of temporary files. The bundled runtime writes none. The default value is "Microsoft.ML.AutoML".</summary>
    public string CacheDirectoryName { get; set; } = "Microsoft.ML.AutoML";

    /// <summary>Whether the training data is held in memory. <see cref="CacheBeforeTrainer.Auto"/> leaves that to the trainers, which in the bundled runtime read their input once. The default value is <see cref="CacheBeforeTrainer.Auto"/>.</summary>
    public CacheBeforeTrainer CacheBeforeTrainer { get; set; } = CacheBeforeTrainer.Auto;

    /// <summary>(megabytes) A trial during which the process uses more is stopped and counts as failed. The default value is null: no limit.</summary>
    public double? MaximumMemoryUsageInMegaByte { get; set; }
}
