namespace TorchSharp;

public static partial class torch
{
    private static readonly Operator RandOperator = new("rand", "generator");
    private static readonly Operator RandnOperator = new("randn", "generator");
    private static readonly Operator RandintOperator = new("randint", "low_generator");
    private static readonly Operator RandpermOperator = new("randperm", "generator");
    private static readonly Operator RandLikeOperator = new("rand_like");
    private static readonly Operator RandnLikeOperator = new("randn_like");
    private static readonly Operator BernoulliOperator = new("bernoulli");
    private static readonly Operator MultinomialOperator = new("multinomial");

    /// <summary>Integers drawn evenly from low, included, to high, excluded.</summary>
    public static Tensor randint(long low, long high, long[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) =>
        Finish(RandintOperator.Call(low, high, size, generator, dtype ?? ScalarType.Int64, Argument.None, device), requires_grad, names);

    /// <summary>Integers drawn evenly from 0 to high, excluded.</summary>
    public static Tensor randint(long high, long[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    /// <summary>Integers drawn evenly from low, included, to high, excluded.</summary>
    public static Tensor randint(int low, int high, int[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) =>
        randint(low, high, Array.ConvertAll(size, length => (long)length), dtype, device, requires_grad, generator, names);

    /// <summary>Integers drawn evenly from 0 to high, excluded.</summary>
    public static Tensor randint(int high, int[] size, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null, string[] names = null) =>
        randint(0, high, size, dtype, device, requires_grad, generator, names);

    /// <summary>The integers from 0 to n, excluded, in an order drawn by chance.</summary>
    public static Tensor randperm(long n, ScalarType? dtype = null, Device device = null, bool requires_grad = false, Generator generator = null) =>
        Finish(RandpermOperator.Call(n, generator, dtype ?? ScalarType.Int64, Argument.None, device), requires_grad, null);

    /// <summary>Numbers drawn evenly from [0, 1), in the shape of another tensor.</summary>
    public static Tensor rand_like(Tensor input, ScalarType? dtype = null, Device device = null, bool requires_grad = false) =>
        Finish(RandLikeOperator.Call(input, dtype, Argument.None, device), requires_grad, null);

    /// <summary>Numbers drawn from the standard normal distribution, in the shape of another tensor.</summary>
    public static Tensor randn_like(Tensor input, ScalarType? dtype = null, Device device = null, bool requires_grad = false) =>
        Finish(RandnLikeOperator.Call(input, dtype, Argument.None, device), requires_grad, null);

    /// <summary>Ones and zeros, each element being the probability of a one.</summary>
    public static Tensor bernoulli(Tensor input, Generator generator = null) => BernoulliOperator.Call(input, generator);

    /// <summary>Indices drawn from each row, whose elements are the weights.</summary>
    public static Tensor multinomial(Tensor input, long num_samples, bool replacement = false, Generator generator = null) =>
        MultinomialOperator.Call(input, num_samples, replacement, generator);

    /// <summary>Sets the seed of the default generators of all devices.</summary>
    public static Generator manual_seed(long seed)
    {
        NativeMethods.Check(NativeMethods.shim_manual_seed(seed));
        return Generator.Default;
    }

    /// <summary>Sets a seed drawn by chance in the default generator of the CPU, and tells it.</summary>
    public static long seed() => Generator.Default.seed();

    /// <summary>The seed of the default generator of the CPU.</summary>
    public static long initial_seed() => Generator.Default.initial_seed();

    /// <summary>The state of the default generator of the CPU; a tensor of bytes.</summary>
    public static Tensor get_rng_state() => Generator.Default.get_state();

    /// <summary>Sets the state of the default generator of the CPU.</summary>
    public static void set_rng_state(Tensor new_state) => Generator.Default.set_state(new_state);

    private static Tensor Drawn(Operator operation, long[] size, Generator generator, ScalarType? dtype, Device device, bool requiresGrad, string[] names) =>
        Finish(operation.Call(size, generator, dtype ?? defaultType, Argument.None, device), requiresGrad, names);

    /// <summary>The default generator of the CPU.</summary>
    public static class random
    {
        /// <summary>Sets a seed drawn by chance, and tells it.</summary>
        public static long seed() => torch.seed();

        /// <summary>The seed.</summary>
        public static long initial_seed() => torch.initial_seed();

        /// <summary>Sets the seed of the default generators of all devices.</summary>
        public static Generator manual_seed(long seed) => torch.manual_seed(seed);

        /// <summary>The state; a tensor of bytes.</summary>
        public static Tensor get_rng_state() => torch.get_rng_state();

        /// <summary>Sets the state.</summary>
        public static void set_rng_state(Tensor new_state) => torch.set_rng_state(new_state);
    }

    /// <summary>A generator of random numbers. Thread-safe, but a sequence is repeatable on one thread alone.</summary>
    public class Generator : IDisposable
    {
        private nint _handle;

        /// <summary>A generator of its own.</summary>
        /// <param name="seed">Where its sequence starts.</param>
        /// <param name="device">The device that it draws for; null for the CPU.</param>
        public unsafe Generator(ulong seed = 0, Device device = null)
        {
            this.device = device ?? CPU;
            _handle = Make(this.device, shared: false);
            NativeMethods.Check(NativeMethods.shim_generator_set_seed(_handle, (long)seed));
        }

        internal Generator(Device device)
        {
            this.device = device;
            _handle = Make(device, shared: true);
        }

        /// <summary>Frees the native generator.</summary>
        ~Generator() => Dispose(false);

        /// <summary>The default generator of the CPU.</summary>
        public static Generator Default => new(CPU);

        /// <summary>The native handle.</summary>
        public IntPtr Handle => _handle != 0 ? _handle : TorchErrors.TensorDisposed();

        /// <summary>The device that it draws for.</summary>
        public Device device { get; }

        /// <summary>The state; a tensor of bytes.</summary>
        public unsafe Tensor get_state()
        {
            nint state;
            NativeMethods.Check(NativeMethods.shim_generator_state(Handle, &state));
            GC.KeepAlive(this);
            return new Tensor(state);
        }

        /// <summary>Sets the state.</summary>
        public void set_state(Tensor value)
        {
            NativeMethods.Check(NativeMethods.shim_generator_set_state(Handle, value.Handle));
            GC.KeepAlive(value);
            GC.KeepAlive(this);
        }

        /// <summary>Sets the seed of the default generators of all devices, where this is one of them; else its own.</summary>
        public Generator manual_seed(long seed)
        {
            NativeMethods.Check(NativeMethods.shim_generator_set_seed(Handle, seed));
            GC.KeepAlive(this);
            return this;
        }

        /// <summary>Sets a seed drawn by chance, and tells it.</summary>
        public unsafe long seed()
        {
            long value;
            NativeMethods.Check(NativeMethods.shim_generator_seed(Handle, &value));
            GC.KeepAlive(this);
            return value;
        }

        /// <summary>The seed that the sequence started with.</summary>
        public unsafe long initial_seed()
        {
            long value;
            NativeMethods.Check(NativeMethods.shim_generator_current_seed(Handle, &value));
            GC.KeepAlive(this);
            return value;
        }

        /// <summary>Frees the native generator.</summary>
        public void Dispose()
        {
            Dispose(true);
            GC.SuppressFinalize(this);
        }

        /// <summary>Frees the native generator.</summary>
        protected virtual void Dispose(bool disposing)
        {
            nint value = Interlocked.Exchange(ref _handle, 0);
            if (value != 0)
                NativeMethods.shim_generator_release(value);
        }

        private static unsafe nint Make(Device device, bool shared)
        {
            nint generator;
            NativeMethods.Check(NativeMethods.shim_generator((int)device.type, device.index, shared ? 1 : 0, &generator));
            return generator;
        }
    }
}
