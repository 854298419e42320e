using TorchSharp;
using TorchSharp.Modules;

namespace MLPipelines.Training;

/// <summary>One trained parameter, and its place in the flat buffers.</summary>
internal sealed class ParameterSlot
{
    public required string Name { get; init; }

    public required long[] Shape { get; init; }

    /// <summary>The parameter, as the module has it during the run.</summary>
    public required Parameter Parameter { get; init; }

    /// <summary>Whether weight decay applies.</summary>
    public required bool Decays { get; init; }

    /// <summary>What the learning rate is multiplied by.</summary>
    public required double RateScale { get; init; }

    /// <summary>The first element in the flat buffers.</summary>
    public long Offset { get; set; }

    /// <summary>The number of elements.</summary>
    public required long Count { get; init; }

    /// <summary>How many updates it has had; steps in which it had no gradient do not count.</summary>
    public long Updates { get; set; }

    /// <summary>Its part of a flat buffer, in its shape. The caller disposes it.</summary>
    public torch.Tensor In(torch.Tensor flat) => Part("", flat).View();

    /// <summary>Its part of a flat buffer, under its name behind a prefix.</summary>
    public FlatPart Part(string prefix, torch.Tensor flat) => new(prefix + Name, Shape, flat, Offset);
}
