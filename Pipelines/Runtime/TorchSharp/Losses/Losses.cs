using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>The cross entropy of the softmax of logits.</summary>
            public static CrossEntropyLoss CrossEntropyLoss(Tensor weight = null, long? ignore_index = null, Reduction reduction = Reduction.Mean) => new(weight, ignore_index, reduction);

            /// <summary>The binary cross entropy of the sigmoids of logits.</summary>
            public static BCEWithLogitsLoss BCEWithLogitsLoss(Tensor weight = null, Reduction reduction = Reduction.Mean, Tensor pos_weights = null) => new(weight, reduction, pos_weights);

            /// <summary>The squared differences.</summary>
            public static MSELoss MSELoss(Reduction reduction = Reduction.Mean) => new(reduction);

            /// <summary>The negatives of the log-probabilities of the target classes.</summary>
            public static NLLLoss NLLLoss(Tensor weight = null, Reduction reduction = Reduction.Mean) => new(weight, reduction);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>The base of losses of an input and a target.</summary>
    public abstract class Loss<T1, T2, TResult> : nn.Module<T1, T2, TResult>
    {
        /// <summary>A loss with its reduction.</summary>
        protected Loss(nn.Reduction reduction = nn.Reduction.Mean)
            : base(nameof(Loss<T1, T2, TResult>))
        {
            this.reduction = reduction;
        }

        /// <summary>What becomes of the losses of a batch.</summary>
        public nn.Reduction reduction { get; }
    }

    /// <summary>The base of losses with weights.</summary>
    public abstract class WeightedLoss<T1, T2, TResult> : Loss<T1, T2, TResult>
    {
        /// <summary>A loss with its weights and its reduction.</summary>
        protected WeightedLoss(Tensor weight = null, nn.Reduction reduction = nn.Reduction.Mean)
            : base(reduction)
        {
            this.weight = weight;
        }

        /// <summary>The weights; null for 1.</summary>
        public Tensor weight { get; }
    }

    /// <summary>The cross entropy of the softmax of logits.</summary>
    public sealed class CrossEntropyLoss : WeightedLoss<Tensor, Tensor, Tensor>
    {
        /// <summary>See <see cref="nn.functional.cross_entropy"/>.</summary>
        public CrossEntropyLoss(Tensor weight = null, long? ignore_index = null, nn.Reduction reduction = nn.Reduction.Mean, double label_smoothing = 0)
            : base(weight, reduction)
        {
            this.ignore_index = ignore_index;
            this.label_smoothing = label_smoothing;
        }

        /// <summary>The class of targets that count for nothing; null for -100.</summary>
        public long? ignore_index { get; }

        /// <summary>The share of each target that is spread over all classes.</summary>
        public double label_smoothing { get; }

        /// <summary>The loss.</summary>
        public override Tensor forward(Tensor input, Tensor target) => nn.functional.cross_entropy(input, target, weight, ignore_index ?? -100, reduction, label_smoothing);
    }

    /// <summary>The binary cross entropy of the sigmoids of logits.</summary>
    public sealed class BCEWithLogitsLoss : WeightedLoss<Tensor, Tensor, Tensor>
    {
        /// <summary>See <see cref="nn.functional.binary_cross_entropy_with_logits"/>.</summary>
        public BCEWithLogitsLoss(Tensor weight = null, nn.Reduction reduction = nn.Reduction.Mean, Tensor pos_weights = null)
            : base(weight, reduction)
        {
            this.pos_weights = pos_weights;
        }

        /// <summary>The weights of the positive part; null for 1.</summary>
        public Tensor pos_weights { get; }

        /// <summary>The loss.</summary>
        public override Tensor forward(Tensor input, Tensor target) => nn.functional.binary_cross_entropy_with_logits(input, target, weight, reduction, pos_weights);
    }

    /// <summary>The squared differences.</summary>
    public sealed class MSELoss : Loss<Tensor, Tensor, Tensor>
    {
        /// <summary>A loss with its reduction.</summary>
        public MSELoss(nn.Reduction reduction = nn.Reduction.Mean)
            : base(reduction)
        {
        }

        /// <summary>The loss.</summary>
        public override Tensor forward(Tensor input, Tensor target) => nn.functional.mse_loss(input, target, reduction);
    }

    /// <summary>The negatives of the log-probabilities of the target classes.</summary>
    public sealed class NLLLoss : WeightedLoss<Tensor, Tensor, Tensor>
    {
        /// <summary>A loss with its weights and its reduction.</summary>
        public NLLLoss(Tensor weight = null, nn.Reduction reduction = nn.Reduction.Mean)
            : base(weight, reduction)
        {
        }

        /// <summary>The loss.</summary>
        public override Tensor forward(Tensor input, Tensor target) => nn.functional.nll_loss(input, target, weight, reduction);
    }
}
