using TorchSharp;

namespace MLPipelines.Training;

/// <summary>A module that can forget the activations of its layers and compute them again in the backward pass; the trainer finds such modules inside the one it trains.</summary>
public interface IGradientCheckpointing
{
    /// <summary>What to run each layer through in training, or <see langword="null"/> to keep activations as usual. Set anew for every forward pass.</summary>
    GradientCheckpoints? GradientCheckpoints { get; set; }
}

/// <summary>
/// One forward pass whose layers keep nothing but their inputs, and its backward pass, which computes each layer once more (Chen et al., "Training deep nets with sublinear memory cost", 2016).
/// Dropout draws the same numbers both times. Not thread-safe.
/// </summary>
/// <param name="seed">The seed of the random numbers that layers draw; LibTorch's default generators are seeded from it at each layer.</param>
public sealed class GradientCheckpoints(long seed)
{
    private readonly List<(Func<torch.Tensor, torch.Tensor> Layer, torch.Tensor Input, torch.Tensor Output)> _layers = [];

    /// <summary>Runs a layer without recording it.</summary>
    /// <param name="layer">
    /// Computes the layer's output from its input, twice. Other tensors that it uses must live until <see cref="Backward"/>, and get gradients only if they are parameters.
    /// </param>
    /// <param name="input">The input, any shape; not to be disposed before <see cref="Backward"/>.</param>
    /// <returns>The output; it has a gradient of its own after the backward pass of what is computed from it.</returns>
    public torch.Tensor Run(Func<torch.Tensor, torch.Tensor> layer, torch.Tensor input)
    {
        ArgumentNullException.ThrowIfNull(layer);
        ArgumentNullException.ThrowIfNull(input);
        torch.Tensor output;
        Seed(_layers.Count);
        using (torch.no_grad())
        using (torch.NewDisposeScope())
            output = layer(input).detach().MoveToOuterDisposeScope();
        output.requires_grad = true;
        // The caller's dispose scope lives until the backward pass is over.
        _layers.Add((layer, input, output));
        return output;
    }

    /// <summary>Goes on with the backward pass where that of the loss ended: at the output of the last layer.</summary>
    public void Backward()
    {
        for (int i = _layers.Count - 1; i >= 0; i--)
        {
            using var scope = torch.NewDisposeScope();
            using var gradients = torch.enable_grad();
            var (layer, input, output) = _layers[i];
            if (output.grad is not { } gradient)
                continue;
            var again = input.detach();
            again.requires_grad = input.requires_grad;
            Seed(i);
            layer(again).backward([gradient]);
            output.grad = null;
            if (!input.requires_grad || again.grad is not { } below)
                continue;
            input.backward([below]);
        }
        _layers.Clear();
    }

    private void Seed(int layer)
    {
        var random = new SeededRandom(0, seed, layer);
        torch.manual_seed((long)(random.Next() >> 1));
    }
}
