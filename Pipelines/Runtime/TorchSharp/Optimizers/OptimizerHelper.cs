using static TorchSharp.torch;

namespace TorchSharp.Modules;

/// <summary>The options of a group of parameters.</summary>
public class OptimizerOptions
{
    /// <summary>The learning rate; null for that of the optimiser.</summary>
    public double? LearningRate { get; set; }

    /// <summary>The learning rate that schedules start from.</summary>
    public double InitialLearningRate { get; set; }
}

/// <summary>Parameters with options of their own.</summary>
public class ParamGroup : optim.ILearningRateController
{
    /// <summary>The parameters.</summary>
    public IEnumerable<Parameter> Parameters { get; set; }

    /// <summary>The options.</summary>
    public OptimizerOptions Options { get; set; }

    /// <summary>The learning rate now.</summary>
    public double LearningRate
    {
        get => Options.LearningRate.Value;
        set => Options.LearningRate = value;
    }

    /// <summary>The learning rate that schedules start from.</summary>
    public double InitialLearningRate
    {
        get => Options.InitialLearningRate;
        set => Options.InitialLearningRate = value;
    }
}

/// <summary>Parameters with options of their own, of an optimiser's own type.</summary>
public class ParamGroup<TOptions> : ParamGroup where TOptions : OptimizerOptions
{
    /// <summary>A group without parameters yet.</summary>
    public ParamGroup()
    {
    }

    /// <summary>A group of parameters.</summary>
    public ParamGroup(IEnumerable<Parameter> parameters, TOptions options = null)
    {
        Parameters = parameters;
        Options = options;
    }

    /// <summary>The options.</summary>
    public new TOptions Options
    {
        get => (TOptions)base.Options;
        set => base.Options = value;
    }
}

/// <summary>The base of the optimisers that keep a state for each parameter.</summary>
public abstract class OptimizerHelper : optim.Optimizer
{
    private readonly Dictionary<Parameter, Dictionary<string, Tensor>> _tensors = [];
    private readonly Dictionary<Parameter, long> _steps = [];

    /// <summary>Drops the gradients of all parameters.</summary>
    public override void zero_grad() => base.zero_grad();

    /// <summary>All parameters, group by group.</summary>
    public override IEnumerable<Parameter> parameters() => base.parameters();

    // The parameters of a group are counted once, so that a generator is not run at every step.
    private protected void Add<TOptions>(ParamGroup group, TOptions defaults, Action<TOptions> fill) where TOptions : OptimizerOptions, new()
    {
        var options = group.Options as TOptions ?? new TOptions();
        group.Options = options;
        options.LearningRate ??= defaults.LearningRate;
        options.InitialLearningRate = options.LearningRate.Value;
        fill(options);
        group.Parameters = [.. group.Parameters];
        base.add_param_group(group);
    }

    private protected Tensor Evaluate(Func<Tensor> closure)
    {
        if (closure is null)
            return null;
        using var recording = enable_grad();
        return closure();
    }

    // The tensor of a parameter's state; zeros at first.
    private protected Tensor State(Parameter parameter, string name)
    {
        ref var all = ref System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_tensors, parameter, out _);
        all ??= [];
        if (!all.TryGetValue(name, out var tensor))
            all.Add(name, tensor = zeros_like(parameter).DetachFromDisposeScope());
        return tensor;
    }

    private protected bool HasState(Parameter parameter, string name) => _tensors.TryGetValue(parameter, out var all) && all.ContainsKey(name);

    private protected long CountStep(Parameter parameter) => ++System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_steps, parameter, out _);

    /// <summary>Frees the state.</summary>
    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        if (!disposing)
            return;
        foreach (var tensor in _tensors.Values.SelectMany(all => all.Values))
            tensor.Dispose();
        _tensors.Clear();
    }
}
