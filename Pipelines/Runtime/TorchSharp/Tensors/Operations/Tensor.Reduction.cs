namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator Sum = new("sum");
        private static readonly Operator SumDims = new("sum", "dim_IntList");
        private static readonly Operator Mean = new("mean");
        private static readonly Operator MeanDims = new("mean", "dim");
        private static readonly Operator StdAll = new("std");
        private static readonly Operator StdDims = new("std", "dim");
        private static readonly Operator VarAll = new("var");
        private static readonly Operator VarDims = new("var", "dim");
        private static readonly Operator MaxAll = new("max");
        private static readonly Operator MaxDim = new("max", "dim");
        private static readonly Operator MinAll = new("min");
        private static readonly Operator MinDim = new("min", "dim");
        private static readonly Operator ArgMax = new("argmax");
        private static readonly Operator ArgMin = new("argmin");
        private static readonly Operator AMax = new("amax");
        private static readonly Operator AMin = new("amin");
        private static readonly Operator AllOperator = new("all");
        private static readonly Operator AllDim = new("all", "dim");
        private static readonly Operator AnyOperator = new("any");
        private static readonly Operator AnyDim = new("any", "dim");
        private static readonly Operator TopK = new("topk");
        private static readonly Operator SortStable = new("sort", "stable");
        private static readonly Operator ArgSort = new("argsort");
        private static readonly Operator Norm = new("norm", "Scalar");
        private static readonly Operator NormDims = new("norm", "ScalarOpt_dim");
        private static readonly Operator LogSumExp = new("logsumexp");
        private static readonly Operator CumSum = new("cumsum");
        private static readonly Operator CumProd = new("cumprod");
        private static readonly Operator Median = new("median");
        private static readonly Operator Softmax = new("softmax", "int");
        private static readonly Operator LogSoftmax = new("log_softmax", "int");
        private static readonly Operator NonZero = new("nonzero");
        private static readonly Operator CountNonZero = new("count_nonzero", "dim_IntList");
        private static readonly Operator CountNonZeroAll = new("count_nonzero");
        private static readonly Operator BinCount = new("bincount");
        private static readonly Operator KthValue = new("kthvalue");
        private static readonly Operator NanToNum = new("nan_to_num");

        /// <summary>The sum of all elements.</summary>
        public Tensor sum(ScalarType? type = null) => Sum.Call(this, type);

        /// <summary>The sums over dimensions.</summary>
        public Tensor sum(long[] dim, bool keepdim = false, ScalarType? type = null) => SumDims.Call(this, dim, keepdim, type);

        /// <summary>The sums over dimensions.</summary>
        public Tensor sum(ReadOnlySpan<long> dim, bool keepdim = false, ScalarType? type = null) => sum(dim.ToArray(), keepdim, type);

        /// <summary>The sums over a dimension.</summary>
        public Tensor sum(long dim, bool keepdim = false, ScalarType? type = null) => sum([dim], keepdim, type);

        /// <summary>The sums over two dimensions.</summary>
        public Tensor sum(long dim0, long dim1, bool keepdim = false, ScalarType? type = null) => sum([dim0, dim1], keepdim, type);

        /// <summary>The mean of all elements.</summary>
        public Tensor mean() => Mean.Call(this);

        /// <summary>The means over dimensions.</summary>
        public Tensor mean(long[] dimensions, bool keepdim = false, ScalarType? type = null) => MeanDims.Call(this, dimensions, keepdim, type);

        /// <summary>The standard deviation of all elements.</summary>
        public Tensor std(bool unbiased = true) => StdAll.Call(this, unbiased);

        /// <summary>The standard deviations over dimensions.</summary>
        public Tensor std(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Typed(StdDims, dimensions, unbiased, keepdim, type);

        /// <summary>The standard deviations over a dimension.</summary>
        public Tensor std(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Typed(StdDims, [dim], unbiased, keepdim, type);

        /// <summary>The variance of all elements.</summary>
        public Tensor var(bool unbiased = true) => VarAll.Call(this, unbiased);

        /// <summary>The variances over dimensions.</summary>
        public Tensor var(long[] dimensions, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Typed(VarDims, dimensions, unbiased, keepdim, type);

        /// <summary>The variances over a dimension.</summary>
        public Tensor var(long dim, bool unbiased = true, bool keepdim = false, ScalarType? type = null) => Typed(VarDims, [dim], unbiased, keepdim, type);

        /// <summary>The greatest element.</summary>
        public Tensor max() => MaxAll.Call(this);

        /// <summary>The greatest elements along a dimension, and where they are.</summary>
        public (Tensor values, Tensor indexes) max(long dim, bool keepdim = false) => MaxDim.CallPair(this, dim, keepdim);

        /// <summary>The least element.</summary>
        public Tensor min() => MinAll.Call(this);

        /// <summary>The least elements along a dimension, and where they are.</summary>
        public (Tensor values, Tensor indexes) min(long dim, bool keepdim = false) => MinDim.CallPair(this, dim, keepdim);

        /// <summary>Where the greatest element is.</summary>
        public Tensor argmax() => ArgMax.Call(this);

        /// <summary>Where the greatest elements along a dimension are.</summary>
        public Tensor argmax(long dim, bool keepdim = false) => ArgMax.Call(this, dim, keepdim);

        /// <summary>Where the least element is.</summary>
        public Tensor argmin() => ArgMin.Call(this);

        /// <summary>Where the least elements along a dimension are.</summary>
        public Tensor argmin(long dim, bool keepdim = false) => ArgMin.Call(this, dim, keepdim);

        /// <summary>The greatest elements over dimensions.</summary>
        public Tensor amax(params long[] dims) => AMax.Call(this, dims);

        /// <summary>The least elements over dimensions.</summary>
        public Tensor amin(params long[] dims) => AMin.Call(this, dims);

        /// <summary>Whether all elements are other than zero.</summary>
        public Tensor all() => AllOperator.Call(this);

        /// <summary>Whether all elements along a dimension are other than zero.</summary>
        public Tensor all(long dim, bool keepdim = false) => AllDim.Call(this, dim, keepdim);

        /// <summary>Whether any element is other than zero.</summary>
        public Tensor any() => AnyOperator.Call(this);

        /// <summary>Whether any element along a dimension is other than zero.</summary>
        public Tensor any(long dim, bool keepdim = false) => AnyDim.Call(this, dim, keepdim);

        /// <summary>The k greatest, or least, elements along a dimension, and where they are.</summary>
        public (Tensor values, Tensor indexes) topk(int k, int dim = -1, bool largest = true, bool sorted = true) => TopK.CallPair(this, (long)k, (long)dim, largest, sorted);

        /// <summary>The elements in order along a dimension, and where they were.</summary>
        public (Tensor Values, Tensor Indices) sort(long dim = -1, bool descending = false, bool stable = false) => SortStable.CallPair(this, stable, dim, descending);

        /// <summary>Where the elements, put in order along a dimension, were.</summary>
        public Tensor argsort(long dim = -1, bool descending = false) => ArgSort.Call(this, dim, descending);

        /// <summary>The k-th least elements along a dimension, and where they are.</summary>
        public (Tensor values, Tensor indices) kthvalue(long k, long? dim, bool keepdim = false) => KthValue.CallPair(this, k, dim ?? -1, keepdim);

        /// <summary>The p-norm of all elements.</summary>
        public Tensor norm(float p = 2f) => Norm.Call(this, (double)p);

        /// <summary>The p-norms along a dimension.</summary>
        public Tensor norm(int dim, bool keepdim = false, float p = 2f) => NormDims.Call(this, (double)p, (long[])[dim], keepdim);

        /// <summary>The logarithms of the sums of the exponentials along a dimension.</summary>
        public Tensor logsumexp(long dim, bool keepdim = false) => LogSumExp.Call(this, (long[])[dim], keepdim);

        /// <summary>The running sums along a dimension.</summary>
        public Tensor cumsum(long dim, ScalarType? type = null) => CumSum.Call(this, dim, type);

        /// <summary>The running products along a dimension.</summary>
        public Tensor cumprod(long dim, ScalarType? type = null) => CumProd.Call(this, dim, type);

        /// <summary>The median of all elements; the lower of two.</summary>
        public Tensor median() => Median.Call(this);

        /// <summary>Exponentials that add up to 1 along a dimension.</summary>
        public Tensor softmax(long dim, ScalarType? dtype = null) => Softmax.Call(this, dim, dtype);

        /// <summary>The logarithms of exponentials that add up to 1 along a dimension.</summary>
        public Tensor log_softmax(long dim, ScalarType? dtype = null) => LogSoftmax.Call(this, dim, dtype);

        /// <summary>Where the elements other than zero are; a row each.</summary>
        public Tensor nonzero() => NonZero.Call(this);

        /// <summary>How many elements are other than zero.</summary>
        public Tensor count_nonzero(long[] dims = null) => dims is null ? CountNonZeroAll.Call(this) : CountNonZero.Call(this, dims);

        /// <summary>How often each integer occurs.</summary>
        public Tensor bincount(Tensor weights, long minlength = 0) => BinCount.Call(this, weights, minlength);

        /// <summary>Numbers in place of what is none.</summary>
        public Tensor nan_to_num(double nan = 0, double? posinf = null, double? neginf = null) => NanToNum.Call(this, nan, posinf, neginf);

        private Tensor Typed(Operator operation, long[] dimensions, bool unbiased, bool keepDimensions, ScalarType? type)
        {
            if (type is not { } wanted || wanted == dtype)
                return operation.Call(this, dimensions, unbiased, keepDimensions);
            using var converted = to_type(wanted);
            return operation.Call(converted, dimensions, unbiased, keepDimensions);
        }
    }
}
