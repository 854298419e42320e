using TorchSharp.Modules;
using static TorchSharp.torch;

namespace TorchSharp
{
    public static partial class torch
    {
        public static partial class nn
        {
            /// <summary>x · Aᵀ + b, with parameters drawn as PyTorch draws them.</summary>
            public static Linear Linear(long inputSize, long outputSize, bool hasBias = true, Device device = null, ScalarType? dtype = null) => new(inputSize, outputSize, hasBias, device, dtype);

            /// <summary>A table of rows, drawn from the standard normal distribution; the row of padding is zero.</summary>
            public static Embedding Embedding(long num_embeddings, long embedding_dims, long? padding_idx = null, double? max_norm = null, double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device device = null, ScalarType? dtype = null)
            {
                if (padding_idx is { } padding && (padding < -num_embeddings || padding >= num_embeddings))
                    TorchErrors.OutOfRange(nameof(padding_idx), padding, $"The table has {num_embeddings} rows.");
                long? row = padding_idx < 0 ? padding_idx + num_embeddings : padding_idx;
                var table = randn([num_embeddings, embedding_dims], dtype, device);
                if (row is { } zero)
                {
                    using var place = table.select(0, zero);
                    place.zero_();
                }
                return new Embedding(new Parameter(table), row, max_norm, norm_type, scale_grad_by_freq, sparse);
            }

            /// <summary>A table of given rows.</summary>
            public static Embedding Embedding_from_pretrained(Tensor embeddings, bool freeze = true, long? padding_idx = null, double? max_norm = null, double norm_type = 2, bool scale_grad_by_freq = false, bool sparse = false, Device device = null, ScalarType? dtype = null) =>
                new(new Parameter(embeddings.detach().to(dtype ?? embeddings.dtype, device ?? embeddings.device), !freeze), padding_idx, max_norm, norm_type, scale_grad_by_freq, sparse);

            /// <summary>The input brought to the mean 0 and the variance 1 over its last dimensions, times weight plus bias.</summary>
            public static LayerNorm LayerNorm(long[] normalized_shape, double eps = 1E-05, bool elementwise_affine = true, Device device = null, ScalarType? dtype = null) => new(normalized_shape, eps, elementwise_affine, true, device, dtype);

            /// <summary>The input brought to the mean 0 and the variance 1 over its last dimension, times weight plus bias.</summary>
            public static LayerNorm LayerNorm(long normalized_shape, double eps = 1E-05, bool elementwise_affine = true, Device device = null, ScalarType? dtype = null) => new([normalized_shape], eps, elementwise_affine, true, device, dtype);

            /// <summary>Zeros with the probability p while training.</summary>
            public static Dropout Dropout(double p = 0.5, bool inplace = false) => new(p, inplace);

            /// <summary>The input as it is.</summary>
            public static Identity Identity() => new();

            /// <summary>x times the normal distribution function of x.</summary>
            public static GELU GELU() => new();

            /// <summary>The elements, and 0 for the negative ones.</summary>
            public static ReLU ReLU(bool inplace = false) => new(inplace);

            /// <summary>x times its sigmoid.</summary>
            public static SiLU SiLU() => new();

            /// <summary>The hyperbolic tangents.</summary>
            public static Tanh Tanh() => new();

            /// <summary>1 / (1 + e to the power of the negative).</summary>
            public static Sigmoid Sigmoid() => new();

            /// <summary>Exponentials that add up to 1 along a dimension.</summary>
            public static Softmax Softmax(long dim) => new(dim);

            /// <summary>The logarithms of exponentials that add up to 1 along a dimension.</summary>
            public static LogSoftmax LogSoftmax(long dim) => new(dim);
        }
    }
}

