using TorchSharp;

namespace MLPipelines.Training;

/// <summary>
/// Adafactor (Shazeer and Stern, 2018, <see href="https://arxiv.org/abs/1804.04235"/>), on the processor and on a GPU alike: a few operations on the tensors of each parameter. A lone
/// micro-batch's gradients are read where autograd left them, and a large parameter is updated a piece at a time, so that next to nothing is needed besides.
/// </summary>
internal sealed class AdafactorOptimiser : Optimiser
{
    private const long PieceLength = 1 << 18;

    private readonly AdafactorOptions _adafactor;
    private readonly AdafactorState _state;
    private readonly torch.Tensor?[] _gradients;
    private torch.Tensor? _flat;

    public AdafactorOptimiser(FlatParameters parameters, TrainingOptions options) : base(parameters, options)
    {
        _adafactor = options.Adafactor;
        _state = new AdafactorState(parameters, _adafactor.Beta1 is not null);
        _gradients = new torch.Tensor?[parameters.Slots.Length];
    }

    public override IEnumerable<FlatPart> State => _state.Parts;

    public override torch.Tensor FlatGradient
    {
        get
        {
            using var noGradient = torch.no_grad();
            using var scope = torch.NewDisposeScope();
            _flat ??= NewFlat();
            // What an earlier step left here is no part of this one's sum.
            for (int s = 0; s < Present.Length; s++)
            {
                if (!Present[s])
                    Parameters.Slots[s].In(_flat).zero_();
            }
            return _flat;
        }
    }

