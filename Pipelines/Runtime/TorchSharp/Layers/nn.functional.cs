namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>What becomes of the losses of a batch.</summary>
        public enum Reduction
        {
            None,
            Mean,
            Sum,
        }

        /// <summary>The operations of layers as functions.</summary>
        public static partial class functional
        {
            private static readonly Operator LinearOperator = new("linear");
            private static readonly Operator EmbeddingOperator = new("embedding");
            private static readonly Operator EmbeddingRenorm = new("embedding_renorm_");
            private static readonly Operator LayerNormOperator = new("layer_norm");
            private static readonly Operator DropoutOperator = new("dropout");
            private static readonly Operator DropoutInPlace = new("dropout_");
            private static readonly Operator OneHotOperator = new("one_hot");
            private static readonly Operator CosineSimilarity = new("cosine_similarity");
            private static readonly Operator AttentionOperator = new("scaled_dot_product_attention");
            private static readonly Operator GeluOperator = new("gelu");
            private static readonly Operator EluOperator = new("elu");

            private static readonly Lazy<bool> HasAttention = new(() => AttentionOperator.Exists);

            /// <summary>input · weightsᵀ + bias, over the last dimension.</summary>
            /// <param name="input">[..., in].</param>
            /// <param name="weights">[out, in].</param>
            /// <param name="bias">[out]; null for none.</param>
            public static Tensor linear(Tensor input, Tensor weights, Tensor bias = null) => LinearOperator.Call(input, weights, bias);

            /// <summary>Rows of a table.</summary>
            /// <param name="input">Indices of rows; integers of any shape.</param>
            /// <param name="weight">The table, [rows, columns].</param>
            /// <param name="padding_idx">The row that gets no gradient.</param>
            /// <param name="max_norm">The greatest norm that a row may have; longer ones among those asked for are shortened.</param>
            /// <param name="norm_type">The p of that norm.</param>
            /// <param name="scale_grad_by_freq">Whether gradients are divided by how often an index occurs.</param>
            /// <param name="sparse">Whether the gradient is sparse.</param>
            internal static Tensor embedding(Tensor input, Tensor weight, long? padding_idx = null, double? max_norm = null, double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false)
            {
                long padding = padding_idx ?? -1;
                if (padding_idx < 0)
                    padding += weight.size(0);
                if (max_norm is { } longest)
                {
                    using var quiet = no_grad();
                    EmbeddingRenorm.Run(weight, input, longest, norm_type);
                }
                return EmbeddingOperator.Call(weight, input, padding, scale_grad_by_freq, sparse);
            }

            /// <summary>The input brought to the mean 0 and the variance 1 over its last dimensions, times weight plus bias.</summary>
            public static Tensor layer_norm(Tensor input, long[] normalized_shape, Tensor weight = null, Tensor bias = null, double eps = 1E-05) =>
                LayerNormOperator.Call(input, normalized_shape, weight, bias, eps);

            /// <summary>Zeros with the probability p, the rest divided by 1 - p; the input itself where not training.</summary>
            public static Tensor dropout(Tensor input, double p = 0.5, bool training = true, bool inplace = false)
            {
                if (!inplace)
                    return DropoutOperator.Call(input, p, training);
                DropoutInPlace.Run(input, p, training);
                return input;
            }

            /// <summary>x times the normal distribution function of x.</summary>
            public static Tensor gelu(Tensor x) => GeluOperator.Call(x);

            /// <summary>The elements, and 0 for the negative ones.</summary>
            public static Tensor relu(Tensor x, bool inplace = false) => inplace ? x.relu_() : x.relu();

            /// <summary>x times its sigmoid.</summary>
            public static Tensor silu(Tensor x, bool inplace = false) => inplace ? x.silu_() : x.silu();

            /// <summary>The hyperbolic tangents.</summary>
            public static Tensor tanh(Tensor x) => x.tanh();

            /// <summary>1 / (1 + e to the power of the negative).</summary>
            public static Tensor Sigmoid(Tensor x) => x.sigmoid();

            /// <summary>x, and alpha (exp(x) - 1) for the negative ones.</summary>
            public static Tensor elu(Tensor x, double alpha, bool inplace = false)
            {
                var result = EluOperator.Call(x, alpha);
                if (!inplace)
                    return result;
                x.copy_(result);
                result.Dispose();
                return x;
            }

            /// <summary>The elements, the negative ones times a slope.</summary>
            public static Tensor leaky_relu(Tensor input, double negative_slope = 0.01, bool inplace = false)
            {
                var result = input.leaky_relu(negative_slope);
                if (!inplace)
                    return result;
                input.copy_(result);
                result.Dispose();
                return input;
            }

            /// <summary>Exponentials that add up to 1 along a dimension.</summary>
            public static Tensor softmax(Tensor input, long dim, ScalarType? dtype = null) => input.softmax(dim, dtype);

            /// <summary>The logarithms of exponentials that add up to 1 along a dimension.</summary>
            public static Tensor log_softmax(Tensor x, long dim) => x.log_softmax(dim);

            /// <summary>For each integer a row of zeros with a one at its place.</summary>
            /// <param name="x">Integers from 0.</param>
            /// <param name="num_classes">The length of a row; -1 for one more than the greatest integer.</param>
            public static Tensor one_hot(Tensor x, long num_classes = -1) => OneHotOperator.Call(x, num_classes);

            /// <summary>The cosines of the angles between vectors along a dimension.</summary>
            public static Tensor cosine_similarity(Tensor x1, Tensor x2, long dim = 1, double eps = 1E-08) => CosineSimilarity.Call(x1, x2, dim, eps);

            /// <summary>
            /// softmax(query · keyᵀ / √E + mask) · value. LibTorch's own where it has one (2.0 and later), else composed of
            /// its parts.
            /// </summary>
            /// <param name="query">[..., L, E].</param>
            /// <param name="key">[..., S, E].</param>
            /// <param name="value">[..., S, V].</param>
            /// <param name="attn_mask">Broadcast to [..., L, S]: false where attention is barred, or numbers to add; null for none.</param>
            /// <param name="p">The probability with which weights are dropped.</param>
            /// <param name="is_casual">Whether a position attends to none after it; no mask may be given then.</param>
            public static Tensor scaled_dot_product_attention(Tensor query, Tensor key, Tensor value, Tensor attn_mask = null, double p = 0, bool is_casual = false)
            {
                if (p < 0)
                    TorchErrors.Argument("The dropout probability must be greater than or equal to zero.", nameof(p));
                if (is_casual && attn_mask is not null)
                    TorchErrors.Argument("Casual attention masking cannot pass a mask.", nameof(is_casual));
                return HasAttention.Value
                    ? AttentionOperator.Call(query, key, value, attn_mask, p, is_casual)
                    : ComposedAttention(query, key, value, attn_mask, p, is_casual);
            }

            internal static Tensor ComposedAttention(Tensor query, Tensor key, Tensor value, Tensor mask, double dropped, bool causal)
            {
                using var scope = NewDisposeScope();
                // Half of the scale on either side, as LibTorch does, keeps 16-bit products in range.
                double scale = Math.Sqrt(1 / Math.Sqrt(query.size(-1)));
                var weights = query.mul(scale).matmul(key.transpose(-2, -1).mul(scale));
                if (causal)
                {
                    long rows = query.size(-2);
                    long columns = key.size(-2);
                    mask = ones([rows, columns], ScalarType.Bool, query.device).tril();
                }
                if (mask is not null)
                    weights = mask.dtype == ScalarType.Bool ? weights.masked_fill(mask.logical_not(), double.NegativeInfinity) : weights.add(mask);
                weights = weights.softmax(-1);
                if (dropped > 0)
                    weights = dropout(weights, dropped);
                return weights.matmul(value).MoveToOuterDisposeScope();
            }
        }
    }
}
