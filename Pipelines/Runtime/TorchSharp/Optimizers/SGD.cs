using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Stochastic gradient descent, with momentum where asked for.</summary>
            public static SGD SGD(IEnumerable<Parameter> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            /// <summary>Stochastic gradient descent, with momentum where asked for.</summary>
            public static SGD SGD(IEnumerable<(string name, Parameter parameter)> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), learningRate, momentum, dampening, weight_decay, nesterov, maximize);

            /// <summary>Stochastic gradient descent, with momentum where asked for.</summary>
            public static SGD SGD(IEnumerable<SGD.ParamGroup> parameters, double learningRate, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false) =>
                new(parameters, learningRate, momentum, dampening, weight_decay, nesterov, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Stochastic gradient descent, with momentum where asked for.</summary>
    public class SGD : OptimizerHelper, optim.IMomentum
    {
        private readonly Options _defaults;

        /// <summary>An optimiser of parameters.</summary>
        /// <param name="parameters">The parameters.</param>
        /// <param name="lr">The learning rate.</param>
        /// <param name="momentum">The share of the last step that is taken again.</param>
        /// <param name="dampening">The share of the gradient that the momentum leaves out.</param>
        /// <param name="weight_decay">The decay of the weights, added to the gradient.</param>
        /// <param name="nesterov">Whether the momentum looks a step ahead.</param>
        /// <param name="maximize">Whether the loss is to grow.</param>
        public SGD(IEnumerable<Parameter> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, momentum, dampening, weight_decay, nesterov, maximize)
        {
        }

        /// <summary>An optimiser of groups of parameters; what a group leaves open it takes from here.</summary>
        public SGD(IEnumerable<ParamGroup> parameters, double lr, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
        {
            if (!(lr >= 0))
                TorchErrors.OutOfRange(nameof(lr), lr, "A learning rate must be at least 0.");
            if (!(momentum >= 0))
                TorchErrors.OutOfRange(nameof(momentum), momentum, "It must be at least 0.");
            if (nesterov && (momentum <= 0 || dampening != 0))
                TorchErrors.Argument("Nesterov's momentum needs a momentum and no dampening.", nameof(nesterov));
            _defaults = new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize };
            foreach (var group in parameters)
                add_param_group(group);
        }

        /// <summary>The momentum, for all groups.</summary>
        public double Momentum
        {
            get => _defaults.momentum.Value;
            set
            {
                _defaults.momentum = value;
                foreach (var group in _groups.Cast<ParamGroup<Options>>())
                    group.Options.momentum = value;
            }
        }

        /// <summary>Adds a group of parameters.</summary>
        public override void add_param_group(TorchSharp.Modules.ParamGroup param_group) => Add<Options>(param_group, _defaults, options =>
        {
            options.momentum ??= _defaults.momentum;
            options.dampening ??= _defaults.dampening;
            options.weight_decay ??= _defaults.weight_decay;
            options.nesterov ??= _defaults.nesterov;
            options.maximize ??= _defaults.maximize;
        });

        /// <summary>Changes the parameters by their gradients.</summary>
        public override Tensor step(Func<Tensor> closure = null) => Step<Options>(closure, options => options.maximize.Value, Update);

        private void Update(Parameter parameter, Tensor gradient, Options options)
        {
            double momentum = options.momentum.Value;
            if (options.weight_decay != 0)
                gradient = gradient.add(parameter, options.weight_decay.Value);
            if (momentum != 0)
            {
                bool first = !HasState(parameter, "momentum_buffer");
                var buffer = State(parameter, "momentum_buffer");
                if (first)
                    buffer.copy_(gradient);
                else
                    buffer.mul_(momentum).add_(gradient, 1 - options.dampening.Value);
                gradient = options.nesterov.Value ? gradient.add(buffer, momentum) : buffer;
            }
            parameter.add_(gradient, -options.LearningRate.Value);
        }

        /// <summary>The options of a group; what is null comes from the optimiser.</summary>
        public class Options : OptimizerOptions
        {
            public double? momentum;
            public double? dampening;
            public double? weight_decay;
            public bool? nesterov;
            public bool? maximize;
        }

        /// <summary>Parameters with options of their own.</summary>
        public class ParamGroup : ParamGroup<Options>, optim.IMomentum
        {
            /// <summary>A group without parameters yet.</summary>
            public ParamGroup()
            {
            }

            /// <summary>A group of parameters.</summary>
            public ParamGroup(IEnumerable<Parameter> parameters, Options options)
                : base(parameters, options)
            {
            }

            /// <summary>A group of parameters.</summary>
            public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.001, double momentum = 0, double dampening = 0, double weight_decay = 0, bool nesterov = false, bool maximize = false)
                : base(parameters, new Options { LearningRate = lr, momentum = momentum, dampening = dampening, weight_decay = weight_decay, nesterov = nesterov, maximize = maximize })
            {
            }

            /// <summary>The momentum.</summary>
            public double Momentum
            {
                get => Options.momentum.Value;
                set => Options.momentum = value;
            }
        }
    }
}
