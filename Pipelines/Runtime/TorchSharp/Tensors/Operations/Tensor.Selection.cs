namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator Gather = new("gather");
        private static readonly Operator ScatterSource = new("scatter", "src");
        private static readonly Operator ScatterSourceInPlace = new("scatter_", "src");
        private static readonly Operator ScatterAdd = new("scatter_add");
        private static readonly Operator ScatterAddInPlace = new("scatter_add_");
        private static readonly Operator IndexSelect = new("index_select");
        private static readonly Operator IndexAdd = new("index_add");
        private static readonly Operator IndexAddInPlace = new("index_add_");
        private static readonly Operator IndexCopyInPlace = new("index_copy_");
        private static readonly Operator IndexFill = new("index_fill", "int_Scalar");
        private static readonly Operator IndexFillInPlace = new("index_fill_", "int_Scalar");
        private static readonly Operator MaskedFill = new("masked_fill", "Scalar");
        private static readonly Operator MaskedFillInPlace = new("masked_fill_", "Scalar");
        private static readonly Operator MaskedSelect = new("masked_select");
        private static readonly Operator MaskedScatter = new("masked_scatter");
        private static readonly Operator Where = new("where", "self");
        private static readonly Operator Take = new("take");
        private static readonly Operator Clamp = new("clamp");
        private static readonly Operator ClampInPlace = new("clamp_");
        private static readonly Operator ClampTensor = new("clamp", "Tensor");
        private static readonly Operator FillInPlace = new("fill_", "Scalar");
        private static readonly Operator ZeroInPlace = new("zero_");
        private static readonly Operator NormalInPlace = new("normal_");
        private static readonly Operator UniformInPlace = new("uniform_");
        private static readonly Operator BernoulliInPlace = new("bernoulli_", "float");
        private static readonly Operator RandomInPlace = new("random_", "from");
        private static readonly Operator ExponentialInPlace = new("exponential_");
        private static readonly Operator Gelu = new("gelu");
        private static readonly Operator LeakyRelu = new("leaky_relu");
        private static readonly Operator Softplus = new("softplus");
        private static readonly Operator LogSigmoid = new("log_sigmoid");
        private static readonly Operator IsIn = new("isin", "Tensor_Tensor");

        /// <summary>The elements at indices along a dimension.</summary>
        public Tensor gather(long dim, Tensor index) => Gather.Call(this, dim, index);

        /// <summary>With elements put at indices along a dimension.</summary>
        public Tensor scatter(long dim, Tensor index, Tensor src) => ScatterSource.Call(this, dim, index, src);

        /// <summary>With elements put at indices along a dimension. In place.</summary>
        public Tensor scatter_(long dim, Tensor index, Tensor src) => Quietly(ScatterSourceInPlace, dim, index, src);

        /// <summary>With elements added at indices along a dimension.</summary>
        public Tensor scatter_add(long dim, Tensor index, Tensor src) => ScatterAdd.Call(this, dim, index, src);

        /// <summary>With elements added at indices along a dimension. In place.</summary>
        public Tensor scatter_add_(long dim, Tensor index, Tensor src) => Quietly(ScatterAddInPlace, dim, index, src);

        /// <summary>The places of a dimension that a vector of indices names.</summary>
        public Tensor index_select(long dim, Tensor index) => IndexSelect.Call(this, dim, index);

        /// <summary>With alpha times the source added at places of a dimension.</summary>
        public Tensor index_add(long dim, Tensor index, Tensor source, Scalar alpha) => IndexAdd.Call(this, dim, index, source, alpha);

        /// <summary>With alpha times the source added at places of a dimension. In place.</summary>
        public Tensor index_add_(long dim, Tensor index, Tensor source, Scalar alpha) => Quietly(IndexAddInPlace, dim, index, source, alpha);

        /// <summary>With the source put at places of a dimension. In place.</summary>
        public Tensor index_copy_(long dim, Tensor index, Tensor source) => Quietly(IndexCopyInPlace, dim, index, source);

        /// <summary>With a value put at places of a dimension.</summary>
        public Tensor index_fill(long dim, Tensor index, Scalar value) => IndexFill.Call(this, dim, index, value);

        /// <summary>With a value put at places of a dimension. In place.</summary>
        public Tensor index_fill_(long dim, Tensor index, Scalar value) => Quietly(IndexFillInPlace, dim, index, value);

        /// <summary>With a value where the mask is true.</summary>
        public Tensor masked_fill(Tensor mask, Scalar value) => MaskedFill.Call(this, mask, value);

        /// <summary>With a value where the mask is true. In place.</summary>
        public Tensor masked_fill_(Tensor mask, Scalar value) => InPlace(MaskedFillInPlace, mask, value);

        /// <summary>The elements where the mask is true; a vector.</summary>
        public Tensor masked_select(Tensor mask) => MaskedSelect.Call(this, mask);

        /// <summary>With the next of the values where the mask is true.</summary>
        public Tensor masked_scatter(Tensor mask, Tensor value) => MaskedScatter.Call(this, mask, value);

        /// <summary>The elements of this where the condition is true, and of y elsewhere.</summary>
        public Tensor where(Tensor condition, Tensor y) => Where.Call(condition, this, y);

        /// <summary>The elements at indices into all, row after row.</summary>
        public Tensor take(Tensor index) => Take.Call(this, index);

        /// <summary>The elements, none less than min nor greater than max.</summary>
        public Tensor clamp(Scalar min = null, Scalar max = null) => Clamp.Call(this, min, max);

        /// <summary>The elements, none less than min nor greater than max. In place.</summary>
        public Tensor clamp_(Scalar min = null, Scalar max = null) => InPlace(ClampInPlace, min, max);

        /// <summary>The elements, none less than min nor greater than max.</summary>
        public Tensor clamp(Tensor min = null, Tensor max = null) => ClampTensor.Call(this, min, max);

        /// <summary>The elements, none greater than max.</summary>
        public Tensor clamp_max(Scalar max) => Clamp.Call(this, Argument.None, max);

        /// <summary>The elements, none greater than max. In place.</summary>
        public Tensor clamp_max_(Scalar max) => InPlace(ClampInPlace, Argument.None, max);

        /// <summary>The elements, none less than min.</summary>
        public Tensor clamp_min(Scalar min) => Clamp.Call(this, min);

        /// <summary>The elements, none less than min. In place.</summary>
        public Tensor clamp_min_(Scalar min) => InPlace(ClampInPlace, min);

        /// <summary>Sets all elements to a value.</summary>
        public Tensor fill_(Scalar value) => InPlace(FillInPlace, value);

        /// <summary>Sets all elements to zero.</summary>
        public Tensor zero_() => InPlace(ZeroInPlace);

        /// <summary>Sets the elements to numbers drawn from a normal distribution.</summary>
        public Tensor normal_(double mean = 0, double std = 1, Generator generator = null) => Quietly(NormalInPlace, mean, std, generator);

        /// <summary>Sets the elements to numbers drawn evenly from [from, to).</summary>
        public Tensor uniform_(double from, double to, Generator generator = null) => Quietly(UniformInPlace, from, to, generator);

        /// <summary>Sets the elements to ones, with the probability p, and zeros.</summary>
        public Tensor bernoulli_(double p = 0.5, Generator generator = null) => InPlace(BernoulliInPlace, p, generator);

        /// <summary>Sets the elements to integers drawn evenly from [from, to).</summary>
        public Tensor random_(double from, double to, Generator generator = null) => Quietly(RandomInPlace, (long)from, (long)to, generator);

        /// <summary>Sets the elements to numbers drawn from an exponential distribution.</summary>
        public Tensor exponential_(double lambda = 1, Generator generator = null) => InPlace(ExponentialInPlace, lambda, generator);

        /// <summary>x times the normal distribution function of x.</summary>
        public Tensor gelu() => Gelu.Call(this);

        /// <summary>The elements, the negative ones times a slope.</summary>
        public Tensor leaky_relu(Scalar negative_slope) => LeakyRelu.Call(this, negative_slope);

        /// <summary>log(1 + exp(x)).</summary>
        public Tensor softplus() => Softplus.Call(this);

        /// <summary>The logarithm of the sigmoid.</summary>
        public Tensor log_sigmoid() => LogSigmoid.Call(this);

        /// <summary>Whether each element is among others.</summary>
        public Tensor isin(Tensor test_elements, bool assumeUnique = false, bool invert = false) => IsIn.Call(this, test_elements, assumeUnique, invert);
    }
}
