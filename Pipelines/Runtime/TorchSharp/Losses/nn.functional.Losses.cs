namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        public static partial class functional
        {
            private static readonly Operator CrossEntropyOperator = new("cross_entropy_loss");
            private static readonly Operator BinaryCrossEntropyOperator = new("binary_cross_entropy");
            private static readonly Operator BinaryCrossEntropyWithLogitsOperator = new("binary_cross_entropy_with_logits");
            private static readonly Operator MeanSquaredErrorOperator = new("mse_loss");
            private static readonly Operator AbsoluteErrorOperator = new("l1_loss");
            private static readonly Operator NegativeLogLikelihoodOperator = new("nll_loss_nd");
            private static readonly Operator DivergenceOperator = new("kl_div");
            private static readonly Operator SmoothAbsoluteErrorOperator = new("smooth_l1_loss");

            /// <summary>The cross entropy of the softmax of logits with classes, or with probabilities of classes.</summary>
            /// <param name="input">Logits, [N, C], [C] or [N, C, d1, ...].</param>
            /// <param name="target">Classes as 64-bit integers, [N], [] or [N, d1, ...]; or probabilities in the shape of the input.</param>
            /// <param name="weight">The weight of each class, [C]; null for 1.</param>
            /// <param name="ignore_index">The class of targets that count for nothing.</param>
            /// <param name="reduction">Mean (weighted by class), sum, or none.</param>
            /// <param name="label_smoothing">The share of each target that is spread over all classes, in [0, 1].</param>
            public static Tensor cross_entropy(Tensor input, Tensor target, Tensor weight = null, long ignore_index = -100, Reduction reduction = Reduction.Mean, double label_smoothing = 0) =>
                CrossEntropyOperator.Call(input, target, weight, (long)reduction, ignore_index, label_smoothing);

            /// <summary>The binary cross entropy of probabilities.</summary>
            public static Tensor binary_cross_entropy(Tensor input, Tensor target, Tensor weight = null, Reduction reduction = Reduction.Mean) =>
                BinaryCrossEntropyOperator.Call(input, target, weight, (long)reduction);

            /// <summary>The binary cross entropy of the sigmoids of logits.</summary>
            /// <param name="input">Logits of any shape.</param>
            /// <param name="target">Probabilities in that shape.</param>
            /// <param name="weight">Weights, broadcast to that shape; null for 1.</param>
            /// <param name="reduction">Mean, sum, or none.</param>
            /// <param name="pos_weights">The weights of the positive part, broadcast to that shape; null for 1.</param>
            public static Tensor binary_cross_entropy_with_logits(Tensor input, Tensor target, Tensor weight = null, Reduction reduction = Reduction.Mean, Tensor pos_weights = null) =>
                BinaryCrossEntropyWithLogitsOperator.Call(input, target, weight, pos_weights, (long)reduction);

            /// <summary>The squared differences.</summary>
            public static Tensor mse_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => MeanSquaredErrorOperator.Call(input, target, (long)reduction);

            /// <summary>The absolute differences.</summary>
            public static Tensor l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean) => AbsoluteErrorOperator.Call(input, target, (long)reduction);

            /// <summary>The absolute differences, squared below beta.</summary>
            public static Tensor smooth_l1_loss(Tensor input, Tensor target, Reduction reduction = Reduction.Mean, double beta = 1) =>
                SmoothAbsoluteErrorOperator.Call(input, target, (long)reduction, beta);

            /// <summary>The negatives of the log-probabilities of the target classes.</summary>
            public static Tensor nll_loss(Tensor input, Tensor target, Tensor weight = null, Reduction reduction = Reduction.Mean) =>
                NegativeLogLikelihoodOperator.Call(input, target, weight, (long)reduction, -100L);

            /// <summary>The Kullback-Leibler divergence of log-probabilities from targets.</summary>
            public static Tensor kl_div(Tensor input, Tensor target, bool log_target = true, Reduction reduction = Reduction.Mean) =>
                DivergenceOperator.Call(input, target, (long)reduction, log_target);
        }
    }
}
