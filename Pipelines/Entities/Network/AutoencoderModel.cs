using System.Numerics.Tensors;

namespace MLPipelines.Entities;

/// <summary>What the network makes of an entity.</summary>
/// <param name="Embedding">The embedding.</param>
/// <param name="Errors">The error of each feature, as <see cref="FeatureSpace.Errors"/> has it.</param>
/// <param name="Error">The mean over the features that are not missing; 0 where all are.</param>
internal sealed record EntityDescription(float[] Embedding, float[] Errors, float Error);

/// <summary>The columns and the network.</summary>
/// <remarks>Immutable and thread-safe.</remarks>
internal sealed class AutoencoderModel(FeatureSpace space, AutoencoderNetwork network)
{
    public FeatureSpace Space { get; } = space;

    public AutoencoderNetwork Network { get; } = network;

    public float[] Embed(EntityRow entity)
    {
        var input = new float[Space.InputWidth];
        Space.Fill(entity, input);
        var embedding = new float[Network.EmbeddingDimension];
        Network.Encode(input, embedding);
        return embedding;
    }

    public EntityDescription Describe(EntityRow entity)
    {
        var embedding = Embed(entity);
        var output = new float[Space.OutputWidth];
        Network.Decode(embedding, output);
        var errors = new float[Space.Count];
        Space.Errors(entity, output, errors);
        double sum = 0;
        int known = 0;
        foreach (float error in errors)
        {
            if (float.IsNaN(error))
                continue;
            sum += error;
            known++;
        }
        return new EntityDescription(embedding, errors, known == 0 ? 0 : (float)(sum / known));
    }

    /// <summary>The cosine of two embeddings; 0 where one is all zeros.</summary>
    public static float Similarity(ReadOnlySpan<float> first, ReadOnlySpan<float> second)
    {
        float length = TensorPrimitives.Norm(first) * TensorPrimitives.Norm(second);
        return length > 0 ? Math.Clamp(TensorPrimitives.Dot(first, second) / length, -1, 1) : 0;
    }
}
