namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator AbsOperator = new("abs");
        private static readonly Operator AbsInPlace = new("abs_");
        private static readonly Operator NegOperator = new("neg");
        private static readonly Operator NegInPlace = new("neg_");
        private static readonly Operator ExpOperator = new("exp");
        private static readonly Operator ExpInPlace = new("exp_");
        private static readonly Operator Exp2Operator = new("exp2");
        private static readonly Operator Expm1Operator = new("expm1");
        private static readonly Operator Expm1InPlace = new("expm1_");
        private static readonly Operator LogOperator = new("log");
        private static readonly Operator LogInPlace = new("log_");
        private static readonly Operator Log2Operator = new("log2");
        private static readonly Operator Log2InPlace = new("log2_");
        private static readonly Operator Log10Operator = new("log10");
        private static readonly Operator Log10InPlace = new("log10_");
        private static readonly Operator Log1pOperator = new("log1p");
        private static readonly Operator Log1pInPlace = new("log1p_");
        private static readonly Operator SqrtOperator = new("sqrt");
        private static readonly Operator SqrtInPlace = new("sqrt_");
        private static readonly Operator RsqrtOperator = new("rsqrt");
        private static readonly Operator RsqrtInPlace = new("rsqrt_");
        private static readonly Operator SquareOperator = new("square");
        private static readonly Operator ReciprocalOperator = new("reciprocal");
        private static readonly Operator ReciprocalInPlace = new("reciprocal_");
        private static readonly Operator SinOperator = new("sin");
        private static readonly Operator SinInPlace = new("sin_");
        private static readonly Operator CosOperator = new("cos");
        private static readonly Operator CosInPlace = new("cos_");
        private static readonly Operator TanOperator = new("tan");
        private static readonly Operator TanInPlace = new("tan_");
        private static readonly Operator AsinOperator = new("asin");
        private static readonly Operator AsinInPlace = new("asin_");
        private static readonly Operator AcosOperator = new("acos");
        private static readonly Operator AcosInPlace = new("acos_");
        private static readonly Operator AtanOperator = new("atan");
        private static readonly Operator AtanInPlace = new("atan_");
        private static readonly Operator SinhOperator = new("sinh");
        private static readonly Operator SinhInPlace = new("sinh_");
        private static readonly Operator CoshOperator = new("cosh");
        private static readonly Operator CoshInPlace = new("cosh_");
        private static readonly Operator TanhOperator = new("tanh");
        private static readonly Operator TanhInPlace = new("tanh_");
        private static readonly Operator ErfOperator = new("erf");
        private static readonly Operator ErfInPlace = new("erf_");
        private static readonly Operator ErfcOperator = new("erfc");
        private static readonly Operator ErfcInPlace = new("erfc_");
        private static readonly Operator ErfinvOperator = new("erfinv");
        private static readonly Operator ErfinvInPlace = new("erfinv_");
        private static readonly Operator FloorOperator = new("floor");
        private static readonly Operator FloorInPlace = new("floor_");
        private static readonly Operator CeilOperator = new("ceil");
        private static readonly Operator CeilInPlace = new("ceil_");
        private static readonly Operator TruncOperator = new("trunc");
        private static readonly Operator TruncInPlace = new("trunc_");
        private static readonly Operator FracOperator = new("frac");
        private static readonly Operator FracInPlace = new("frac_");
        private static readonly Operator SignOperator = new("sign");
        private static readonly Operator SignInPlace = new("sign_");
        private static readonly Operator SigmoidOperator = new("sigmoid");
        private static readonly Operator SigmoidInPlace = new("sigmoid_");
        private static readonly Operator LogicalNotOperator = new("logical_not");
        private static readonly Operator LogicalNotInPlace = new("logical_not_");
        private static readonly Operator BitwiseNotOperator = new("bitwise_not");
        private static readonly Operator BitwiseNotInPlace = new("bitwise_not_");
        private static readonly Operator IsnanOperator = new("isnan");
        private static readonly Operator IsinfOperator = new("isinf");
        private static readonly Operator IsfiniteOperator = new("isfinite");
        private static readonly Operator ReluOperator = new("relu");
        private static readonly Operator ReluInPlace = new("relu_");
        private static readonly Operator SiluOperator = new("silu");
        private static readonly Operator SiluInPlace = new("silu_");
        private static readonly Operator LgammaOperator = new("lgamma");
        private static readonly Operator LgammaInPlace = new("lgamma_");
        private static readonly Operator DigammaOperator = new("digamma");
        private static readonly Operator DigammaInPlace = new("digamma_");

        /// <summary>The absolute values.</summary>
        public Tensor abs() => AbsOperator.Call(this);

        /// <summary>The absolute values. In place.</summary>
        public Tensor abs_() => InPlace(AbsInPlace);

        /// <summary>The negatives.</summary>
        public Tensor neg() => NegOperator.Call(this);

        /// <summary>The negatives. In place.</summary>
        public Tensor neg_() => InPlace(NegInPlace);

        /// <summary>e to the power of each element.</summary>
        public Tensor exp() => ExpOperator.Call(this);

        /// <summary>e to the power of each element. In place.</summary>
        public Tensor exp_() => InPlace(ExpInPlace);

        /// <summary>2 to the power of each element.</summary>
        public Tensor exp2() => Exp2Operator.Call(this);

        /// <summary>e to the power of each element, less 1.</summary>
        public Tensor expm1() => Expm1Operator.Call(this);

        /// <summary>e to the power of each element, less 1. In place.</summary>
        public Tensor expm1_() => InPlace(Expm1InPlace);

        /// <summary>The natural logarithms.</summary>
        public Tensor log() => LogOperator.Call(this);

        /// <summary>The natural logarithms. In place.</summary>
        public Tensor log_() => InPlace(LogInPlace);

        /// <summary>The logarithms to the base 2.</summary>
        public Tensor log2() => Log2Operator.Call(this);

        /// <summary>The logarithms to the base 2. In place.</summary>
        public Tensor log2_() => InPlace(Log2InPlace);

        /// <summary>The logarithms to the base 10.</summary>
        public Tensor log10() => Log10Operator.Call(this);

        /// <summary>The logarithms to the base 10. In place.</summary>
        public Tensor log10_() => InPlace(Log10InPlace);

        /// <summary>The natural logarithms of each element plus 1.</summary>
        public Tensor log1p() => Log1pOperator.Call(this);

        /// <summary>The natural logarithms of each element plus 1. In place.</summary>
        public Tensor log1p_() => InPlace(Log1pInPlace);

        /// <summary>The square roots.</summary>
        public Tensor sqrt() => SqrtOperator.Call(this);

        /// <summary>The square roots. In place.</summary>
        public Tensor sqrt_() => InPlace(SqrtInPlace);

        /// <summary>The reciprocals of the square roots.</summary>
        public Tensor rsqrt() => RsqrtOperator.Call(this);

        /// <summary>The reciprocals of the square roots. In place.</summary>
        public Tensor rsqrt_() => InPlace(RsqrtInPlace);

        /// <summary>The squares.</summary>
        public Tensor square() => SquareOperator.Call(this);

        /// <summary>The reciprocals.</summary>
        public Tensor reciprocal() => ReciprocalOperator.Call(this);

        /// <summary>The reciprocals. In place.</summary>
        public Tensor reciprocal_() => InPlace(ReciprocalInPlace);

        /// <summary>The sines.</summary>
        public Tensor sin() => SinOperator.Call(this);

        /// <summary>The sines. In place.</summary>
        public Tensor sin_() => InPlace(SinInPlace);

        /// <summary>The cosines.</summary>
        public Tensor cos() => CosOperator.Call(this);

        /// <summary>The cosines. In place.</summary>
        public Tensor cos_() => InPlace(CosInPlace);

        /// <summary>The tangents.</summary>
        public Tensor tan() => TanOperator.Call(this);

        /// <summary>The tangents. In place.</summary>
        public Tensor tan_() => InPlace(TanInPlace);

        /// <summary>The arc sines.</summary>
        public Tensor asin() => AsinOperator.Call(this);

        /// <summary>The arc sines. In place.</summary>
        public Tensor asin_() => InPlace(AsinInPlace);

        /// <summary>The arc cosines.</summary>
        public Tensor acos() => AcosOperator.Call(this);

        /// <summary>The arc cosines. In place.</summary>
        public Tensor acos_() => InPlace(AcosInPlace);

        /// <summary>The arc tangents.</summary>
        public Tensor atan() => AtanOperator.Call(this);

        /// <summary>The arc tangents. In place.</summary>
        public Tensor atan_() => InPlace(AtanInPlace);

        /// <summary>The hyperbolic sines.</summary>
        public Tensor sinh() => SinhOperator.Call(this);

        /// <summary>The hyperbolic sines. In place.</summary>
        public Tensor sinh_() => InPlace(SinhInPlace);

        /// <summary>The hyperbolic cosines.</summary>
        public Tensor cosh() => CoshOperator.Call(this);

        /// <summary>The hyperbolic cosines. In place.</summary>
        public Tensor cosh_() => InPlace(CoshInPlace);

        /// <summary>The hyperbolic tangents.</summary>
        public Tensor tanh() => TanhOperator.Call(this);

        /// <summary>The hyperbolic tangents. In place.</summary>
        public Tensor tanh_() => InPlace(TanhInPlace);

        /// <summary>The error function of each element.</summary>
        public Tensor erf() => ErfOperator.Call(this);

        /// <summary>The error function of each element. In place.</summary>
        public Tensor erf_() => InPlace(ErfInPlace);

        /// <summary>1 less the error function of each element.</summary>
        public Tensor erfc() => ErfcOperator.Call(this);

        /// <summary>1 less the error function of each element. In place.</summary>
        public Tensor erfc_() => InPlace(ErfcInPlace);

        /// <summary>The inverse of the error function.</summary>
        public Tensor erfinv() => ErfinvOperator.Call(this);

        /// <summary>The inverse of the error function. In place.</summary>
        public Tensor erfinv_() => InPlace(ErfinvInPlace);

        /// <summary>The greatest integers not above.</summary>
        public Tensor floor() => FloorOperator.Call(this);

        /// <summary>The greatest integers not above. In place.</summary>
        public Tensor floor_() => InPlace(FloorInPlace);

        /// <summary>The least integers not below.</summary>
        public Tensor ceil() => CeilOperator.Call(this);

        /// <summary>The least integers not below. In place.</summary>
        public Tensor ceil_() => InPlace(CeilInPlace);

        /// <summary>The elements without their fractions.</summary>
        public Tensor trunc() => TruncOperator.Call(this);

        /// <summary>The elements without their fractions. In place.</summary>
        public Tensor trunc_() => InPlace(TruncInPlace);

        /// <summary>The fractions of the elements.</summary>
        public Tensor frac() => FracOperator.Call(this);

        /// <summary>The fractions of the elements. In place.</summary>
        public Tensor frac_() => InPlace(FracInPlace);

        /// <summary>-1, 0 or 1 by the sign of each element.</summary>
        public Tensor sign() => SignOperator.Call(this);

        /// <summary>-1, 0 or 1 by the sign of each element. In place.</summary>
        public Tensor sign_() => InPlace(SignInPlace);

        /// <summary>1 / (1 + e to the power of the negative).</summary>
        public Tensor sigmoid() => SigmoidOperator.Call(this);

        /// <summary>1 / (1 + e to the power of the negative). In place.</summary>
        public Tensor sigmoid_() => InPlace(SigmoidInPlace);

        /// <summary>Whether each element is zero.</summary>
        public Tensor logical_not() => LogicalNotOperator.Call(this);

        /// <summary>Whether each element is zero. In place.</summary>
        public Tensor logical_not_() => InPlace(LogicalNotInPlace);

        /// <summary>Each element with its bits turned over.</summary>
        public Tensor bitwise_not() => BitwiseNotOperator.Call(this);

        /// <summary>Each element with its bits turned over. In place.</summary>
        public Tensor bitwise_not_() => InPlace(BitwiseNotInPlace);

        /// <summary>Whether each element is no number.</summary>
        public Tensor isnan() => IsnanOperator.Call(this);

        /// <summary>Whether each element is infinite.</summary>
        public Tensor isinf() => IsinfOperator.Call(this);

        /// <summary>Whether each element is neither infinite nor no number.</summary>
        public Tensor isfinite() => IsfiniteOperator.Call(this);

        /// <summary>The elements, and 0 for the negative ones.</summary>
        public Tensor relu() => ReluOperator.Call(this);

        /// <summary>The elements, and 0 for the negative ones. In place.</summary>
        public Tensor relu_() => InPlace(ReluInPlace);

        /// <summary>Each element times its sigmoid.</summary>
        public Tensor silu() => SiluOperator.Call(this);

        /// <summary>Each element times its sigmoid. In place.</summary>
        public Tensor silu_() => InPlace(SiluInPlace);

        /// <summary>The logarithm of the gamma function of each element.</summary>
        public Tensor lgamma() => LgammaOperator.Call(this);

        /// <summary>The logarithm of the gamma function of each element. In place.</summary>
        public Tensor lgamma_() => InPlace(LgammaInPlace);

        /// <summary>The derivative of the logarithm of the gamma function.</summary>
        public Tensor digamma() => DigammaOperator.Call(this);

        /// <summary>The derivative of the logarithm of the gamma function. In place.</summary>
        public Tensor digamma_() => InPlace(DigammaInPlace);

        private Tensor InPlace(Operator operation)
        {
            operation.Run(this);
            return this;
        }
    }
}
