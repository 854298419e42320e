namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        private static readonly Operator MatMul = new("matmul");
        private static readonly Operator Mm = new("mm");
        private static readonly Operator Mv = new("mv");
        private static readonly Operator Bmm = new("bmm");
        private static readonly Operator Dot = new("dot");
        private static readonly Operator Outer = new("outer");
        private static readonly Operator BaddBmm = new("baddbmm");
        private static readonly Operator AddMm = new("addmm");
        private static readonly Operator AddMmInPlace = new("addmm_");
        private static readonly Operator AddCMul = new("addcmul");
        private static readonly Operator AddCMulInPlace = new("addcmul_");
        private static readonly Operator AddCDiv = new("addcdiv");
        private static readonly Operator AddCDivInPlace = new("addcdiv_");
        private static readonly Operator LerpTensor = new("lerp", "Tensor");
        private static readonly Operator LerpTensorInPlace = new("lerp_", "Tensor");
        private static readonly Operator Trace = new("trace");
        private static readonly Operator Inverse = new("inverse");
        private static readonly Operator Dist = new("dist");

        /// <summary>The matrix product, broadcast over leading dimensions.</summary>
        public Tensor matmul(Tensor target) => MatMul.Call(this, target);

        /// <summary>The product of two matrices.</summary>
        public Tensor mm(Tensor target) => Mm.Call(this, target);

        /// <summary>The product of a matrix and a vector.</summary>
        public Tensor mv(Tensor target) => Mv.Call(this, target);

        /// <summary>The products of matrices, pair by pair.</summary>
        public Tensor bmm(Tensor batch2) => Bmm.Call(this, batch2);

        /// <summary>The inner product of two vectors.</summary>
        public Tensor dot(Tensor target) => Dot.Call(this, target);

        /// <summary>The outer product of two vectors.</summary>
        public Tensor outer(Tensor vec2) => Outer.Call(this, vec2);

        /// <summary>beta times this plus alpha times the products of matrices, pair by pair.</summary>
        public Tensor baddbmm(Tensor batch1, Tensor batch2, float beta = 1f, float alpha = 1f) => BaddBmm.Call(this, batch1, batch2, (double)beta, (double)alpha);

        /// <summary>beta times this plus alpha times the product of two matrices.</summary>
        public Tensor addmm(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) => AddMm.Call(this, mat1, mat2, (double)beta, (double)alpha);

        /// <summary>beta times this plus alpha times the product of two matrices. In place.</summary>
        public Tensor addmm_(Tensor mat1, Tensor mat2, float beta = 1f, float alpha = 1f) => Quietly(AddMmInPlace, mat1, mat2, (double)beta, (double)alpha);

        /// <summary>This plus value times the products of two tensors.</summary>
        public Tensor addcmul(Tensor tensor1, Tensor tensor2, Scalar value) => AddCMul.Call(this, tensor1, tensor2, value);

        /// <summary>This plus value times the products of two tensors. In place.</summary>
        public Tensor addcmul_(Tensor tensor1, Tensor tensor2, Scalar value) => Quietly(AddCMulInPlace, tensor1, tensor2, value);

        /// <summary>This plus the quotients of two tensors.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2) => AddCDiv.Call(this, tensor1, tensor2);

        /// <summary>This plus value times the quotients of two tensors.</summary>
        public Tensor addcdiv(Tensor tensor1, Tensor tensor2, Scalar value) => AddCDiv.Call(this, tensor1, tensor2, value);

        /// <summary>This plus the quotients of two tensors. In place.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2) => Quietly(AddCDivInPlace, tensor1, tensor2);

        /// <summary>This plus value times the quotients of two tensors. In place.</summary>
        public Tensor addcdiv_(Tensor tensor1, Tensor tensor2, Scalar value) => Quietly(AddCDivInPlace, tensor1, tensor2, value);

        /// <summary>This moved towards end by the share weight.</summary>
        public Tensor lerp(Tensor end, Tensor weight) => LerpTensor.Call(this, end, weight);

        /// <summary>This moved towards end by the share weight. In place.</summary>
        public Tensor lerp_(Tensor end, Tensor weight) => Quietly(LerpTensorInPlace, end, weight);

        /// <summary>The sum of the diagonal.</summary>
        public Tensor trace() => Trace.Call(this);

        /// <summary>The inverse matrix.</summary>
        public Tensor inverse() => Inverse.Call(this);

        /// <summary>The p-norm of the difference.</summary>
        public Tensor dist(Tensor other, float p = 2f) => Dist.Call(this, other, (double)p);

        private Tensor Quietly(Operator operation, Argument first, Argument second)
        {
            operation.Run(this, first, second);
            return this;
        }

        private Tensor Quietly(Operator operation, Argument first, Argument second, Argument third)
        {
            operation.Run(this, first, second, third);
            return this;
        }

        private Tensor Quietly(Operator operation, Argument first, Argument second, Argument third, Argument fourth)
        {
            operation.Run(this, first, second, third, fourth);
            return this;
        }
    }
}
