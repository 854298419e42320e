namespace TorchSharp;

public static partial class torch
{
    public partial class Tensor
    {
        /// <summary>Whether gradients are recorded for it.</summary>
        public bool requires_grad
        {
            get
            {
                bool value = NativeMethods.shim_requires_grad(Handle) != 0;
                GC.KeepAlive(this);
                return value;
            }
            set
            {
                NativeMethods.Check(NativeMethods.shim_set_requires_grad(Handle, value ? 1 : 0));
                GC.KeepAlive(this);
            }
        }

        /// <summary>Whether it was made by the user, and not by an operation that gradients flow through.</summary>
        public bool is_leaf
        {
            get
            {
                bool value = NativeMethods.shim_is_leaf(Handle) != 0;
                GC.KeepAlive(this);
                return value;
            }
        }

        /// <summary>
        /// The gradient; null where there is none. Each reading gives another object for the same native tensor: changing
        /// it in place changes the gradient.
        /// </summary>
        public unsafe Tensor grad
        {
            get
            {
                nint gradient;
                NativeMethods.Check(NativeMethods.shim_grad(Handle, &gradient));
                GC.KeepAlive(this);
                return gradient == 0 ? null : new Tensor(gradient);
            }
            set
            {
                NativeMethods.Check(NativeMethods.shim_set_grad(Handle, value?.Handle ?? 0));
                GC.KeepAlive(value);
                GC.KeepAlive(this);
            }
        }

        /// <summary>Sets whether gradients are recorded for it.</summary>
        public Tensor requires_grad_(bool requires_grad = true)
        {
            this.requires_grad = requires_grad;
            return this;
        }

        /// <summary>Sets whether gradients are recorded for it.</summary>
        public Tensor with_requires_grad(bool requires_grad = true) => requires_grad_(requires_grad);

        /// <summary>Lets a tensor that is no leaf keep its gradient.</summary>
        public void retain_grad()
        {
            NativeMethods.Check(NativeMethods.shim_retain_grad(Handle));
            GC.KeepAlive(this);
        }

        /// <summary>Adds the gradients of this tensor, which must be a scalar, to the leaves that it comes from.</summary>
        public void backward() => autograd.backward([this]);

        /// <summary>Adds the gradients of this tensor to the leaves that it comes from.</summary>
        /// <param name="grad_tensors">The gradient of the result with respect to this tensor; null for a scalar.</param>
        /// <param name="create_graph">Whether the gradients can be differentiated again.</param>
        /// <param name="retain_graph">Whether another backward pass is to come.</param>
        /// <param name="inputs">The leaves that gradients are wanted for; null for all.</param>
        public void backward(IList<Tensor> grad_tensors = null, bool create_graph = false, bool retain_graph = false, IList<Tensor> inputs = null) =>
            autograd.backward([this], grad_tensors, retain_graph, create_graph, inputs);
    }

    /// <summary>Within it no gradients are recorded on this thread, until it is disposed of.</summary>
    public static IDisposable no_grad() => new GradientMode(false);

    /// <summary>Within it gradients are recorded, or not, on this thread, until it is disposed of.</summary>
    public static IDisposable enable_grad(bool enabled = true) => new GradientMode(enabled);

    /// <summary>Sets whether gradients are recorded on this thread, until the result is disposed of.</summary>
    public static IDisposable set_grad_enabled(bool mode = true) => new GradientMode(mode);

    /// <summary>Whether gradients are recorded on this thread.</summary>
    public static bool is_grad_enabled() => NativeMethods.shim_grad_enabled() != 0;

    /// <summary>
    /// Within it tensors are made that can never take part in autograd, which saves their bookkeeping. To be disposed of on
    /// the thread that made it, in the reverse order of its making.
    /// </summary>
    public static IDisposable inference_mode(bool mode = true) => new InferenceScope(mode);

    /// <summary>Whether the inference mode is on for this thread.</summary>
    public static bool is_inference_mode_enabled() => NativeMethods.shim_inference_enabled() != 0;

    private sealed class GradientMode : IDisposable
    {
        private readonly bool _before;
        private bool _disposed;

        public GradientMode(bool enabled)
        {
            _before = is_grad_enabled();
            NativeMethods.shim_set_grad_enabled(enabled ? 1 : 0);
        }

