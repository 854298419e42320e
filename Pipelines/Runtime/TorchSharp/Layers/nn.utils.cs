using TorchSharp.Modules;

namespace TorchSharp;

public static partial class torch
{
    public static partial class nn
    {
        /// <summary>Work on many parameters at once.</summary>
        public static partial class utils
        {
            private static readonly Operator ForeachNorm = new("_foreach_norm", "Scalar");
            private static readonly Operator ForeachMul = new("_foreach_mul_", "Scalar");

            /// <summary>Scales gradients so that the norm of all of them together is at most a number.</summary>
            /// <param name="tensors">The parameters.</param>
            /// <param name="max_norm">The greatest norm.</param>
            /// <param name="norm_type">The p of the norm.</param>
            /// <returns>The norm before.</returns>
            public static double clip_grad_norm_(IEnumerable<Parameter> tensors, double max_norm, double norm_type = 2)
            {
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                Tensor[] gradients = [.. tensors.Select(parameter => parameter.grad).Where(gradient => gradient is not null)];
                if (gradients.Length == 0)
                    return 0;
                double total = 0;
                if (double.IsPositiveInfinity(norm_type))
                {
                    foreach (var gradient in gradients)
                        total = Math.Max(total, gradient.abs().max().ReadDouble());
                }
                else
                {
                    foreach (var device in gradients.GroupBy(gradient => (gradient.device_type, gradient.device_index)))
                    {
                        var norms = ForeachNorm.CallList(device.ToArray(), norm_type);
                        double part = stack(norms.Select(norm => norm.to(ScalarType.Float32))).norm((float)norm_type).ReadDouble();
                        total += Math.Pow(part, norm_type);
                    }
                    total = Math.Pow(total, 1 / norm_type);
                }
                double scale = max_norm / (total + 1e-6);
                if (scale < 1)
                    ForeachMul.Run(gradients, scale);
                return total;
            }

            /// <summary>Brings each element of the gradients into [-clip_value, clip_value].</summary>
            public static void clip_grad_value_(IEnumerable<Parameter> tensors, double clip_value)
            {
                using var quiet = no_grad();
                foreach (var parameter in tensors)
                {
                    using var gradient = parameter.grad;
                    gradient?.clamp_(-clip_value, clip_value);
                }
            }

            /// <summary>All parameters as one vector, one after another.</summary>
            public static Tensor parameters_to_vector(IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                return cat([.. tensors.Select(parameter => parameter.reshape(-1))]).MoveToOuterDisposeScope();
            }

            /// <summary>Sets parameters from one vector that holds them one after another.</summary>
            public static void vector_to_parameters(Tensor vec, IEnumerable<Parameter> tensors)
            {
                using var scope = NewDisposeScope();
                using var quiet = no_grad();
                long start = 0;
                foreach (var parameter in tensors)
                {
                    long length = parameter.numel();
                    parameter.copy_(vec.narrow(0, start, length).view(parameter.shape));
                    start += length;
                }
            }
        }
    }
}
