using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>x times the normal distribution function of x.</summary>
public sealed class GELU : nn.Module<Tensor, Tensor>
{
    internal GELU()
        : base(nameof(GELU))
    {
    }

    /// <summary>The forward pass.</summary>
    public override Tensor forward(Tensor tensor) => tensor.gelu();
}

/// <summary>The elements, and 0 for the negative ones.</summary>
public sealed class ReLU : nn.Module<Tensor, Tensor>
{
    private readonly bool _inplace;

    internal ReLU(bool inplace)
        : base(nameof(ReLU))
    {
        _inplace = inplace;
    }

    /// <summary>The forward pass.</summary>
    public override Tensor forward(Tensor tensor) => nn.functional.relu(tensor, _inplace);
}

/// <summary>x times its sigmoid.</summary>
public sealed class SiLU : nn.Module<Tensor, Tensor>
{
    internal SiLU()
        : base(nameof(SiLU))
    {
    }

    /// <summary>The forward pass.</summary>
    public override Tensor forward(Tensor tensor) => tensor.silu();
}

/// <summary>The hyperbolic tangents.</summary>
public sealed class Tanh : nn.Module<Tensor, Tensor>
{
    internal Tanh()
        : base(nameof(Tanh))
    {
    }

    /// <summary>The forward pass.</summary>
    public override Tensor forward(Tensor tensor) => tensor.tanh();
}

/// <summary>1 / (1 + e to the power of the negative).</summary>
public sealed class Sigmoid : nn.Module<Tensor, Tensor>
{
    internal Sigmoid()
        : base(nameof(Sigmoid))
    {
    }

    /// <summary>The forward pass.</summary>
    public override Tensor forward(Tensor tensor) => tensor.sigmoid();
}

/// <summary>Exponentials that add up to 1 along a dimension.</summary>
public sealed class Softmax : nn.Module<Tensor, Tensor>
{
    private readonly long _dimension;

    internal Softmax(long dim)
        : base(nameof(Softmax))
    {
        _dimension = dim;
    }

    /// <summary>The forward pass.</summary>
    public override Tensor forward(Tensor tensor) => tensor.softmax(_dimension);
}

/// <summary>The logarithms of exponentials that add up to 1 along a dimension.</summary>
public sealed class LogSoftmax : nn.Module<Tensor, Tensor>
{
    private readonly long _dimension;

    internal LogSoftmax(long dim)
        : base(nameof(LogSoftmax))
    {
        _dimension = dim;
    }

    /// <summary>The forward pass.</summary>
    public override Tensor forward(Tensor tensor) => tensor.log_softmax(_dimension);
}
