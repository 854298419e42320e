using System.Collections.Immutable;
using Microsoft.ML.Runtime;

namespace Microsoft.ML.Calibrators;

/// <summary>Turns the score of a model of two classes into the probability of the positive one.</summary>
/// <remarks>Thread-safe for reading.</remarks>
public interface ICalibrator
{
    float PredictProbability(float output);
}

/// <summary>A calibrator that can be part of a saved model.</summary>
internal interface ISaveableCalibrator : ICalibrator
{
    void SaveModel(ModelSaveContext ctx);
}

/// <summary>A logistic function of the score: 1 / (1 + exp(Slope · score + Offset)).</summary>
public sealed class PlattCalibrator : ISaveableCalibrator, ICanSaveModel
{
    internal const string LoaderName = "PlattCaliExec";
    private const int FormatVersion = 1;

    internal PlattCalibrator(IHostEnvironment env, double slope, double offset)
    {
        Contracts.CheckValue(env, nameof(env));
        env.Register("PlattCalibrator");
        Slope = slope;
        Offset = offset;
    }

    public double Slope { get; }

    public double Offset { get; }

    public float PredictProbability(float output) => float.IsNaN(output) ? output : Predict(output, Slope, Offset);

    internal static float Predict(float output, double slope, double offset) => (float)(1 / (1 + Math.Exp(slope * output + offset)));

    internal static PlattCalibrator Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        double slope = ctx.Reader.ReadDouble();
        double offset = ctx.Reader.ReadDouble();
        Contracts.CheckDecode(double.IsFinite(slope) && double.IsFinite(offset));
        return new PlattCalibrator(ctx.Env, slope, offset);
    }

    void ICanSaveModel.Save(ModelSaveContext ctx) => SaveModel(ctx);

    void ISaveableCalibrator.SaveModel(ModelSaveContext ctx) => SaveModel(ctx);

    private void SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(Slope);
        ctx.Writer.Write(Offset);
    }
}

/// <summary>The share of positive examples in the bin of the score.</summary>
public sealed class NaiveCalibrator : ISaveableCalibrator
{
    internal const string LoaderName = "NaiveCaliExec";
    private const int FormatVersion = 1;

    private readonly float[] _probabilities;

    /// <summary>The width of a bin.</summary>
    public readonly float BinSize;

    /// <summary>Where the first bin starts.</summary>
    public readonly float Min;

    internal NaiveCalibrator(IHostEnvironment env, float min, float binSize, float[] probabilities)
    {
        Contracts.CheckValue(env, nameof(env));
        env.Register("NaiveCalibrator");
        Min = min;
        BinSize = binSize;
        _probabilities = probabilities;
    }

    public IReadOnlyList<float> BinProbs => Array.AsReadOnly(_probabilities);

    public float PredictProbability(float output) => float.IsNaN(output) ? output : _probabilities[BinOf(output)];

    /// <summary>The bin of a score: those outside the range belong to the first or last.</summary>
    private int BinOf(float output)
    {
        int bin = (int)((output - Min) / BinSize);
        return Math.Clamp(bin, 0, _probabilities.Length - 1);
    }

    internal static NaiveCalibrator Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        float binSize = ctx.Reader.ReadSingle();
        float min = ctx.Reader.ReadSingle();
        var probabilities = ctx.Reader.ReadArray<float>();
        Contracts.CheckDecode(float.IsFinite(min) && binSize > 0 && probabilities.Length > 0);
        return new NaiveCalibrator(ctx.Env, min, binSize, probabilities);
    }

    void ISaveableCalibrator.SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.Write(BinSize);
        ctx.Writer.Write(Min);
        ctx.Writer.WriteArray<float>(_probabilities);
    }
}

/// <summary>A function of the score that never falls, linear between the pieces on which it is constant.</summary>
public sealed class IsotonicCalibrator : ISaveableCalibrator
{
    internal const string LoaderName = "PAVCaliExec";
    private const int FormatVersion = 1;

    /// <summary>No probability is nearer to 0 or 1.</summary>
    private const float Epsilon = 1e-15f;
    private const float MaxToReturn = 1 - Epsilon;

    /// <summary>Where each piece starts.</summary>
    public readonly ImmutableArray<float> Mins;

    /// <summary>Where each piece ends.</summary>
    public readonly ImmutableArray<float> Maxes;

    /// <summary>The probability on each piece.</summary>
    public readonly ImmutableArray<float> Values;

    internal IsotonicCalibrator(IHostEnvironment env, ImmutableArray<float> mins, ImmutableArray<float> maxes, ImmutableArray<float> values)
    {
        Contracts.CheckValue(env, nameof(env));
        env.Register("PAVCalibrator");
        Mins = mins;
        Maxes = maxes;
        Values = values;
    }

    public float PredictProbability(float output)
    {
        if (float.IsNaN(output))
            return output;
        return Math.Clamp(Find(output), Epsilon, MaxToReturn);
    }

    private float Find(float score)
    {
        if (Mins.IsEmpty)
            return 0;
        if (score < Mins[0])
            return Values[0];
        if (score > Maxes[^1])
            return Values[^1];
        int piece = 0;
        for (int end = Maxes.Length; piece < end;)
        {
            int middle = piece + (end - piece) / 2;
            if (Maxes[middle] >= score)
                end = middle;
            else
                piece = middle + 1;
        }
        if (Mins[piece] <= score)
            return Values[piece];
        float share = (score - Maxes[piece - 1]) / (Mins[piece] - Maxes[piece - 1]);
        return Values[piece - 1] + share * (Values[piece] - Values[piece - 1]);
    }

    internal static IsotonicCalibrator Load(ModelLoadContext ctx)
    {
        ctx.CheckVersion(FormatVersion);
        var mins = ImmutableArray.Create(ctx.Reader.ReadArray<float>());
        var maxes = ImmutableArray.Create(ctx.Reader.ReadArray<float>());
        var values = ImmutableArray.Create(ctx.Reader.ReadArray<float>());
        Contracts.CheckDecode(mins.Length == maxes.Length && mins.Length == values.Length);
        return new IsotonicCalibrator(ctx.Env, mins, maxes, values);
    }

    void ISaveableCalibrator.SaveModel(ModelSaveContext ctx)
    {
        ctx.SetLoader(LoaderName, FormatVersion);
        ctx.Writer.WriteArray(Mins.AsSpan());
        ctx.Writer.WriteArray(Maxes.AsSpan());
        ctx.Writer.WriteArray(Values.AsSpan());
    }
}
