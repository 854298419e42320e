namespace MLPipelines.Training;

/// <summary>Where a run is: what a checkpoint holds beside the tensors.</summary>
internal sealed class RunState
{
    /// <summary>Optimiser steps done.</summary>
    public long Step { get; set; }

    /// <summary>The step after which the last validation was made, or -1.</summary>
    public long ValidatedStep { get; set; } = -1;

    /// <summary>All validations.</summary>
    public List<TrainingValidation> Validations { get; set; } = [];

    /// <summary>The best of them.</summary>
    public TrainingValidation? Best { get; set; }

    /// <summary>How many validations in a row were no better than the best.</summary>
    public int Disappointments { get; set; }

    /// <summary>Whether the run ended early.</summary>
    public bool StoppedEarly { get; set; }

    /// <summary>Tokens that a micro-batch may have.</summary>
    public int TokenBudget { get; set; }

    /// <summary>How often memory ran out.</summary>
    public int OutOfMemoryCount { get; set; }

    /// <summary>The smoothed loss; NaN before the first step.</summary>
    public double SmoothedLoss { get; set; } = double.NaN;

    /// <summary>Tokens of all examples so far.</summary>
    public long RealTokens { get; set; }

    /// <summary>Tokens computed so far, padding included.</summary>
    public long PaddedTokens { get; set; }

    /// <summary>Seconds spent in steps.</summary>
    public double StepSeconds { get; set; }

    /// <summary>Seconds spent in all.</summary>
    public double Seconds { get; set; }

    /// <summary>How many updates each parameter has had, by name.</summary>
    public Dictionary<string, long> Updates { get; set; } = [];

    /// <summary>What options and data the run has, by name.</summary>
    public Dictionary<string, string> Fingerprint { get; set; } = [];
}
