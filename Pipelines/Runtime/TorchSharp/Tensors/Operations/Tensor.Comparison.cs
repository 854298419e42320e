namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator EqTensor = new("eq", "Tensor");
        private static readonly Operator EqScalar = new("eq", "Scalar");
        private static readonly Operator EqTensorInPlace = new("eq_", "Tensor");
        private static readonly Operator EqScalarInPlace = new("eq_", "Scalar");
        private static readonly Operator NeTensor = new("ne", "Tensor");
        private static readonly Operator NeScalar = new("ne", "Scalar");
        private static readonly Operator NeTensorInPlace = new("ne_", "Tensor");
        private static readonly Operator NeScalarInPlace = new("ne_", "Scalar");
        private static readonly Operator LtTensor = new("lt", "Tensor");
        private static readonly Operator LtScalar = new("lt", "Scalar");
        private static readonly Operator LtTensorInPlace = new("lt_", "Tensor");
        private static readonly Operator LtScalarInPlace = new("lt_", "Scalar");
        private static readonly Operator LeTensor = new("le", "Tensor");
        private static readonly Operator LeScalar = new("le", "Scalar");
        private static readonly Operator LeTensorInPlace = new("le_", "Tensor");
        private static readonly Operator LeScalarInPlace = new("le_", "Scalar");
        private static readonly Operator GtTensor = new("gt", "Tensor");
        private static readonly Operator GtScalar = new("gt", "Scalar");
        private static readonly Operator GtTensorInPlace = new("gt_", "Tensor");
        private static readonly Operator GtScalarInPlace = new("gt_", "Scalar");
        private static readonly Operator GeTensor = new("ge", "Tensor");
        private static readonly Operator GeScalar = new("ge", "Scalar");
        private static readonly Operator GeTensorInPlace = new("ge_", "Tensor");
        private static readonly Operator GeScalarInPlace = new("ge_", "Scalar");
        private static readonly Operator LogicalAnd = new("logical_and", "");
        private static readonly Operator LogicalAndInPlace = new("logical_and_", "");
        private static readonly Operator LogicalOr = new("logical_or", "");
        private static readonly Operator LogicalOrInPlace = new("logical_or_", "");
        private static readonly Operator LogicalXor = new("logical_xor", "");
        private static readonly Operator LogicalXorInPlace = new("logical_xor_", "");
        private static readonly Operator BitwiseAndTensor = new("bitwise_and", "Tensor");
        private static readonly Operator BitwiseAndTensorInPlace = new("bitwise_and_", "Tensor");
        private static readonly Operator BitwiseOrTensor = new("bitwise_or", "Tensor");
        private static readonly Operator BitwiseOrTensorInPlace = new("bitwise_or_", "Tensor");
        private static readonly Operator BitwiseXorTensor = new("bitwise_xor", "Tensor");
        private static readonly Operator BitwiseXorTensorInPlace = new("bitwise_xor_", "Tensor");
        private static readonly Operator Allclose = new("allclose", "");
        private static readonly Operator Isclose = new("isclose", "");

        /// <summary>Whether the elements are equal.</summary>
        public Tensor eq(Tensor target) => EqTensor.Call(this, target);

        /// <summary>Whether the elements are equal.</summary>
        public Tensor eq(Scalar target) => EqScalar.Call(this, target);

        /// <summary>Whether the elements are equal. In place.</summary>
        public Tensor eq_(Tensor target) => InPlace(EqTensorInPlace, target);

        /// <summary>Whether the elements are equal. In place.</summary>
        public Tensor eq_(Scalar target) => InPlace(EqScalarInPlace, target);

        /// <summary>Whether the elements differ.</summary>
        public Tensor ne(Tensor target) => NeTensor.Call(this, target);

        /// <summary>Whether the elements differ.</summary>
        public Tensor ne(Scalar target) => NeScalar.Call(this, target);

        /// <summary>Whether the elements differ. In place.</summary>
        public Tensor ne_(Tensor target) => InPlace(NeTensorInPlace, target);

        /// <summary>Whether the elements differ. In place.</summary>
        public Tensor ne_(Scalar target) => InPlace(NeScalarInPlace, target);

        /// <summary>Whether each element is less than the other.</summary>
        public Tensor lt(Tensor target) => LtTensor.Call(this, target);

        /// <summary>Whether each element is less than the other.</summary>
        public Tensor lt(Scalar target) => LtScalar.Call(this, target);

        /// <summary>Whether each element is less than the other. In place.</summary>
        public Tensor lt_(Tensor target) => InPlace(LtTensorInPlace, target);

        /// <summary>Whether each element is less than the other. In place.</summary>
        public Tensor lt_(Scalar target) => InPlace(LtScalarInPlace, target);

        /// <summary>Whether each element is at most the other.</summary>
        public Tensor le(Tensor target) => LeTensor.Call(this, target);

        /// <summary>Whether each element is at most the other.</summary>
        public Tensor le(Scalar target) => LeScalar.Call(this, target);

        /// <summary>Whether each element is at most the other. In place.</summary>
        public Tensor le_(Tensor target) => InPlace(LeTensorInPlace, target);

        /// <summary>Whether each element is at most the other. In place.</summary>
        public Tensor le_(Scalar target) => InPlace(LeScalarInPlace, target);

        /// <summary>Whether each element is greater than the other.</summary>
        public Tensor gt(Tensor target) => GtTensor.Call(this, target);

        /// <summary>Whether each element is greater than the other.</summary>
        public Tensor gt(Scalar target) => GtScalar.Call(this, target);

        /// <summary>Whether each element is greater than the other. In place.</summary>
        public Tensor gt_(Tensor target) => InPlace(GtTensorInPlace, target);

        /// <summary>Whether each element is greater than the other. In place.</summary>
        public Tensor gt_(Scalar target) => InPlace(GtScalarInPlace, target);

        /// <summary>Whether each element is at least the other.</summary>
        public Tensor ge(Tensor target) => GeTensor.Call(this, target);

        /// <summary>Whether each element is at least the other.</summary>
        public Tensor ge(Scalar target) => GeScalar.Call(this, target);

        /// <summary>Whether each element is at least the other. In place.</summary>
        public Tensor ge_(Tensor target) => InPlace(GeTensorInPlace, target);

        /// <summary>Whether each element is at least the other. In place.</summary>
        public Tensor ge_(Scalar target) => InPlace(GeScalarInPlace, target);

        /// <summary>Whether both elements are other than zero.</summary>
        public Tensor logical_and(Tensor other) => LogicalAnd.Call(this, other);

        /// <summary>Whether both elements are other than zero. In place.</summary>
        public Tensor logical_and_(Tensor other) => InPlace(LogicalAndInPlace, other);

        /// <summary>Whether one of the elements is other than zero.</summary>
        public Tensor logical_or(Tensor other) => LogicalOr.Call(this, other);

        /// <summary>Whether one of the elements is other than zero. In place.</summary>
        public Tensor logical_or_(Tensor other) => InPlace(LogicalOrInPlace, other);

        /// <summary>Whether just one of the elements is other than zero.</summary>
        public Tensor logical_xor(Tensor other) => LogicalXor.Call(this, other);

        /// <summary>Whether just one of the elements is other than zero. In place.</summary>
        public Tensor logical_xor_(Tensor other) => InPlace(LogicalXorInPlace, other);

        /// <summary>The bits that both elements have.</summary>
        public Tensor bitwise_and(Tensor other) => BitwiseAndTensor.Call(this, other);

        /// <summary>The bits that both elements have. In place.</summary>
        public Tensor bitwise_and_(Tensor other) => InPlace(BitwiseAndTensorInPlace, other);

        /// <summary>The bits that one of the elements has.</summary>
        public Tensor bitwise_or(Tensor other) => BitwiseOrTensor.Call(this, other);

        /// <summary>The bits that one of the elements has. In place.</summary>
        public Tensor bitwise_or_(Tensor other) => InPlace(BitwiseOrTensorInPlace, other);

        /// <summary>The bits that just one of the elements has.</summary>
        public Tensor bitwise_xor(Tensor other) => BitwiseXorTensor.Call(this, other);

        /// <summary>The bits that just one of the elements has. In place.</summary>
        public Tensor bitwise_xor_(Tensor other) => InPlace(BitwiseXorTensorInPlace, other);

        /// <summary>Whether shape and elements are the same; a tensor of one truth value for each element.</summary>
        public Tensor equal(Tensor target) => eq(target);

        /// <summary>Whether all elements are within atol + rtol x |target| of the other's.</summary>
        public bool allclose(Tensor target, double rtol = 1E-05, double atol = 1E-08, bool equal_nan = false) => Allclose.CallBool(this, target, rtol, atol, equal_nan);

        /// <summary>Whether each element is within atol + rtol x |other| of the other's.</summary>
        public Tensor isclose(Tensor other, double rtol = 1E-05, double atol = 1E-08, bool nanEqual = false) => Isclose.Call(this, other, rtol, atol, nanEqual);
    }
}
