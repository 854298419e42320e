namespace TorchSharp;

public static partial class torch
{
    public static partial class optim
    {
        /// <summary>Schedules of learning rates.</summary>
        public static partial class lr_scheduler
        {
            /// <summary>The base of schedules: a step sets the learning rate of each group for the next epoch or step.</summary>
            public abstract class LRScheduler
            {
                private protected readonly ILearningRateController[] _groups;
                private protected readonly double[] _bases;

                private protected LRScheduler(Optimizer optimizer, int lastEpoch)
                {
                    TorchErrors.ThrowIfNull(optimizer, nameof(optimizer));
                    _groups = [.. optimizer.ParamGroups];
                    _bases = [.. _groups.Select(group => group.InitialLearningRate)];
                    Epoch = lastEpoch;
                }

                private protected int Epoch { get; private set; }

                /// <summary>Goes to the next step.</summary>
                public virtual void step() => Set(Epoch + 1);

                /// <summary>Goes to a step; null for the next.</summary>
                public virtual void step(int? epoch) => Set(epoch ?? Epoch + 1);

                /// <summary>The learning rates of the groups.</summary>
                public IEnumerable<double> get_last_lr() => _groups.Select(group => group.LearningRate);

                private protected abstract double Rate(int group);

                private protected void Set(int epoch)
                {
                    Epoch = epoch;
                    for (int i = 0; i < _groups.Length; i++)
                        _groups[i].LearningRate = Rate(i);
                }
            }

            /// <summary>The learning rate times gamma every few steps.</summary>
            public static LRScheduler StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false) =>
                new impl.StepLR(optimizer, step_size, gamma, last_epoch, verbose);

            /// <summary>The first learning rate times a function of the step.</summary>
            public static LRScheduler LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false) =>
                new impl.LambdaLR(optimizer, lr_lambda, last_epoch, verbose);

            /// <summary>From the first learning rate to the least along half a cosine, and on along it.</summary>
            public static LRScheduler CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false) =>
                new impl.CosineAnnealingLR(optimizer, T_max, eta_min, last_epoch, verbose);

            /// <summary>The schedules themselves.</summary>
            public static partial class impl
            {
                /// <summary>The learning rate times gamma every few steps.</summary>
                public class StepLR : LRScheduler
                {
                    private readonly int _stepSize;
                    private readonly double _gamma;

                    /// <summary>A schedule for an optimiser.</summary>
                    public StepLR(Optimizer optimizer, int step_size, double gamma = 0.1, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch)
                    {
                        if (step_size < 1)
                            TorchErrors.OutOfRange(nameof(step_size), step_size, "It must be at least 1.");
                        _stepSize = step_size;
                        _gamma = gamma;
                        step();
                    }

                    private protected override double Rate(int group) => _bases[group] * Math.Pow(_gamma, Epoch / _stepSize);
                }

                /// <summary>The first learning rate times a function of the step.</summary>
                public class LambdaLR : LRScheduler
                {
                    private readonly Func<int, double>[] _factors;

                    /// <summary>A schedule for an optimiser, the same for all groups.</summary>
                    public LambdaLR(Optimizer optimizer, Func<int, double> lr_lambda, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch)
                    {
                        _factors = [.. _groups.Select(_ => lr_lambda)];
                        step();
                    }

                    /// <summary>A schedule for an optimiser, one function for each group.</summary>
                    public LambdaLR(Optimizer optimizer, IEnumerable<Func<int, double>> lr_lambdas, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch)
                    {
                        _factors = [.. lr_lambdas];
                        if (_factors.Length != _groups.Length)
                            TorchErrors.Argument($"There are {_groups.Length} groups of parameters, but {_factors.Length} functions.", nameof(lr_lambdas));
                        step();
                    }

                    private protected override double Rate(int group) => _bases[group] * _factors[group](Epoch);
                }

                /// <summary>From the first learning rate to the least along half a cosine, and on along it.</summary>
                public class CosineAnnealingLR : LRScheduler
                {
                    private readonly double _length;
                    private readonly double _least;

                    /// <summary>A schedule for an optimiser.</summary>
                    public CosineAnnealingLR(Optimizer optimizer, double T_max, double eta_min = 0, int last_epoch = -1, bool verbose = false)
                        : base(optimizer, last_epoch)
                    {
                        _length = T_max;
                        _least = eta_min;
                        step();
                    }

                    private protected override double Rate(int group) => _least + ((_bases[group] - _least) * (1 + Math.Cos(Math.PI * Epoch / _length)) / 2);
                }
            }
        }
    }
}
