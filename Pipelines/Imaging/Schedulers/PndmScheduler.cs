namespace MLPipelines.Imaging.Schedulers;

/// <summary>PNDM; see <see cref="SchedulerKind.Pndm"/>. Its steps are counted from where the run starts, not from the first timestep.</summary>
internal sealed class PndmScheduler : AlphaScheduler
{
    private readonly double[] _timesteps;
    private readonly int _rungeKutta;
    private readonly SampleHistory _outputs = new(4);
    private float[] _current = [];
    private float[] _sum = [];
    private int _taken;

    public PndmScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps)
        : base(options, schedule, steps, clips: false)
    {
        var spaced = Spacing.Timesteps(options, steps, options.TimestepSpacing ?? TimestepSpacing.Leading, leaveOutLast: false, whole: true);
        if (options.SkipRungeKutta || steps < 4)
        {
            // The second timestep comes twice: once to predict, once to correct.
            _timesteps = steps == 1 ? spaced : [spaced[0], spaced[1], .. spaced[1..]];
            return;
        }
        // The first three steps are of Runge-Kutta, each with four evaluations: at its start, twice at its middle, at its end.
        int half = Stride / 2;
        var pairs = spaced[..4].Reverse().SelectMany(timestep => new[] { timestep, timestep }).Select((timestep, i) => timestep + (i % 2 == 0 ? 0 : half)).ToArray();
        var doubled = pairs[..^1].SelectMany(timestep => new[] { timestep, timestep }).ToArray();
        var start = doubled[1..^1].Reverse().ToArray();
        _rungeKutta = start.Length;
        _timesteps = [.. start, .. spaced[3..]];
    }

    public override IReadOnlyList<double> Timesteps => _timesteps;

    private protected override void Forget()
    {
        _outputs.Clear();
        _taken = 0;
    }

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        if (_taken < _rungeKutta)
            RungeKutta(output, index, sample);
        else
            Multistep(output, index, sample);
        _taken++;
    }

    private void RungeKutta(ReadOnlySpan<float> output, int index, Span<float> sample)
    {
        int stage = _taken % 4;
        int timestep = (int)_timesteps[index - stage], before = (int)_timesteps[index] - (stage % 2 == 0 ? Stride / 2 : 0);
        var current = Buffer(ref _current, sample.Length);
        var sum = Buffer(ref _sum, sample.Length);
        if (stage == 0)
        {
            output.CopyTo(_outputs.Push(output.Length));
            sample.CopyTo(current);
            sum.Clear();
        }
        Mix.Add(sum, stage is 0 or 3 ? 1.0 / 6 : 1.0 / 3, output);
        current.CopyTo(sample);
        Transfer(stage == 3 ? sum : output, timestep, before, sample);
    }

    private void Multistep(ReadOnlySpan<float> output, int index, Span<float> sample)
    {
        int timestep = (int)_timesteps[index], before = timestep - Stride;
        var sum = Buffer(ref _sum, sample.Length);
        bool corrects = _taken == 1 && _rungeKutta == 0;
        if (corrects)
            (before, timestep) = (timestep, timestep + Stride);
        else
            output.CopyTo(_outputs.Push(output.Length));
        if (corrects)
        {
            Mix.Set(sum, 0.5, output, 0.5, _outputs[0]);
            _current.CopyTo(sample);
        }
        else if (_outputs.Count == 1)
        {
            output.CopyTo(sum);
            sample.CopyTo(Buffer(ref _current, sample.Length));
        }
        else if (_outputs.Count == 2)
            Mix.Set(sum, 1.5, _outputs[0], -0.5, _outputs[1]);
        else if (_outputs.Count == 3)
            Mix.Set(sum, 23.0 / 12, _outputs[0], -16.0 / 12, _outputs[1], 5.0 / 12, _outputs[2]);
        else
        {
            Mix.Set(sum, 55.0 / 24, _outputs[0], -59.0 / 24, _outputs[1], 37.0 / 24, _outputs[2]);
            Mix.Add(sum, -9.0 / 24, _outputs[3]);
        }
        Transfer(sum, timestep, before, sample);
    }

    /// <summary>Equation 9 of the paper: from one timestep to another along the output.</summary>
    private void Transfer(ReadOnlySpan<float> output, int timestep, int before, Span<float> sample)
    {
        double alpha = AlphaOrLast(timestep), earlier = AlphaOrFinal(before, Options.SetAlphaToOne ?? false);
        double beta = 1 - alpha, earlierBeta = 1 - earlier;
        double slope = -(earlier - alpha) / (alpha * Math.Sqrt(earlierBeta) + Math.Sqrt(alpha * beta * earlier));
        double scale = Math.Sqrt(earlier / alpha);
        if (Options.PredictionType == PredictionType.VPrediction)
            Mix.Set(sample, scale + slope * Math.Sqrt(beta), sample, slope * Math.Sqrt(alpha), output);
        else
            Mix.Set(sample, scale, sample, slope, output);
    }

    /// <summary>The correction goes back one stride, which lies beyond the training where a run starts at its end.</summary>
    private double AlphaOrLast(int timestep) => Alpha(Math.Min(timestep, Schedule.AlphasCumulative.Length - 1));
}