    public override void Collect(bool isOnly)
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        for (int s = 0; s < Present.Length; s++)
        {
            if (Parameters.Slots[s].Parameter.grad is not { } gradient)
                continue;
            if (isOnly)
            {
                // It is to outlive the dispose scope of its micro-batch.
                _gradients[s]?.Dispose();
                _gradients[s] = gradient.DetachFromDisposeScope();
            }
            else
            {
                var sum = Parameters.Slots[s].In(_flat ??= NewFlat());
                if (Present[s])
                    sum.add_(gradient);
                else
                    sum.copy_(gradient);
            }
            Present[s] = true;
        }
        if (!isOnly)
            Parameters.ClearGradients();
    }

    public override double Norm()
    {
        using var noGradient = torch.no_grad();
        using var scope = torch.NewDisposeScope();
        var sum = torch.zeros(1, torch.ScalarType.Float64, Parameters.Device);
        for (int s = 0; s < Present.Length; s++)
        {
            if (!Present[s])
                continue;
            var flat = Gradient(s).reshape(-1);
            ForEachPiece(flat.shape[0], 1, (from, count) =>
            {
                var norm = Float(flat.narrow(0, from, count)).norm().to(torch.ScalarType.Float64);
                sum.add_(norm.square());
            });
        }
        return Math.Sqrt(sum.ToDouble());
    }

    public override void Update(double learningRate, double gradientScale)
    {
        using var noGradient = torch.no_grad();
        for (int s = 0; s < Present.Length; s++)
        {
            if (!Present[s])
                continue;
            using var scope = torch.NewDisposeScope();
            var slot = Parameters.Slots[s];
            slot.Updates++;
            var weights = slot.In(Parameters.Master);
            var rate = torch.full(1, learningRate * slot.RateScale, torch.ScalarType.Float32, Parameters.Device);
            if (_adafactor.ScaleParameter)
                rate.mul_(weights.norm().div(Math.Sqrt(slot.Count)).clamp_min(_adafactor.LeastScale));
            if (slot.Decays && Options.WeightDecay > 0)
                weights.mul_(rate.mul(-Options.WeightDecay).add_(1));
            double kept = 1 - Math.Pow(slot.Updates, -_adafactor.DecayRate);
            if (_state.IsFactored(s))
                UpdateMatrices(s, weights, rate, kept, gradientScale);
            else
                UpdateVector(s, weights, rate, kept, gradientScale);
            if (Parameters.Rounded is { } rounded)
                slot.In(rounded).copy_(weights);
        }
    }

    public override void End()
    {
        for (int s = 0; s < _gradients.Length; s++)
        {
            _gradients[s]?.Dispose();
            _gradients[s] = null;
        }
        base.End();
    }

    public override void Dispose()
    {
        End();
        _flat?.Dispose();
        _state.Dispose();
    }

    private torch.Tensor Gradient(int s) => _gradients[s] ?? Parameters.Slots[s].In(_flat!);

    private void UpdateMatrices(int s, torch.Tensor weights, torch.Tensor rate, double kept, double gradientScale)
    {
        long rows = weights.shape[^2], columns = weights.shape[^1], matrices = weights.numel() / Math.Max(1, rows * columns);
        var gradient = Gradient(s).reshape(matrices, rows, columns);
        var (rowMeans, columnMeans) = (_state.Rows(s).view(matrices, rows), _state.Columns(s).view(matrices, columns));
        double added = (1 - kept) * gradientScale * gradientScale, addedAlways = (1 - kept) * _adafactor.Epsilon;
        rowMeans.mul_(kept).add_(addedAlways);
        columnMeans.mul_(kept).add_(addedAlways);
        ForEachMatrixPiece((m, from, count) =>
        {
            var squares = Float(gradient.select(0, m).narrow(0, from, count)).square();
            rowMeans.select(0, m).narrow(0, from, count).add_(squares.mean([1]), added);
            columnMeans.select(0, m).add_(squares.sum([0]), added / rows);
        });
        var rowScales = rowMeans.div(rowMeans.mean([1], keepdim: true)).rsqrt_();
        var columnScales = columnMeans.rsqrt();
        var sum = torch.zeros(1, torch.ScalarType.Float32, Parameters.Device);
        ForEachMatrixPiece((m, from, count) => sum.add_(Scaled(m, from, count).square().sum()));
        rowScales.mul_(Factor(sum, weights.numel(), rate, gradientScale));
        var (matrix, mean) = (weights.view(matrices, rows, columns), _state.Mean(s)?.view(matrices, rows, columns));
        ForEachMatrixPiece((m, from, count) => Apply(matrix.select(0, m).narrow(0, from, count), mean?.select(0, m).narrow(0, from, count), Scaled(m, from, count)));

        torch.Tensor Scaled(long m, long from, long count) =>
            Float(gradient.select(0, m).narrow(0, from, count)).mul(rowScales.select(0, m).narrow(0, from, count).unsqueeze(1)).mul_(columnScales.select(0, m));

        void ForEachMatrixPiece(Action<long, long, long> work)
        {
            for (long m = 0; m < matrices; m++)
                ForEachPiece(rows, columns, (from, count) => work(m, from, count));
        }
    }

    private void UpdateVector(int s, torch.Tensor weights, torch.Tensor rate, double kept, double gradientScale)
    {
        var (gradient, means, vector, mean) = (Gradient(s).reshape(-1), _state.Squares(s).view(-1), weights.view(-1), _state.Mean(s)?.view(-1));
        var sum = torch.zeros(1, torch.ScalarType.Float32, Parameters.Device);
        means.mul_(kept).add_((1 - kept) * _adafactor.Epsilon);
        ForEachPiece(vector.shape[0], 1, (from, count) =>
        {
            var squares = Float(gradient.narrow(0, from, count)).square();
            sum.add_(squares.div(means.narrow(0, from, count).add_(squares, (1 - kept) * gradientScale * gradientScale)).sum());
        });
        var factor = Factor(sum, weights.numel(), rate, gradientScale);
        ForEachPiece(vector.shape[0], 1, (from, count) =>
        {
            var update = Float(gradient.narrow(0, from, count)).mul(means.narrow(0, from, count).rsqrt()).mul_(factor);
            Apply(vector.narrow(0, from, count), mean?.narrow(0, from, count), update);
        });
    }

    // What the gradient, divided by the root of its mean square, is multiplied by: the learning rate, less where the update is too large.
    private torch.Tensor Factor(torch.Tensor sumOfSquares, long count, torch.Tensor rate, double gradientScale) =>
        rate.mul(gradientScale).div(sumOfSquares.div(count).sqrt().mul(gradientScale / _adafactor.ClipThreshold).clamp_min(1));

    private void Apply(torch.Tensor weights, torch.Tensor? mean, torch.Tensor update) =>
        weights.sub_(mean is null ? update : mean.mul_(_adafactor.Beta1!.Value).add_(update, 1 - _adafactor.Beta1.Value));

    private static torch.Tensor Float(torch.Tensor gradient) => gradient.to(torch.ScalarType.Float32);

    private static void ForEachPiece(long rows, long columns, Action<long, long> work)
    {
        long most = Math.Max(1, PieceLength / Math.Max(1, columns));
        for (long from = 0; from < rows; from += most)
        {
            using var scope = torch.NewDisposeScope();
            work(from, Math.Min(most, rows - from));
        }
    }
}
