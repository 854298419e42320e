namespace TorchSharp.Modules;

/// <summary>A tensor that is learnt. It takes over what another tensor held, which is invalid then, and its place in the dispose scope.</summary>
public class Parameter : torch.Tensor
{
    /// <summary>A parameter with the memory of a tensor.</summary>
    /// <param name="data">What it holds; invalid afterwards.</param>
    /// <param name="requires_grad">Whether gradients are recorded for it.</param>
    public Parameter(torch.Tensor data, bool requires_grad = true)
        : base(data)
    {
        this.requires_grad = requires_grad;
    }
}
