using TorchSharp;

namespace MLPipelines.Training;

/// <summary>
/// On the processor: one pass over memory scales the gradient, moves both moments, decays and updates the weight and rounds it for the module. A lone micro-batch's gradients are read where autograd left them.
/// </summary>
internal sealed unsafe class ProcessorOptimiser : AdamWOptimiser
{
    // A block's weights, moments and gradient fit a core's second-level cache.
    private const int BlockLength = 1 << 16;

    private readonly record struct Block(int Slot, long Start, int Length);

    private readonly record struct Source(nint Address, bool IsRounded);

    private readonly Block[] _blocks;
    private readonly Source[] _sources;
    private readonly torch.Tensor?[] _gradients;
    private readonly AdamWStep[] _steps;
    private readonly double[] _sums;
    private readonly int _threads;
    private torch.Tensor? _flat;

    public ProcessorOptimiser(FlatParameters parameters, TrainingOptions options) : base(parameters, options)
    {
        _threads = options.Threads ?? torch.get_num_threads();
        var blocks = new List<Block>();
        for (int s = 0; s < parameters.Slots.Length; s++)
        {
            for (long start = 0; start < parameters.Slots[s].Count; start += BlockLength)
                blocks.Add(new Block(s, start, (int)Math.Min(BlockLength, parameters.Slots[s].Count - start)));
        }
        _blocks = [.. blocks];
        _sums = new double[_blocks.Length];
        _sources = new Source[parameters.Slots.Length];
        _gradients = new torch.Tensor?[parameters.Slots.Length];
        _steps = new AdamWStep[parameters.Slots.Length];
    }

    public override torch.Tensor FlatGradient
    {
        get
        {
            float* flat = (float*)TensorMemory.Address(_flat ??= NewFlat());
            for (int s = 0; s < Present.Length; s++)
            {
                // What an earlier step left here is no part of this one's sum.
                if (!Present[s])
                    new Span<float>(flat + Parameters.Slots[s].Offset, checked((int)Parameters.Slots[s].Count)).Clear();
                _sources[s] = new Source((nint)(flat + Parameters.Slots[s].Offset), IsRounded: false);
            }
            return _flat;
        }
    }

    public override void Collect(bool isOnly)
    {
        ReadGradients();
        if (isOnly)
        {
            for (int s = 0; s < Present.Length; s++)
                Present[s] = _gradients[s] is not null;
            return;
        }
        float* flat = (float*)TensorMemory.Address(_flat ??= NewFlat());
        ForEachBlock(block =>
        {
            if (_gradients[block.Slot] is null)
                return;
            float* sum = flat + Parameters.Slots[block.Slot].Offset + block.Start;
            bool begin = !Present[block.Slot];
            if (_sources[block.Slot].IsRounded)
                AdamWKernel.Add(sum, (ushort*)_sources[block.Slot].Address + block.Start, block.Length, begin);
            else
                AdamWKernel.Add(sum, (float*)_sources[block.Slot].Address + block.Start, block.Length, begin);
        });
        for (int s = 0; s < Present.Length; s++)
        {
            Present[s] |= _gradients[s] is not null;
            _sources[s] = new Source((nint)(flat + Parameters.Slots[s].Offset), IsRounded: false);
        }
        DropGradients();
    }

    public override double Norm()
    {
        for (int b = 0; b < _sums.Length; b++)
            _sums[b] = 0;
        ForEachBlock((block, b) =>
        {
            if (!Present[block.Slot])
                return;
            var source = _sources[block.Slot];
            _sums[b] = source.IsRounded
                ? NormKernel.SumOfSquares((ushort*)source.Address + block.Start, block.Length)
                : NormKernel.SumOfSquares((float*)source.Address + block.Start, block.Length);
        });
        // Blocks are added in order, so that the sum does not depend on the threads.
        double sum = 0;
        foreach (double part in _sums)
            sum += part;
        return Math.Sqrt(sum);
    }

    public override void Update(double learningRate, double gradientScale)
    {
        for (int s = 0; s < Present.Length; s++)
        {
            if (!Present[s])
                continue;
            Parameters.Slots[s].Updates++;
            _steps[s] = StepOf(Parameters.Slots[s], learningRate, gradientScale);
        }
        float* master = (float*)TensorMemory.Address(Parameters.Master);
        float* first = (float*)TensorMemory.Address(First);
        float* second = (float*)TensorMemory.Address(Second);
        ushort* rounded = Parameters.Rounded is null ? null : (ushort*)TensorMemory.Address(Parameters.Rounded);
        ForEachBlock(block =>
        {
            if (!Present[block.Slot])
                return;
            long at = Parameters.Slots[block.Slot].Offset + block.Start;
            var source = _sources[block.Slot];
            ushort* roundedAt = rounded == null ? null : rounded + at;
            if (source.IsRounded)
                AdamWKernel.Update(_steps[block.Slot], master + at, first + at, second + at, (ushort*)source.Address + block.Start, roundedAt, block.Length);
            else
                AdamWKernel.Update(_steps[block.Slot], master + at, first + at, second + at, (float*)source.Address + block.Start, roundedAt, block.Length);
        });
    }

    public override void End() => DropGradients();

    public override void Dispose()
    {
        DropGradients();
        _flat?.Dispose();
        base.Dispose();
    }

    private void ReadGradients()
    {
        for (int s = 0; s < _gradients.Length; s++)
        {
            _gradients[s]?.Dispose();
            var gradient = Parameters.Slots[s].Parameter.grad;
            if (gradient is not null && !gradient.is_contiguous())
            {
                var strided = gradient;
                gradient = strided.contiguous();
                strided.Dispose();
            }
            // It is to outlive the dispose scope of its micro-batch.
            _gradients[s] = gradient?.DetachFromDisposeScope();
            if (gradient is not null && gradient.numel() > 0)
                _sources[s] = new Source((nint)TensorMemory.Address(gradient), gradient.dtype == torch.ScalarType.BFloat16);
        }
    }

    private void DropGradients()
    {
        for (int s = 0; s < _gradients.Length; s++)
        {
            _gradients[s]?.Dispose();
            _gradients[s] = null;
        }
        Parameters.ClearGradients();
    }

    private void ForEachBlock(Action<Block> work) => ForEachBlock((block, _) => work(block));

    private void ForEachBlock(Action<Block, int> work)
    {
        int threads = Math.Min(_threads, _blocks.Length);
        if (threads <= 1 || Parameters.Size <= BlockLength)
        {
            for (int b = 0; b < _blocks.Length; b++)
                work(_blocks[b], b);
            return;
        }
        int next = -1;
        Parallel.For(0, threads, new ParallelOptions { MaxDegreeOfParallelism = threads }, _ =>
        {
            int b;
            while ((b = Interlocked.Increment(ref next)) < _blocks.Length)
                work(_blocks[b], b);
        });
    }
}
