using System.Runtime.InteropServices;
using TorchSharp;
using TorchSharp.Modules;
using static TorchSharp.torch;

namespace MLPipelines.Text.Encoders;

/// <summary>
/// New weights, as transformers makes them: weights normal with the configured deviation, biases zero, layer normalisation the identity, the padding token's row zero.
/// Each parameter has random numbers of its own, by its name: a seed gives the same encoder whatever head is on it.
/// </summary>
internal static class EncoderInitialisation
{
    /// <summary>Sets a parameter.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="parameter">The parameter, float32 on the processor.</param>
    /// <param name="config">The configuration of the encoder.</param>
    /// <param name="seed">Any number.</param>
    public static void Set(string name, Parameter parameter, EncoderConfig config, int seed)
    {
        using var ungraded = no_grad();
        if (name.EndsWith("bias", StringComparison.Ordinal))
            parameter.zero_();
        else if (name.EndsWith("LayerNorm.weight", StringComparison.Ordinal) || name.EndsWith("layer_norm.weight", StringComparison.Ordinal))
            parameter.fill_(1);
        else if (name.EndsWith("position_embeddings.weight", StringComparison.Ordinal) && config.SinusoidalPositions)
            SetSinusoids(MemoryMarshal.Cast<byte, float>(parameter.bytes), config.HiddenSize);
        else
            SetNormal(name, parameter, config, seed);
    }

    /// <summary>Sets a parameter to numbers drawn evenly from [-limit, limit].</summary>
    public static void Uniform(string name, Parameter parameter, double limit, int seed)
    {
        using var generator = Generator(name, seed);
        nn.init.uniform_(parameter, -limit, limit, generator);
    }

    private static void SetNormal(string name, Parameter parameter, EncoderConfig config, int seed)
    {
        using var generator = Generator(name, seed);
        nn.init.normal_(parameter, 0, config.InitializerRange, generator);
        bool hasPadRow = name.EndsWith("word_embeddings.weight", StringComparison.Ordinal)
            || (name.EndsWith("position_embeddings.weight", StringComparison.Ordinal) && config.Architecture == EncoderArchitecture.Roberta);
        if (!hasPadRow)
            return;
        using var row = parameter.select(0, config.PadId);
        row.zero_();
    }

    // Sines in the even columns and cosines in the odd ones, of the angle position / 10000^(2 ⌊column / 2⌋ / width).
    private static void SetSinusoids(Span<float> table, int width)
    {
        for (int i = 0; i < table.Length; i++)
        {
            int column = i % width;
            double angle = i / width / Math.Pow(10000, 2.0 * (column / 2) / width);
            table[i] = (float)(column % 2 == 0 ? Math.Sin(angle) : Math.Cos(angle));
        }
    }

    private static Generator Generator(string name, int seed)
    {
        // FNV-1a over the seed and the name without the family's prefix.
        string own = name[(name.StartsWith("bert.", StringComparison.Ordinal) || name.StartsWith("distilbert.", StringComparison.Ordinal) || name.StartsWith("roberta.", StringComparison.Ordinal) ? name.IndexOf('.', StringComparison.Ordinal) + 1 : 0)..];
        ulong hash = 14695981039346656037;
        foreach (char letter in $"{seed}:{own}")
            hash = (hash ^ letter) * 1099511628211;
        return new Generator(hash >> 1);
    }
}
