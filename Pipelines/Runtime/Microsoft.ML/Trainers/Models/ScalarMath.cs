namespace Microsoft.ML.Trainers;

/// <summary>Functions of single numbers, to the precision on which printed figures depend.</summary>
internal static class ScalarMath
{
    // exp(-30) does not change a single-precision sum.
    private const float LogTolerance = 30;

    private const float ReciprocalLn2 = 1.44269504088896340735992468100f;
    private const float Coefficient1 = 0.013555747234814917704030793f;
    private const float Coefficient2 = 0.065588116243247810171479524f;
    private const float Coefficient3 = 0.3069678791803394491901401f;
    private const int LargestExponent = 128;

    /// <summary>The logistic function, from an approximation of 2^f by a polynomial on [0, 1] that is exact at both ends.</summary>
    public static float Sigmoid(float x)
    {
        if (float.IsNaN(x))
            return x;
        float scaled = Math.Abs(x) * ReciprocalLn2;
        if (scaled >= LargestExponent)
            return x < 0 ? 0 : 1;
        int whole = (int)scaled;
        float fraction = scaled - whole;
        float power = 1 + fraction + (fraction - 1) * fraction * ((Coefficient1 * fraction + Coefficient2) * fraction + Coefficient3);
        float low = 1 / (1 + PowerOfTwo(whole) * power);
        return x < 0 ? low : 1 - low;
    }

    /// <summary>log Σ exp xᵢ; terms more than 30 below the largest are left out.</summary>
    public static float LogSumExp(ReadOnlySpan<float> values)
    {
        int largest = 0;
        float max = float.NegativeInfinity;
        for (int i = 0; i < values.Length; i++)
        {
            if (values[i] > max)
            {
                largest = i;
                max = values[i];
            }
        }
        if (float.IsNegativeInfinity(max) || values.Length == 1)
            return max;
        double sum = 0;
        for (int i = 0; i < values.Length; i++)
        {
            if (i != largest && values[i] > max - LogTolerance)
                sum += Math.Exp(values[i] - max);
        }
        return sum > 0 ? (float)(max + Math.Log(1 + sum)) : max;
    }

    /// <summary>log (exp x + exp y); the smaller is left out where it is more than 30 below the larger.</summary>
    public static float LogSumExp(float x, float y)
    {
        float max = x > y ? x : y;
        float difference = x > y ? y - x : x - y;
        if (float.IsNegativeInfinity(max) || difference < -LogTolerance)
            return max;
        return (float)(max + Math.Log(1 + Math.Exp(difference)));
    }

    /// <summary>The index of the first largest value; NaN counts for nothing, -1 where there is no other.</summary>
    public static int ArgMax(ReadOnlySpan<float> values)
    {
        int largest = -1;
        float max = float.NegativeInfinity;
        for (int i = values.Length - 1; i >= 0; i--)
        {
            if (max <= values[i])
            {
                largest = i;
                max = values[i];
            }
        }
        return largest;
    }

    /// <summary>The index of the first smallest value; NaN counts for nothing, -1 where there is no other.</summary>
    public static int ArgMin(ReadOnlySpan<float> values)
    {
        int smallest = -1;
        float min = float.PositiveInfinity;
        for (int i = values.Length - 1; i >= 0; i--)
        {
            if (min >= values[i])
            {
                smallest = i;
                min = values[i];
            }
        }
        return smallest;
    }

    /// <summary>The entropy, in nats, of two outcomes of which one has the given probability; NaN outside [0, 1].</summary>
    public static double Entropy(double probability) => probability switch
    {
        < 0 or > 1 => double.NaN,
        0 or 1 => 0,
        _ => -probability * Math.Log(probability) - (1 - probability) * Math.Log(1 - probability),
    };

    /// <summary>The logarithm of the gamma function by Stirling's series, to eight digits.</summary>
    public static double LogGamma(double x)
    {
        double result = 0;
        if (x < 6)
        {
            int shift = (int)Math.Floor(7 - x);
            double product = 1;
            for (int i = 0; i < shift; i++)
                product *= x + i;
            result = -Math.Log(product);
            x += shift;
        }
        x -= 1;
        result += 0.5 * Math.Log(2 * Math.PI) + (x + 0.5) * Math.Log(x) - x;
        double power = x;
        foreach (double coefficient in (ReadOnlySpan<double>)[12, -360, 1260, -1680, 1188])
        {
            double next = result + 1 / (coefficient * power);
            if (next == result)
                break;
            result = next;
            power *= x * x;
        }
        return result;
    }

    /// <summary>The error function, to seven digits.</summary>
    /// <remarks>M. Abramowitz and I. Stegun, "Handbook of Mathematical Functions", 7.1.26.</remarks>
    public static double Erf(double x)
    {
        if (double.IsInfinity(x))
            return Math.Sign(x);
        double t = 1 / (1 + 0.3275911 * Math.Abs(x));
        double polynomial = ((((1.061405429 * t - 1.453152027) * t + 1.421413741) * t - 0.284496736) * t + 0.254829592) * t;
        double value = 1 - polynomial * Math.Exp(-(x * x));
        return x >= 0 ? value : -value;
    }

    private static float PowerOfTwo(int exponent) => BitConverter.Int32BitsToSingle(exponent + 127 << 23);
}
