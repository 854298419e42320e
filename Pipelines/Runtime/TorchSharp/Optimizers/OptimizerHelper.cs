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

    // Changes each parameter that has a gradient.
    private protected Tensor Step<TOptions>(Func<Tensor> closure, Func<TOptions, bool> maximizes, Action<Parameter, Tensor, TOptions> update) where TOptions : OptimizerOptions
    {
        var loss = Evaluate(closure);
        using var quiet = no_grad();
        foreach (var group in _groups)
        {
            var options = (TOptions)group.Options;
            foreach (var parameter in group.Parameters)
            {
                using var scope = NewDisposeScope();
                if (parameter.grad is { } gradient)
                    update(parameter, maximizes(options) ? gradient.neg() : gradient, options);
            }
        }
        return loss;
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

    // A step by the running means of the gradient and of its square, corrected for their start at zero.
    private protected void StepByMoments(Parameter parameter, Tensor gradient, double rate, double beta1, double beta2, double eps, bool amsgrad)
    {
        long step = ++System.Runtime.InteropServices.CollectionsMarshal.GetValueRefOrAddDefault(_steps, parameter, out _);
        var first = State(parameter, "exp_avg");
        var second = State(parameter, "exp_avg_sq");
        first.mul_(beta1).add_(gradient, 1 - beta1);
        second.mul_(beta2).addcmul_(gradient, gradient, 1 - beta2);
        var moment = second;
        if (amsgrad)
        {
            var greatest = State(parameter, "max_exp_avg_sq");
            greatest.copy_(greatest.maximum(second));
            moment = greatest;
        }
        double correction1 = 1 - Math.Pow(beta1, step);
        double correction2 = 1 - Math.Pow(beta2, step);
        var denominator = moment.sqrt().div_(Math.Sqrt(correction2)).add_(eps);
        parameter.addcdiv_(first, denominator, -rate / correction1);
    }

    private protected static void CheckMoments(double lr, double beta1, double beta2, double eps, double weight_decay)
    {
        if (!(lr >= 0))
            TorchErrors.OutOfRange(nameof(lr), lr, "A learning rate must be at least 0.");
        if (!(beta1 is >= 0 and < 1))
            TorchErrors.OutOfRange(nameof(beta1), beta1, "A decay rate must be at least 0 and less than 1.");
        if (!(beta2 is >= 0 and < 1))
            TorchErrors.OutOfRange(nameof(beta2), beta2, "A decay rate must be at least 0 and less than 1.");
        if (!(eps >= 0))
            TorchErrors.OutOfRange(nameof(eps), eps, "It must be at least 0.");
        if (!(weight_decay >= 0))
            TorchErrors.OutOfRange(nameof(weight_decay), weight_decay, "It must be at least 0.");
    }

    private static Tensor Evaluate(Func<Tensor> closure)
    {
        if (closure is null)
            return null;
        using var recording = enable_grad();
        return closure();
    }

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
