namespace TorchSharp;

public static partial class torch
{
    /// <summary>The absolute values.</summary>
    public static Tensor abs(Tensor input) => input.abs();

    /// <summary>The absolute values. In place.</summary>
    public static Tensor abs_(Tensor input) => input.abs_();

    /// <summary>The negatives.</summary>
    public static Tensor neg(Tensor input) => input.neg();

    /// <summary>The negatives. In place.</summary>
    public static Tensor neg_(Tensor input) => input.neg_();

    /// <summary>e to the power of each element.</summary>
    public static Tensor exp(Tensor input) => input.exp();

    /// <summary>e to the power of each element. In place.</summary>
    public static Tensor exp_(Tensor input) => input.exp_();

    /// <summary>2 to the power of each element.</summary>
    public static Tensor exp2(Tensor input) => input.exp2();

    /// <summary>e to the power of each element, less 1.</summary>
    public static Tensor expm1(Tensor input) => input.expm1();

    /// <summary>e to the power of each element, less 1. In place.</summary>
    public static Tensor expm1_(Tensor input) => input.expm1_();

    /// <summary>The natural logarithms.</summary>
    public static Tensor log(Tensor input) => input.log();

    /// <summary>The natural logarithms. In place.</summary>
    public static Tensor log_(Tensor input) => input.log_();

    /// <summary>The logarithms to the base 2.</summary>
    public static Tensor log2(Tensor input) => input.log2();

    /// <summary>The logarithms to the base 2. In place.</summary>
    public static Tensor log2_(Tensor input) => input.log2_();

    /// <summary>The logarithms to the base 10.</summary>
    public static Tensor log10(Tensor input) => input.log10();

    /// <summary>The logarithms to the base 10. In place.</summary>
    public static Tensor log10_(Tensor input) => input.log10_();

    /// <summary>The natural logarithms of each element plus 1.</summary>
    public static Tensor log1p(Tensor input) => input.log1p();

    /// <summary>The natural logarithms of each element plus 1. In place.</summary>
    public static Tensor log1p_(Tensor input) => input.log1p_();

    /// <summary>The square roots.</summary>
    public static Tensor sqrt(Tensor input) => input.sqrt();

    /// <summary>The square roots. In place.</summary>
    public static Tensor sqrt_(Tensor input) => input.sqrt_();

    /// <summary>The reciprocals of the square roots.</summary>
    public static Tensor rsqrt(Tensor input) => input.rsqrt();

    /// <summary>The reciprocals of the square roots. In place.</summary>
    public static Tensor rsqrt_(Tensor input) => input.rsqrt_();

    /// <summary>The squares.</summary>
    public static Tensor square(Tensor input) => input.square();

    /// <summary>The reciprocals.</summary>
    public static Tensor reciprocal(Tensor input) => input.reciprocal();

    /// <summary>The reciprocals. In place.</summary>
    public static Tensor reciprocal_(Tensor input) => input.reciprocal_();

    /// <summary>The sines.</summary>
    public static Tensor sin(Tensor input) => input.sin();

    /// <summary>The sines. In place.</summary>
    public static Tensor sin_(Tensor input) => input.sin_();

    /// <summary>The cosines.</summary>
    public static Tensor cos(Tensor input) => input.cos();

    /// <summary>The cosines. In place.</summary>
    public static Tensor cos_(Tensor input) => input.cos_();

    /// <summary>The tangents.</summary>
    public static Tensor tan(Tensor input) => input.tan();

    /// <summary>The tangents. In place.</summary>
    public static Tensor tan_(Tensor input) => input.tan_();

    /// <summary>The arc sines.</summary>
    public static Tensor asin(Tensor input) => input.asin();

    /// <summary>The arc sines. In place.</summary>
    public static Tensor asin_(Tensor input) => input.asin_();

    /// <summary>The arc cosines.</summary>
    public static Tensor acos(Tensor input) => input.acos();

    /// <summary>The arc cosines. In place.</summary>
    public static Tensor acos_(Tensor input) => input.acos_();

    /// <summary>The arc tangents.</summary>
    public static Tensor atan(Tensor input) => input.atan();

    /// <summary>The arc tangents. In place.</summary>
    public static Tensor atan_(Tensor input) => input.atan_();

    /// <summary>The hyperbolic sines.</summary>
    public static Tensor sinh(Tensor input) => input.sinh();

