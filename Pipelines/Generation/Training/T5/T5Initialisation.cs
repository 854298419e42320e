using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace MLPipelines.Generation.T5;

/// <summary>What new weights are, after Mesh TensorFlow's initialisation of T5; each weight's numbers depend on its name and the seed alone.</summary>
internal static class T5Initialisation
{
    public static float[] Draw(T5Config config, string name, long count, int seed)
    {
        var values = new float[count];
        double deviation = Deviation(config, name);
        if (deviation == 0)
        {
            values.AsSpan().Fill(1);
            return values;
        }
        var random = new Random(BinaryPrimitives.ReadInt32LittleEndian(SHA256.HashData(Encoding.UTF8.GetBytes(FormattableString.Invariant($"{seed}:{name}")))));
        for (int i = 0; i < values.Length; i += 2)
        {
            double radius = Math.Sqrt(-2 * Math.Log(1 - random.NextDouble())) * deviation;
            var (sin, cos) = Math.SinCos(2 * Math.PI * random.NextDouble());
            values[i] = (float)(radius * cos);
            if (i + 1 < values.Length)
                values[i + 1] = (float)(radius * sin);
        }
        return values;
    }

    private static double Deviation(T5Config config, string name)
    {
        double factor = config.InitializerFactor;
        if (name.EndsWith("layer_norm.weight", StringComparison.Ordinal))
            return 0;
        string part = name[..^".weight".Length];
        return factor * part[(part.LastIndexOf('.') + 1)..] switch
        {
            "q" => 1 / Math.Sqrt((double)config.HiddenSize * config.HeadSize),
            "k" or "v" or "wi" or "wi_0" or "wi_1" or "relative_attention_bias" => 1 / Math.Sqrt(config.HiddenSize),
            "o" => 1 / Math.Sqrt(config.InnerSize),
            "wo" => 1 / Math.Sqrt(config.IntermediateSize),
            _ => 1,
        };
    }
}
