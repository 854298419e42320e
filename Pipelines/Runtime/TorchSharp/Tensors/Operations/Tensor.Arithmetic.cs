namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator AddTensor = new("add", "Tensor");
        private static readonly Operator AddTensorInPlace = new("add_", "Tensor");
        private static readonly Operator AddScalar = new("add", "Scalar");
        private static readonly Operator AddScalarInPlace = new("add_", "Scalar");
        private static readonly Operator SubTensor = new("sub", "Tensor");
        private static readonly Operator SubTensorInPlace = new("sub_", "Tensor");
        private static readonly Operator SubScalar = new("sub", "Scalar");
        private static readonly Operator SubScalarInPlace = new("sub_", "Scalar");
        private static readonly Operator MulTensor = new("mul", "Tensor");
        private static readonly Operator MulScalar = new("mul", "Scalar");
        private static readonly Operator MulTensorInPlace = new("mul_", "Tensor");
        private static readonly Operator MulScalarInPlace = new("mul_", "Scalar");
        private static readonly Operator DivTensor = new("div", "Tensor");
        private static readonly Operator DivTensormode = new("div", "Tensor_mode");
        private static readonly Operator DivScalar = new("div", "Scalar");
        private static readonly Operator DivScalarmode = new("div", "Scalar_mode");
        private static readonly Operator DivTensorInPlace = new("div_", "Tensor");
        private static readonly Operator DivTensormodeInPlace = new("div_", "Tensor_mode");
        private static readonly Operator DivScalarInPlace = new("div_", "Scalar");
        private static readonly Operator DivScalarmodeInPlace = new("div_", "Scalar_mode");
        private static readonly Operator FloorDivide = new("floor_divide", "");
        private static readonly Operator FloorDivideScalar = new("floor_divide", "Scalar");
        private static readonly Operator PowTensorTensor = new("pow", "Tensor_Tensor");
        private static readonly Operator PowTensorScalar = new("pow", "Tensor_Scalar");
        private static readonly Operator PowTensorInPlace = new("pow_", "Tensor");
        private static readonly Operator PowScalarInPlace = new("pow_", "Scalar");
        private static readonly Operator RemainderTensor = new("remainder", "Tensor");
        private static readonly Operator RemainderScalar = new("remainder", "Scalar");
        private static readonly Operator FmodTensor = new("fmod", "Tensor");
        private static readonly Operator FmodScalar = new("fmod", "Scalar");
        private static readonly Operator Maximum = new("maximum", "");
        private static readonly Operator Minimum = new("minimum", "");
        private static readonly Operator Atan2 = new("atan2", "");

        /// <summary>The sums.</summary>
        public Tensor add(Tensor target) => AddTensor.Call(this, target);

        /// <summary>The sums.</summary>
        public Tensor add(Scalar scalar) => AddScalar.Call(this, scalar);

        /// <summary>The sums. In place.</summary>
        public Tensor add_(Tensor target) => InPlace(AddTensorInPlace, target);

        /// <summary>The sums. In place.</summary>
        public Tensor add_(Scalar scalar) => InPlace(AddScalarInPlace, scalar);

        /// <summary>The sums with alpha times the other.</summary>
        public Tensor add(Tensor target, Scalar alpha) => AddTensor.Call(this, target, alpha);

        /// <summary>The sums with alpha times the scalar.</summary>
        public Tensor add(Scalar scalar, Scalar alpha) => AddScalar.Call(this, scalar, alpha);

        /// <summary>The sums with alpha times the other. In place.</summary>
        public Tensor add_(Tensor target, Scalar alpha) => InPlace(AddTensorInPlace, target, alpha);

        /// <summary>The sums with alpha times the scalar. In place.</summary>
        public Tensor add_(Scalar scalar, Scalar alpha) => InPlace(AddScalarInPlace, scalar, alpha);

        /// <summary>The differences.</summary>
        public Tensor sub(Tensor target) => SubTensor.Call(this, target);

        /// <summary>The differences.</summary>
        public Tensor sub(Scalar target) => SubScalar.Call(this, target);

        /// <summary>The differences. In place.</summary>
        public Tensor sub_(Tensor target) => InPlace(SubTensorInPlace, target);

        /// <summary>The differences. In place.</summary>
        public Tensor sub_(Scalar target) => InPlace(SubScalarInPlace, target);

        /// <summary>The products.</summary>
        public Tensor mul(Tensor target) => MulTensor.Call(this, target);

        /// <summary>The products.</summary>
        public Tensor mul(Scalar target) => MulScalar.Call(this, target);

        /// <summary>The products. In place.</summary>
        public Tensor mul_(Tensor target) => InPlace(MulTensorInPlace, target);

        /// <summary>The products. In place.</summary>
        public Tensor mul_(Scalar target) => InPlace(MulScalarInPlace, target);

        /// <summary>The quotients, rounded as asked.</summary>
        public Tensor div(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? DivTensor.Call(this, target) : DivTensormode.Call(this, target, rounding_mode.ToString());

        /// <summary>The quotients, rounded as asked.</summary>
        public Tensor div(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? DivScalar.Call(this, target) : DivScalarmode.Call(this, target, rounding_mode.ToString());

        /// <summary>The quotients, rounded as asked. In place.</summary>
        public Tensor div_(Tensor target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? InPlace(DivTensorInPlace, target) : InPlace(DivTensormodeInPlace, target, rounding_mode.ToString());

        /// <summary>The quotients, rounded as asked. In place.</summary>
        public Tensor div_(Scalar target, RoundingMode rounding_mode = RoundingMode.None) =>
            rounding_mode == RoundingMode.None ? InPlace(DivScalarInPlace, target) : InPlace(DivScalarmodeInPlace, target, rounding_mode.ToString());

        /// <summary>The quotients rounded down.</summary>
        public Tensor floor_divide(Tensor other) => FloorDivide.Call(this, other);

        /// <summary>The quotients rounded down.</summary>
        public Tensor floor_divide(Scalar other) => FloorDivideScalar.Call(this, other);

        /// <summary>The powers.</summary>
        public Tensor pow(Tensor exponent) => PowTensorTensor.Call(this, exponent);

        /// <summary>The powers.</summary>
        public Tensor pow(Scalar exponent) => PowTensorScalar.Call(this, exponent);

        /// <summary>The powers. In place.</summary>
        public Tensor pow_(Tensor exponent) => InPlace(PowTensorInPlace, exponent);

        /// <summary>The powers. In place.</summary>
        public Tensor pow_(Scalar exponent) => InPlace(PowScalarInPlace, exponent);

        /// <summary>What is left by a division, with the sign of the divisor.</summary>
        public Tensor remainder(Tensor target) => RemainderTensor.Call(this, target);

        /// <summary>What is left by a division, with the sign of the divisor.</summary>
        public Tensor remainder(Scalar scalar) => RemainderScalar.Call(this, scalar);

        /// <summary>What is left by a division, with the sign of the dividend.</summary>
        public Tensor fmod(Tensor target) => FmodTensor.Call(this, target);

        /// <summary>What is left by a division, with the sign of the dividend.</summary>
        public Tensor fmod(Scalar scalar) => FmodScalar.Call(this, scalar);

        /// <summary>The greater of each two elements.</summary>
        public Tensor maximum(Tensor other) => Maximum.Call(this, other);

        /// <summary>The lesser of each two elements.</summary>
        public Tensor minimum(Tensor other) => Minimum.Call(this, other);

        /// <summary>The angles of the points (other, this).</summary>
        public Tensor atan2(Tensor other) => Atan2.Call(this, other);

        private Tensor InPlace(Operator operation, Argument first)
        {
            operation.Run(this, first);
            return this;
        }

        private Tensor InPlace(Operator operation, Argument first, Argument second)
        {
            operation.Run(this, first, second);
            return this;
        }
    }
}
