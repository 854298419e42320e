using System.Numerics;
using Microsoft.ML.Data;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Transforms;

/// <summary>How one column is normalized.</summary>
/// <param name="Name">The normalized column.</param>
/// <param name="InputColumnName">The column to normalize.</param>
/// <param name="MaximumExampleCount">How many rows are looked at.</param>
internal abstract record NormalizerColumn(string Name, string InputColumnName, long MaximumExampleCount)
{
    public const long DefaultMaximumExampleCount = 1_000_000_000;

    public virtual void Check() =>
        Contracts.CheckParam(MaximumExampleCount > 1, "maximumExampleCount", $"Must be greater than 1, but is {MaximumExampleCount}");

    /// <summary>What learns the normalizer of this column from the rows of a cursor.</summary>
    public NormalizerTrainer MakeTrainer(DataViewRow row, DataViewSchema.Column input)
    {
        var item = input.Type.ItemTypeOrSelf();
        if (input.Type is VectorDataViewType { IsKnownSize: false } || (item != NumberDataViewType.Single && item != NumberDataViewType.Double))
            throw Contracts.ExceptParam("input", $"Wrong column type for column {input.Name}. Expected: Single, Double, Vector of Single or Vector of Double. Got: {input.Type}.");
        var source = new SlotSource(row, input, MaximumExampleCount);
        return item == NumberDataViewType.Single ? MakeTrainer<float>(source) : MakeTrainer<double>(source);
    }

    protected abstract NormalizerTrainer MakeTrainer<T>(SlotSource source) where T : unmanaged, IBinaryFloatingPointIeee754<T>, IMinMaxValue<T>;
}

/// <summary>To the range from the least to the largest value; with <paramref name="FixZero"/>, by the largest magnitude.</summary>
internal sealed record MinMaxColumn(string Name, string InputColumnName, long MaximumExampleCount, bool FixZero)
    : NormalizerColumn(Name, InputColumnName, MaximumExampleCount)
{
    protected override NormalizerTrainer MakeTrainer<T>(SlotSource source) => new MinMaxTrainer<T>(source, FixZero);
}

/// <summary>To unit variance around the mean or, with <paramref name="FixZero"/>, around zero; or to the normal distribution function, of logarithms if asked for.</summary>
internal sealed record MeanVarianceColumn(string Name, string InputColumnName, long MaximumExampleCount, bool FixZero, bool UseLog, bool UseCdf)
    : NormalizerColumn(Name, InputColumnName, MaximumExampleCount)
{
    protected override NormalizerTrainer MakeTrainer<T>(SlotSource source) => new MeanVarianceTrainer<T>(source, FixZero, UseLog, UseCdf);
}

/// <summary>To bins with about as many examples each.</summary>
internal sealed record BinningColumn(string Name, string InputColumnName, long MaximumExampleCount, bool FixZero, int MaximumBinCount)
    : NormalizerColumn(Name, InputColumnName, MaximumExampleCount)
{
    public override void Check()
    {
        base.Check();
        Contracts.CheckUserArg(MaximumBinCount > 1, "maximumBinCount", $"Must be greater than 1, but is {MaximumBinCount}");
    }

    protected override NormalizerTrainer MakeTrainer<T>(SlotSource source) => new BinningTrainer<T>(source, FixZero, MaximumBinCount);
}

/// <summary>To bins that separate the labels.</summary>
internal sealed record SupervisedBinningColumn(
    string Name, string InputColumnName, long MaximumExampleCount, string LabelColumnName, bool FixZero, int MaximumBinCount, int MinimumExamplesPerBin)
    : NormalizerColumn(Name, InputColumnName, MaximumExampleCount)
{
    public override void Check()
    {
        base.Check();
        Contracts.CheckUserArg(MaximumBinCount > 1, "maximumBinCount", $"Must be greater than 1, but is {MaximumBinCount}");
        Contracts.CheckUserArg(MinimumExamplesPerBin > 0, "mininimumExamplesPerBin", $"Must be positive, but is {MinimumExamplesPerBin}");
    }

    protected override NormalizerTrainer MakeTrainer<T>(SlotSource source) =>
        new SupervisedBinningTrainer<T>(source, BinLabels.Create(source.Row, LabelColumnName), FixZero, MaximumBinCount, MinimumExamplesPerBin);
}

/// <summary>To a part of the range around the median.</summary>
internal sealed record RobustScalingColumn(string Name, string InputColumnName, long MaximumExampleCount, bool CenterData, uint QuantileMin, uint QuantileMax)
    : NormalizerColumn(Name, InputColumnName, MaximumExampleCount)
{
    public override void Check()
    {
        base.Check();
        Contracts.CheckUserArg(QuantileMin <= 100 && QuantileMax <= 100 && QuantileMin < QuantileMax, "quantileMin",
            $"quantileMin must be less than quantileMax, both at most 100, but they are {QuantileMin} and {QuantileMax}");
    }

    protected override NormalizerTrainer MakeTrainer<T>(SlotSource source) => new RobustScalingTrainer<T>(source, CenterData, QuantileMin, QuantileMax);
}
