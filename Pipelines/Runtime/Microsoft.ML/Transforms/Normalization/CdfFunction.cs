using System.Collections.Immutable;
using System.Numerics;
using Microsoft.ML.Data;

namespace Microsoft.ML.Transforms;

/// <summary>The distribution function of a normal distribution at a value or its logarithm; 0 where there is none, or no spread.</summary>
internal sealed class CdfFunction<T> : NormalizerFunction<T> where T : unmanaged, IBinaryFloatingPointIeee754<T>
{
    // Of the approximation of the error function with elementary functions by S. Winitzki.
    private static readonly T s_a = T.CreateTruncating(0.147);

    private readonly T[] _mean;
    private readonly T[] _deviation;
    private readonly bool _useLog;

    public CdfFunction(bool isVector, T[] mean, T[] deviation, bool useLog) : base(isVector, mean.Length)
    {
        _mean = mean;
        _deviation = deviation;
        _useLog = useLog;
    }

    public override NormalizingTransformer.NormalizerModelParametersBase Parameters => IsVector
        ? new NormalizingTransformer.CdfNormalizerModelParameters<ImmutableArray<T>>([.. _mean], [.. _deviation], _useLog)
        : new NormalizingTransformer.CdfNormalizerModelParameters<T>(_mean[0], _deviation[0], _useLog);

    internal static CdfFunction<T> LoadCore(BinaryReader reader, bool isVector, int size)
    {
        bool useLog = reader.ReadBoolean();
        return new CdfFunction<T>(isVector, ReadSlots<T>(reader, size), ReadSlots<T>(reader, size), useLog);
    }

    public override void Save(BinaryWriter writer)
    {
        writer.Write((byte)Kind.Cdf);
        writer.Write(_useLog);
        writer.WriteArray<T>(_mean);
        writer.WriteArray<T>(_deviation);
    }

    protected override T Normalize(T value, int slot)
    {
        T deviation = _deviation[slot];
        if (!(deviation > T.Epsilon))
            return T.Zero;
        if (_useLog)
            value = T.CreateTruncating(Math.Log(double.CreateTruncating(value)));
        return T.IsFinite(value) ? Cdf(value, _mean[slot], deviation) : T.Zero;
    }

    // Steps up to the fraction are in the precision of the column, those within the square root in double precision.
    private static T Cdf(T value, T mean, T deviation)
    {
        T x = (value - mean) / deviation;
        T half = x * x / T.CreateTruncating(2);
        T ah = s_a * half;
        double exponent = double.CreateTruncating(-half) * (4 / Math.PI + double.CreateTruncating(ah)) / double.CreateTruncating(T.One + ah);
        return T.CreateTruncating(0.5 + 0.5 * T.Sign(x) * Math.Sqrt(1 - Math.Exp(exponent)));
    }
}
