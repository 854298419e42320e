namespace MLPipelines.Imaging.Schedulers;

/// <summary>UniPC; see <see cref="SchedulerKind.UniPc"/>.</summary>
internal sealed class UniPcScheduler(SchedulerOptions options, NoiseSchedule schedule, int steps)
    : ExponentialScheduler(options, schedule, steps, options.FinalSigma)
{
    private float[] _last = [];
    private float[] _converted = [];
    private int _order;

    private protected override void Forget()
    {
        base.Forget();
        _order = 0;
    }

    private protected override void Advance(ReadOnlySpan<float> output, int index, Span<float> sample, NoiseSource noise)
    {
        var converted = Buffer(ref _converted, sample.Length);
        if (Options.PredictX0)
            PredictOriginal(output, sample, index, converted);
        else
            PredictNoise(output, sample, index, converted);
        if (_order > 0 && !Options.DisableCorrector.Contains(index - 1))
        {
            // The step that led here is taken again, now that its end is known.
            _last.CopyTo(sample);
            Move(index - 1, index - 1, _order, converted, sample);
        }
        converted.CopyTo(History.Push(sample.Length));
        int left = Timesteps.Count - index;
        bool lowers = Options.LowerOrderFinal || left == 1 && Options.FinalSigma == FinalSigma.Zero;
        int most = lowers ? Math.Min(Options.SolverOrder, left) : Options.SolverOrder;
        _order = Math.Min(most, Taken + 1);
        sample.CopyTo(Buffer(ref _last, sample.Length));
        Move(index, index, _order, default, sample);
        Taken = Math.Min(Taken + 1, Options.SolverOrder);
    }

    /// <summary>A step of an order over the outputs in the history: the predictor's, or the corrector's where the output at its end is given.</summary>
    private void Move(int index, int newest, int order, ReadOnlySpan<float> atEnd, Span<float> sample)
    {
        double alpha = Alpha(index + 1), sigma = Sigma(index + 1), h = Lambda(index + 1) - Lambda(index);
        double signed = Options.PredictX0 ? -h : h, phi = DpmSolverScheduler.Expm1(signed);
        double scale = Options.SolverType == SolverType.Bh1 ? signed : phi;
        var ratios = new double[order];
        for (int k = 1; k < order; k++)
            ratios[k - 1] = (Lambda(newest - k) - Lambda(index)) / h;
        ratios[order - 1] = 1;
        bool corrects = !atEnd.IsEmpty;
        var weights = Weights(ratios, signed, phi, scale, corrects ? order : order - 1);

        double outer = -(Options.PredictX0 ? alpha : sigma);
        double ofSample = Options.PredictX0 ? sigma / Sigma(index) : alpha / Alpha(index), ofNewest = outer * phi;
        Span<double> ofOlder = stackalloc double[Math.Max(order - 1, 0)];
        for (int k = 0; k < order - 1; k++)
        {
            double weight = outer * scale * weights[k] / ratios[k];
            ofOlder[k] = weight;
            ofNewest -= weight;
        }
        double ofEnd = corrects ? outer * scale * weights[order - 1] : 0;
        Mix.Set(sample, ofSample, sample, ofNewest - ofEnd, History[0]);
        for (int k = 0; k < order - 1; k++)
            Mix.Add(sample, ofOlder[k], History[k + 1]);
        if (corrects)
            Mix.Add(sample, ofEnd, atEnd);
    }

    /// <summary>The weights of the divided differences: 0.5 where there is one only, else the solution of the paper's linear system.</summary>
    private static double[] Weights(double[] ratios, double h, double phi, double scale, int count)
    {
        if (count <= 1)
            return count == 0 ? [] : [0.5];
        var rows = new double[count][];
        double power = phi / h - 1, factorial = 1;
        for (int i = 0; i < count; i++)
        {
            rows[i] = new double[count + 1];
            for (int k = 0; k < count; k++)
                rows[i][k] = Math.Pow(ratios[k], i);
            rows[i][count] = power * factorial / scale;
            factorial *= i + 2;
            power = power / h - 1 / factorial;
        }
        return Solve(rows);
    }

    /// <summary>Gauss's elimination with pivots, in place.</summary>
    private static double[] Solve(double[][] rows)
    {
        int count = rows.Length;
        for (int column = 0; column < count; column++)
        {
            int pivot = Enumerable.Range(column, count - column).MaxBy(row => Math.Abs(rows[row][column]));
            (rows[column], rows[pivot]) = (rows[pivot], rows[column]);
            for (int row = 0; row < count; row++)
            {
                double factor = row == column ? 0 : rows[row][column] / rows[column][column];
                for (int k = column; factor != 0 && k <= count; k++)
                    rows[row][k] -= factor * rows[column][k];
            }
        }
        return [.. rows.Select((row, i) => row[count] / row[i])];
    }
}