namespace TorchSharp.Modules
{
    /// <summary>x · Aᵀ + b.</summary>
    public sealed class Linear : nn.Module<Tensor, Tensor>
    {
        internal Linear(long inputs, long outputs, bool hasBias, Device device, ScalarType? type)
            : base(nameof(Linear))
        {
            double bound = inputs > 0 ? 1 / Math.Sqrt(inputs) : 0;
            weight = new Parameter(empty([outputs, inputs], type, device));
            using var quiet = no_grad();
            nn.init.kaiming_uniform_(weight, Math.Sqrt(5));
            if (hasBias)
            {
                bias = new Parameter(empty([outputs], type, device));
                nn.init.uniform_(bias, -bound, bound);
            }
        }

        /// <summary>b, [outputs]; null where there is none.</summary>
        public Parameter bias
        {
            get => get_parameter(nameof(bias));
            set => ConditionallyRegisterParameter(nameof(bias), value);
        }

        /// <summary>A, [outputs, inputs].</summary>
        public Parameter weight
        {
            get => get_parameter(nameof(weight));
            set => ConditionallyRegisterParameter(nameof(weight), value);
        }

        /// <summary>The forward pass.</summary>
        public override Tensor forward(Tensor tensor) => nn.functional.linear(tensor, weight, bias);
    }

    /// <summary>A table of rows.</summary>
    public sealed class Embedding : nn.Module<Tensor, Tensor>
    {
        private readonly long? _padding;
        private readonly double? _maxNorm;
        private readonly double _normType;
        private readonly bool _scaled;
        private readonly bool _sparse;

        internal Embedding(Parameter table, long? padding, double? maxNorm, double normType, bool scaled, bool sparse)
            : base(nameof(Embedding))
        {
            _padding = padding;
            _maxNorm = maxNorm;
            _normType = normType;
            _scaled = scaled;
            _sparse = sparse;
            weight = table;
        }

        /// <summary>The table, [rows, columns].</summary>
        public Parameter weight
        {
            get => get_parameter(nameof(weight));
            set => ConditionallyRegisterParameter(nameof(weight), value);
        }

        /// <summary>The rows of indices.</summary>
        public override Tensor forward(Tensor input) => nn.functional.embedding(input, weight, _padding, _maxNorm, _normType, _scaled, _sparse);
    }

    /// <summary>The input brought to the mean 0 and the variance 1 over its last dimensions, times weight plus bias.</summary>
    public sealed class LayerNorm : nn.Module<Tensor, Tensor>
    {
        private readonly long[] _shape;
        private readonly double _eps;

        internal LayerNorm(long[] shape, double eps, bool affine, bool hasBias, Device device, ScalarType? type)
            : base(nameof(LayerNorm))
        {
            _shape = shape;
            _eps = eps;
            if (!affine)
                return;
            weight = new Parameter(ones(shape, type, device));
            if (hasBias)
                bias = new Parameter(zeros(shape, type, device));
        }

        /// <summary>What is added; null where there is none.</summary>
        public Parameter bias
        {
            get => get_parameter(nameof(bias));
            set => ConditionallyRegisterParameter(nameof(bias), value);
        }

        /// <summary>What is multiplied by; null where there is none.</summary>
        public Parameter weight
        {
            get => get_parameter(nameof(weight));
            set => ConditionallyRegisterParameter(nameof(weight), value);
        }

        /// <summary>The forward pass.</summary>
        public override Tensor forward(Tensor tensor) => nn.functional.layer_norm(tensor, _shape, weight, bias, _eps);
    }

    /// <summary>Zeros with the probability p while training.</summary>
    public sealed class Dropout : nn.Module<Tensor, Tensor>
    {
        private readonly double _probability;
        private readonly bool _inplace;

        internal Dropout(double p, bool inplace)
            : base(nameof(Dropout))
        {
            _probability = p;
            _inplace = inplace;
        }

        /// <summary>The forward pass.</summary>
        public override Tensor forward(Tensor tensor) => nn.functional.dropout(tensor, _probability, training, _inplace);
    }

    /// <summary>The input as it is.</summary>
    public sealed class Identity : nn.Module<Tensor, Tensor>
    {
        internal Identity()
            : base(nameof(Identity))
        {
        }

        /// <summary>The forward pass: another tensor for the same memory.</summary>
        public override Tensor forward(Tensor tensor) => tensor.alias();
    }
}