        public void Dispose()
        {
            if (_disposed)
                return;
            _disposed = true;
            NativeMethods.shim_set_grad_enabled(_before ? 1 : 0);
        }
    }

    private sealed class InferenceScope : IDisposable
    {
        private nint _guard;

        public InferenceScope(bool enabled)
        {
            _guard = NativeMethods.shim_inference_begin(enabled ? 1 : 0);
        }

        public void Dispose()
        {
            nint guard = Interlocked.Exchange(ref _guard, 0);
            if (guard != 0)
                NativeMethods.shim_inference_end(guard);
        }
    }

    /// <summary>Gradients of any tensors with respect to any others.</summary>
    public static partial class autograd
    {
        /// <summary>The gradients of outputs with respect to inputs; the tensors' own gradients stay as they are.</summary>
        /// <param name="outputs">What is differentiated.</param>
        /// <param name="inputs">With respect to what.</param>
        /// <param name="grad_outputs">The gradient of the result with respect to each output; null for scalars.</param>
        /// <param name="retain_graph">Whether another backward pass is to come.</param>
        /// <param name="create_graph">Whether the gradients can be differentiated again.</param>
        /// <param name="allow_unused">Whether an input may have no part in the outputs; its gradient is null then.</param>
        public static unsafe IList<Tensor> grad(IList<Tensor> outputs, IList<Tensor> inputs, IList<Tensor> grad_outputs = null, bool retain_graph = false, bool create_graph = false, bool allow_unused = false)
        {
            nint[] results = new nint[inputs.Count];
            fixed (nint* output = Handles(outputs), input = Handles(inputs), gradient = Handles(grad_outputs), result = results)
            {
                NativeMethods.Check(NativeMethods.shim_autograd_grad(output, outputs.Count, input, inputs.Count, gradient, grad_outputs?.Count ?? 0,
                    retain_graph || create_graph ? 1 : 0, create_graph ? 1 : 0, allow_unused ? 1 : 0, result));
            }
            GC.KeepAlive(outputs);
            GC.KeepAlive(inputs);
            GC.KeepAlive(grad_outputs);
            return Array.ConvertAll(results, handle => handle == 0 ? null : new Tensor(handle));
        }

        /// <summary>Adds the gradients of tensors to the leaves that they come from.</summary>
        /// <param name="tensors">What is differentiated.</param>
        /// <param name="grad_tensors">The gradient of the result with respect to each; null for scalars.</param>
        /// <param name="retain_graph">Whether another backward pass is to come; null for the value of create_graph.</param>
        /// <param name="create_graph">Whether the gradients can be differentiated again.</param>
        /// <param name="inputs">The leaves that gradients are wanted for; null for all.</param>
        public static unsafe void backward(IList<Tensor> tensors, IList<Tensor> grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null)
        {
            fixed (nint* tensor = Handles(tensors), gradient = Handles(grad_tensors), input = Handles(inputs))
            {
                NativeMethods.Check(NativeMethods.shim_backward(tensor, tensors.Count, gradient, grad_tensors?.Count ?? 0, input, inputs?.Count ?? 0,
                    retain_graph ?? create_graph ? 1 : 0, create_graph ? 1 : 0));
            }
            GC.KeepAlive(tensors);
            GC.KeepAlive(grad_tensors);
            GC.KeepAlive(inputs);
        }

        /// <summary>Adds the gradients of a tensor to the leaves that it comes from.</summary>
        public static void backward(Tensor tensor, IList<Tensor> grad_tensors = null, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null) =>
            backward([tensor], grad_tensors, retain_graph, create_graph, inputs);

        /// <summary>Adds the gradients of a tensor to the leaves that it comes from.</summary>
        public static void backward(Tensor tensor, Tensor grad_tensor, bool? retain_graph = null, bool create_graph = false, IList<Tensor> inputs = null) =>
            backward([tensor], grad_tensor is null ? null : (Tensor[])[grad_tensor], retain_graph, create_graph, inputs);

        private static nint[] Handles(IList<Tensor> tensors)
        {
            if (tensors is null)
                return [];
            var handles = new nint[tensors.Count];
            for (int i = 0; i < handles.Length; i++)
                handles[i] = tensors[i]?.Handle ?? 0;
            return handles;
        }
    }
}