    /// <summary>The hyperbolic sines. In place.</summary>
    public static Tensor sinh_(Tensor input) => input.sinh_();

    /// <summary>The hyperbolic cosines.</summary>
    public static Tensor cosh(Tensor input) => input.cosh();

    /// <summary>The hyperbolic cosines. In place.</summary>
    public static Tensor cosh_(Tensor input) => input.cosh_();

    /// <summary>The hyperbolic tangents.</summary>
    public static Tensor tanh(Tensor input) => input.tanh();

    /// <summary>The hyperbolic tangents. In place.</summary>
    public static Tensor tanh_(Tensor input) => input.tanh_();

    /// <summary>The error function of each element.</summary>
    public static Tensor erf(Tensor input) => input.erf();

    /// <summary>The error function of each element. In place.</summary>
    public static Tensor erf_(Tensor input) => input.erf_();

    /// <summary>1 less the error function of each element.</summary>
    public static Tensor erfc(Tensor input) => input.erfc();

    /// <summary>1 less the error function of each element. In place.</summary>
    public static Tensor erfc_(Tensor input) => input.erfc_();

    /// <summary>The inverse of the error function.</summary>
    public static Tensor erfinv(Tensor input) => input.erfinv();

    /// <summary>The inverse of the error function. In place.</summary>
    public static Tensor erfinv_(Tensor input) => input.erfinv_();

    /// <summary>The greatest integers not above.</summary>
    public static Tensor floor(Tensor input) => input.floor();

    /// <summary>The greatest integers not above. In place.</summary>
    public static Tensor floor_(Tensor input) => input.floor_();

    /// <summary>The least integers not below.</summary>
    public static Tensor ceil(Tensor input) => input.ceil();

    /// <summary>The least integers not below. In place.</summary>
    public static Tensor ceil_(Tensor input) => input.ceil_();

    /// <summary>The elements without their fractions.</summary>
    public static Tensor trunc(Tensor input) => input.trunc();

    /// <summary>The elements without their fractions. In place.</summary>
    public static Tensor trunc_(Tensor input) => input.trunc_();

    /// <summary>The fractions of the elements.</summary>
    public static Tensor frac(Tensor input) => input.frac();

    /// <summary>The fractions of the elements. In place.</summary>
    public static Tensor frac_(Tensor input) => input.frac_();

    /// <summary>-1, 0 or 1 by the sign of each element.</summary>
    public static Tensor sign(Tensor input) => input.sign();

    /// <summary>-1, 0 or 1 by the sign of each element. In place.</summary>
    public static Tensor sign_(Tensor input) => input.sign_();

    /// <summary>1 / (1 + e to the power of the negative).</summary>
    public static Tensor sigmoid(Tensor input) => input.sigmoid();

    /// <summary>1 / (1 + e to the power of the negative). In place.</summary>
    public static Tensor sigmoid_(Tensor input) => input.sigmoid_();

    /// <summary>Whether each element is zero.</summary>
    public static Tensor logical_not(Tensor input) => input.logical_not();

    /// <summary>Each element with its bits turned over.</summary>
    public static Tensor bitwise_not(Tensor input) => input.bitwise_not();

    /// <summary>Each element with its bits turned over. In place.</summary>
    public static Tensor bitwise_not_(Tensor input) => input.bitwise_not_();

    /// <summary>Whether each element is no number.</summary>
    public static Tensor isnan(Tensor input) => input.isnan();

    /// <summary>Whether each element is infinite.</summary>
    public static Tensor isinf(Tensor tensor) => tensor.isinf();

    /// <summary>Whether each element is neither infinite nor no number.</summary>
    public static Tensor isfinite(Tensor tensor) => tensor.isfinite();

    /// <summary>The logarithm of the gamma function of each element.</summary>
    public static Tensor lgamma(Tensor input) => input.lgamma();

    /// <summary>The logarithm of the gamma function of each element. In place.</summary>
    public static Tensor lgamma_(Tensor input) => input.lgamma_();

    /// <summary>The derivative of the logarithm of the gamma function.</summary>
    public static Tensor digamma(Tensor input) => input.digamma();

    /// <summary>The derivative of the logarithm of the gamma function. In place.</summary>
    public static Tensor digamma_(Tensor input) => input.digamma_();
}
