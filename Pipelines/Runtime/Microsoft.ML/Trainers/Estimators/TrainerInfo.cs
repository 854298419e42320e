namespace Microsoft.ML;

/// <summary>What a trainer says of itself.</summary>
public sealed class TrainerInfo
{
    internal TrainerInfo(bool normalization = true, bool calibration = false, bool caching = true, bool incremental = false)
    {
        NeedNormalization = normalization;
        NeedCalibration = calibration;
        WantCaching = caching;
        SupportsIncrementalTraining = incremental;
    }

    /// <summary>Whether the trainer learns better from features of similar ranges.</summary>
    public bool NeedNormalization { get; }

    /// <summary>Whether its scores need a calibrator to become probabilities.</summary>
    internal bool NeedCalibration { get; }

    /// <summary>Whether it makes several passes over the data.</summary>
    public bool WantCaching { get; }

    /// <summary>Whether it can start from an earlier model.</summary>
    internal bool SupportsIncrementalTraining { get; }
}
