using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class optim
        {
            /// <summary>Adam (Kingma and Ba, arXiv:1412.6980).</summary>
            public static Adam Adam(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            /// <summary>Adam (Kingma and Ba, arXiv:1412.6980).</summary>
            public static Adam Adam(IEnumerable<(string name, Parameter parameter)> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters.Select(pair => pair.parameter), lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);

            /// <summary>Adam (Kingma and Ba, arXiv:1412.6980).</summary>
            public static Adam Adam(IEnumerable<Adam.ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false) =>
                new(parameters, lr, beta1, beta2, eps, weight_decay, amsgrad, maximize);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>Adam (Kingma and Ba, arXiv:1412.6980).</summary>
    public class Adam : OptimizerHelper, optim.IBetas
    {
        private readonly Options _defaults;

        /// <summary>An optimiser of parameters.</summary>
        /// <param name="parameters">The parameters.</param>
        /// <param name="lr">The learning rate.</param>
        /// <param name="beta1">The decay rate of the first moment.</param>
        /// <param name="beta2">The decay rate of the second moment.</param>
        /// <param name="eps">What is added to the root of the second moment.</param>
        /// <param name="weight_decay">The decay of the weights.</param>
        /// <param name="amsgrad">Whether the greatest second moment so far is used.</param>
        /// <param name="maximize">Whether the loss is to grow.</param>
        public Adam(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
            : this([new ParamGroup { Parameters = parameters }], lr, beta1, beta2, eps, weight_decay, amsgrad, maximize)
        {
        }

        /// <summary>An optimiser of groups of parameters; what a group leaves open it takes from here.</summary>
        public Adam(IEnumerable<ParamGroup> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
        {
            CheckMoments(lr, beta1, beta2, eps, weight_decay);
            _defaults = new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize };
            foreach (var group in parameters)
                add_param_group(group);
        }

        /// <summary>The decay rates of the two moments, for all groups.</summary>
        public (double, double) Betas
        {
            get => (_defaults.beta1.Value, _defaults.beta2.Value);
            set
            {
                (_defaults.beta1, _defaults.beta2) = (value.Item1, value.Item2);
                foreach (var group in _groups.Cast<ParamGroup<Options>>())
                    (group.Options.beta1, group.Options.beta2) = (value.Item1, value.Item2);
            }
        }

        /// <summary>Adds a group of parameters.</summary>
        public override void add_param_group(TorchSharp.Modules.ParamGroup param_group) => Add<Options>(param_group, _defaults, options =>
        {
            options.beta1 ??= _defaults.beta1;
            options.beta2 ??= _defaults.beta2;
            options.eps ??= _defaults.eps;
            options.weight_decay ??= _defaults.weight_decay;
            options.amsgrad ??= _defaults.amsgrad;
            options.maximize ??= _defaults.maximize;
        });

        /// <summary>Changes the parameters by their gradients.</summary>
        public override Tensor step(Func<Tensor> closure = null) => Step<Options>(closure, options => options.maximize.Value, Update);

        private void Update(Parameter parameter, Tensor gradient, Options options)
        {
            if (options.weight_decay > 0)
                gradient = gradient.add(parameter, options.weight_decay.Value);
            StepByMoments(parameter, gradient, options.LearningRate.Value, options.beta1.Value, options.beta2.Value, options.eps.Value, options.amsgrad.Value);
        }

        /// <summary>The options of a group; what is null comes from the optimiser.</summary>
        public class Options : OptimizerOptions
        {
            public double? beta1;
            public double? beta2;
            public double? weight_decay;
            public double? eps;
            public bool? amsgrad;
            public bool? maximize;
        }

        /// <summary>Parameters with options of their own.</summary>
        public class ParamGroup : ParamGroup<Options>, optim.IBetas
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
            public ParamGroup(IEnumerable<Parameter> parameters, double lr = 0.001, double beta1 = 0.9, double beta2 = 0.999, double eps = 1E-08, double weight_decay = 0, bool amsgrad = false, bool maximize = false)
                : base(parameters, new Options { LearningRate = lr, beta1 = beta1, beta2 = beta2, eps = eps, weight_decay = weight_decay, amsgrad = amsgrad, maximize = maximize })
            {
            }

            /// <summary>The decay rates of the two moments.</summary>
            public (double, double) Betas
            {
                get => (Options.beta1.Value, Options.beta2.Value);
                set => (Options.beta1, Options.beta2) = (value.Item1, value.Item2);
            }
        }
    }
}
